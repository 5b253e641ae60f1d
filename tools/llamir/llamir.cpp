//===- llamir.cpp - The driver's command line -----------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChooseTarget.h"
#include "Commands.h"
#include "OptionParsers.h"
#include "Process.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace llamir;
namespace cl = llvm::cl;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

static cl::SubCommand importCommand("import",
                                    "Write a model's folder as IR of the llama "
                                    "dialect");
static cl::SubCommand
    compileCommand("compile", "Write objects of the kernels, and what else a "
                              "program needs");
static cl::SubCommand
    bundleCommand("bundle", "Write a library that checks and times itself "
                            "where there is no compiler");
static cl::SubCommand runCommand("run", "Compile and run a function");
static cl::SubCommand evalCommand("eval", "Compute a model's logits of ids");
static cl::SubCommand
    benchCommand("bench", "Time each kernel beside the machine's limits");
static cl::SubCommand demoCommand("demo",
                                  "Do it all on one model, step by step");

static constexpr char overview[] =
    "Compiler for transformer blocks of the LLaMA family\n\n"
    "  llamir import  examples/wordnet-3m -o model.mlir\n"
    "  llamir import  examples/wordnet-3m --block=0 -o layer.mlir\n"
    "  llamir import  models/mine --ignore-config=my_key --strict\n"
    "  llamir compile model.mlir -o build/model --name=wordnet\n"
    "  llamir compile model.mlir -o build/model --emit=asm,stmt "
    "--target=x86-64-avx2\n"
    "  llamir compile layer.mlir --until-after=fusion --no-fuse=rotary\n"
    "  llamir bundle  layer.mlir --target=cuda --isolate --sizes=tokens=1 "
    "--sizes=tokens=127 -o build/layer\n"
    "  llamir bundle  --shape=llama-3.2-1b --whole --decode --target=cuda "
    "--timed-sizes=tokens=1,context=512 -o build/1b\n"
    "  llamir bundle  --limits --target=cuda --timed-sizes=rows=1024 -o "
    "build/limits\n"
    "  llamir run     layer.mlir --dim=tokens=7 --seed=2 --check\n"
    "  llamir run     layer.mlir --function=block --input=x.npy "
    "--output-dir=results\n"
    "  llamir eval    examples/wordnet-3m --input-ids=ids.npy "
    "--logits=logits.npy\n"
    "  llamir eval    examples/wordnet-3m --input-ids=ids.npy "
    "--expected-logits=logits.npy --tolerance=1e-3\n"
    "  llamir eval    models/mine --input-ids=ids.npy --logits=bf16.npy "
    "--weights=f16,norm=f32 --saturate --activations=bf16 --fp=fast\n"
    "  llamir bench   --shape=llama-2-7b --layers=1 "
    "--phase=prefill:512,decode:512 --json=times.json\n"
    "  llamir bench   --suite=ops --json=ops.json\n"
    "  llamir bench   layer.mlir --tokens=64 --dtype=f32 --rounds=20 "
    "--compare-fusion\n"
    "  llamir demo    examples/wordnet-3m -o build/demo\n";

static cl::OptionCategory category("llamir options");

static cl::opt<std::string> input(cl::Positional,
                                  cl::desc("<IR file, - or model folder>"),
                                  cl::sub(cl::SubCommand::getAll()),
                                  cl::cat(category));
static Text output("o",
                   cl::desc("Where the result goes: a file for import, else a "
                            "folder"),
                   cl::value_desc("path"), cl::sub(importCommand),
                   cl::sub(compileCommand), cl::sub(bundleCommand),
                   cl::sub(demoCommand), cl::cat(category));
