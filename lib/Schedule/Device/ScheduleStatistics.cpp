//===- ScheduleStatistics.cpp - Statistics of channels on devices ---------===//
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

/// A block for each part whose elements lie side by side, else a thread; then a
/// thread for each channel.
std::optional<Mismatch> llamir::scheduleDeviceStatistics(ScheduleBuilder &s) {
  Value output = s.getFunc("output"), part = s.getFunc("part");
  boundOutput(s, output);
  spreadFunc(s, output);
  s.computeRoot(part);
  SmallVector<Value> loops = s.loops(part);
  if (Value total = s.getFunc("row_total")) {
    Value squares = s.getFunc("row_squares");
    std::optional<int64_t> width = getReductionExtent(total);
    if (!width)
      return Mismatch{"the sums of its rows do not have one width", true};
    Value row = s.fuse(loops[0], loops[1], "row");
    s.gpuBlocks(row);
    int64_t threads =
        std::min<int64_t>(threadsOfBlock, llvm::bit_ceil(uint64_t(*width)));
    sumInBlock(s, total, row, threads);
    sumInBlock(s, squares, row, threads);
  } else {
    Value thread = spread(s, loops);
    for (StringRef role : {"column_total", "column_squares"}) {
      Value sum = s.getFunc(role);
      s.computeAt(sum, thread);
      s.storeIn(sum, MemoryType::Register);
      for (int64_t dim : {0, 1})
        s.boundExtent(sum, dim, 1);
    }
  }
  for (StringRef role : {"batch_total", "batch_squares"})
    if (Value sum = s.getFunc(role)) {
      s.computeRoot(sum);
      spreadFunc(s, sum);
    }
  return std::nullopt;
}
