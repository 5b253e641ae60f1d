//===- ScheduleStatistics.cpp - Statistics of channels on processors ------===//
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

/// Vectors of channels that are summed up side by side, in registers: as many
/// as divide the channels, so that what is read of a row is long.
static int64_t chooseVectors(ScheduleBuilder &s, int64_t channels) {
  int64_t vectors = s.lanes() >= 16 ? 16 : 8;
  while (vectors > 1 && channels % (vectors * s.lanes()) != 0)
    vectors /= 2;
  return vectors;
}

/// Channels that lie side by side, `channels` at a time if that is known:
/// vectors of them, while the samples of a part pass by.
static void sumColumns(ScheduleBuilder &s, Value sum, Value at,
                       int64_t channels) {
  Tail tail = channels > 0 ? Tail::Auto : Tail::GuardWithIf;
  s.computeAt(sum, at);
  if (channels > 0)
    s.boundExtent(sum, 0, channels);
  s.vectorize(s.loops(sum)[0], tail);
  SmallVector<Value> loops = s.loops(sum, 0, 1); // channel, part, element
  auto [vectors, channel] = s.split(loops[0], s.lanes(), tail);
  s.vectorizeWhole(channel);
  s.reorder({channel, vectors, loops[2], loops[1]});
  if (channels > 0)
    s.unroll(vectors);
}

/// Whether the definition of a func reads another one.
static bool reads(Value func, Value source) {
  Operation *op = func.getDefiningOp();
  return source && llvm::any_of(source.getUsers(), [&](Operation *user) {
           return op->isProperAncestor(user);
         });
}

/// Each part in a task, its elements read twice: the second time from cache.
/// Then the parts of each channel, which are few.
std::optional<Mismatch>
llamir::scheduleProcessorStatistics(ScheduleBuilder &s) {
  Value output = s.getFunc("output"), part = s.getFunc("part");
  // The channels are those of the output.
  if (!reads(output, part) && !reads(output, s.getFunc("batch_total")) &&
      !reads(output, s.getFunc("batch_squares")))
    return Mismatch{"its output is not of statistics"};
  boundOutput(s, output);
  s.vectorize(s.loops(output)[0], Tail::GuardWithIf);
  s.computeRoot(part);
  SmallVector<Value> loops = s.loops(part);
  if (Value total = s.getFunc("row_total")) {
    Value squares = s.getFunc("row_squares");
    std::optional<int64_t> width = getReductionExtent(total);
    if (!width)
      return Mismatch{"the sums of its rows do not have one width", true};
    auto [task, row] =
        s.split(s.fuse(loops[0], loops[1], "rows"), getRowsOfTask(*width),
                Tail::GuardWithIf, "task", "row");
    s.parallel(task);
    sumRow(s, total, row, *width);
    sumRow(s, squares, row, *width);
  } else {
    Value columns = s.getFunc("column_total"),
          squares = s.getFunc("column_squares");
    int64_t channels = s.getOutputType().getShape()[0];
    int64_t together = chooseVectors(s, channels) * s.lanes();
    auto [group, channel] =
        s.split(loops[0], together, Tail::GuardWithIf, "group", "channel");
    bool isWhole = channels % together == 0;
    s.vectorize(channel, Tail::GuardWithIf);
    s.parallel(loops[1]);
    sumColumns(s, columns, group, isWhole ? together : 0);
    sumColumns(s, squares, group, isWhole ? together : 0);
  }
  for (StringRef role : {"batch_total", "batch_squares"})
    if (Value sum = s.getFunc(role)) {
      s.computeRoot(sum);
      addRows(s, sum);
    }
  return std::nullopt;
}
