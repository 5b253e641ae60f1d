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
/// mul(activation(gate), up), where gate and up are projections of one input.
struct GatedFFN {
  MulOp mul;
  ActivationOp activation; // Null, as what follows, when no factor is one.
  Value gateValue, upValue;
  Projection gate, up;

  /// True when gate and up are parts of one projection.
  bool isJoined() { return gate.linear == up.linear; }
};

struct FuseGatedFFNPass
    : llamir::impl::LlamaFuseGatedFFNBase<FuseGatedFFNPass> {
  /// The gated layer that ends in `mul`, with missing ops null.
  static GatedFFN match(MulOp mul) {
    GatedFFN best{mul, {}, {}, {}, {}, {}};
    for (bool swapped : {false, true}) {
      Value gateSide = swapped ? mul.getRhs() : mul.getLhs();
      Value up = swapped ? mul.getLhs() : mul.getRhs();
      auto activation = gateSide.getDefiningOp<ActivationOp>();
      if (!activation)
        continue;
      Value gate = activation.getX();
      GatedFFN found{mul, activation,           gate,
                     up,  Projection::of(gate), Projection::of(up)};
      // With an activation on both sides, the side that has a projection on
      // the other is the gate.
      if (found.gate.linear && found.up.linear)
        return found;
      if (!best.activation || (found.gate.linear && !best.gate.linear))
        best = found;
    }
    return best;
  }

  /// Why the projections cannot become one of gate and up, or an empty string.
  static std::string whyNotJoined(GatedFFN &ffn) {
    if (ffn.isJoined()) {
      if (ffn.gate.isReadBesidesSplit())
        return "the projection of gate and up is also read elsewhere";
      if (ffn.gate.getParts().size() != 2)
        return "the projection of gate and up has other parts";
      return "";
    }
    if (ffn.gate.split || ffn.up.split)
      return "the projection of gate or up has other parts";
    std::string reason = whyNotJoin({ffn.gate.linear, ffn.up.linear});
    return reason.empty() ? "" : "gate and up cannot be joined: " + reason;
  }

  static std::string whyNot(GatedFFN &ffn) {
    if (!ffn.activation)
      return "no factor is an activation";
    if (!ffn.gate.linear)
      return "the activation is not that of a projection";
    if (!ffn.up.linear)
      return "the gate does not multiply a projection";
    if (ffn.gateValue == ffn.upValue)
      return "gate and up are one projection";
    if (ffn.gate.linear.getX() != ffn.up.linear.getX())
      return "gate and up read different inputs";
    Block *block = ffn.mul->getBlock();
    if (!ffn.gate.standsIn(block) || !ffn.up.standsIn(block) ||
        ffn.activation->getBlock() != block)
      return "its ops stand in different blocks";
    if (!ffn.gateValue.hasOneUse())
      return "the gate's projection is also read elsewhere";
    if (!ffn.activation->hasOneUse())
      return "the activation is also read elsewhere";
    if (!ffn.upValue.hasOneUse())
      return "the up projection is also read elsewhere";
    return whyNotJoined(ffn);
  }

  static void fuse(IRRewriter &rewriter, GatedFFN &ffn) {
    SmallVector<Operation *> ops = {ffn.gate.linear, ffn.activation, ffn.mul};
    ops.push_back(ffn.isJoined() ? ffn.gate.split : ffn.up.linear);
    // Nothing else reads what is in between, so nothing stands in the way.
    [[maybe_unused]] LogicalResult adjacent = makeAdjacent(ops);
    assert(succeeded(adjacent));
    rewriter.setInsertionPoint(ops.front());
    Projection joined =
        ffn.isJoined()
            ? ffn.gate
            : joinAndSplit(rewriter, {ffn.gate.linear, ffn.up.linear});
    formKernel(rewriter, "gated_ffn",
               {joined.linear, joined.split, ffn.activation, ffn.mul});
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
