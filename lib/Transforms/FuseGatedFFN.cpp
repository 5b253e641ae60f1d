//===- FuseGatedFFN.cpp - Gate and up joined, product in the epilogue -----===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fusion.h"
#include "llamir/Transforms/Passes.h"
#include "llvm/ADT/Statistic.h"

#define DEBUG_TYPE "llama-fuse-gated-ffn"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_LLAMAFUSEGATEDFFN
#include "llamir/Transforms/Passes.h.inc"
} // namespace llamir

ALWAYS_ENABLED_STATISTIC(numFused, "Gated feed-forward layers fused");
ALWAYS_ENABLED_STATISTIC(numDeclined, "Products left alone");

static constexpr llvm::StringLiteral passName = "fuse-gated-ffn";

namespace {
/// mul(activation(gate(x)), up(x)).
struct GatedFFN {
  LinearOp gate, up;
  ActivationOp activation;
  MulOp mul;
};

struct FuseGatedFFNPass
    : llamir::impl::LlamaFuseGatedFFNBase<FuseGatedFFNPass> {
  /// The gated layer that ends in `mul`, with missing ops null.
  static GatedFFN match(MulOp mul) {
    GatedFFN best{{}, {}, {}, mul};
    for (bool swapped : {false, true}) {
      Value gateSide = swapped ? mul.getRhs() : mul.getLhs();
      Value upSide = swapped ? mul.getLhs() : mul.getRhs();
      auto activation = gateSide.getDefiningOp<ActivationOp>();
      if (!activation)
        continue;
      GatedFFN found{activation.getX().getDefiningOp<LinearOp>(),
                     upSide.getDefiningOp<LinearOp>(), activation, mul};
      // With an activation on both sides, the side that has a projection on
      // the other is the gate.
      if (found.gate && found.up)
        return found;
      if (!best.activation || (found.gate && !best.gate))
        best = found;
    }
    return best;
  }

  static std::string whyNot(GatedFFN &ffn) {
    if (!ffn.activation)
      return "no factor is an activation";
    if (!ffn.gate)
      return "the activation is not that of a projection";
    if (!ffn.up)
      return "the gate does not multiply a projection";
    if (ffn.gate == ffn.up)
      return "gate and up are one projection";
    if (ffn.gate.getX() != ffn.up.getX())
      return "gate and up read different inputs";
    Block *block = ffn.mul->getBlock();
    if (ffn.gate->getBlock() != block || ffn.up->getBlock() != block ||
        ffn.activation->getBlock() != block)
      return "its ops stand in different blocks";
    if (!ffn.gate->hasOneUse())
      return "the gate's projection is also read elsewhere";
    if (!ffn.activation->hasOneUse())
      return "the activation is also read elsewhere";
    if (!ffn.up->hasOneUse())
      return "the up projection is also read elsewhere";
    std::string reason = whyNotJoin({ffn.gate, ffn.up});
    return reason.empty() ? "" : "gate and up cannot be joined: " + reason;
  }

  static void fuse(IRRewriter &rewriter, GatedFFN &ffn) {
    SmallVector<Operation *> ops = {ffn.gate, ffn.up, ffn.activation, ffn.mul};
    // Nothing else reads what is in between, so nothing stands in the way.
    [[maybe_unused]] LogicalResult adjacent = makeAdjacent(ops);
    assert(succeeded(adjacent));
    rewriter.setInsertionPoint(ops.front());
    JoinedProjection joined = joinProjections(rewriter, {ffn.gate, ffn.up});
    auto linear = LinearOp::create(
        rewriter, rewriter.getFusedLoc({ffn.gate.getLoc(), ffn.up.getLoc()}),
        ffn.gate.getX(), joined.weight, joined.bias);
    auto split =
        SplitOp::create(rewriter, linear.getLoc(),
                        {ffn.gate.getType(), ffn.up.getType()}, linear);
    rewriter.replaceOp(ffn.up, split.getResult(1));
    rewriter.replaceOp(ffn.gate, split.getResult(0));
    formKernel(rewriter, "gated_ffn", {linear, split, ffn.activation, ffn.mul});
  }

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    for (MulOp mul : getHostOps<MulOp>(getOperation())) {
      GatedFFN ffn = match(mul);
      Location loc = mul.getLoc();
      std::string reason = whyNot(ffn);
      if (!reason.empty()) {
        remarkDeclined(passName, loc, "product not fused: {0}", reason);
        ++numDeclined;
        continue;
      }
      fuse(rewriter, ffn);
      remarkFused(passName, loc,
                  "gate and up are joined; activation and product moved into "
                  "their epilogue");
      ++numFused;
    }
  }
};
} // namespace
