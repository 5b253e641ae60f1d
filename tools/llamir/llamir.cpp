//===- llamir.cpp - The driver --------------------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bench.h"
#include "Session.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

using namespace llamir;
namespace cl = llvm::cl;

static cl::SubCommand importCommand("import",
                                    "Hugging Face folder to llama dialect IR");
static cl::SubCommand
    compileCommand("compile", "IR or a model to object files of its kernels");
static cl::SubCommand runCommand("run", "Compile and run a function");
static cl::SubCommand evalCommand("eval", "Logits of a model for ids");
static cl::SubCommand
    benchCommand("bench", "Time each kernel beside the machine's limits");
static cl::SubCommand demoCommand("demo",
                                  "Everything on one model, step by step");

static cl::OptionCategory category("llamir options");

static cl::opt<std::string> input(cl::Positional,
                                  cl::desc("<IR file, - or model folder>"),
                                  cl::sub(cl::SubCommand::getAll()),
                                  cl::cat(category));
static cl::opt<std::string> output("o", cl::desc("Where the result goes"),
                                   cl::value_desc("file or folder"),
                                   cl::sub(importCommand),
                                   cl::sub(compileCommand), cl::cat(category));
static cl::opt<std::string>
    target("target",
           cl::desc("host, x86-64, x86-64-avx2, x86-64-avx512, "
                    "x86-64-avx512-zen4 or x86-64-avx512-sapphirerapids"),
           cl::init("host"), cl::sub(compileCommand), cl::sub(runCommand),
           cl::sub(evalCommand), cl::sub(benchCommand), cl::sub(demoCommand),
           cl::cat(category));
static cl::opt<std::string>
    shape("shape", cl::desc("A block of a named shape, random weights"),
          cl::sub(compileCommand), cl::sub(runCommand), cl::sub(benchCommand),
          cl::cat(category));
static cl::opt<int64_t> layers("layers", cl::desc("Layers of --shape"),
                               cl::init(1), cl::sub(compileCommand),
                               cl::sub(runCommand), cl::sub(benchCommand),
                               cl::cat(category));
static cl::opt<int64_t> block("block", cl::desc("Only this layer of a model"),
                              cl::sub(importCommand), cl::sub(compileCommand),
                              cl::sub(runCommand), cl::sub(benchCommand),
                              cl::cat(category));
static cl::opt<std::string> untilAfter(
    "until-after",
    cl::desc("Print the IR after import, fusion, kernels, halide, schedule, "
             "memory or host"),
    cl::value_desc("stage"), cl::sub(compileCommand), cl::sub(runCommand),
    cl::sub(evalCommand), cl::cat(category));
static cl::list<std::string>
    emit("emit", cl::CommaSeparated,
         cl::desc("What to write: object, header, runtime, weights (all "
                  "four if nothing is said), asm, llvm, stmt, html"),
         cl::sub(compileCommand), cl::cat(category));
static cl::opt<std::string>
    name("name", cl::desc("Stands before the names of C functions and files"),
         cl::value_desc("identifier"), cl::sub(compileCommand),
         cl::cat(category));
static cl::list<std::string>
    noFuse("no-fuse", cl::CommaSeparated,
           cl::desc("Leave fusions out: norm, rotary, gated-ffn"),
           cl::sub(compileCommand), cl::sub(runCommand), cl::sub(benchCommand),
           cl::cat(category));
static cl::opt<std::string> function("function",
                                     cl::desc("The function to run"),
                                     cl::sub(runCommand), cl::sub(benchCommand),
                                     cl::cat(category));
static cl::list<std::string> inputs("input", cl::desc("An input, in order"),
                                    cl::value_desc("file.npy"),
                                    cl::sub(runCommand), cl::cat(category));
static cl::opt<uint64_t> seed("seed", cl::desc("Of the inputs without a file"),
                              cl::init(1), cl::sub(runCommand),
                              cl::cat(category));
static cl::list<std::string> dims("dim", cl::desc("A dynamic size"),
                                  cl::value_desc("name=N"), cl::sub(runCommand),
                                  cl::cat(category));
static cl::opt<std::string>
    outputDir("output-dir", cl::desc("Folder for the results as .npy"),
              cl::sub(runCommand), cl::cat(category));
static cl::opt<bool> check("check",
                           cl::desc("Compare every kernel with the reference"),
                           cl::sub(runCommand), cl::cat(category));
