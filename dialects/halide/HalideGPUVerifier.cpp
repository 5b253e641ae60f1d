//===- HalideGPUVerifier.cpp - Blocks, threads and lanes of schedules -----===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/halide/HalideLoops.h"

using namespace mlir;
using namespace llamir::halide;

/// Loops of a kind that a device has, and lanes of a warp.
static constexpr int mostLoops = 3;
static constexpr int64_t mostLanes = 32;

/// Reports a directive, and the other one that it does not go with.
static LogicalResult refuse(Operation *op, const Twine &reason,
                            Operation *other) {
  InFlightDiagnostic diagnostic = op->emitOpError() << reason;
  diagnostic.attachNote(other->getLoc()) << "here";
  return diagnostic;
}

namespace {
/// Goes over the loops of one stage, the outermost first.
class StageVerifier {
public:
  StageVerifier(const ScheduleLoops &loops, const Stage &stage)
      : loops(loops), stage(stage) {}
  LogicalResult verify();

private:
  LogicalResult verifyBlocks(Operation *op);
  LogicalResult verifyThreads(Operation *op);
  LogicalResult verifyLanes(const Loop &loop);
  LogicalResult verifyPlace();
  LogicalResult verifyBarriers(const Loop *place);

  const ScheduleLoops &loops;
  const Stage &stage;
  SmallVector<Operation *> blocks, threads;
  Operation *lanes = nullptr;
  /// Whether another loop lies within the blocks.
  bool isInside = false;
};
} // namespace

LogicalResult StageVerifier::verifyBlocks(Operation *op) {
  if (!threads.empty())
    return refuse(op, "gpu_blocks_c2: lies inside a loop of threads or lanes",
                  threads.back());
  if (blocks.size() == mostLoops)
    return op->emitOpError() << "gpu_blocks_c1: a stage has at most "
                             << mostLoops << " loops of blocks";
  if (isInside)
    return refuse(op,
                  "gpu_blocks_c3: another loop lies between this one and the "
                  "loop of blocks around it",
                  blocks.back());
  blocks.push_back(op);
  return success();
}

LogicalResult StageVerifier::verifyThreads(Operation *op) {
  if (lanes && lanes != op)
    return refuse(op, "gpu_threads_c2: lies inside a loop of lanes", lanes);
  if (threads.size() == mostLoops)
    return op->emitOpError() << "gpu_threads_c1: a stage has at most "
                             << mostLoops << " loops of threads and lanes";
  threads.push_back(op);
  return success();
}

LogicalResult StageVerifier::verifyLanes(const Loop &loop) {
  Operation *op = loop.mapping;
  if (lanes)
    return refuse(op, "gpu_lanes_c1: a stage has at most one loop of lanes",
                  lanes);
  lanes = op;
  if (failed(verifyThreads(op)))
    return failure();
  if (!loop.extent)
    return op->emitOpError()
           << "gpu_lanes_c2: it is not known how many lanes there are; the "
              "inner loop of a split by a constant has a known extent";
  if (*loop.extent > mostLanes)
    return op->emitOpError() << "gpu_lanes_c2: these are " << *loop.extent
                             << " lanes, and a warp has " << mostLanes;
  return success();
}

/// A kernel is what lies in the blocks of one stage.
LogicalResult StageVerifier::verifyPlace() {
  const Loop *place = loops.getPlace(stage.func);
  std::optional<const Loop *> around = loops.findBlocks(place);
  if (!around)
    return success();
  if (*around && !blocks.empty())
    return refuse(blocks.front(),
                  "gpu_blocks_c4: the func is computed in blocks already",
                  loops.computed.lookup(stage.func));
  if (threads.empty())
    return success();
  Operation *op = threads.front();
  if (!*around && blocks.empty())
    return op->emitOpError()
           << op->getName().stripDialect()
           << "_c3: lies in no block: neither the stage has a loop of blocks, "
              "nor is the func computed in one";
  return verifyBarriers(place);
}

/// Threads of a block wait for each other where all of them come by. Those of
/// a warp run in step.
LogicalResult StageVerifier::verifyBarriers(const Loop *place) {
  Operation *op = threads.front();
  bool onlyLanes = op == lanes;
  std::optional<const Loop *> around =
      loops.findAround(place, [&](const Loop &outer) {
        return outer.isLanes() || (!onlyLanes && outer.isThreads());
      });
  if (!around || !*around)
    return success();
  return refuse(op,
                op->getName().stripDialect() +
                    "_c4: the func is computed in one thread of another func, "
                    "whose other threads do not wait for these",
                (*around)->mapping);
}

LogicalResult StageVerifier::verify() {
  for (const Loop *loop : llvm::reverse(stage.order)) {
    LogicalResult result = success();
    if (loop->isBlocks())
      result = verifyBlocks(loop->mapping);
    else if (!blocks.empty())
      isInside = true;
    if (loop->isThreads())
      result = verifyThreads(loop->mapping);
    else if (loop->isLanes())
      result = verifyLanes(*loop);
    if (failed(result))
      return failure();
  }
  return verifyPlace();
}

/// Whether a loop is one of blocks that another one lies in.
static bool isBetweenBlocks(const Loop *loop) {
  if (!loop || !loop->isBlocks())
    return false;
  ArrayRef<Loop *> order = loop->stage->order;
  return llvm::any_of(
      order.take_while([&](Loop *inner) { return inner != loop; }),
      [](Loop *inner) { return inner->isBlocks(); });
}

/// A func is computed, and its memory lies, outside of kernels or inside.
static LogicalResult verifyPlaces(const ScheduleLoops &loops,
                                  const ScheduleLoops::Directives &directives) {
  for (auto [func, op] : directives) {
    if (isa<ComputeRootOp>(op) ||
        !isBetweenBlocks(loops.lookup(op->getOperand(1))))
      continue;
    return op->emitOpError() << op->getName().stripDialect()
                             << "_c1: another loop of blocks lies inside the "
                                "loop; nothing comes between them";
  }
  return success();
}

static LogicalResult verifyMemory(const ScheduleLoops &loops, StoreInOp op) {
  const Loop *place = loops.getPlace(op.getFunc());
  if (op.getMemory() == MemoryType::Register && !place)
    return op.emitOpError() << "store_in_c1: registers hold what is computed "
                               "at a loop, and the func is computed at none";
  if (op.getMemory() != MemoryType::GPUShared)
    return success();
  if (auto at = dyn_cast_or_null<StoreAtOp>(loops.stored.lookup(op.getFunc())))
    place = loops.lookup(at.getLoop());
  std::optional<const Loop *> blocks = loops.findBlocks(place);
  if (blocks && !*blocks)
    return op.emitOpError()
           << "store_in_c2: the threads of a block share what is computed and "
              "kept in it, and the func is not";
  return success();
}

LogicalResult llamir::halide::verifyGPULoops(const ScheduleLoops &loops) {
  for (const std::unique_ptr<Stage> &stage : loops.getStages())
    if (failed(StageVerifier(loops, *stage).verify()))
      return failure();
  if (failed(verifyPlaces(loops, loops.computed)) ||
      failed(verifyPlaces(loops, loops.stored)))
    return failure();
  for (auto [func, op] : loops.memories)
    if (failed(verifyMemory(loops, cast<StoreInOp>(op))))
      return failure();
  return success();
}
