//===- HalideLoops.cpp - The loops that a schedule makes ------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/halide/HalideLoops.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace llamir::halide;

int64_t llamir::halide::countUpdates(Value func) {
  // A partial reduction has the one update that rfactor gives it.
  if (func.getDefiningOp<RFactorOp>())
    return 1;
  return llvm::count_if(func.getUsers(), [&](Operation *user) {
    auto update = dyn_cast<UpdateOp>(user);
    return update && update.getFunc() == func;
  });
}

UpdateOp llamir::halide::getUpdate(Value func, int64_t index) {
  for (Operation &op : *func.getParentBlock())
    if (auto update = dyn_cast<UpdateOp>(op);
        update && update.getFunc() == func)
      if (index-- == 0)
        return update;
  return {};
}

//===----------------------------------------------------------------------===//
// Stages
//===----------------------------------------------------------------------===//

ScheduleLoops::ScheduleLoops(ScheduleOp schedule) {
  // They hold for all stages of a func, wherever they stand.
  schedule.walk([&](Operation *op) {
    llvm::TypeSwitch<Operation *>(op).Case<BoundOp, BoundExtentOp>(
        [&](auto bound) {
          extents[{bound.getFunc(), int64_t(bound.getDim())}] =
              bound.getExtent();
        });
  });
}

std::optional<int64_t> ScheduleLoops::getExtent(Value func, int64_t dim) const {
  auto found = extents.find({func, dim});
  if (found == extents.end())
    return std::nullopt;
  return found->second;
}

Loop *ScheduleLoops::addLoop(Stage &stage, bool isReduction,
                             std::optional<int64_t> extent) {
  allLoops.push_back(std::make_unique<Loop>(Loop{&stage, isReduction, extent}));
  return allLoops.back().get();
}

Loop *ScheduleLoops::copyLoop(const Loop &loop, Stage &stage) {
  Loop *copy = addLoop(stage, loop.isReduction, loop.extent);
  copy->mapping = loop.mapping;
  copy->isInherited = true;
  return copy;
}

ValueRange llamir::halide::getIndices(UpdateOp update) {
  // What stands below the schedule is not verified yet.
  Region &body = update.getBody();
  if (body.empty() || body.front().empty())
    return {};
  auto yield = dyn_cast<YieldOp>(body.front().back());
  return yield ? ValueRange(yield.getIndices()) : ValueRange();
}

/// The loops over a func's dimensions, outermost. An update has those that it
/// writes each value of.
void ScheduleLoops::addPureLoops(Stage &stage, UpdateOp update) {
  ValueRange indices = update ? getIndices(update) : ValueRange();
  int64_t rank = cast<FuncType>(stage.func.getType()).getRank();
  for (int64_t dim = 0; dim < rank; ++dim) {
    Loop *loop =
        addLoop(stage, /*isReduction=*/false, getExtent(stage.func, dim));
    stage.named.push_back(loop);
    if (size_t(dim) >= indices.size() ||
        indices[dim] == update.getBody().getArgument(dim))
      stage.order.push_back(loop);
  }
}

Stage &ScheduleLoops::addStage(Value func, std::optional<int64_t> index,
                               SpecializeOp version) {
  stages.push_back(std::make_unique<Stage>());
  Stage &stage = *stages.back();
  stage.func = func;
  stage.update = index;
  stage.version = version;
  return stage;
}

Stage *ScheduleLoops::findStage(Value func, std::optional<int64_t> update,
                                SpecializeOp version) {
  for (std::unique_ptr<Stage> &stage : stages)
    if (stage->func == func && stage->update == update &&
        stage->version == version)
      return stage.get();
  return nullptr;
}

/// A version begins with what was said of the stage until then.
void ScheduleLoops::inherit(Stage &version, const Stage &general) {
  llvm::DenseMap<Loop *, Loop *> copies;
  for (Loop *loop : general.order) {
    copies[loop] = copyLoop(*loop, version);
    version.order.push_back(copies[loop]);
  }
  // A loop that is gone is gone there, too.
  for (Loop *loop : general.named)
    version.named.push_back(copies.contains(loop) ? copies[loop] : loop);
  version.isAtomic = general.isAtomic;
}

