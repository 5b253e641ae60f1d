//===- ScheduleAttention.cpp - Schedules for attention -------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A task computes one tile of queries of one key head. Scores are made in
// register tiles of some vectors of rows by some keys (rows are the vectors:
// the lowering transposes the queries), the weighted sums in tiles of rows by
// vectors of a value. Everything of a tile and a block of keys stays in cache.
//
//===----------------------------------------------------------------------===//

#include "ScheduleBuilder.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

using Tail = ScheduleBuilder::Tail;

namespace {
/// The schedule of the funcs for one size of tiles.
struct AttentionSchedule {
  ScheduleBuilder &s;
  std::string prefix;
  int64_t tokensOfTile = 0;
  /// Register tiles: scores of rows by keys, sums of rows by vectors of a
  /// value.
  int64_t scoreRows = 0, scoreKeys = 0, rows = 0, vectors = 1;
  int64_t valueDim = 0;

  bool exists() { return bool(getFunc("merged")); }
  void chooseTiles(int64_t grouped, bool few);
  Value scheduleOutput(Value output);
  void schedule(Value task, bool copyValues);

private:
  Value getFunc(StringRef name) { return s.getFunc(prefix + name.str()); }
  Value scheduleMerged(Value task);
  void scheduleScores(Value task, Value block);
  void scheduleReductions(Value block, bool copyValues);
};
} // namespace

void AttentionSchedule::chooseTiles(int64_t grouped, bool few) {
  int64_t lanes = s.lanes(), valueVectors = valueDim / lanes;
  bool wide = lanes >= 16;
  int64_t registers = wide ? 32 : 16;
  scoreKeys = wide ? 8 : 4;
  if (few) {
    // Mostly one token: no more rows than that of one group of heads.
    scoreRows = (wide ? 1 : 2) * lanes;
    rows = std::min<int64_t>(grouped, 4);
    for (int64_t choice : {8, 5, 4, 3, 2})
      if (valueVectors % choice == 0 &&
          rows * choice + (rows > 1 ? choice : 0) < registers) {
        vectors = choice;
        break;
      }
    return;
  }
  scoreRows = 3 * lanes;
  static constexpr int64_t wideChoices[] = {4, 5, 3, 6, 7, 2},
                           narrowChoices[] = {3, 2};
  for (int64_t choice : wide ? ArrayRef(wideChoices) : ArrayRef(narrowChoices))
    if (valueVectors % choice == 0) {
      vectors = choice;
      break;
    }
  rows = std::min<int64_t>(12, (registers - 1 - vectors) / vectors);
  while (96 % rows != 0)
    --rows;
}

/// Schedules the output, or its version for few tokens; returns the loop of
/// tasks.
Value AttentionSchedule::scheduleOutput(Value output) {
  SmallVector<Value> loops = s.loops(output);
  auto [tile, token] =
      s.split(loops[3], tokensOfTile, Tail::GuardWithIf, "tile", "token");
  s.reorder({loops[0], loops[1], token, tile, loops[2]});
  Value task = s.fuse(tile, loops[2], "task");
  s.parallel(task);
  s.vectorize(loops[0], Tail::GuardWithIf);
  return task;
}

/// Merges blocks of keys; returns the loop over them.
Value AttentionSchedule::scheduleMerged(Value task) {
  Value merged = getFunc("merged"), blockResult = getFunc("block_result");
  int64_t lanes = s.lanes();
  s.computeAt(merged, task);
  s.boundExtent(merged, 0, valueDim);
  s.vectorize(s.loops(merged)[0]);
  SmallVector<Value> loops = s.loops(merged, 0, 1); // d, r, n, h, b
  Value block = loops[4];
  auto [rowTile, row] =
      s.split(loops[1], rows, Tail::RoundUp, "row_tile", "row_in");
  auto [dTile, d] =
      s.split(loops[0], vectors * lanes, Tail::RoundUp, "d_tile", "d_in");
  s.reorder({d, row, rowTile, dTile, block});
  s.unroll(s.vectorize(d));
  s.unroll(row);

  s.computeAt(blockResult, rowTile);
  s.boundExtent(blockResult, 0, vectors * lanes);
  s.boundExtent(blockResult, 1, rows);
  loops = s.loops(blockResult);
  s.unroll(s.vectorize(loops[0]));
  s.unroll(loops[1]);
  loops = s.loops(blockResult, 0, 1);
  s.reorder({loops[0], loops[1], loops[5]});
  s.unroll(s.vectorize(loops[0]));
  s.unroll(loops[1]);
  return block;
}