static Text target("target",
                   cl::desc("host, x86-64, x86-64-avx2, x86-64-avx512, "
                            "x86-64-avx512-zen4, "
                            "x86-64-avx512-sapphirerapids, x86-64-amx, cuda, "
                            "cuda-sm_80, cuda-sm_90, cuda-sm_100, opencl or "
                            "vulkan; auto for a GPU if there is one, else "
                            "host, which is the default"),
                   cl::value_desc("name"), cl::init("host"),
                   cl::sub(compileCommand), cl::sub(bundleCommand),
                   cl::sub(runCommand), cl::sub(evalCommand),
                   cl::sub(benchCommand), cl::sub(demoCommand),
                   cl::cat(category));
static Text shape("shape",
                  cl::desc("A block of random weights in place of an input: "
                           "llama-2-7b, llama-3-8b, llama-3.2-1b, "
                           "tinyllama-1.1b or "
                           "wordnet-3m"),
                  cl::value_desc("name"), cl::sub(compileCommand),
                  cl::sub(bundleCommand), cl::sub(runCommand),
                  cl::sub(benchCommand), cl::cat(category));
static Number<1, 1024> layers("layers",
                              cl::desc("Layers of --shape; 1 by default"),
                              cl::value_desc("N"), cl::sub(compileCommand),
                              cl::sub(bundleCommand), cl::sub(runCommand),
                              cl::sub(benchCommand), cl::cat(category));
static cl::opt<bool>
    whole("whole", cl::desc("The whole model of --shape, from ids to logits"),
          cl::sub(compileCommand), cl::sub(bundleCommand), cl::sub(runCommand),
          cl::sub(benchCommand), cl::cat(category));
static Number<0, INT64_MAX>
    block("block", cl::desc("Only this layer of a model, counted from 0"),
          cl::value_desc("N"), cl::sub(importCommand), cl::sub(compileCommand),
          cl::sub(bundleCommand), cl::sub(runCommand), cl::sub(benchCommand),
          cl::cat(category));
static cl::opt<bool>
    strict("strict",
           cl::desc("Refuse a config.json with keys that nobody knows"),
           cl::sub(importCommand), cl::sub(compileCommand),
           cl::sub(bundleCommand), cl::sub(runCommand), cl::sub(evalCommand),
           cl::sub(benchCommand), cl::sub(demoCommand), cl::cat(category));
static Texts ignoredKeys("ignore-config", cl::CommaSeparated,
                         cl::desc("Keys of config.json that nobody knows and "
                                  "that change nothing"),
                         cl::value_desc("list"), cl::sub(importCommand),
                         cl::sub(compileCommand), cl::sub(bundleCommand),
                         cl::sub(runCommand), cl::sub(evalCommand),
                         cl::sub(benchCommand), cl::sub(demoCommand),
                         cl::cat(category));
static Texts weights("weights", cl::CommaSeparated,
                     cl::desc("The element type of weights, f32, bf16 or f16, "
                              "and REGEX=TYPE for those whose names match"),
                     cl::value_desc("list"), cl::sub(compileCommand),
                     cl::sub(bundleCommand), cl::sub(runCommand),
                     cl::sub(evalCommand), cl::sub(benchCommand),
                     cl::cat(category));
static cl::opt<bool>
    saturate("saturate",
             cl::desc("Weights beyond the range of their type become its "
                      "largest number"),
             cl::sub(compileCommand), cl::sub(bundleCommand),
             cl::sub(runCommand), cl::sub(evalCommand), cl::sub(benchCommand),
             cl::cat(category));
static Text activations("activations",
                        cl::desc("The element type of what crosses between "
                                 "kernels: f32, bf16 or f16"),
                        cl::value_desc("type"), cl::sub(compileCommand),
                        cl::sub(bundleCommand), cl::sub(runCommand),
                        cl::sub(evalCommand), cl::sub(benchCommand),
                        cl::cat(category));
static Text fp("fp",
               cl::desc("What kernels round within: strict, all that their ops "
                        "round, or fast, what makes them faster; strict by "
                        "default"),
               cl::value_desc("mode"), cl::init("strict"),
               cl::sub(compileCommand), cl::sub(bundleCommand),
               cl::sub(runCommand), cl::sub(evalCommand), cl::sub(benchCommand),
               cl::cat(category));
