//===- Rows.cpp - Rows in tasks and vectors -------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rows.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

using Tail = ScheduleBuilder::Tail;

/// Vectors along the innermost dimension, which has `length` elements, four at
/// a time, the outermost dimensions in tasks of some rows. Returns the loop
/// over rows in a task.
static Value scheduleTasks(ScheduleBuilder &s, Value func, int64_t rowDims,
                           int64_t length, int64_t rowsOfTask, bool parallel) {
  SmallVector<Value> loops = s.loops(func);
  for (int64_t dim = 1; dim < rowDims; ++dim) {
    Value outer = loops.pop_back_val();
    loops.back() = s.fuse(loops.back(), outer, "rows");
  }
  Value row;
  if (loops.size() > 1) {
    auto [task, inner] =
        s.split(loops.back(), rowsOfTask, Tail::GuardWithIf, "task", "row");
    if (parallel)
      s.parallel(task);
    row = inner;
  }
  Value vectors = s.vectorize(loops[0], Tail::GuardWithIf);
  if (length >= 4 * s.lanes()) {
    auto [fours, four] = s.split(vectors, 4, Tail::GuardWithIf);
    s.unroll(four);
  }
  return row;
}

int64_t llamir::getRowsOfTask(int64_t width) {
  return std::max<int64_t>(1, 16384 / std::max<int64_t>(width, 1));
}

Value llamir::scheduleRows(ScheduleBuilder &s, Value func,
                           ArrayRef<int64_t> shape, int64_t rowDims) {
  int64_t rowsOfToken = 1;
  for (int64_t extent : shape.drop_back().take_back(rowDims - 1))
    rowsOfToken *= extent;
  int64_t rowsOfTask = getRowsOfTask(getRowWidth(shape, rowDims));
  if (shape.size() > 1 && !s.getStaticTokens())
    if (Value tokens = s.getTokens())
      s.specialize(
          func, std::nullopt,
          s.isAtMost(tokens, std::max<int64_t>(1, rowsOfTask / rowsOfToken)),
          [&] {
            scheduleTasks(s, func, rowDims, shape[0], rowsOfTask, false);
          });
  return scheduleTasks(s, func, rowDims, shape[0], rowsOfTask, true);
}

void llamir::scheduleNormRows(ScheduleBuilder &s, Value func,
                              ArrayRef<int64_t> shape) {
  Value scale = s.getFunc("row_scale");
  int64_t rowDims = cast<FuncType>(scale.getType()).getRank(),
          width = getRowWidth(shape, rowDims);
  Value row = scheduleRows(s, func, shape, rowDims);
  s.computeAt(scale, row);
  if (Value total = s.getFunc("row_total"))
    sumRow(s, total, row, width);
  sumRow(s, s.getFunc("row_sum"), row, width);
}

void llamir::scheduleLength(ScheduleBuilder &s) {
  for (Value func : s.getLengthFuncs())
    s.computeRoot(func);
}

void llamir::sumRow(ScheduleBuilder &s, Value sum, Value row, int64_t width) {
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

void llamir::addRows(ScheduleBuilder &s, Value sum) {
  s.vectorize(s.loops(sum)[0], Tail::GuardWithIf);
  SmallVector<Value> loops = s.loops(sum, 0, 1);
  auto [outer, inner] = s.split(loops[0], s.lanes(), Tail::GuardWithIf);
  s.vectorizeWhole(inner);
  s.reorder({inner, loops.back(), outer});
}
