//===- DeviceLimits.cpp - What a device has room for ----------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Schedule/DeviceLimits.h"
#include "dialects/halide/HalideLoops.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/CheckedArithmetic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

/// The product, or the largest number if it is beyond.
static int64_t multiply(int64_t a, int64_t b) {
  return llvm::checkedMul(a, b).value_or(INT64_MAX);
}

namespace {
class DeviceLimits {
public:
  DeviceLimits(ScheduleOp schedule, const TargetInfo &target)
      : schedule(schedule), target(target), loops(schedule) {
    loops.applyAll(schedule.getBody().front());
    readSchedule();
  }
  LogicalResult check();

private:
  using Funcs = llvm::SmallSetVector<Value, 8>;

  void readSchedule();
  SmallVector<Funcs> getReads(Value func) const;
  std::optional<int64_t> getBytes(Value func) const;
  const Stage *getBlocks(Value func) const;
  bool hasVersions(Value func) const;
  LogicalResult checkThreads(const Stage &stage) const;
  LogicalResult checkShared(Value func) const;
  LogicalResult checkBytes(ArrayRef<Value> funcs) const;

  ScheduleOp schedule;
  const TargetInfo &target;
  ScheduleLoops loops;
  /// Copies of funcs, partial results of their updates, alignments of their
  /// dimensions.
  llvm::DenseMap<Value, Value> copies;
  llvm::MapVector<Value, SmallVector<Value>> partials;
  llvm::DenseMap<std::pair<Value, int64_t>, int64_t> alignments;
  /// Funcs in the memory of a block.
  Funcs shared;
};
} // namespace

void DeviceLimits::readSchedule() {
  schedule.walk([&](Operation *op) {
    if (auto copy = dyn_cast<InOp>(op))
      copies[copy.getSource()] = copy.getCopy();
    else if (auto factor = dyn_cast<RFactorOp>(op))
      partials[loops.lookup(factor.getLoop())->stage->func].push_back(
          factor.getPartial());
    else if (auto align = dyn_cast<AlignStorageOp>(op))
      alignments[{align.getFunc(), int64_t(align.getDim())}] =
          align.getAlignment();
  });
  for (auto [func, op] : loops.memories)
    if (cast<StoreInOp>(op).getMemory() == MemoryType::GPUShared)
      shared.insert(func);
}

//===----------------------------------------------------------------------===//
// Threads
//===----------------------------------------------------------------------===//

LogicalResult DeviceLimits::checkThreads(const Stage &stage) const {
  int64_t threads = 1, most = target.getDevice().mostThreads;
  Operation *op = nullptr;
  for (const Loop *loop : stage.order) {
    if (!loop->isThreads() && !loop->isLanes())
      continue;
    // Where an extent is not known there is one thread at least.
    threads = multiply(threads, loop->extent.value_or(1));
    if (!op && threads > most)
      op = loop->mapping;
  }
  if (!op)
    return success();
  return op->emitOpError() << "makes blocks of " << threads
                           << " threads, and the target '" << target.name
                           << "' has " << most << " at most";
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// What the func takes of a block's memory, if its extents are known.
std::optional<int64_t> DeviceLimits::getBytes(Value func) const {
  auto type = cast<FuncType>(func.getType());
  int64_t bytes = 0;
  for (Type value : type.getValueTypes())
    bytes += llvm::divideCeil(value.getIntOrFloatBitWidth(), 8);
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    std::optional<int64_t> extent = loops.getExtent(func, dim);
    if (!extent)
      return std::nullopt;
    auto alignment = alignments.find({func, dim});
    if (alignment != alignments.end())
      extent = llvm::alignTo(*extent, alignment->second);
    bytes = multiply(bytes, *extent);
  }
  return bytes;
}

/// The funcs that each definition of a func reads, as the schedule has them:
/// copies where there are some, and partial results.
SmallVector<DeviceLimits::Funcs> DeviceLimits::getReads(Value func) const {
  SmallVector<Funcs> reads;
  auto add = [&](Value source) {
    while (Value copy = copies.lookup(source)) {
      if (copy == func)
        break;
      source = copy;
    }
    if (isa<FuncType>(source.getType()))
      reads.back().insert(source);
  };
  auto addBody = [&](Operation *op) {
    reads.emplace_back();
    op->walk([&](AtOp at) { add(at.getSource()); });
  };
  Value defined = func;
  if (auto factor = func.getDefiningOp<RFactorOp>())
    defined = loops.lookup(factor.getLoop())->stage->func;
  if (auto definition = defined.getDefiningOp<halide::FuncOp>()) {
    addBody(definition);
    for (int64_t index = 0; index < countUpdates(defined); ++index)
      addBody(halide::getUpdate(defined, index));
  }
  SmallVector<Value> others = partials.lookup(func);
  if (auto copy = func.getDefiningOp<InOp>())
    others.push_back(copy.getSource());
  for (Value other : others) {
    reads.emplace_back();
    add(other);
  }
  // What partial results are of is computed later.
  for (Funcs &funcs : reads)
    funcs.remove(defined);
  return reads;
}

/// The stage in whose blocks the func is computed.
const Stage *DeviceLimits::getBlocks(Value func) const {
  const Loop *loop = loops.findBlocks(loops.getPlace(func)).value_or(nullptr);
  return loop ? loop->stage : nullptr;
}

bool DeviceLimits::hasVersions(Value func) const {
  return llvm::any_of(loops.getStages(), [&](auto &stage) {
    return stage->func == func && stage->version;
  });
}

LogicalResult DeviceLimits::checkBytes(ArrayRef<Value> funcs) const {
  int64_t bytes = 0, most = target.getDevice().sharedBytes;
  for (Value func : funcs)
    bytes =
        llvm::checkedAdd(bytes, getBytes(func).value_or(0)).value_or(INT64_MAX);
  if (bytes <= most)
    return success();
  return loops.memories.lookup(funcs.back())->emitOpError()
         << "makes blocks share " << bytes << " bytes, and the target '"
         << target.name << "' has " << most << " at most";
}

/// What is read at once is in memory at once, and with what is computed of it.
/// libHalide gives the memory of a func that is read no more to others.
LogicalResult DeviceLimits::checkShared(Value func) const {
  for (Funcs reads : getReads(func)) {
    reads.insert(func);
    llvm::MapVector<const Stage *, SmallVector<Value>> ofBlocks;
    for (Value read : reads)
      if (const Stage *blocks = getBlocks(read);
          blocks && shared.contains(read))
        ofBlocks[blocks].push_back(read);
    for (auto &[blocks, funcs] : ofBlocks) {
      // A version may leave some of them out.
      if (hasVersions(func) || hasVersions(blocks->func))
        continue;
      if (failed(checkBytes(funcs)))
        return failure();
    }
  }
  return success();
}

LogicalResult DeviceLimits::check() {
  for (const std::unique_ptr<Stage> &stage : loops.getStages())
    if (failed(checkThreads(*stage)))
      return failure();
  for (Value func : shared)
    if (failed(checkBytes(func)))
      return failure();
  llvm::SetVector<Value> funcs(shared.begin(), shared.end());
  for (auto func : schedule->getParentOfType<PipelineOp>()
                       .getBody()
                       .getOps<halide::FuncOp>())
    funcs.insert(func);
  for (Value func : funcs)
    if (failed(checkShared(func)))
      return failure();
  return success();
}

LogicalResult llamir::checkDeviceLimits(ScheduleOp schedule,
                                        const TargetInfo &target) {
  if (!target.isDevice())
    return success();
  return DeviceLimits(schedule, target).check();
}
