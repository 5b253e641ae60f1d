//===- OutlineKernels.cpp - Kernels into functions ------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Transforms/Passes.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_LLAMAOUTLINEKERNELS
#include "llamir/Transforms/Passes.h.inc"
} // namespace llamir

namespace {
struct OutlineKernelsPass
    : llamir::impl::LlamaOutlineKernelsBase<OutlineKernelsPass> {
  void outline(IRRewriter &rewriter, SymbolTable &symbols, KernelOp kernel) {
    Operation *host = kernel->getParentOp();
    while (host->getParentOp() != getOperation())
      host = host->getParentOp();
    rewriter.setInsertionPointAfter(host);
    auto function = func::FuncOp::create(
        rewriter, kernel.getLoc(), kernel.getName(),
        rewriter.getFunctionType(kernel.getInputs().getTypes(),
                                 kernel.getResultTypes()));
    function.setPrivate();
    function->setAttr(LlamaDialect::kernelAttrName, rewriter.getUnitAttr());
    symbols.insert(function); // Makes the name unique.
    rewriter.inlineRegionBefore(kernel.getBody(), function.getBody(),
                                function.end());
    auto yield = cast<YieldOp>(function.front().getTerminator());
    rewriter.setInsertionPoint(yield);
    rewriter.replaceOpWithNewOp<func::ReturnOp>(yield, yield.getValues());
    rewriter.setInsertionPoint(kernel);
    rewriter.replaceOpWithNewOp<LaunchOp>(
        kernel, kernel.getResultTypes(),
        FlatSymbolRefAttr::get(function.getSymNameAttr()), kernel.getInputs(),
        /*arg_attrs=*/ArrayAttr(), /*res_attrs=*/ArrayAttr());
    ++numOutlined;
  }

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SymbolTable symbols(getOperation());
    SmallVector<KernelOp> kernels;
    getOperation().walk([&](KernelOp kernel) { kernels.push_back(kernel); });
    // The last first, each right after its function: kernels end up in the
    // order of their launches.
    for (KernelOp kernel : llvm::reverse(kernels))
      outline(rewriter, symbols, kernel);
  }
};
} // namespace
