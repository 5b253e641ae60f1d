//===- Grid.cpp - Loops on blocks of threads ------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Grid.h"
#include "dialects/halide/HalideLoops.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

using Tail = ScheduleBuilder::Tail;

int64_t llamir::getVectorLanes(ScheduleBuilder &s) {
  BufferType type = s.getOutputType();
  int64_t lanes = 128 / type.getElementType().getIntOrFloatBitWidth(),
          row = type.getShape()[0];
  bool isWhole = !ShapedType::isDynamic(row) && row > 0 && row % lanes == 0;
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