static Texts noFuse(
    "no-fuse", cl::CommaSeparated,
    cl::desc("Leave fusions out: norm, rotary, gated-ffn, join, epilogue"),
    cl::value_desc("list"), cl::sub(compileCommand), cl::sub(bundleCommand),
    cl::sub(runCommand), cl::sub(benchCommand), cl::cat(category));
static Text function("function", cl::desc("The function, if there are several"),
                     cl::value_desc("name"), cl::sub(bundleCommand),
                     cl::sub(runCommand), cl::sub(benchCommand),
                     cl::cat(category));

static Text
    untilAfter("until-after",
               cl::desc("Print the IR after a stage, and write nothing: "
                        "import, types, fusion, kernels, halide, schedule, "
                        "memory or host"),
               cl::value_desc("stage"), cl::sub(compileCommand),
               cl::cat(category));
static Texts emit("emit", cl::CommaSeparated,
                  cl::desc("What to write: object, header, runtime, weights "
                           "(all four by default), asm, llvm, stmt, html; of "
                           "devices ptx, cubin, resources, opencl, spirv"),
                  cl::value_desc("list"), cl::sub(compileCommand),
                  cl::cat(category));
static Text name("name",
                 cl::desc("Stands before the names of C functions and files"),
                 cl::value_desc("identifier"), cl::sub(compileCommand),
                 cl::sub(bundleCommand), cl::cat(category));

static Texts checkedSizes(
    "sizes",
    cl::desc("Dynamic sizes to check functions with, once for each run, such "
             "as tokens=1,keys=7; those that are left out are 16"),
    cl::value_desc("name=N,..."), cl::sub(bundleCommand), cl::cat(category));
static Texts timedSizes("timed-sizes",
                        cl::desc("Dynamic sizes to time functions with"),
                        cl::value_desc("name=N,..."), cl::sub(bundleCommand),
                        cl::cat(category));
static cl::opt<bool>
    isolate("isolate",
            cl::desc("Make each kernel a function of its own, in place of "
                     "those of the input"),
            cl::sub(bundleCommand), cl::cat(category));

static cl::opt<bool>
    decode("decode",
           cl::desc("Attentions read keys and values from arguments, of a size "
                    "\"context\", as in a step of decoding"),
           cl::sub(bundleCommand), cl::cat(category));
static cl::opt<bool>
    limits("limits",
           cl::desc("In place of an input: functions that reach what a device "
                    "can, for others to be compared with"),
           cl::sub(bundleCommand), cl::cat(category));

static Texts inputs("input",
                    cl::desc("An input; once for each of the first ones, in "
                             "order"),
                    cl::value_desc("file.npy"), cl::sub(runCommand),
                    cl::cat(category));
static Number<0, INT64_MAX>
    seed("seed", cl::desc("Of the inputs without a file; 1 by default"),
         cl::value_desc("N"), cl::sub(runCommand), cl::cat(category));
static Texts dims("dim",
                  cl::desc("A dynamic size that no file tells; 16 by default"),
                  cl::value_desc("name=N"), cl::sub(runCommand),
                  cl::cat(category));
static Text outputDir("output-dir",
                      cl::desc("Write the results here as .npy, and print "
                               "nothing of them"),
                      cl::value_desc("folder"), cl::sub(runCommand),
                      cl::cat(category));
static cl::opt<bool> check("check",
                           cl::desc("Compare every kernel with the reference"),
                           cl::sub(runCommand), cl::cat(category));

static Text inputIds("input-ids",
                     cl::desc("The ids, [tokens] or [batch, tokens]"),
                     cl::value_desc("file.npy"), cl::sub(evalCommand),
                     cl::cat(category));
static Text logits("logits", cl::desc("Where the logits go"),
                   cl::value_desc("file.npy"), cl::sub(evalCommand),
                   cl::cat(category));
