//===- ScheduleNorm.cpp - Norms on processors -----------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Strategy.h"
#include "Rows.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

using Tail = ScheduleBuilder::Tail;

/// The sums of a row in four vectors of partial sums, while the row comes from
/// memory; then the row again, from cache.
std::optional<Mismatch> llamir::scheduleProcessorNorm(ScheduleBuilder &s) {
  Value output = s.getFunc("output"), scale = s.getFunc("row_scale");
  boundOutput(s, output);
  int64_t rowDims = cast<FuncType>(scale.getType()).getRank(),
          width = s.getRowWidth(rowDims);
  Value row = scheduleRows(s, output, rowDims);
  s.computeAt(scale, row);
  if (Value total = s.getFunc("row_total"))
    sumRow(s, total, row, width);
  sumRow(s, s.getFunc("row_sum"), row, width);
  scheduleLength(s);
  if (Value rotation = s.getFunc("rotation")) {
    s.computeRoot(rotation);
    s.vectorize(s.loops(rotation)[0], Tail::GuardWithIf);
  }
  return std::nullopt;
}
