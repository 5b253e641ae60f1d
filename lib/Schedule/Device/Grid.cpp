//===- Grid.cpp - Loops on blocks of threads ------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Grid.h"
#include "dialects/halide/HalideLoops.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

using Tail = ScheduleBuilder::Tail;

int64_t llamir::getVectorLanes(ScheduleBuilder &s, Type element,
                               int64_t length) {
  int64_t lanes = 128 / element.getIntOrFloatBitWidth();
  bool isWhole =
      !ShapedType::isDynamic(length) && length > 0 && length % lanes == 0;
  return isWhole && s.target.getDevice().interface == DeviceInterface::CUDA
             ? lanes
             : 1;
}

Value llamir::spread(ScheduleBuilder &s, ArrayRef<Value> loops) {
  Value all = loops.front();
  for (Value loop : loops.drop_front())
    all = s.fuse(all, loop, "all");
  auto [block, thread] =
      s.split(all, threadsOfBlock, Tail::GuardWithIf, "block", "thread");
  s.gpuBlocks(block);
  s.gpuThreads(thread);
  return thread;
}

Value llamir::spreadOnce(ScheduleBuilder &s, Value output) {
  SmallVector<Value> loops = s.loops(output);
  auto [once, token] = s.split(loops.back(), s.max(s.getTokens(), 1),
                               Tail::GuardWithIf, "once", "token");
  loops.back() = token;
  spread(s, loops);
  return once;
}

void llamir::spreadFunc(ScheduleBuilder &s, Value func) {
  spread(s, s.loops(func));
  size_t rank = cast<FuncType>(func.getType()).getRank();
  for (int64_t index = 0; index < countUpdates(func); ++index) {
    UpdateOp update = halide::getUpdate(func, index);
    SmallVector<Value> loops = s.loops(func, index, update.getRvars().size());
    // A scan goes along a dimension, over which there is no loop then.
    ValueRange written = getIndices(update);
    SmallVector<Value> pure;
    for (size_t dim = 0; dim < rank; ++dim)
      if (written.empty() || written[dim] == update.getBody().getArgument(dim))
        pure.push_back(loops[dim]);
    SmallVector<Value> order(ArrayRef(loops).drop_front(rank));
    llvm::append_range(order, pure);
    s.reorder(order);
    spread(s, pure);
  }
}

void llamir::spreadLength(ScheduleBuilder &s) {
  for (Value func : s.getLengthFuncs()) {
    s.computeRoot(func);
    spreadFunc(s, func);
  }
}

void llamir::sumInBlock(ScheduleBuilder &s, Value sum, Value at,
                        int64_t threads, int64_t lanes) {
  s.computeAt(sum, at);
  size_t rank = cast<FuncType>(sum.getType()).getRank();
  auto getLoop = [&] { return s.loops(sum, 0, 1).back(); };
  // A vector of sums in the registers of each thread.
  Value vector;
  if (lanes != 1) {
    vector =
        s.rfactor(s.split(getLoop(), threads * lanes, Tail::GuardWithIf).second,
                  "element");
    s.storeIn(vector, MemoryType::Register);
    for (size_t dim = 0; dim <= rank; ++dim)
      s.boundExtent(vector, dim, dim == rank ? lanes : 1);
    s.vectorizeWhole(s.loops(vector)[rank]);
    SmallVector<Value> loops = s.loops(vector, 0, 1); // …, element, step
    s.reorder({loops[rank], loops[rank + 1]});
    s.vectorizeWhole(loops[rank]);
  }
  // A sum of each thread, and its copy, which the block shares.
  auto share = [&](Value loop, StringRef name) {
    Value partial = s.rfactor(loop, name);
    Value copy = s.copy(partial);
    s.computeAt(copy, at);
    s.storeIn(copy, MemoryType::GPUShared);
    Value thread = s.loops(copy)[rank];
    s.gpuThreads(thread);
    s.computeAt(partial, thread);
    s.storeIn(partial, MemoryType::Register);
    for (size_t dim = 0; dim <= rank; ++dim)
      s.boundExtent(partial, dim, 1);
    return std::pair(partial, thread);
  };
  if (vector) {
    auto [partial, thread] =
        share(s.split(getLoop(), lanes, Tail::Auto).first, "part");
    s.unroll(s.loops(partial, 0, 1).back());
    s.computeAt(vector, thread);
  } else {
    share(s.split(getLoop(), threads, Tail::GuardWithIf).second, "part");
  }
  constexpr int64_t lastParts = 16;
  if (threads > 2 * lastParts)
    share(s.split(getLoop(), lastParts, Tail::GuardWithIf).second, "last_part");
}

/// Threads of a block for a row: all have as many vectors of it.
static int64_t chooseThreadsOfRow(int64_t width, int64_t lanes) {
  constexpr int64_t most = 256;
  if (lanes == 1)
    return std::min<int64_t>(threadsOfBlock, llvm::bit_ceil(uint64_t(width)));
  int64_t threads = std::min(width / lanes, most);
  while (width / lanes % threads != 0)
    --threads;
  return threads;
}

void llamir::spreadNormRows(ScheduleBuilder &s, Value func,
                            ArrayRef<int64_t> shape) {
  Value scale = s.getFunc("row_scale");
  size_t rowDims = cast<FuncType>(scale.getType()).getRank();
  Type element = cast<FuncType>(func.getType()).getValueTypes().front();
  int64_t lanes = getVectorLanes(s, element, shape[0]);
  int64_t threads = chooseThreadsOfRow(getRowWidth(shape, rowDims), lanes);
  SmallVector<Value> loops = s.loops(func);
  // The dimensions of a row, and those that number the rows.
  Value vector = loops[0], row = loops[loops.size() - rowDims];
  if (lanes != 1) {
    auto [outer, element] =
        s.split(vector, lanes, Tail::RoundUp, "vector", "element");
    s.vectorizeWhole(element);
    vector = outer;
  }
  for (Value loop : ArrayRef(loops).drop_front().drop_back(rowDims))
    vector = s.fuse(vector, loop, "column");
  for (Value loop : ArrayRef(loops).take_back(rowDims - 1))
    row = s.fuse(row, loop, "row");
  auto [step, thread] =
      s.split(vector, threads, Tail::GuardWithIf, "step", "thread");
  s.reorder({thread, step, row});
  s.gpuThreads(thread);
  s.gpuBlocks(row);
  s.computeAt(scale, row);
  if (Value total = s.getFunc("row_total"))
    sumInBlock(s, total, row, threads, lanes);
  sumInBlock(s, s.getFunc("row_sum"), row, threads, lanes);
}