void AttentionSchedule::scheduleScores(Value task, Value block) {
  Value queries = getFunc("queries"), masked = getFunc("masked"),
        scores = getFunc("scores");
  s.computeAt(queries, task);
  SmallVector<Value> loops = s.loops(queries);
  auto [queryVectors, queryVector] =
      s.split(loops[0], s.lanes(), Tail::RoundUp);
  s.reorder({queryVector, loops[1], queryVectors});
  s.vectorizeWhole(queryVector);

  s.computeAt(masked, block);
  loops = s.loops(masked);
  auto [maskTile, maskRow] =
      s.split(loops[0], scoreRows, Tail::RoundUp, "mask_tile", "mask_row");
  auto [keyTile, key] =
      s.split(loops[1], scoreKeys, Tail::RoundUp, "key_tile", "key_in");
  s.reorder({maskRow, key, maskTile, keyTile});
  s.unroll(s.vectorize(maskRow));
  s.unroll(key);

  s.computeAt(scores, maskTile);
  s.boundExtent(scores, 0, scoreRows);
  s.boundExtent(scores, 1, scoreKeys);
  loops = s.loops(scores);
  s.unroll(s.vectorize(loops[0]));
  s.unroll(loops[1]);
  loops = s.loops(scores, 0, 1);
  s.reorder({loops[0], loops[1], loops[5]});
  s.unroll(s.vectorize(loops[0]));
  s.unroll(loops[1]);
}

void AttentionSchedule::scheduleReductions(Value block, bool copyValues) {
  for (StringRef name : {"block_max", "block_sum"}) {
    Value reduced = getFunc(name);
    s.computeAt(reduced, block);
    s.vectorize(s.loops(reduced)[0], Tail::RoundUp);
    SmallVector<Value> loops = s.loops(reduced, 0, 1);
    auto [outer, inner] = s.split(loops[0], scoreRows, Tail::RoundUp);
    s.reorder({inner, loops[4], outer});
    s.unroll(s.vectorize(inner));
  }
  Value weights = getFunc("weights"), values = getFunc("values");
  s.computeAt(weights, block);
  s.vectorize(s.loops(weights)[0], Tail::RoundUp);
  if (copyValues) {
    s.computeAt(values, block);
    s.boundExtent(values, 0, valueDim);
    s.vectorize(s.loops(values)[0]);
  }
}

void AttentionSchedule::schedule(Value task, bool copyValues) {
  Value block = scheduleMerged(task);
  scheduleScores(task, block);
  scheduleReductions(block, copyValues);
  // Copies of these loops make no code faster, but twice as much of it.
  for (StringRef name : {"queries", "masked", "weights"})
    s.neverPartition(getFunc(name));
  for (StringRef name :
       {"merged", "block_result", "scores", "block_max", "block_sum"})
    s.neverPartition(getFunc(name), 1);
}

LogicalResult llamir::scheduleAttention(ScheduleBuilder &s) {
  Value output = s.getFunc("output");
  // (element, head in the group, key head, token).
  ArrayRef<int64_t> shape = s.getOutputType().getShape();
  if (!output || shape.size() != 4 || !s.getFuncs("operand").empty())
    return failure();
  int64_t grouped = shape[1];
  AttentionSchedule few{s, "few_"}, many{s, ""};
  few.tokensOfTile = attentionRowsOfFew / grouped;
  many.tokensOfTile = std::max<int64_t>(1, attentionRowsOfTile / grouped);
  if (!few.exists() && !many.exists())
    return failure();
  bool both = few.exists() && many.exists();
  few.valueDim = many.valueDim = llvm::alignTo(shape[0], s.lanes());
  few.chooseTiles(grouped, true);
  many.chooseTiles(grouped, false);
  boundOutput(s, output);
  bool copyValues = shape[0] % s.lanes() != 0;
  if (both)
    s.specialize(output, std::nullopt,
                 s.isAtMost(s.getTokens(), few.tokensOfTile),
                 [&] { few.scheduleOutput(output); });
  Value task = (many.exists() ? many : few).scheduleOutput(output);
  s.neverPartition(output);
  // Both kinds of tiles are computed at a loop of that name.
  if (few.exists())
    few.schedule(task, copyValues);
  if (many.exists())
    many.schedule(task, copyValues);
  return success();
}
