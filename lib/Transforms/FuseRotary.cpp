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
ALWAYS_ENABLED_STATISTIC(numFeedForward,
                         "Feed-forward layers joined with rotated projections");
ALWAYS_ENABLED_STATISTIC(numDeclined, "Rotations left alone");

static constexpr llvm::StringLiteral passName = "fuse-rotary";

namespace {
/// A projection with the rotations of its first parts; the others do not
/// rotate.
struct RotatedProjection : Projection {
  SmallVector<RopeOp> ropes;

  bool rotatesAll() { return ropes.size() == getParts().size(); }

  int64_t getWidth() { return linear.getType().getDimSize(1); }

  int64_t getRotatedWidth() {
    int64_t width = 0;
    for (RopeOp rope : ropes)
      width += rope.getType().getDimSize(1);
    return width;
  }

  /// What reads of it by others become reads of: the rotated parts and the
  /// unrotated ones.
  SmallVector<Value> getOutputs() {
    SmallVector<Value> outputs(getParts());
    for (auto [output, rope] : llvm::zip(outputs, ropes))
      output = rope.getResult();
    return outputs;
  }

  /// The ops that compute the outputs.
  SmallVector<Operation *> getOps() {
    SmallVector<Operation *> ops = {linear};
    if (split)
      ops.push_back(split);
    ops.append(ropes.begin(), ropes.end());
    return ops;
  }
};

} // namespace

/// Why one op cannot do both rotations, or an empty string.
static std::string whyNotAlike(RopeOp first, RopeOp rope) {
  if (rope.getPositions() != first.getPositions())
    return "they have other positions";
  if (rope.getHeadDim() != first.getHeadDim())
    return "their heads have another size";
  if (rope.getRotary() != first.getRotary())
    return "they rotate otherwise";
  return "";
}

namespace {
/// Projections of one input that are joined, in the order of the joined rows:
/// columns that rotate come before those that do not.
struct Group {
  SmallVector<RotatedProjection> rotated; // Only the last has unrotated parts.
  SmallVector<RotatedProjection> plain;
  /// The first projection of a feed-forward layer beside the attention, whose
  /// columns come last; null if there is none.
  ActivationOp activation;
  /// Gate and up of such a layer.
  SmallVector<RotatedProjection> gated;

  bool hasFeedForward() const { return activation || !gated.empty(); }

  RopeOp getFirstRope() const { return rotated.front().ropes.front(); }

  SmallVector<RotatedProjection> all() const {
    SmallVector<RotatedProjection> all(rotated);
    all.append(plain.begin(), plain.end());
    all.append(gated.begin(), gated.end());
    if (ActivationOp last = activation)
      all.push_back({Projection::of(last.getX()), {}});
    return all;
  }

  SmallVector<LinearOp> linears() const {
    return llvm::map_to_vector(
        all(), [](const RotatedProjection &member) { return member.linear; });
  }

  /// Why a projection cannot be joined with those of the group, or an empty
  /// string.
  std::string whyNot(RotatedProjection projection) const {
    RotatedProjection first = rotated.front();
    if (projection.linear.getX() != first.linear.getX())
      return "they are projected from another input";
    if (!projection.standsIn(first.linear->getBlock()))
      return "they stand in another block";
    if (!projection.ropes.empty()) {
      std::string reason =
          whyNotAlike(getFirstRope(), projection.ropes.front());
      if (!reason.empty())
        return reason;
      RotatedProjection last = rotated.back();
      if (!projection.rotatesAll() && !last.rotatesAll())
        return "both have parts that do not rotate";
    }
    SmallVector<LinearOp> joined = linears();
    joined.push_back(projection.linear);
    return whyNotJoin(joined);
  }

  void addRotated(const RotatedProjection &projection) {
    bool behind = rotated.empty() || rotated.back().rotatesAll();
    rotated.insert(behind ? rotated.end() : std::prev(rotated.end()),
                   projection);
  }

