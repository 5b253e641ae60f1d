//===- OutlineKernels.cpp - Kernels into functions ------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fusion.h"
#include "llamir/Transforms/Passes.h"
#include "llvm/ADT/Statistic.h"

#define DEBUG_TYPE "llama-outline-kernels"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_LLAMAOUTLINEKERNELS
#include "llamir/Transforms/Passes.h.inc"
} // namespace llamir

ALWAYS_ENABLED_STATISTIC(numOutlined, "Kernels moved");

namespace {
struct OutlineKernelsPass
    : llamir::impl::LlamaOutlineKernelsBase<OutlineKernelsPass> {
  /// Puts the function of a kernel behind `last`, and makes it the last.
  void outline(IRRewriter &rewriter, SymbolTable &symbols, KernelOp kernel,
               Operation *&last) {
    rewriter.setInsertionPointAfter(last);
    auto function = func::FuncOp::create(
        rewriter, kernel.getLoc(), kernel.getName(),
        rewriter.getFunctionType(kernel.getInputs().getTypes(),
                                 kernel.getResultTypes()));
    function.setPrivate();
    function->setAttr(LlamaDialect::kernelAttrName, rewriter.getUnitAttr());
    symbols.insert(function,
                   rewriter.getInsertionPoint()); // Makes the name unique.
    last = function;
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
    // Kernels stand behind their host function in the order of their launches,
    // so that of equal ones the first keeps its name.
    Operation *host = nullptr, *last = nullptr;
    for (KernelOp kernel : getHostOps<KernelOp>(getOperation())) {
      Operation *parent = kernel->getParentOfType<func::FuncOp>();
      if (parent != host)
        host = last = parent;
      outline(rewriter, symbols, kernel, last);
    }
  }
};
} // namespace
