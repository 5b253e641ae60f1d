//===- FuseRotary.cpp - Joined projections with rotary epilogue -----------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fusion.h"
#include "llamir/Transforms/Passes.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/Statistic.h"

#define DEBUG_TYPE "llama-fuse-rotary"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_LLAMAFUSEROTARY
#include "llamir/Transforms/Passes.h.inc"
} // namespace llamir

ALWAYS_ENABLED_STATISTIC(numFused, "Rotations that moved into an epilogue");
ALWAYS_ENABLED_STATISTIC(numJoined, "Projections joined with another");
ALWAYS_ENABLED_STATISTIC(numDeclined, "Rotations left alone");

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

  /// Why a projection cannot be joined with those of the group, or an empty
  /// string.
  std::string whyNot(LinearOp linear) const {
    LinearOp first = rotated.front();
    if (linear.getX() != first.getX())
      return "they are projected from another input";
    if (linear->getBlock() != first->getBlock())
      return "they stand in another block";
    SmallVector<LinearOp> joined = linears();
    joined.push_back(linear);
    return whyNotJoin(joined);
  }

  /// Why one op cannot do this rotation and those of the group, or an empty
  /// string.
  std::string whyNot(RopeOp rope, LinearOp linear) const {
    RopeOp first = ropes.front();
    if (rope.getPositions() != first.getPositions())
      return "they have other positions";
    if (rope.getTheta() != first.getTheta() ||
        rope.getPairing() != first.getPairing() ||
        rope.getRotaryWidth() != first.getRotaryWidth())
      return "they rotate otherwise";
    if (rope.getHeadDim() != first.getHeadDim())
      return "their heads have another size";
    return whyNot(linear);
  }

  /// The attentions that read a rotation of the group.
  llvm::SetVector<AttentionOp> attentions() const {
    llvm::SetVector<AttentionOp> found;
    for (RopeOp rope : ropes)
      for (Operation *user : rope->getUsers())
        if (auto attention = dyn_cast<AttentionOp>(user))
          found.insert(attention);
    return found;
  }

  /// True when the projection of `rope` reads what those of the group read, or
  /// an attention reads both: one would expect them to be joined.
  bool concerns(RopeOp rope, LinearOp linear) const {
    LinearOp first = rotated.front();
    return linear.getX() == first.getX() ||
           llvm::any_of(rope->getUsers(), [&](Operation *user) {
             auto attention = dyn_cast<AttentionOp>(user);
             return attention && attentions().contains(attention);
           });
  }
};

struct FuseRotaryPass : llamir::impl::LlamaFuseRotaryBase<FuseRotaryPass> {
  SmallVector<Group> groups;

  /// Why a rotation stays alone, or an empty string.
  static std::string whyNot(RopeOp rope, LinearOp linear) {
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

  /// Adds a rotation to the first group that can do it, or to a new one.
  void addRotation(RopeOp rope, LinearOp linear) {
    Group *found = nullptr;
    std::string reason;
    for (Group &group : groups) {
      std::string groupReason = group.whyNot(rope, linear);
      if (groupReason.empty()) {
        found = &group;
        break;
      }
      if (group.concerns(rope, linear))
        reason = groupReason;
    }
    if (!found) {
      if (!reason.empty())
        remarkDeclined(passName, rope.getLoc(),
                       "projection not joined with another that rotates: {0}",
                       reason);
      found = &groups.emplace_back();
    }
    found->ropes.push_back(rope);
    found->rotated.push_back(linear);
  }

  /// Why `values` are not joined with the rotations of a group, or an empty
  /// string.
  static std::string whyNot(const Group &group, LinearOp values) {
    if (!values)
      return "they are not a projection";
    int64_t headDim = RopeOp(group.ropes.front()).getHeadDim();
    if (values.getType().getDimSize(1) % headDim != 0)
      return "the head size does not divide their width";
    return group.whyNot(values);
  }

  /// Adds the projections of the values of attentions that read a rotation to
  /// the first group of such a rotation that takes them.
  void addValues() {
    // Several groups, and several attentions, may ask for the same values.
    llvm::MapVector<Value, SmallVector<Group *>> asking;
    for (Group &group : groups)
      for (AttentionOp attention : group.attentions())
        asking[attention.getV()].push_back(&group);
    for (auto &[values, askers] : asking) {
      auto linear = values.getDefiningOp<LinearOp>();
      std::string reason;
      for (Group *group : askers) {
        reason = whyNot(*group, linear);
        if (reason.empty()) {
          group->plain.push_back(linear);
          break;
        }
      }
      if (!reason.empty())
        remarkDeclined(passName, values.getLoc(),
                       "values not joined with the rotated projections: {0}",
                       reason);
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

  /// Fuses one group and tells of each of its rotations and values.
  void fuseAndTell(IRRewriter &rewriter, Group &group) {
    // The ops are gone afterwards.
    auto getLoc = [](Operation *op) { return op->getLoc(); };
    auto ropes = llvm::map_to_vector(group.ropes, getLoc);
    auto values = llvm::map_to_vector(group.plain, getLoc);
    size_t numLinears = group.linears().size();
    if (failed(fuse(rewriter, group))) {
      for (Location loc : ropes)
        remarkDeclined(passName, loc,
                       "rotation not fused: one of the joined projections "
                       "depends on another");
      numDeclined += ropes.size();
      return;
    }
    for (Location loc : ropes)
      remarkFused(passName, loc,
                  "rotation moved into the epilogue of {0} joined "
                  "projection(s)",
                  numLinears);
    for (Location loc : values)
      remarkFused(passName, loc, "values joined with the rotated projections");
    numFused += ropes.size();
    numJoined += numLinears > 1 ? numLinears : 0;
  }

  void runOnOperation() override {
    groups.clear();
    for (RopeOp rope : getHostOps<RopeOp>(getOperation())) {
      auto linear = rope.getX().getDefiningOp<LinearOp>();
      std::string reason = whyNot(rope, linear);
      if (reason.empty()) {
        addRotation(rope, linear);
        continue;
      }
      remarkDeclined(passName, rope.getLoc(), "rotation not fused: {0}",
                     reason);
      ++numDeclined;
    }
    addValues();
    IRRewriter rewriter(&getContext());
    for (Group &group : groups)
      fuseAndTell(rewriter, group);
  }
};
} // namespace