  /// The attentions that read a rotation of the group.
  llvm::SetVector<AttentionOp> attentions() const {
    llvm::SetVector<AttentionOp> found;
    for (const RotatedProjection &projection : rotated)
      for (RopeOp rope : projection.ropes)
        for (Operation *user : rope->getUsers())
          if (auto attention = dyn_cast<AttentionOp>(user))
            found.insert(attention);
    return found;
  }

  /// True when the projection reads what those of the group read, or an
  /// attention reads rotations of both: one would expect them to be joined.
  bool concerns(RotatedProjection projection) const {
    LinearOp first = rotated.front().linear;
    if (projection.linear.getX() == first.getX())
      return true;
    llvm::SetVector<AttentionOp> readers = attentions();
    return llvm::any_of(projection.ropes, [&](RopeOp rope) {
      return llvm::any_of(rope->getUsers(), [&](Operation *user) {
        auto attention = dyn_cast<AttentionOp>(user);
        return attention && readers.contains(attention);
      });
    });
  }
};

struct FuseRotaryPass : llamir::impl::LlamaFuseRotaryBase<FuseRotaryPass> {
  SmallVector<Group, 2> groups;

  /// Why a rotation of `projection` stays alone, or an empty string. Those of
  /// the parts before it that do not are known already.
  static std::string whyNot(RopeOp rope, RotatedProjection projection) {
    if (!projection.linear)
      return "its input is not a projection";
    if (!projection.standsIn(rope->getBlock()))
      return "the projection stands in another block";
    if (!rope.getX().hasOneUse())
      return "the unrotated projection is also read elsewhere";
    if (projection.isReadBesidesSplit())
      return "the projection that is split is also read elsewhere";
    if (rope.getNumRotated() != int64_t(rope.getHeads()))
      return "only some heads of the projection rotate";
    if (projection.getWidth() % rope.getHeadDim() != 0)
      return "the head size does not divide the width of the projection";
    size_t part = cast<OpResult>(rope.getX()).getResultNumber();
    if (part != projection.ropes.size())
      return "a part of the projection before it stays unrotated";
    if (projection.ropes.empty())
      return "";
    std::string reason = whyNotAlike(projection.ropes.front(), rope);
    return reason.empty() ? "" : "unlike the part before it, " + reason;
  }

  /// Adds a projection to the first group that can do its rotations, or to a
  /// new one.
  void addRotated(const RotatedProjection &projection) {
    Group *found = nullptr;
    std::string reason;
    for (Group &group : groups) {
      std::string groupReason = group.whyNot(projection);
      if (groupReason.empty()) {
        found = &group;
        break;
      }
      if (group.concerns(projection))
        reason = groupReason;
    }
    if (!found) {
      if (!reason.empty())
        remarkDeclined(passName, RopeOp(projection.ropes.front()).getLoc(),
                       "projection not joined with another that rotates: {0}",
                       reason);
      found = &groups.emplace_back();
    }
    found->addRotated(projection);
  }

  /// Adds what `ropes`, in the order of the parts, rotate of one projection.
  void addRotations(ArrayRef<RopeOp> ropes) {
    RotatedProjection projection{Projection::of(RopeOp(ropes.front()).getX()),
                                 {}};
    for (RopeOp rope : ropes) {
      std::string reason = whyNot(rope, projection);
      if (reason.empty()) {
        projection.ropes.push_back(rope);
        continue;
      }
      remarkDeclined(passName, rope.getLoc(), "rotation not fused: {0}",
                     reason);
      ++numDeclined;
    }
    if (!projection.ropes.empty())
      addRotated(projection);
  }

  /// Forms groups of the projections that rotate.
  void addAllRotations() {
    llvm::MapVector<Operation *, SmallVector<RopeOp>> ropesOf;
    for (RopeOp rope : getHostOps<RopeOp>(getOperation())) {
      if (Operation *projection = rope.getX().getDefiningOp())
        ropesOf[projection].push_back(rope);
      else
        addRotations(rope);
    }
    for (auto &[projection, ropes] : ropesOf) {
      SmallVector<RopeOp> ordered;
      for (Value part : projection->getResults())
        llvm::copy_if(ropes, std::back_inserter(ordered),
                      [&](RopeOp rope) { return rope.getX() == part; });
      addRotations(ordered);
    }
  }

