//===- ExpandNorms.cpp - Norms over the batch in two halves ---------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/llama/LlamaDialect.h"
#include "llamir/Transforms/Passes.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_LLAMAEXPANDNORMS
#include "llamir/Transforms/Passes.h.inc"
} // namespace llamir

namespace {
struct ExpandNormsPass : llamir::impl::LlamaExpandNormsBase<ExpandNormsPass> {
  static void expand(IRRewriter &rewriter, NormOp norm) {
    rewriter.setInsertionPoint(norm);
    RankedTensorType x = norm.getX().getType();
    Type channels =
        RankedTensorType::get(x.getDimSize(1), rewriter.getF32Type());
    auto statistics = StatisticsOp::create(
        rewriter, norm.getLoc(), TypeRange{channels, channels}, norm.getX(),
        Value(), Value(), norm.getAxes(), FloatAttr(), false);
    rewriter.replaceOpWithNewOp<NormalizeOp>(
        norm, x, norm.getX(), statistics.getResult(0), statistics.getResult(1),
        norm.getGain(), norm.getBias(), norm.getEpsAttr());
  }

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    getOperation().walk([&](NormOp norm) {
      if (norm.isOverBatch())
        expand(rewriter, norm);
    });
  }
};
} // namespace