static Text expected("expected-logits",
                     cl::desc("Logits to compare with: of all positions, or of "
                              "the first or last ones"),
                     cl::value_desc("file.npy"), cl::sub(evalCommand),
                     cl::cat(category));
static Tolerance tolerance("tolerance",
                           cl::desc("Largest difference from those; 2e-4 by "
                                    "default"),
                           cl::value_desc("number"), cl::sub(evalCommand),
                           cl::cat(category));

static Texts phases("phase", cl::CommaSeparated,
                    cl::desc("prefill:TOKENS and decode:CONTEXT, one token "
                             "that looks back on CONTEXT keys; prefill:512 by "
                             "default"),
                    cl::value_desc("list"), cl::sub(benchCommand),
                    cl::cat(category));
static Number<1, Phase::largest>
    tokens("tokens", cl::desc("The same as --phase=prefill:N"),
           cl::value_desc("N"), cl::sub(benchCommand), cl::cat(category));
static Texts dtypes("dtype", cl::CommaSeparated,
                    cl::desc("Element types of the weights, one after the "
                             "other: f32, bf16, f16; as they are by default"),
                    cl::value_desc("list"), cl::sub(benchCommand),
                    cl::cat(category));
static cl::opt<bool>
    compareFusion("compare-fusion",
                  cl::desc("Time it also with each fusion off, and with all, "
                           "in turns"),
                  cl::sub(benchCommand), cl::cat(category));
static Number<1, 100000>
    rounds("rounds",
           cl::desc("Times that everything is run; by default what fits in a "
                    "second, at least 3"),
           cl::value_desc("N"), cl::sub(benchCommand), cl::cat(category));
static Text suite("suite",
                  cl::desc("Programs of its own, in place of an input: ops, "
                           "what stands between products of matrices, on "
                           "arrays that no cache holds"),
                  cl::value_desc("name"), cl::sub(benchCommand),
                  cl::cat(category));
static Text json("json", cl::desc("Where the figures go as JSON"),
                 cl::value_desc("file"), cl::sub(benchCommand),
                 cl::cat(category));

//===----------------------------------------------------------------------===//
// From options to commands
//===----------------------------------------------------------------------===//

/// Fails if one is there twice.
static llvm::LogicalResult checkTwice(StringRef what,
                                      llvm::ArrayRef<std::string> names) {
  llvm::StringSet<> seen;
  for (const std::string &name : names)
    if (!seen.insert(name).second)
      return fail(what + " '" + name + "' is named twice");
  return llvm::success();
}

/// Fails if one is unknown or there twice.
static llvm::LogicalResult checkNames(StringRef what,
                                      llvm::ArrayRef<std::string> names,
                                      llvm::ArrayRef<StringRef> known) {
  for (const std::string &name : names)
    if (!llvm::is_contained(known, name))
      return fail("unknown " + what + " '" + name + "'; there " +
                  (known.size() == 1 ? "is " : "are ") +
                  llvm::join(known, ", "));
  return checkTwice(what, names);
}

static const StringRef elementTypes[] = {"f32", "bf16", "f16"};

static llvm::LogicalResult getTypeOptions(TypeOptions &options) {
  for (const std::string &text : weights) {
    // Patterns may have a '=', types have none.
    auto [pattern, type] = StringRef(text).rsplit('=');
    bool isRule = StringRef(text).contains('=');
    if (failed(checkNames("element type", {isRule ? type.str() : text},
                          elementTypes)))
      return llvm::failure();
    if (isRule)
      options.rules.emplace_back(pattern, type);
    else if (!options.weights.empty())
      return fail("--weights has two types for all weights, " +
                  options.weights + " and " + text);
    else
      options.weights = text;
  }
  options.activations = activations;
  options.saturate = saturate;
  if (saturate && !options.convertsWeights())
    return fail("--saturate has no use without --weights=LIST");
  return activations.empty()
             ? llvm::success()
             : checkNames("element type", {activations}, elementTypes);
}

