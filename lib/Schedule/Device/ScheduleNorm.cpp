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

/// A block a row: partial sums of its elements, and then the row again, which
/// the caches still have.
std::optional<Mismatch> llamir::scheduleDeviceNorm(ScheduleBuilder &s) {
  Value output = s.getFunc("output"), sum = s.getFunc("row_sum"),
        scale = s.getFunc("row_scale");
  boundOutput(s, output);
  int64_t width = s.getOutputType().getShape()[0];
  int64_t threads =
      std::min<int64_t>(threadsOfBlock, llvm::bit_ceil(uint64_t(width)));
  SmallVector<Value> loops = s.loops(output); // i, t
  auto [step, thread] =
      s.split(loops[0], threads, Tail::GuardWithIf, "step", "thread");
  s.reorder({thread, step, loops[1]});
  s.gpuThreads(thread);
  s.gpuBlocks(loops[1]);
  s.computeAt(scale, loops[1]);
  sumInBlock(s, sum, loops[1], threads);
  return std::nullopt;
}