  /// Why `values` are not joined with the rotations of a group, or an empty
  /// string.
  static std::string whyNot(const Group &group, RotatedProjection values) {
    if (!values.linear)
      return "they are not a projection";
    if (values.isReadBesidesSplit())
      return "the projection that is split is also read elsewhere";
    if (values.getWidth() % group.getFirstRope().getHeadDim() != 0)
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
      RotatedProjection projection{Projection::of(values), {}};
      if (llvm::any_of(groups, [&](const Group &group) {
            return llvm::is_contained(group.linears(), projection.linear);
          }))
        continue;
      std::string reason;
      for (Group *group : askers) {
        reason = whyNot(*group, projection);
        if (reason.empty()) {
          group->plain.push_back(projection);
          break;
        }
      }
      if (!reason.empty())
        remarkDeclined(passName, values.getLoc(),
                       "values not joined with the rotated projections: {0}",
                       reason);
    }
  }

  /// Why the projections of a feed-forward layer are not joined with a group,
  /// or an empty string.
  static std::string whyNotFeedForward(const Group &group,
                                       ArrayRef<LinearOp> linears) {
    if (group.hasFeedForward())
      return "another one is";
    SmallVector<LinearOp> joined = group.linears();
    for (LinearOp linear : linears) {
      if (linear.getType().getDimSize(1) % group.getFirstRope().getHeadDim() !=
          0)
        return "the head size does not divide its width";
      std::string reason = group.whyNot({Projection::of(linear), {}});
      if (!reason.empty())
        return reason;
      joined.push_back(linear);
    }
    return whyNotJoin(joined);
  }

  /// Gate and up of a gated layer, or the one projection of another, if nothing
  /// else reads what is between them and the layer's last projection. Nothing
  /// where another pass has a better place for the activation.
  static SmallVector<LinearOp> findFeedForward(ActivationOp activation) {
    auto linear = activation.getX().getDefiningOp<LinearOp>();
    if (!linear || !linear->hasOneUse() || activation.getFirstColumn())
      return {};
    if (llvm::none_of(activation->getUsers(), llvm::IsaPred<MulOp>))
      return {linear};
    if (!activation->hasOneUse())
      return {};
    auto mul = cast<MulOp>(*activation->user_begin());
    auto up =
        (mul.getLhs() == activation.getResult() ? mul.getRhs() : mul.getLhs())
            .getDefiningOp<LinearOp>();
    // The product of both is computed where the last projection reads it.
    if (!up || up == linear || !up->hasOneUse() || !mul->hasOneUse() ||
        getProjectedRows(*mul->user_begin()) != &*mul->use_begin())
      return {};
    return {linear, up};
  }

  /// Adds the projections of a parallel block's feed-forward layer, which read
  /// what those of a group read.
  void addFeedForward() {
    for (ActivationOp activation : getHostOps<ActivationOp>(getOperation())) {
      SmallVector<LinearOp> linears = findFeedForward(activation);
      if (linears.empty())
        continue;
      for (Group &group : groups) {
        if (group.rotated.front().linear.getX() != linears.front().getX())
          continue;
        std::string reason = whyNotFeedForward(group, linears);
        if (!reason.empty()) {
          remarkDeclined(passName, linears.front().getLoc(),
                         "feed-forward layer not joined with the rotated "
                         "projections: {0}",
                         reason);
          continue;
        }
        if (linears.size() == 1)
          group.activation = activation;
        else
          for (LinearOp linear : linears)
            group.gated.push_back({Projection::of(linear), {}});
        break;
      }
    }
  }

