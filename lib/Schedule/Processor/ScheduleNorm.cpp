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

/// A sum of `width` elements of each row, at a loop over rows, in vectors of
/// partial sums.
static void sumRow(ScheduleBuilder &s, Value sum, Value row, int64_t width) {
  s.computeAt(sum, row);
  size_t rank = cast<FuncType>(sum.getType()).getRank();
  int64_t parts = width >= 8 * s.lanes() ? 4 * s.lanes() : s.lanes();
  auto [outer, inner] =
      s.split(s.loops(sum, 0, 1)[rank], parts,
              width % parts == 0 ? Tail::Auto : Tail::GuardWithIf);
  Value partial = s.rfactor(inner, "lane");
  s.computeAt(partial, row);
  s.vectorizeWhole(s.loops(partial)[rank]);
  s.vectorizeWhole(s.loops(partial, 0, 1)[rank]);
  s.boundExtent(partial, rank, parts);
  s.atomic(sum, 0);
  s.vectorizeWhole(s.loops(sum, 0, 1)[rank]);
}

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