static bool isTargetList() { return StringRef(target).contains(','); }

static llvm::LogicalResult getOptions(DriverOptions &options) {
  options.target = target == "auto" ? chooseTarget() : target;
  if (isTargetList() && !compileCommand)
    return fail("--target=" + target +
                ": only compile takes several targets, for a program to choose "
                "of when it runs");
  options.shape = shape;
  if (layers.getNumOccurrences())
    options.layers = layers;
  options.whole = whole;
  if (block.getNumOccurrences())
    options.import.block = block;
  options.import.strict = strict;
  options.import.ignoredKeys.assign(ignoredKeys.begin(), ignoredKeys.end());
  options.name = name;
  llvm::SmallVector<StringRef> known;
  for (const NamedFusion &fusion : getFusions()) {
    known.push_back(fusion.name);
    if (llvm::is_contained(noFuse, fusion.name))
      options.fusion.*fusion.flag = false;
  }
  options.fp = fp == "fast" ? FPMode::Fast : FPMode::Strict;
  if (failed(checkNames("mode of --fp", {fp}, {"strict", "fast"})) ||
      failed(getTypeOptions(options.types)) ||
      failed(checkTwice("key", ignoredKeys)))
    return llvm::failure();
  return checkNames("fusion", noFuse, known);
}

static llvm::LogicalResult checkName() {
  if (name.empty() || getCIdentifier(name) == StringRef(name))
    return llvm::success();
  return fail("--name=" + name +
              ": expected an identifier that C leaves free, such as " +
              getCIdentifier(name));
}

static llvm::LogicalResult checkCompileOptions() {
  if (failed(checkName()))
    return llvm::failure();
  if (untilAfter.empty())
    return output.empty() ? fail("compile needs -o=DIR for its files, or "
                                 "--until-after=STAGE to print IR")
                          : llvm::success();
  llvm::SmallVector<StringRef> known(getStages());
  if (failed(checkNames("stage", {untilAfter}, known)))
    return llvm::failure();
  if (!output.empty() || !emit.empty())
    return fail(
        llvm::Twine(output.empty() ? "--emit" : "-o") +
        " has no use: --until-after=STAGE prints IR and writes nothing");
  if (!name.empty() && untilAfter != "host")
    return fail("--name has no use before the stage host");
  return llvm::success();
}

/// The names of a list of targets, in place of "host" that of this machine's.
static llvm::LogicalResult getTargetList(std::vector<std::string> &names) {
  for (StringRef part : llvm::split(target, ',')) {
    if (part == "auto")
      return fail("--target=" + target +
                  ": auto chooses one target now; of several, the program "
                  "chooses when it runs");
    llvm::Expected<TargetInfo> info = getTarget(part);
    if (!info)
      return fail(info.takeError());
    names.push_back(info->name);
  }
  if (failed(checkTwice("target", names)))
    return llvm::failure();
  return untilAfter.empty() ? llvm::success()
                            : fail("--until-after=STAGE prints the IR for one "
                                   "target, not for " +
                                   target);
}

static int runCompileCommand(const DriverOptions &options) {
  llvm::SmallVector<StringRef> known = {"header", "runtime", "weights"};
  llvm::append_range(known, getKernelOutputNames());
  if (failed(checkNames("output", emit, known)) ||
      failed(checkCompileOptions()))
    return 1;
  CompileOptions compile;
  compile.outputDir = output;
  compile.untilAfter = untilAfter;
  bool all = emit.empty();
  for (const std::string &name : emit)
    if (std::optional<KernelOutput> kind = findKernelOutput(name))
      compile.outputs.push_back(*kind);
  if (all)
    compile.outputs.push_back(KernelOutput::Object);
  compile.header = all || llvm::is_contained(emit, "header");
  compile.runtime = all || llvm::is_contained(emit, "runtime");
  compile.weights = all || llvm::is_contained(emit, "weights");
  if (!isTargetList())
    return runCompile(options, input, compile);
  std::vector<std::string> targets;
  if (failed(getTargetList(targets)))
    return 1;
  return runCompileForTargets(options, targets, input, compile);
}

