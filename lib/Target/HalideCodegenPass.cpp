//===- HalideCodegenPass.cpp - Code generation as a pass ------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Support/OutputFile.h"
#include "llamir/Target/HalideCodegen.h"
#include "llamir/Target/Passes.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace llamir;

namespace llamir {
#define GEN_PASS_DEF_HALIDECODEGEN
#include "llamir/Target/Passes.h.inc"
} // namespace llamir

namespace {
struct HalideCodegenPass : llamir::impl::HalideCodegenBase<HalideCodegenPass> {
  using HalideCodegenBase::HalideCodegenBase;

  LogicalResult getOutputs(SmallVectorImpl<KernelOutput> &outputs) {
    for (const std::string &name : emit) {
      std::optional<KernelOutput> output = findKernelOutput(name);
      if (!output)
        return getOperation().emitError() << "unknown output '" << name << "'";
      outputs.push_back(*output);
    }
    if (outputs.empty())
      outputs.push_back(KernelOutput::Object);
    return success();
  }

  LogicalResult run() {
    FailureOr<TargetInfo> info = getTarget(target, getOperation());
    if (failed(info))
      return failure();
    SmallVector<KernelOutput> outputs;
    SmallVector<KernelCode> code;
    SmallVector<halide::PipelineOp> pipelines(
        getOperation().getOps<halide::PipelineOp>());
    if (failed(getOutputs(outputs)))
      return failure();
    if (llvm::Error error = checkOutputs(*info, outputs))
      return getOperation().emitError() << llvm::toString(std::move(error));
    if (failed(compilePipelines(pipelines, *info, outputs, code)))
      return failure();
    if (outputDir.empty())
      return success();
    if (llvm::Error error = writeFiles(code))
      return getOperation().emitError() << llvm::toString(std::move(error));
    return success();
  }

  /// All files or none.
  llvm::Error writeFiles(ArrayRef<KernelCode> code) {
    llvm::Expected<OutputFolder> folder = OutputFolder::create(outputDir);
    if (!folder)
      return folder.takeError();
    std::vector<OutputFile> files;
    for (const KernelCode &kernel : code)
      for (const auto &[name, bytes] : kernel.getFiles()) {
        llvm::Expected<OutputFile> file = folder->write(name, bytes);
        if (!file)
          return file.takeError();
        files.push_back(std::move(*file));
      }
    return folder->commit(files);
  }

  void runOnOperation() override {
    if (failed(run()))
      signalPassFailure();
  }
};
} // namespace