Stage &ScheduleLoops::getVersion(SpecializeOp op) {
  if (Stage *found = findStage(op.getFunc(), op.getUpdate(), op))
    return *found;
  Stage &general = getStage(op, op.getFunc(), op.getUpdate());
  Stage &version = addStage(op.getFunc(), op.getUpdate(), op);
  inherit(version, general);
  return version;
}

Stage &ScheduleLoops::getStage(Operation *at, Value func,
                               std::optional<int64_t> index) {
  for (auto outer = at->getParentOfType<SpecializeOp>(); outer;
       outer = outer->getParentOfType<SpecializeOp>())
    if (outer.getFunc() == func && outer.getUpdate() == index)
      return getVersion(outer);
  if (Stage *found = findStage(func, index, {}))
    return *found;
  Stage &stage = addStage(func, index, {});
  UpdateOp update = index ? getUpdate(func, *index) : UpdateOp();
  SmallVector<Loop *> reductions;
  if (update)
    for (Value extent : update.getExtents()) {
      llvm::APInt value;
      bool isKnown = matchPattern(extent, m_ConstantInt(&value));
      reductions.push_back(addLoop(stage, /*isReduction=*/true,
                                   isKnown ? std::optional(value.getSExtValue())
                                           : std::nullopt));
    }
  // The innermost loops are those of the reduction.
  stage.order = reductions;
  addPureLoops(stage, update);
  llvm::append_range(stage.named, reductions);
  return stage;
}

//===----------------------------------------------------------------------===//
// Directives
//===----------------------------------------------------------------------===//

void ScheduleLoops::apply(LoopsOp op) {
  Stage &stage = getStage(op, op.getFunc(), op.getUpdate());
  for (auto [value, loop] : llvm::zip(op.getLoops(), stage.named))
    loops[value] = loop;
}

/// Puts loops in the place of one that ends.
static void replace(Loop &loop, Operation *op,
                    ArrayRef<Loop *> innermostFirst) {
  loop.replacedBy = op;
  SmallVector<Loop *> &order = loop.stage->order;
  auto *place = llvm::find(order, &loop);
  if (place == order.end())
    return;
  place = order.erase(place);
  order.insert(place, innermostFirst.begin(), innermostFirst.end());
}

void ScheduleLoops::apply(SplitOp op) {
  Loop &loop = *lookup(op.getLoop());
  Loop *inner = copyLoop(loop, *loop.stage);
  Loop *outer = copyLoop(loop, *loop.stage);
  std::optional<int64_t> factor;
  if (op.getFactor())
    factor = *op.getFactor();
  inner->extent = factor;
  outer->extent = {};
  if (factor && loop.extent)
    outer->extent = llvm::divideCeil(*loop.extent, *factor);
  replace(loop, op, {inner, outer});
  loops[op.getInner()] = inner;
  loops[op.getOuter()] = outer;
}

void ScheduleLoops::apply(FuseOp op) {
  Loop &inner = *lookup(op.getInner()), &outer = *lookup(op.getOuter());
  Loop *fused = copyLoop(inner, *inner.stage);
  fused->isReduction &= outer.isReduction;
  fused->extent = {};
  if (inner.extent && outer.extent)
    fused->extent = llvm::checkedMul(*inner.extent, *outer.extent);
  replace(outer, op, {});
  replace(inner, op, fused);
  loops[op.getFused()] = fused;
}

/// The places of the loops that are named are those that they have together.
void ScheduleLoops::apply(ReorderOp op) {
  if (op.getLoops().empty())
    return;
  SmallVector<Loop *> named;
  for (Value value : op.getLoops())
    named.push_back(lookup(value));
  auto next = named.begin();
  for (Loop *&loop : named.front()->stage->order)
    if (next != named.end() && llvm::is_contained(named, loop))
      loop = *next++;
}