/// Adds the size that "name=N" says. Fails where `text`, which it is a part of,
/// is no value of the option.
static llvm::LogicalResult addSize(StringRef option, StringRef text,
                                   StringRef part,
                                   llvm::StringMap<int64_t> &sizes) {
  auto [name, size] = part.split('=');
  int64_t value;
  if (name.empty() || size.getAsInteger(10, value) || value < 0 ||
      value > INT32_MAX)
    return llvm::failure(
        failOption(option, text, "name=N with N from 0 to 2147483647"));
  if (!sizes.try_emplace(name, value).second)
    return fail("--" + option + "=" + name + "=N is given twice");
  return llvm::success();
}

/// Reads lists of sizes, one for each run.
static llvm::LogicalResult
getSizes(StringRef option, llvm::ArrayRef<std::string> texts,
         std::vector<llvm::StringMap<int64_t>> &all) {
  for (StringRef text : texts) {
    llvm::StringMap<int64_t> &sizes = all.emplace_back();
    for (StringRef part : llvm::split(text, ','))
      if (failed(addSize(option, text, part, sizes)))
        return llvm::failure();
  }
  return llvm::success();
}

static int runBundleCommand(DriverOptions options) {
  if (output.empty())
    return failed(fail("bundle needs -o=DIR for its files"));
  BundleOptions bundle;
  bundle.outputDir = output;
  bundle.function = function;
  if (failed(checkName()) ||
      failed(getSizes("sizes", checkedSizes, bundle.checked)) ||
      failed(getSizes("timed-sizes", timedSizes, bundle.timed)))
    return 1;
  if (limits &&
      (isolate || decode || !bundle.checked.empty() || !shape.empty()))
    return failed(fail("--limits takes --timed-sizes=NAME=N alone"));
  if (limits && options.name.empty())
    options.name = "limits";
  if (bundle.checked.empty() && bundle.timed.empty())
    return failed(fail("bundle needs --sizes=NAME=N to check functions with, "
                       "or --timed-sizes=NAME=N to time them with"));
  bundle.limits = limits;
  options.isolateKernels = isolate;
  options.cacheArguments = decode;
  return runBundle(options, input, bundle);
}

static int runRunCommand(const DriverOptions &options) {
  RunOptions run;
  run.function = function;
  run.outputDir = outputDir;
  run.check = check;
  run.inputs.files.assign(inputs.begin(), inputs.end());
  if (seed.getNumOccurrences())
    run.inputs.seed = seed;
  for (const std::string &dim : dims)
    if (failed(addSize("dim", dim, dim, run.inputs.sizes)))
      return 1;
  return runRun(options, input, run);
}

static int runEvalCommand(const DriverOptions &options) {
  if (inputIds.empty())
    return failed(fail("eval needs --input-ids=FILE.npy"));
  if (logits.empty() && expected.empty())
    return failed(fail("eval needs --logits=FILE.npy to write, or "
                       "--expected-logits=FILE.npy to compare with"));
  if (tolerance.getNumOccurrences() && expected.empty())
    return failed(fail("--tolerance is for --expected-logits=FILE.npy"));
  EvalOptions eval;
  eval.ids = inputIds;
  eval.logits = logits;
  eval.expected = expected;
  if (tolerance.getNumOccurrences())
    eval.tolerance = tolerance;
  return runEval(options, input, eval);
}