  /// Joins and rewrites one group. Fails when the block's order forbids it.
  LogicalResult fuse(IRRewriter &rewriter, Group &group) {
    SmallVector<Operation *> ops;
    SmallVector<Value> outputs;
    SmallVector<Location> linearLocs, ropeLocs;
    int64_t rotatedWidth = 0, width = 0;
    for (RotatedProjection &projection : group.all()) {
      llvm::append_range(ops, projection.getOps());
      llvm::append_range(outputs, projection.getOutputs());
      linearLocs.push_back(projection.linear.getLoc());
      for (RopeOp rope : projection.ropes)
        ropeLocs.push_back(rope.getLoc());
      rotatedWidth += projection.getRotatedWidth();
      width += projection.getWidth();
    }
    if (group.activation) {
      ops.push_back(group.activation);
      outputs.back() = group.activation;
    }
    if (failed(makeAdjacent(ops)))
      return failure();

    RopeOp first = group.getFirstRope();
    rewriter.setInsertionPoint(ops.front());
    JoinedProjection joined = joinProjections(rewriter, group.linears());
    rewriter.setInsertionPointAfter(ops.back());
    LinearOp linear = createJoined(rewriter, rewriter.getFusedLoc(linearLocs),
                                   group.linears(), joined);
    int64_t headDim = first.getHeadDim();
    IntegerAttr rotatedHeads;
    if (rotatedWidth != width)
      rotatedHeads = rewriter.getI64IntegerAttr(rotatedWidth / headDim);
    auto rope = RopeOp::create(
        rewriter, rewriter.getFusedLoc(ropeLocs), linear.getType(), linear,
        first.getPositions(), first.getRotary(),
        rewriter.getI64IntegerAttr(width / headDim), rotatedHeads);
    SmallVector<Operation *> kernel = {linear, rope};
    std::string name = outputs.size() == 1 ? "linear_rope" : "qkv_rope";
    if (ActivationOp activation = group.activation) {
      int64_t own = activation.getType().getDimSize(1);
      kernel.push_back(ActivationOp::create(
          rewriter, activation.getLoc(), rope.getType(), activation.getKind(),
          rope, rewriter.getI64IntegerAttr(width - own)));
      name += "_" + stringifyActivationKind(activation.getKind()).str();
    }
    Value whole = kernel.back()->getResult(0);
    if (outputs.size() == 1) {
      rewriter.replaceAllUsesWith(outputs[0], whole);
    } else {
      auto split = SplitOp::create(rewriter, linear.getLoc(),
                                   ValueRange(outputs).getTypes(), whole);
      for (auto [old, part] : llvm::zip(outputs, split.getParts()))
        rewriter.replaceAllUsesWith(old, part);
    }
    for (Operation *op : llvm::reverse(ops))
      rewriter.eraseOp(op);
    formKernel(rewriter, name, kernel);
    return success();
  }

  /// Fuses one group and tells of each of its rotations and values.
  void fuseAndTell(IRRewriter &rewriter, Group &group) {
    // The ops are gone afterwards.
    SmallVector<Location> ropes, unrotated, values;
    for (RotatedProjection &projection : group.rotated) {
      for (RopeOp rope : projection.ropes)
        ropes.push_back(rope.getLoc());
      if (!projection.rotatesAll())
        unrotated.push_back(projection.split.getLoc());
    }
    for (RotatedProjection &projection : group.plain)
      values.push_back(projection.linear.getLoc());
    SmallVector<Location> feedForward;
    if (group.activation)
      feedForward.push_back(group.activation.getLoc());
    for (RotatedProjection &projection : group.gated)
      feedForward.push_back(projection.linear.getLoc());
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
    for (Location loc : unrotated)
      remarkFused(passName, loc,
                  "parts that do not rotate pass the epilogue unchanged");
    for (Location loc : values)
      remarkFused(passName, loc, "values joined with the rotated projections");
    for (Location loc : feedForward)
      remarkFused(passName, loc,
                  "feed-forward layer joined with the rotated projections");
    numFeedForward += !feedForward.empty();
    numFused += ropes.size();
    numJoined += numLinears > 1 ? numLinears : 0;
  }

  void runOnOperation() override {
    groups.clear();
    addAllRotations();
    addValues();
    addFeedForward();
    IRRewriter rewriter(&getContext());
    for (Group &group : groups)
      fuseAndTell(rewriter, group);
  }
};
} // namespace
