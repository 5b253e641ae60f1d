//===- Demo.cpp - The command demo ----------------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bench/BenchReport.h"
#include "Commands.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace llamir;

static constexpr int64_t tokens = 64;

static void heading(const Twine &text) {
  llvm::WithColor(llvm::outs(), llvm::raw_ostream::CYAN, /*Bold=*/true)
      << "\n== " << text << '\n';
}

/// Prints the first layer after a stage, and gives the session that did it.
static FailureOr<std::unique_ptr<Session>>
printLayer(DriverOptions options, StringRef input, StringRef stage) {
  options.import.block = 0;
  auto session = std::make_unique<Session>(options);
  if (failed(session->load(input)) ||
      failed(session->printAfter(stage, llvm::outs())))
    return failure();
  return session;
}

static LogicalResult showFusion(const DriverOptions &options, StringRef input) {
  heading("one layer as it is imported");
  if (failed(printLayer(options, input, "import")))
    return failure();
  heading("the same layer after fusion");
  FailureOr<std::unique_ptr<Session>> fused =
      printLayer(options, input, "fusion");
  if (failed(fused))
    return failure();
  heading("what fused, and what did not");
  for (const std::string &remark : (*fused)->remarks)
    llvm::outs() << remark << '\n';
  return success();
}

static LogicalResult writeKernels(Session &session, StringRef input,
                                  StringRef outputDir) {
  heading("the whole model, compiled");
  CompileOptions compile;
  compile.outputDir = outputDir.str();
  compile.outputs = {KernelOutput::Object};
  compile.header = compile.runtime = compile.weights = true;
  if (failed(session.load(input)) || failed(session.compile(compile.outputs)) ||
      failed(writeFiles(session, compile)))
    return failure();
  llvm::outs() << llvm::formatv("{0} kernels for {1} in {2:f2} s, written to ",
                                session.code.size() - 1, session.target.name,
                                session.compileSeconds)
               << outputDir
               << " with a C header, the packed weights and the runtime\n";
  return success();
}

static LogicalResult compareLogits(const DriverOptions &options,
                                   StringRef input) {
  heading("the logits, compared with those that Hugging Face computed");
  EvalOptions eval;
  eval.ids = (input + "/input_ids.npy").str();
  eval.expected = (input + "/logits.npy").str();
  return success(runEval(options, input, eval) == 0);
}

static LogicalResult measureKernels(Session &session) {
  heading("each kernel on " + Twine(tokens) +
          " tokens, beside this machine's limits and the reference");
  FailureOr<func::FuncOp> function = session.getFunction("");
  if (failed(function) || failed(session.prepareRun()))
    return failure();
  PhaseSizes sizes =
      getSizes(session.getSignature(*function), {Phase::Prefill, tokens});
  InputOptions options;
  options.sizes = sizes.byName;
  FailureOr<Inputs> inputs = makeInputs(session, *function, options);
  if (failed(inputs))
    return failure();
  std::vector<Array> results;
  FailureOr<std::vector<KernelError>> errors =
      measureErrors(session, *function, inputs->arrays, results);
  if (failed(errors))
    return failure();
  auto limits = LimitMeter::create(session.target);
  if (failed(limits))
    return failure();
  std::vector<Runner> runners;
  runners.emplace_back(session, *function, std::move(inputs->arrays));
  if (failed(measureAll(runners, **limits, /*rounds=*/0)))
    return failure();
  printLimits(**limits);
  printTimesAndErrors(runners.front(), **limits, *errors);
  return checkErrors(*errors);
}

int llamir::runDemo(const DriverOptions &options, StringRef input,
                    StringRef outputDir) {
  if (!llvm::sys::fs::is_directory(input))
    return failed(fail(input.empty()
                           ? Twine("there is no input; give a model's folder")
                           : input + ": not a folder with a model"));
  Session session(options);
  return failed(showFusion(options, input)) ||
         failed(writeKernels(session, input, outputDir)) ||
         failed(compareLogits(options, input)) ||
         failed(measureKernels(session));
}
