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

/// Results of so many bytes are larger than the caches that there mostly are.
static constexpr int64_t bytesPastCaches = 64 << 20;

namespace {
/// Rows that are computed in tasks of some.
struct RowTasks {
  ScheduleBuilder &s;
  Value func;
  /// Sizes, the tokens last, and how many of the last dimensions number rows.
  ArrayRef<int64_t> shape;
  int64_t rowDims;
  /// Each row is read twice: the next one is fetched meanwhile.
  bool fetchesNext;

  /// Schedules all versions. Returns the loop over rows in a task.
  Value schedule() const;

private:
  enum Kind { Alone, Parallel, PastCaches };
  Value schedule(Kind kind) const;
  int64_t getRows() const { return getRowsOfTask(getRowWidth(shape, rowDims)); }
  /// Tokens from which on a result is larger than the caches.
  int64_t getLeastPastCaches() const {
    int64_t bytes = 0;
    for (Type type : cast<FuncType>(func.getType()).getValueTypes())
      bytes += type.getIntOrFloatBitWidth() / 8;
    return llvm::divideCeil(
        bytesPastCaches, std::max<int64_t>(bytes * getRowWidth(shape, 1), 1));
  }
};
} // namespace

/// Vectors along the innermost dimension, four at a time, the outermost
/// dimensions in tasks of some rows.
Value RowTasks::schedule(Kind kind) const {
  SmallVector<Value> loops = s.loops(func);
  for (int64_t dim = 1; dim < rowDims; ++dim) {
    Value outer = loops.pop_back_val();
    loops.back() = s.fuse(loops.back(), outer, "rows");
  }
  Value row;
  if (loops.size() > 1) {
    auto [task, inner] =
        s.split(loops.back(), getRows(), Tail::GuardWithIf, "task", "row");
    if (kind != Alone)
      s.parallel(task, kind == PastCaches);
    row = inner;
  }
  Value vectors = s.vectorize(loops[0], Tail::GuardWithIf);
  if (shape[0] >= 4 * s.lanes()) {
    auto [fours, four] = s.split(vectors, 4, Tail::GuardWithIf);
    s.unroll(four);
    vectors = four;
  }
  // Of rows that several dimensions number, the next may lie anywhere.
  if (kind == PastCaches && fetchesNext && row && rowDims == 1)
    for (BlockArgument argument : s.getPipeline().getBody().getArguments())
      if (auto buffer = dyn_cast<BufferType>(argument.getType());
          buffer && buffer.getRank() > 1 &&
          isa<FloatType>(buffer.getElementType()) &&
          buffer.getShape().back() == shape.back())
        s.prefetchNext(argument, vectors, row);
  return row;
}

int64_t llamir::getRowsOfTask(int64_t width) {
  return std::max<int64_t>(1, 16384 / std::max<int64_t>(width, 1));
}

Value RowTasks::schedule() const {
  bool isResult = s.getFunc("output") == func;
  int64_t least = getLeastPastCaches();
  if (std::optional<int64_t> tokens = s.getStaticTokens())
    return schedule(isResult && *tokens >= least ? PastCaches : Parallel);
  Value tokens = shape.size() > 1 ? s.getTokens() : Value();
  if (!tokens)
    return schedule(Parallel);
  int64_t rowsOfToken = 1;
  for (int64_t extent : shape.drop_back().take_back(rowDims - 1))
    rowsOfToken *= extent;
  s.specialize(
      func, std::nullopt,
      s.isAtMost(tokens, std::max<int64_t>(1, getRows() / rowsOfToken)),
      [&] { schedule(Alone); });
  if (isResult)
    s.specialize(
        func, std::nullopt,
        s.isBetween(tokens, least, std::numeric_limits<int32_t>::max()),
        [&] { schedule(PastCaches); });
  return schedule(Parallel);
}

Value llamir::scheduleRows(ScheduleBuilder &s, Value func,
                           ArrayRef<int64_t> shape) {
  return RowTasks{s, func, shape, 1, /*fetchesNext=*/false}.schedule();
}

void llamir::scheduleNormRows(ScheduleBuilder &s, Value func,
                              ArrayRef<int64_t> shape) {
  Value scale = s.getFunc("row_scale");
  int64_t rowDims = cast<FuncType>(scale.getType()).getRank(),
          width = getRowWidth(shape, rowDims);
  Value row =
      RowTasks{s, func, shape, rowDims, /*fetchesNext=*/true}.schedule();
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