static cl::opt<std::string>
    inputIds("input-ids", cl::desc("ids, [tokens] or [batch, tokens]"),
             cl::value_desc("file.npy"), cl::sub(evalCommand),
             cl::cat(category));
static cl::opt<std::string> logits("logits", cl::desc("Where the logits go"),
                                   cl::value_desc("file.npy"),
                                   cl::sub(evalCommand), cl::cat(category));
static cl::opt<std::string>
    expected("expected-logits",
             cl::desc("Logits to compare with: of all positions, or of the "
                      "first or last ones"),
             cl::value_desc("file.npy"), cl::sub(evalCommand),
             cl::cat(category));
static cl::opt<double> tolerance("tolerance",
                                 cl::desc("Largest difference from those"),
                                 cl::init(2e-4), cl::sub(evalCommand),
                                 cl::cat(category));
static cl::list<std::string>
    phases("phase", cl::CommaSeparated,
           cl::desc("prefill:TOKENS and decode:CONTEXT, one token that looks "
                    "back on CONTEXT "
                    "keys; prefill:512 by default"),
           cl::value_desc("list"), cl::sub(benchCommand), cl::cat(category));
static cl::opt<int64_t> tokens("tokens",
                               cl::desc("The same as --phase=prefill:N"),
                               cl::value_desc("N"), cl::init(0),
                               cl::sub(benchCommand), cl::cat(category));
static cl::list<std::string>
    dtypes("dtype", cl::CommaSeparated,
           cl::desc("Element types of the weights: f32"),
           cl::value_desc("list"), cl::sub(benchCommand), cl::cat(category));
static cl::opt<bool> compareFusion(
    "compare-fusion",
    cl::desc("Time it also with each fusion off, and with all, in "
             "turns"),
    cl::sub(benchCommand), cl::cat(category));
static cl::opt<int64_t>
    rounds("rounds",
           cl::desc("Times that everything is run; by default what fits in "
                    "a second, at least 3"),
           cl::value_desc("N"), cl::init(0), cl::sub(benchCommand),
           cl::cat(category));
static cl::opt<std::string> json("json",
                                 cl::desc("Where the figures go as JSON"),
                                 cl::value_desc("file"), cl::sub(benchCommand),
                                 cl::cat(category));

static llvm::LogicalResult getOptions(DriverOptions &options) {
  options.target = target;
  options.shape = shape;
  if (layers < 1 || layers > 1024)
    return fail("--layers must lie in 1 .. 1024");
  if (layers.getNumOccurrences())
    options.layers = layers;
  if (block.getNumOccurrences())
    options.block = block;
  options.untilAfter = untilAfter;
  options.name = name;
  for (const std::string &name : noFuse) {
    llvm::ArrayRef<NamedFusion> known = getFusions();
    auto *fusion =
        llvm::find_if(known, [&](auto &fusion) { return fusion.name == name; });
    if (fusion == known.end())
      return fail(
          "unknown fusion '" + name + "'; there are " +
          llvm::join(
              llvm::map_range(known, [](auto &fusion) { return fusion.name; }),
              ", "));
    options.fusion.*fusion->flag = false;
  }
  return llvm::success();
}

static llvm::LogicalResult getCompileOptions(CompileOptions &compile) {
  static const std::pair<llvm::StringRef, KernelOutput> kinds[] = {
      {"object", KernelOutput::Object},
      {"asm", KernelOutput::Assembly},
      {"llvm", KernelOutput::LLVMAssembly},
      {"stmt", KernelOutput::Stmt},
      {"html", KernelOutput::Html}};
  const std::pair<llvm::StringRef, bool *> others[] = {
      {"header", &compile.header},
      {"runtime", &compile.runtime},
      {"weights", &compile.weights}};
  compile.outputDir = output;
  for (const std::string &name : emit) {
    auto *kind = llvm::find_if(
        kinds, [&](const auto &pair) { return pair.first == name; });
    auto *other = llvm::find_if(
        others, [&](const auto &pair) { return pair.first == name; });
    if (kind != std::end(kinds))
      compile.outputs.push_back(kind->second);
    else if (other != std::end(others))
      *other->second = true;
    else
      return fail("unknown output '" + name +
                  "'; there are object, header, runtime, weights, asm, llvm, "
                  "stmt, html");
  }
  if (emit.empty()) {
    compile.outputs = {KernelOutput::Object};
    compile.header = compile.runtime = compile.weights = true;
  }
  return llvm::success();
}

