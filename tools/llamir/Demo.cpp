//===- Demo.cpp - The command demo ----------------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bench.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace llamir;

static void heading(StringRef text) {
  llvm::WithColor(llvm::outs(), llvm::raw_ostream::CYAN, /*Bold=*/true)
      << "\n== " << text << '\n';
}

int llamir::runDemo(DriverOptions options, StringRef input) {
  if (!llvm::sys::fs::is_directory(input))
    return failed(fail("demo needs a model's folder"));
  {
    heading("one layer as it is imported");
    DriverOptions block = options;
    block.block = 0;
    block.untilAfter = "import";
    Session session(block);
    bool stopped;
    if (failed(session.load(input)) ||
        failed(session.compile({}, llvm::outs(), stopped)))
      return 1;
  }
  {
    heading("the same layer after fusion");
    DriverOptions block = options;
    block.block = 0;
    block.untilAfter = "fusion";
    Session session(block);
    bool stopped;
    if (failed(session.load(input)) ||
        failed(session.compile({}, llvm::outs(), stopped)))
      return 1;
    heading("what fused, and what did not");
    for (const std::string &remark : session.remarks)
      llvm::outs() << remark << '\n';
  }
  heading("the whole model: compile, run, and compare every kernel with the "
          "reference");
  Session session(options);
  bool stopped;
  if (failed(session.load(input)) ||
      failed(session.compile(KernelOutput::Object, llvm::outs(), stopped)))
    return 1;
  FailureOr<func::FuncOp> function = session.getFunction("");
  if (failed(function) || failed(session.prepareRun()))
    return 1;
  llvm::outs() << llvm::formatv("{0} kernels for {1}, compiled in {2:f2} s\n",
                                session.code.size(), session.target.name,
                                session.compileSeconds);
  llvm::StringMap<int64_t> sizes;
  sizes["tokens"] = 64;
  FailureOr<std::vector<Array>> inputs = makeInputs(*function, {}, 1, sizes);
  std::vector<Array> results;
  if (failed(inputs) ||
      failed(checkFunction(session, *function, *inputs, results)))
    return 1;
  heading("the logits, compared with those that Hugging Face computed");
  std::string folder = input.str();
  if (int status = runEval(options, input, folder + "/input_ids.npy", "",
                           folder + "/logits.npy", 2e-4))
    return status;
  heading("how fast each kernel is, beside what this machine can do");
  return failed(benchSession(session, *function, {Phase::Prefill, 64}));
}
