//===- ScheduleRows.cpp - Schedules for norms and element-wise kernels ----===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Strategy.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

using Tail = ScheduleBuilder::Tail;

/// Vectors along the innermost dimension, four at a time, the outermost
/// dimension in tasks of some rows. Returns the loop over rows in a task.
static Value scheduleTasks(ScheduleBuilder &s, Value output, int64_t rowsOfTask,
                           bool parallel) {
  SmallVector<Value> loops = s.loops(output);
  Value row;
  if (loops.size() > 1) {
    auto [task, inner] =
        s.split(loops.back(), rowsOfTask, Tail::GuardWithIf, "task", "row");
    if (parallel)
      s.parallel(task);
    row = inner;
  }
  Value vectors = s.vectorize(loops[0], Tail::GuardWithIf);
  if (s.getOutputType().getShape()[0] >= 4 * s.lanes()) {
    auto [fours, four] = s.split(vectors, 4, Tail::GuardWithIf);
    s.unroll(four);
  }
  return row;
}

/// Rows in tasks, and what is one task without any.
static Value scheduleRows(ScheduleBuilder &s, Value output) {
  ArrayRef<int64_t> shape = s.getOutputType().getShape();
  int64_t width = 1;
  for (int64_t extent : shape.drop_back())
    width *= extent;
  int64_t rowsOfTask = getRowsOfTask(width);
  if (shape.size() > 1 && !s.getStaticTokens())
    if (Value tokens = s.getTokens())
      s.specialize(output, std::nullopt, s.isAtMost(tokens, rowsOfTask),
                   [&] { scheduleTasks(s, output, rowsOfTask, false); });
  return scheduleTasks(s, output, rowsOfTask, true);
}

static std::optional<Mismatch> scheduleElementwise(ScheduleBuilder &s) {
  Value output = s.getFunc("output");
  boundOutput(s, output);
  scheduleRows(s, output);
  for (Value rotation : s.getFuncs("rotation")) {
    s.computeRoot(rotation);
    s.vectorize(s.loops(rotation)[0], Tail::GuardWithIf);
  }
  return std::nullopt;
}

/// The sum of a row in four vectors of partial sums, while the row comes from
/// memory; then the row again, from cache.
static std::optional<Mismatch> scheduleNorm(ScheduleBuilder &s) {
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

static constexpr FuncRequirement elementwiseFuncs[] = {
    {"output", FuncRequirement::One, FuncRequirement::any, 0},
    {"rotation", FuncRequirement::Any, 2, 0}};
const Strategy llamir::elementwiseStrategy = {
    "elementwise", elementwiseFuncs, {}, {}, scheduleElementwise};

static constexpr FuncRequirement normFuncs[] = {
    {"output", FuncRequirement::One, 2, 0},
    {"row_sum", FuncRequirement::One, 1, 1},
    {"row_scale", FuncRequirement::One, 1, 0}};
const Strategy llamir::normStrategy = {"norm", normFuncs, {}, {}, scheduleNorm};

void llamir::schedulePlainly(ScheduleBuilder &s) {
  Operation *outputOp = s.getPipeline().getOutput();
  SmallVector<Value> outputs(outputOp->getOperands());
  for (auto func : s.getPipeline().getBody().front().getOps<halide::FuncOp>())
    if (!llvm::is_contained(outputs, func.getResult()))
      s.computeRoot(func);
  for (Value output : outputs) {
    SmallVector<Value> loops = s.loops(output);
    s.vectorize(loops[0], Tail::GuardWithIf);
    if (loops.size() > 1)
      s.parallel(loops.back());
  }
}