static int runRunCommand(const DriverOptions &options) {
  RunOptions run;
  run.function = function;
  run.inputs.assign(inputs.begin(), inputs.end());
  run.outputDir = outputDir;
  run.seed = seed;
  run.check = check;
  for (const std::string &dim : dims) {
    auto [name, size] = llvm::StringRef(dim).split('=');
    int64_t value;
    if (name.empty() || size.getAsInteger(10, value) || value < 0 ||
        value > INT32_MAX)
      return failed(fail("--dim=" + dim + ": expected name=N"));
    run.sizes[name] = value;
  }
  return runRun(options, input, run);
}

static int runBenchCommand(const DriverOptions &options) {
  BenchOptions bench;
  bench.function = function;
  bench.json = json;
  bench.rounds = rounds;
  bench.compareFusion = compareFusion;
  if (rounds.getNumOccurrences() && (rounds < 1 || rounds > 100000))
    return failed(fail("--rounds must lie in 1 .. 100000"));
  if (tokens.getNumOccurrences() && !phases.empty())
    return failed(fail("--tokens=N is --phase=prefill:N; give one of them"));
  std::vector<std::string> texts = phases;
  if (texts.empty())
    texts.push_back("prefill:" +
                    std::to_string(tokens.getNumOccurrences() ? tokens : 512));
  for (const std::string &text : texts) {
    llvm::FailureOr<Phase> phase = parsePhase(text);
    if (failed(phase))
      return 1;
    bench.phases.push_back(*phase);
  }
  for (const std::string &name : dtypes)
    if (failed(checkDType(name)))
      return 1;
  return runBench(options, input, bench);
}

/// Takes the places of standard streams that the program was started without,
/// so that no file that it opens gets what is printed. Nothing can be read from
/// them or written to them.
static void occupyStandardStreams() {
  for (int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(stream, F_GETFD) < 0)
      open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

static int dispatch(const DriverOptions &options,
                    const CompileOptions &compile) {
  if (importCommand)
    return runImport(options, input,
                     output.empty() ? "-" : llvm::StringRef(output));
  if (compileCommand)
    return runCompile(options, input, compile);
  if (runCommand)
    return runRunCommand(options);
  if (evalCommand)
    return runEval(options, input, inputIds, logits, expected, tolerance);
  if (benchCommand)
    return runBenchCommand(options);
  if (demoCommand)
    return runDemo(options, input);
  if (!input.empty())
    return failed(fail("unknown command '" + input +
                       "'; there are import, compile, run, eval, bench, demo"));
  cl::PrintHelpMessage();
  return 1;
}

int main(int argc, char **argv) {
  occupyStandardStreams();
  llvm::InitLLVM init(argc, argv);
  // A file that is too large is an error of writing, as on a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  cl::HideUnrelatedOptions(category);
  for (cl::SubCommand *command : {&importCommand, &compileCommand, &runCommand,
                                  &evalCommand, &benchCommand, &demoCommand})
    cl::HideUnrelatedOptions(category, *command);
  cl::ParseCommandLineOptions(
      argc, argv,
      "Compiler for transformer blocks of the LLaMA family\n\n"
      "  llamir import  models/wordnet-3m -o model.mlir\n"
      "  llamir compile model.mlir -o build/model --emit=object,asm\n"
      "  llamir compile model.mlir --until-after=fusion\n"
      "  llamir run     model.mlir --dim=tokens=7 --check\n"
      "  llamir eval    models/wordnet-3m --input-ids=ids.npy "
      "--logits=logits.npy\n"
      "  llamir bench   --shape=llama-2-7b --phase=prefill:512,decode:512 "
      "--json=times.json\n"
      "  llamir bench   model.mlir --compare-fusion\n");
  DriverOptions options;
  CompileOptions compile;
  if (failed(getOptions(options)) || failed(getCompileOptions(compile)))
    return 1;
  int status = dispatch(options, compile);
  llvm::outs().flush();
  if (std::error_code code = llvm::outs().error()) {
    llvm::outs().clear_error();
    return failed(fail("standard output: " + code.message()));
  }
  return status;
}
