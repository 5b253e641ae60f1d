//===- FuseRotary.cpp - Joined projections with rotary epilogue -----------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fusion.h"
#include "llamir/Transforms/Passes.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_LLAMAFUSEROTARY
#include "llamir/Transforms/Passes.h.inc"
} // namespace llamir

static constexpr llvm::StringLiteral passName = "fuse-rotary";

namespace {
/// Rotations of projections of one input that are joined, with the projections
/// that are joined with them and do not rotate.
struct Group {
  SmallVector<RopeOp> ropes;
  SmallVector<LinearOp> rotated;
  SmallVector<LinearOp> plain;

  SmallVector<LinearOp> linears() const {
    SmallVector<LinearOp> all(rotated);
    all.append(plain.begin(), plain.end());
    return all;
  }

  /// True when one op can do this rotation and those of the group.
  bool accepts(RopeOp rope, LinearOp linear) const {
    RopeOp first = ropes.front();
    LinearOp firstLinear = rotated.front();
    SmallVector<LinearOp> joined = linears();
    joined.push_back(linear);
    return linear.getX() == firstLinear.getX() &&
           linear->getBlock() == firstLinear->getBlock() &&
           rope->getBlock() == first->getBlock() &&
           rope.getPositions() == first.getPositions() &&
           rope.getTheta() == first.getTheta() &&
           rope.getPairing() == first.getPairing() &&
           rope.getHeadDim() == first.getHeadDim() &&
           rope.getRotaryWidth() == first.getRotaryWidth() &&
           whyNotJoin(joined).empty();
  }
};

struct FuseRotaryPass : llamir::impl::LlamaFuseRotaryBase<FuseRotaryPass> {
  /// Why a rotation stays alone, or an empty string.
  std::string whyNot(RopeOp rope, LinearOp linear) {
    if (!linear)
      return "its input is not a projection";
    if (linear->getBlock() != rope->getBlock())
      return "the projection stands in another block";
    if (!linear->hasOneUse())
      return "the unrotated projection is also read elsewhere";
    if (rope.getNumRotated() != int64_t(rope.getHeads()))
      return "only some heads of the projection rotate";
    return "";
  }

  /// The projection of the values of an attention that reads one of the
  /// rotations, if it can be joined with them.
  void addValueProjection(Group &group) {
    RopeOp first = group.ropes.front();
    for (RopeOp rope : group.ropes)
      for (Operation *user : rope->getUsers()) {
        auto attention = dyn_cast<AttentionOp>(user);
        if (!attention)
          continue;
        auto linear = attention.getV().getDefiningOp<LinearOp>();
        if (!linear || llvm::is_contained(group.plain, linear) ||
            llvm::is_contained(group.rotated, linear))
          continue;
        SmallVector<LinearOp> joined = group.linears();
        joined.push_back(linear);
        std::string reason;
        if (linear.getX() != group.rotated.front().getX())
          reason = "they are projected from another input";
        else if (linear->getBlock() != first->getBlock())
          reason = "they stand in another block";
        else if (linear.getType().getDimSize(1) % first.getHeadDim() != 0)
          reason = "the head size does not divide their width";
        else
          reason = whyNotJoin(joined);
        if (!reason.empty()) {
          remarkDeclined(passName, linear.getLoc(),
                         "values not joined with the rotated projections: {0}",
                         reason);
          continue;
        }
        group.plain.push_back(linear);
      }
  }

  /// Joins and rewrites one group. Fails when the block's order forbids it.
  LogicalResult fuse(IRRewriter &rewriter, Group &group) {
    SmallVector<LinearOp> linears = group.linears();
    SmallVector<Operation *> ops(linears.begin(), linears.end());
    ops.append(group.ropes.begin(), group.ropes.end());
    if (failed(makeAdjacent(ops)))
      return failure();

    RopeOp first = group.ropes.front();
    int64_t rotatedWidth = 0, width = 0;
    SmallVector<Type> types;
    SmallVector<Value> replaced;
    SmallVector<Location> linearLocs, ropeLocs;
    for (auto [linear, rope] : llvm::zip(group.rotated, group.ropes)) {
      types.push_back(rope.getType());
      replaced.push_back(rope.getResult());
      rotatedWidth += rope.getType().getDimSize(1);
      ropeLocs.push_back(rope.getLoc());
    }
    width = rotatedWidth;
    for (LinearOp linear : group.plain) {
      types.push_back(linear.getType());
      replaced.push_back(linear.getResult());
      width += linear.getType().getDimSize(1);
    }
    for (LinearOp linear : linears)
      linearLocs.push_back(linear.getLoc());

    rewriter.setInsertionPoint(ops.front());
    JoinedProjection joined = joinProjections(rewriter, linears);
    rewriter.setInsertionPointAfter(ops.back());
    auto linear = LinearOp::create(rewriter, rewriter.getFusedLoc(linearLocs),
                                   group.rotated.front().getX(), joined.weight,
                                   joined.bias);
    int64_t headDim = first.getHeadDim();
    IntegerAttr rotatedHeads;
    if (rotatedWidth != width)
      rotatedHeads = rewriter.getI64IntegerAttr(rotatedWidth / headDim);
    auto rope = RopeOp::create(rewriter, rewriter.getFusedLoc(ropeLocs),
                               linear.getType(), linear, first.getPositions(),
                               rewriter.getI64IntegerAttr(width / headDim),
                               first.getThetaAttr(), first.getPairingAttr(),
                               first.getRotaryDimsAttr(), rotatedHeads);
    if (replaced.size() == 1) {
      rewriter.replaceAllUsesWith(replaced[0], rope.getResult());
    } else {
      auto split = SplitOp::create(rewriter, linear.getLoc(), types, rope);
      for (auto [old, part] : llvm::zip(replaced, split.getParts()))
        rewriter.replaceAllUsesWith(old, part);
    }
    for (Operation *op : llvm::reverse(ops))
      rewriter.eraseOp(op);
    formKernel(rewriter, linears.size() == 1 ? "linear_rope" : "qkv_rope",
               {linear, rope});
    return success();
  }

  void runOnOperation() override {
    SmallVector<Group> groups;
    for (RopeOp rope : getHostOps<RopeOp>(getOperation())) {
      auto linear = rope.getX().getDefiningOp<LinearOp>();
      std::string reason = whyNot(rope, linear);
      if (!reason.empty()) {
        remarkDeclined(passName, rope.getLoc(), "rotation not fused: {0}",
                       reason);
        ++numDeclined;
        continue;
      }
      auto *group = llvm::find_if(
          groups, [&](Group &group) { return group.accepts(rope, linear); });
      if (group == groups.end())
        group = &groups.emplace_back();
      group->ropes.push_back(rope);
      group->rotated.push_back(linear);
    }

    IRRewriter rewriter(&getContext());
    for (Group &group : groups) {
      addValueProjection(group);
      size_t numLinears = group.linears().size();
      Location loc = group.ropes.front().getLoc();
      size_t numRopes = group.ropes.size();
      if (failed(fuse(rewriter, group))) {
        remarkDeclined(passName, loc,
                       "rotation not fused: one of the joined projections "
                       "depends on another");
        numDeclined += numRopes;
        continue;
      }
      remarkFused(passName, loc,
                  "{0} rotation(s) moved into the epilogue of {1} joined "
                  "projection(s)",
                  numRopes, numLinears);
      numFused += numRopes;
      numJoined += numLinears > 1 ? numLinears : 0;
    }
  }
};
} // namespace