static int runBenchCommand(const DriverOptions &options) {
  BenchOptions bench;
  bench.function = function;
  bench.json = json;
  bench.rounds = rounds;
  bench.compareFusion = compareFusion;
  bench.suite = suite;
  bool hasInput = !input.empty() || !options.shape.empty();
  if (!suite.empty() &&
      (hasInput || !phases.empty() || tokens.getNumOccurrences() ||
       compareFusion || !dtypes.empty()))
    return failed(fail("--suite=NAME has its own programs and sizes: no input "
                       "and no phases, --compare-fusion or --dtype stand with "
                       "it"));
  if (tokens.getNumOccurrences() && !phases.empty())
    return failed(fail("--tokens=N is --phase=prefill:N; give one of them"));
  for (const std::string &text : phases) {
    llvm::FailureOr<Phase> phase = parsePhase(text);
    if (failed(phase))
      return 1;
    bench.phases.push_back(*phase);
  }
  if (phases.empty())
    bench.phases.emplace_back();
  if (tokens.getNumOccurrences())
    bench.phases.front().size = tokens;
  if (failed(checkNames("dtype", dtypes, elementTypes)))
    return 1;
  if (!dtypes.empty() && options.types.convertsWeights())
    return failed(fail("--dtype=LIST is --weights=TYPE for one after the "
                       "other; give one of them"));
  bench.dtypes.assign(dtypes.begin(), dtypes.end());
  return runBench(options, input, bench);
}

static int runDemoCommand(const DriverOptions &options) {
  if (output.empty())
    return failed(fail("demo needs -o=DIR for the kernels"));
  return runDemo(options, input, output);
}

//===----------------------------------------------------------------------===//
// The program
//===----------------------------------------------------------------------===//

static int dispatch(const DriverOptions &options) {
  if (importCommand)
    return runImport(options, input, output);
  if (compileCommand)
    return runCompileCommand(options);
  if (bundleCommand)
    return runBundleCommand(options);
  if (runCommand)
    return runRunCommand(options);
  if (evalCommand)
    return runEvalCommand(options);
  if (benchCommand)
    return runBenchCommand(options);
  if (demoCommand)
    return runDemoCommand(options);
  if (!input.empty())
    return failed(
        fail("unknown command '" + input +
             "'; there are import, compile, bundle, run, eval, bench, demo"));
  cl::PrintHelpMessage();
  return 1;
}

/// Of options with one value the last would be taken, silently.
static llvm::LogicalResult checkOccurrences() {
  for (cl::SubCommand *command : cl::getRegisteredSubcommands()) {
    if (!*command)
      continue;
    for (auto [name, option] : cl::getRegisteredOptions(*command))
      if (option->getNumOccurrences() > 1 &&
          option->getNumOccurrencesFlag() == cl::Optional)
        return fail(getSpelling(name) + " is given twice");
  }
  return llvm::success();
}

/// Reads the command line. LLVM prints its messages over several lines, and
/// not as errors.
static llvm::LogicalResult parseCommandLine(int argc, char **argv) {
  cl::HideUnrelatedOptions(category);
  for (cl::SubCommand *command :
       {&importCommand, &compileCommand, &bundleCommand, &runCommand,
        &evalCommand, &benchCommand, &demoCommand})
    cl::HideUnrelatedOptions(category, *command);
  std::string text;
  llvm::raw_string_ostream messages(text);
  if (cl::ParseCommandLineOptions(argc, argv, overview, &messages))
    return checkOccurrences();
  llvm::SmallVector<StringRef> lines;
  StringRef(text).split(lines, '\n', -1, /*KeepEmpty=*/false);
  for (StringRef &line : lines)
    line.consume_front("llamir: ");
  return lines.empty() ? llvm::failure() : fail(llvm::join(lines, " "));
}

int main(int argc, char **argv) {
  Process process(argc, argv);
  DriverOptions options;
  if (failed(parseCommandLine(argc, argv)) || failed(getOptions(options)))
    return 1;
  int status = dispatch(options);
  llvm::outs().flush();
  if (std::error_code code = llvm::outs().error()) {
    llvm::outs().clear_error();
    return failed(fail("standard output: " + code.message()));
  }
  return status;
}
