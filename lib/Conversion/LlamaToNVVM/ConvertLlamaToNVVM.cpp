//===- ConvertLlamaToNVVM.cpp - Kernels for tensor cores ------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionKernel.h"
#include "llamir/Conversion/LlamaToNVVM/Passes.h"
#include "llamir/Support/TargetInfo.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Remarks.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_CONVERTLLAMATONVVM
#include "llamir/Conversion/LlamaToNVVM/Passes.h.inc"
} // namespace llamir

static constexpr StringLiteral passName = "convert-llama-to-nvvm";

/// The attention that is all that a kernel computes, of its arguments in their
/// order.
static AttentionOp findAttention(func::FuncOp kernel) {
  auto attention = dyn_cast<AttentionOp>(kernel.front().front());
  if (!attention ||
      attention->getNextNode() != kernel.front().getTerminator() ||
      !llvm::equal(attention.getOperands(), kernel.getArguments()))
    return {};
  return attention;
}

namespace {
struct ConvertLlamaToNVVMPass
    : llamir::impl::ConvertLlamaToNVVMBase<ConvertLlamaToNVVMPass> {
  using ConvertLlamaToNVVMBase::ConvertLlamaToNVVMBase;

  void convert(func::FuncOp kernel, AttentionOp attention, const Device &device,
               SymbolTable &symbols) {
    OpBuilder builder(kernel->getContext());
    StringRef name = kernel.getSymName();
    Attribute target =
        NVVM::NVVMTargetAttr::get(kernel->getContext(), /*optLevel=*/3,
                                  "nvptx64-nvidia-cuda", device.architecture);
    auto module = gpu::GPUModuleOp::create(builder, kernel.getLoc(),
                                           (name + "_tensor_cores").str(),
                                           builder.getArrayAttr(target));
    symbols.insert(module, std::next(kernel->getIterator()));
    builder.setInsertionPointToStart(module.getBody());
    buildAttentionKernel(builder, attention, name);
    auto function =
        SymbolRefAttr::get(module.getSymNameAttr(),
                           FlatSymbolRefAttr::get(kernel->getContext(), name));
    // One row is for keys that are read side by side.
    kernel->setAttr(LlamaDialect::tensorCoresAttrName,
                    TensorKernelAttr::get(kernel->getContext(), function,
                                          attention.getHeads(), attentionRows,
                                          attentionThreads, /*least=*/2));
    ++numKernels;
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<TargetInfo> info = getTarget(target, module);
    if (failed(info))
      return signalPassFailure();
    if (!info->isCuda())
      return;
    SymbolTable symbols(module);
    for (auto kernel :
         llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
      if (!isKernelFunction(kernel) || kernel.isDeclaration() ||
          kernel->hasAttr(LlamaDialect::tensorCoresAttrName))
        continue;
      AttentionOp attention = findAttention(kernel);
      if (!attention)
        continue;
      std::optional<StringRef> reason = whyNotOnTensorCores(attention);
      if (!reason)
        convert(kernel, attention, info->getDevice(), symbols);
      else
        remark::missed(attention.getLoc(),
                       remark::RemarkOpts::name(passName).category("kernels"))
            << remark::reason("tensor cores cannot compute it: {0}", *reason);
    }
  }
};
} // namespace
