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

LogicalResult llamir::scheduleAttention(ScheduleBuilder &s) {
  Value output = s.getFunc("output"), queries = s.getFunc("queries"),
        scores = s.getFunc("scores"), masked = s.getFunc("masked"),
        blockMax = s.getFunc("block_max"), weights = s.getFunc("weights"),
        blockSum = s.getFunc("block_sum"), values = s.getFunc("values"),
        blockResult = s.getFunc("block_result"), merged = s.getFunc("merged");
  // (element, head in the group, key head, token).
  ArrayRef<int64_t> shape = s.getOutputType().getShape();
  if (!output || !merged || !values || shape.size() != 4 || !s.getFuncs("operand").empty())
    return failure();
  int64_t lanes = s.lanes(), grouped = shape[1];
  int64_t tokensOfTile = std::max<int64_t>(1, 96 / grouped);
  int64_t valueDim = llvm::alignTo(shape[0], lanes);

  // Register tiles: scores of 3 vectors of rows, sums of `vectors` by `rows`.
  bool wide = lanes >= 16;
  int64_t scoreRows = 3 * lanes, scoreKeys = wide ? 8 : 4;
  int64_t vectors = 1, rows;
  static constexpr int64_t wideChoices[] = {4, 5, 3, 6, 7, 2}, narrowChoices[] = {3, 2};
  for (int64_t choice : wide ? ArrayRef(wideChoices) : ArrayRef(narrowChoices))
    if (valueDim / lanes % choice == 0) {
      vectors = choice;
      break;
    }
  int64_t registers = wide ? 32 : 16;
  rows = std::min<int64_t>(12, (registers - 1 - vectors) / vectors);
  while (96 % rows != 0)
    --rows;

  boundOutput(s, output);
  SmallVector<Value> loops = s.loops(output);
  auto [tile, token] = s.split(loops[3], tokensOfTile, Tail::GuardWithIf, "tile", "token");
  s.reorder({loops[0], loops[1], token, tile, loops[2]});
  Value task = s.fuse(tile, loops[2], "task");
  s.parallel(task);
  s.vectorize(loops[0], Tail::GuardWithIf);

  s.computeAt(merged, task);
  s.boundExtent(merged, 0, valueDim);
  s.vectorize(s.loops(merged)[0]);
  loops = s.loops(merged, 0, 1); // d, r, n, h, b
  auto [rowTile, row] = s.split(loops[1], rows, Tail::RoundUp, "row_tile", "row_in");
  auto [dTile, d] = s.split(loops[0], vectors * lanes, Tail::RoundUp, "d_tile", "d_in");
  s.reorder({d, row, rowTile, dTile, loops[4]});
  Value block = loops[4];
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

  s.computeAt(queries, task);
  loops = s.loops(queries);
  auto [queryVectors, queryVector] = s.split(loops[0], lanes, Tail::RoundUp);
  s.reorder({queryVector, loops[1], queryVectors});
  s.vectorizeWhole(queryVector);

  s.computeAt(masked, block);
  loops = s.loops(masked);
  auto [maskTile, maskRow] = s.split(loops[0], scoreRows, Tail::RoundUp, "mask_tile", "mask_row");
  auto [keyTile, key] = s.split(loops[1], scoreKeys, Tail::RoundUp, "key_tile", "key_in");
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

  for (Value reduced : {blockMax, blockSum}) {
    s.computeAt(reduced, block);
    s.vectorize(s.loops(reduced)[0], Tail::RoundUp);
    loops = s.loops(reduced, 0, 1);
    auto [outer, inner] = s.split(loops[0], scoreRows, Tail::RoundUp);
    s.reorder({inner, loops[4], outer});
    s.unroll(s.vectorize(inner));
  }
  s.computeAt(weights, block);
  s.vectorize(s.loops(weights)[0], Tail::RoundUp);
  if (shape[0] % lanes != 0) {
    s.computeAt(values, block);
    s.boundExtent(values, 0, valueDim);
    s.vectorize(s.loops(values)[0]);
  }
  return success();
}
