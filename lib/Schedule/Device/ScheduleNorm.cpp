//===- ScheduleNorm.cpp - Norms on devices --------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Strategy.h"
#include "Grid.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

using Tail = ScheduleBuilder::Tail;

/// Threads of a block: all have as many vectors of a row.
static int64_t chooseThreads(int64_t width, int64_t lanes) {
  constexpr int64_t most = 256;
  if (lanes == 1)
    return std::min<int64_t>(threadsOfBlock, llvm::bit_ceil(uint64_t(width)));
  int64_t threads = std::min(width / lanes, most);
  while (width / lanes % threads != 0)
    --threads;
  return threads;
}

/// A block a row: partial sums of its elements, and then the row again, which
/// the caches still have.
std::optional<Mismatch> llamir::scheduleDeviceNorm(ScheduleBuilder &s) {
  Value output = s.getFunc("output"), scale = s.getFunc("row_scale");
  boundOutput(s, output);
  spreadLength(s);
  s.setWholeRows();
  size_t rowDims = cast<FuncType>(scale.getType()).getRank();
  int64_t lanes = getVectorLanes(s);
  int64_t threads = chooseThreads(s.getRowWidth(rowDims), lanes);
  SmallVector<Value> loops = s.loops(output);
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
  return std::nullopt;
}
