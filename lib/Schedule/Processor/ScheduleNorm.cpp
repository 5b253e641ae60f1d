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

/// The sum of a row in four vectors of partial sums, while the row comes from
/// memory; then the row again, from cache.
std::optional<Mismatch> llamir::scheduleProcessorNorm(ScheduleBuilder &s) {
  Value output = s.getFunc("output"), sum = s.getFunc("row_sum"),
        scale = s.getFunc("row_scale");
  boundOutput(s, output);
  Value row = scheduleRows(s, output);
  s.computeAt(scale, row);
  s.computeAt(sum, row);
  int64_t width = s.getOutputType().getShape()[0];
  int64_t parts = width >= 8 * s.lanes() ? 4 * s.lanes() : s.lanes();
  auto [outer, inner] =
      s.split(s.loops(sum, 0, 1)[1], parts,
              width % parts == 0 ? Tail::Auto : Tail::GuardWithIf);
  Value partial = s.rfactor(inner, "lane");
  s.computeAt(partial, row);
  s.vectorizeWhole(s.loops(partial)[1]);
  s.vectorizeWhole(s.loops(partial, 0, 1)[1]);
  s.boundExtent(partial, 1, parts);
  s.atomic(sum, 0);
  s.vectorizeWhole(s.loops(sum, 0, 1)[1]);
  return std::nullopt;
}