/// The partial results have the loops of the update, with one over their own
/// dimension in place of the reduction loop; the update keeps that one.
void ScheduleLoops::apply(RFactorOp op) {
  Loop *factored = lookup(op.getLoop());
  Stage &stage = *factored->stage;
  SmallVector<Loop *> named = stage.named, order = stage.order;
  size_t rank = cast<FuncType>(stage.func.getType()).getRank();
  Stage &partial = addStage(op.getPartial(), 0, {});
  addPureLoops(partial, {});
  partial.isAtomic = stage.isAtomic;
  partial.order.clear();
  stage.order.clear();
  stage.named.truncate(rank);
  for (Loop *loop : order) {
    loop->replacedBy = op;
    auto dim = llvm::find(named, loop) - named.begin();
    bool isPure = size_t(dim) < rank;
    if (!loop->isReduction || loop == factored) {
      Loop *kept = copyLoop(*loop, stage);
      stage.order.push_back(kept);
      if (isPure)
        stage.named[dim] = kept;
      else if (loop == factored)
        stage.named.push_back(kept);
    }
    if (loop == factored) {
      partial.order.push_back(partial.named[rank]);
    } else if (isPure) {
      partial.order.push_back(partial.named[dim]);
      partial.named[dim]->mapping = loop->mapping;
      partial.named[dim]->isInherited = true;
    } else {
      Loop *kept = copyLoop(*loop, partial);
      partial.order.push_back(kept);
      if (loop->isReduction)
        partial.named.push_back(kept);
    }
  }
  // It writes to every value of those dimensions now.
  for (Loop *loop : stage.named)
    if (!loop->replacedBy && !llvm::is_contained(stage.order, loop))
      stage.order.push_back(loop);
}

void ScheduleLoops::map(Operation &op) {
  Loop &loop = *lookup(op.getOperand(0));
  loop.mapping = isa<SerialOp>(op) ? nullptr : &op;
  loop.isInherited = false;
}

void ScheduleLoops::apply(Operation &op) {
  llvm::TypeSwitch<Operation *>(&op)
      .Case<LoopsOp, SplitOp, FuseOp, ReorderOp, RFactorOp>(
          [&](auto op) { apply(op); })
      .Case<VectorizeOp, UnrollOp, ParallelOp, SerialOp, GPUBlocksOp,
            GPUThreadsOp, GPULanesOp>([&](auto) { map(op); })
      .Case([&](AtomicOp op) {
        getStage(op, op.getFunc(), op.getUpdate()).isAtomic = true;
      })
      .Case([&](SpecializeOp op) { getVersion(op); })
      .Case<ComputeAtOp, ComputeRootOp>(
          [&](auto op) { computed[op.getFunc()] = op; })
      .Case([&](StoreAtOp op) { stored[op.getFunc()] = op; })
      .Case([&](StoreInOp op) { memories[op.getFunc()] = op; });
}

void ScheduleLoops::applyAll(Block &block) {
  for (Operation &op : block) {
    apply(op);
    if (auto specialize = dyn_cast<SpecializeOp>(op))
      applyAll(specialize.getBody().front());
  }
}

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

Loop *ScheduleLoops::getPlace(Value func) const {
  auto at = dyn_cast_or_null<ComputeAtOp>(computed.lookup(func));
  return at ? lookup(at.getLoop()) : nullptr;
}

std::optional<const Loop *> ScheduleLoops::findAround(
    const Loop *loop, llvm::function_ref<bool(const Loop &)> isWanted) const {
  // Funcs may be said to be computed in each other.
  llvm::SmallPtrSet<const Loop *, 8> seen;
  for (; loop; loop = getPlace(loop->stage->func)) {
    ArrayRef<Loop *> order = loop->stage->order;
    auto *place = llvm::find(order, loop);
    if (place == order.end() || !seen.insert(loop).second)
      return std::nullopt;
    for (const Loop *outer : llvm::make_range(place, order.end()))
      if (isWanted(*outer))
        return outer;
  }
  return nullptr;
}
