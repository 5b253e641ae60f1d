//===- ScheduleAttention.cpp - Schedules for attention --------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A task computes some tiles of queries of one key head, block of keys by block
// of keys. Scores are made in register tiles of some vectors of rows by some
// keys (rows are the vectors: the lowering transposes the queries), the
// weighted sums in tiles of rows by vectors of a value. Everything of a tile
// and a block of keys stays in cache. The rows of a head lie a whole token
// apart, mostly a power of two, where caches hold few of them: what many tiles
// read is copied.
//
//===----------------------------------------------------------------------===//

#include "../Strategy.h"
#include "dialects/halide/HalideLoops.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include <numeric>

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

using Tail = ScheduleBuilder::Tail;

namespace {
/// The schedule of the funcs for one kind of tiles.
struct AttentionSchedule {
  AttentionSchedule(ScheduleBuilder &s, AttentionTileKind kind);

  bool exists() { return bool(getFunc("merged")); }
  std::optional<Mismatch> check();
  /// Schedules the output, or its version for this kind.
  void scheduleOutput(Value output);

  int64_t tokensOfTile;

private:
  Value getFunc(StringRef name) { return s.getFunc(prefix + name.str()); }
  void chooseTiles();
  /// Rows as vectors.
  void schedule(Value task);
  Value scheduleMerged(Value task);
  void scheduleBlockResult(Value at);
  /// Whether scores have a second part, of distances.
  bool isRelative() { return bool(getFunc("distances")); }
  void scheduleQueries(StringRef name, StringRef rowsName, Value task);
  void scheduleScores(Value task, Value tile);
  void scheduleReductions(Value tile);
  /// One token: what is summed over as vectors.
  void scheduleSingle(Value output);
  Value schedulePart(Value at);
  int64_t getDotLanes();
  void scheduleDots(Value task);
  void scheduleDot(Value scores, int64_t update, Value rowTile);
  void scheduleKeys(Value task);
  void scheduleSums(Value task);
  void copyKeys(Value at);
  void copyValues(Value at);
  void copyDistances(Value at);

  ScheduleBuilder &s;
  AttentionTileKind kind;
  std::string prefix;
  int64_t grouped, kvHeads, valueDim, paddedDim;
  /// Register tiles: scores of rows by keys, sums of rows by vectors of a
  /// value.
  int64_t scoreRows = 0, scoreKeys = 0, rows = 0, vectors = 1;
};
} // namespace

AttentionSchedule::AttentionSchedule(ScheduleBuilder &s, AttentionTileKind kind)
    : s(s), kind(kind), prefix(getPrefix(kind)) {
  // (element, head in the group, key head, token).
  ArrayRef<int64_t> shape = s.getOutputType().getShape();
  valueDim = shape[0];
  grouped = shape[1];
  kvHeads = shape[2];
  tokensOfTile = getTokensOfTile(kind, grouped);
  paddedDim = llvm::alignTo(valueDim, s.lanes());
  chooseTiles();
}

std::optional<Mismatch> AttentionSchedule::check() {
  if (tokensOfTile < 1)
    return Mismatch{"its tiles have no tokens", true};
  if (kind != AttentionTileKind::Single && !getFunc("queries"))
    return Mismatch{"there is no func with the role '" + prefix + "queries'",
                    true};
  return std::nullopt;
}

void AttentionSchedule::chooseTiles() {
  int64_t lanes = s.lanes(), valueVectors = paddedDim / lanes;
  bool wide = lanes >= 16;
  int64_t registers = wide ? 32 : 16;
  scoreKeys = wide ? 8 : 4;
  if (kind != AttentionTileKind::Many) {
    // Mostly one token: no more rows than that of one group of heads.
    scoreRows = (wide ? 1 : 2) * lanes;
    rows = std::min<int64_t>(grouped, 4);
    for (int64_t choice : {8, 5, 4, 3, 2})
      if (valueVectors % choice == 0 &&
          rows * choice + (rows > 1 ? choice : 0) < registers) {
        vectors = choice;
        break;
      }
    if (kind == AttentionTileKind::Single)
      scoreKeys = rows == 1 ? scoreKeys
                            : (wide ? 16 : 8) / llvm::bit_ceil(uint64_t(rows));
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
  while (48 % rows != 0)
    --rows;
}

void AttentionSchedule::scheduleOutput(Value output) {
  // Copies of these loops make no code faster, but twice as much of it.
  bool isSingle = kind == AttentionTileKind::Single;
  SmallVector<StringRef> names = {isSingle ? "query_rows" : "queries", "masked",
                                  "weights"};
  if (isRelative())
    names.push_back(isSingle ? "position_rows" : "position_queries");
  for (StringRef name : names)
    s.neverPartition(getFunc(name));
  for (StringRef name :
       {"merged", "block_result", "scores", "block_max", "block_sum"})
    s.neverPartition(getFunc(name), countUpdates(getFunc(name)));
  if (isSingle)
    return scheduleSingle(output);
  SmallVector<Value> loops = s.loops(output);
  // A block of keys is read once for the tiles of a task.
  int64_t tilesOfTask = kind == AttentionTileKind::Many ? 4 : 1;
  auto [tile, token] = s.split(loops[3], tokensOfTile * tilesOfTask,
                               Tail::GuardWithIf, "tile", "token");
  s.reorder({loops[0], loops[1], token, tile, loops[2]});
  s.vectorize(loops[0], Tail::GuardWithIf);
  Value task = tile;
  if (kind == AttentionTileKind::Many) {
    // All tiles of a head share its copies.
    s.parallel(tile);
    s.parallel(loops[2]);
    copyKeys(loops[2]);
    copyValues(loops[2]);
    if (isRelative())
      copyDistances(loops[2]);
  } else {
    task = s.fuse(tile, loops[2], prefix + "task");
    s.parallel(task);
  }
  schedule(task);
}

//===----------------------------------------------------------------------===//
// Rows as vectors
//===----------------------------------------------------------------------===//

/// Merges blocks of keys; returns the loop over the tiles of a block.
Value AttentionSchedule::scheduleMerged(Value task) {
  Value merged = getFunc("merged");
  s.computeAt(merged, task);
  s.boundExtent(merged, 0, paddedDim);
  s.vectorize(s.loops(merged)[0]);
  SmallVector<Value> loops = s.loops(merged, 0, 1); // d, r, n, h, b
  Value tile = loops[2], block = loops[4];
  auto [rowTile, row] =
      s.split(loops[1], rows, Tail::RoundUp, "row_tile", "row_in");
  auto [dTile, d] =
      s.split(loops[0], vectors * s.lanes(), Tail::RoundUp, "d_tile", "d_in");
  s.reorder({d, row, rowTile, dTile, tile, block});
  s.unroll(s.vectorize(d));
  s.unroll(row);
  scheduleBlockResult(rowTile);
  return tile;
}

/// A register tile of rows by vectors of a value.
void AttentionSchedule::scheduleBlockResult(Value at) {
  Value blockResult = getFunc("block_result");
  s.computeAt(blockResult, at);
  s.boundExtent(blockResult, 0, vectors * s.lanes());
  s.boundExtent(blockResult, 1, rows);
  SmallVector<Value> loops = s.loops(blockResult);
  s.unroll(s.vectorize(loops[0]));
  s.unroll(loops[1]);
  loops = s.loops(blockResult, 0, 1);
  s.reorder({loops[0], loops[1], loops[5]});
  s.unroll(s.vectorize(loops[0]));
  s.unroll(loops[1]);
}

/// Query rows as vectors of them, for a task.
void AttentionSchedule::scheduleQueries(StringRef name, StringRef rowsName,
                                        Value task) {
  Value queries = getFunc(name);
  s.computeAt(queries, task);
  SmallVector<Value> loops = s.loops(queries);
  auto [queryVectors, queryVector] =
      s.split(loops[0], s.lanes(), Tail::RoundUp);
  s.reorder({queryVector, loops[1], queryVectors});
  s.vectorizeWhole(queryVector);
  if (kind == AttentionTileKind::Many) {
    // A vector gathers from rows side by side, not from far apart.
    Value rows = getFunc(rowsName);
    s.computeAt(rows, loops[2]);
    s.vectorize(s.loops(rows)[0], Tail::GuardWithIf);
  }
}

void AttentionSchedule::scheduleScores(Value task, Value tile) {
  Value masked = getFunc("masked"), scores = getFunc("scores");
  scheduleQueries("queries", "query_rows", task);
  if (isRelative())
    scheduleQueries("position_queries", "position_rows", task);

  s.computeAt(masked, tile);
  SmallVector<Value> loops = s.loops(masked);
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
  for (int64_t update = 0; update < countUpdates(scores); ++update) {
    loops = s.loops(scores, update, 1);
    s.reorder({loops[0], loops[1], loops[5]});
    s.unroll(s.vectorize(loops[0]));
    s.unroll(loops[1]);
  }
}

void AttentionSchedule::scheduleReductions(Value tile) {
  for (StringRef name : {"block_max", "block_sum"}) {
    Value reduced = getFunc(name);
    s.computeAt(reduced, tile);
    s.vectorize(s.loops(reduced)[0], Tail::RoundUp);
    SmallVector<Value> loops = s.loops(reduced, 0, 1);
    auto [outer, inner] = s.split(loops[0], scoreRows, Tail::RoundUp);
    s.reorder({inner, loops[4], outer});
    s.unroll(s.vectorize(inner));
  }
  Value weights = getFunc("weights");
  s.computeAt(weights, tile);
  s.vectorize(s.loops(weights)[0], Tail::RoundUp);
}

void AttentionSchedule::copyValues(Value at) {
  Value values = getFunc("values");
  s.computeAt(values, at);
  s.boundExtent(values, 0, paddedDim);
  s.vectorize(s.loops(values)[0]);
}

void AttentionSchedule::copyKeys(Value at) {
  Value keys = getFunc("keys");
  s.computeAt(keys, at);
  s.vectorize(s.loops(keys)[0], Tail::GuardWithIf);
}

/// Distances side by side, as the rows of a vector have them.
void AttentionSchedule::copyDistances(Value at) {
  Value distances = getFunc("distances");
  s.computeAt(distances, at);
  s.vectorize(s.loops(distances)[0], Tail::GuardWithIf);
}

void AttentionSchedule::schedule(Value task) {
  Value tile = scheduleMerged(task);
  scheduleScores(task, tile);
  scheduleReductions(tile);
  if (kind == AttentionTileKind::Many)
    return;
  if (paddedDim != valueDim)
    copyValues(tile);
  if (isRelative())
    copyDistances(task);
}

//===----------------------------------------------------------------------===//
// One token
//===----------------------------------------------------------------------===//

/// Blocks of keys are computed side by side, each task some heads of a block;
/// then heads are merged side by side. A task walks over a few keys at a time,
/// and in these over its heads, so that it reads rows from their beginning to
/// their end: head by head, memory would give half as much.
void AttentionSchedule::scheduleSingle(Value output) {
  SmallVector<Value> loops = s.loops(output);
  Value token = loops[3];
  s.parallel(loops[2]);
  s.vectorize(loops[0], Tail::GuardWithIf);

  Value merged = getFunc("merged");
  s.computeAt(merged, loops[2]);
  s.boundExtent(merged, 0, paddedDim);
  s.vectorize(s.loops(merged)[0]);
  Value d = s.loops(merged, 0, 1)[0];
  s.vectorize(d);

  Value task = schedulePart(token);
  scheduleDots(task);
  scheduleKeys(task);
  scheduleSums(task);
  if (paddedDim != valueDim)
    copyValues(task);
}

/// Returns the loop of tasks.
Value AttentionSchedule::schedulePart(Value at) {
  Value part = getFunc("part");
  s.computeAt(part, at);
  s.boundExtent(part, 0, paddedDim);
  // With many blocks a task reads whole rows of keys and values, from their
  // beginning to their end; with few, some tasks share a block.
  Value blocks = getUpdate(getFunc("merged")).getExtents()[0];
  Value headsOfTask = s.index(kvHeads);
  for (auto [tasks, mostBlocks] : {std::pair(2, 15), std::pair(4, 1)})
    if (kvHeads % tasks == 0)
      headsOfTask = s.select(s.isAtMost(blocks, mostBlocks),
                             s.index(kvHeads / tasks), headsOfTask);
  SmallVector<Value> loops = s.loops(part); // d, r, b, n, h
  auto [group, head] =
      s.split(loops[4], headsOfTask, Tail::GuardWithIf, "group", "head");
  s.reorder({loops[0], loops[1], head, loops[3], group, loops[2]});
  Value task = s.fuse(group, loops[2], prefix + "task");
  s.parallel(task);
  s.vectorize(loops[0]);
  return task;
}

/// Weighted sums of values, in register tiles of rows by vectors of a value
/// that some keys are added to.
void AttentionSchedule::scheduleSums(Value task) {
  Value blockResult = getFunc("block_result");
  s.computeAt(blockResult, task);
  s.boundExtent(blockResult, 0, paddedDim);
  s.vectorize(s.loops(blockResult)[0]);
  SmallVector<Value> loops = s.loops(blockResult, 0, 1); // d, r, b, n, h, key
  auto [rowTile, row] =
      s.split(loops[1], rows, Tail::GuardWithIf, "row_tile", "row_in");
  auto [dTile, d] =
      s.split(loops[0], vectors * s.lanes(), Tail::RoundUp, "d_tile", "d_in");
  auto [keyTile, key] =
      s.split(loops[5], 8, Tail::GuardWithIf, "key_tile", "key_in");
  s.reorder({d, row, key, rowTile, dTile, loops[4], keyTile});
  s.unroll(s.vectorize(d));
  s.unroll(row);
  s.unroll(key);
}

/// The largest vector that divides the elements of a head that are summed over.
int64_t AttentionSchedule::getDotLanes() {
  int64_t lanes = s.lanes();
  if (std::optional<int64_t> elements =
          getConstantIntValue(getUpdate(getFunc("scores")).getExtents()[0]))
    lanes = std::gcd(lanes, *elements);
  return lanes;
}

/// Scores of some keys by some rows, with vectors of partial sums.
void AttentionSchedule::scheduleDots(Value task) {
  Value masked = getFunc("masked"), scores = getFunc("scores");
  for (StringRef name : {"query_rows", "position_rows"})
    if (Value queries = getFunc(name)) {
      s.computeAt(queries, task);
      s.vectorize(s.loops(queries)[0], Tail::GuardWithIf);
    }
  s.computeAt(masked, task);
  SmallVector<Value> loops = s.loops(masked);
  auto [keyTile, key] =
      s.split(loops[0], scoreKeys, Tail::RoundUp, "key_tile", "key_in");
  auto [rowTile, row] =
      s.split(loops[1], rows, Tail::RoundUp, "mask_tile", "mask_row");
  s.reorder({key, row, rowTile, loops[4], keyTile});
  s.vectorizeWhole(key);
  s.unroll(row);

  s.computeAt(scores, rowTile);
  s.boundExtent(scores, 0, scoreKeys);
  s.boundExtent(scores, 1, rows);
  loops = s.loops(scores);
  s.vectorizeWhole(loops[0]);
  s.unroll(loops[1]);
  for (int64_t update = 0, count = countUpdates(scores); update < count;
       ++update)
    scheduleDot(scores, update, rowTile);
}

/// A sum over the elements of a head.
void AttentionSchedule::scheduleDot(Value scores, int64_t update,
                                    Value rowTile) {
  int64_t lanes = getDotLanes();
  Value lane = s.split(s.loops(scores, update, 1)[5], lanes).second;
  Value dots = s.rfactor(lane, "lane");
  SmallVector<Value> loops = s.loops(scores, update, 1);
  s.reorder({loops[5], loops[0], loops[1]});
  s.atomic(scores, update);
  // The sums of all keys at once: one by one they would be chains.
  s.vectorizeWhole(loops[5]);
  s.vectorizeWhole(loops[0]);
  s.unroll(loops[1]);

  s.computeAt(dots, rowTile);
  s.boundExtent(dots, 0, scoreKeys);
  s.boundExtent(dots, 1, rows);
  s.boundExtent(dots, 5, lanes);
  s.reorderStorage(dots, {5, 0, 1, 2, 3, 4});
  loops = s.loops(dots); // key, r, b, n, h, lane
  s.reorder({loops[5], loops[0], loops[1]});
  s.vectorizeWhole(loops[5]);
  s.unroll(loops[0]);
  s.unroll(loops[1]);
  loops = s.loops(dots, 0, 1); // …, d
  s.reorder({loops[5], loops[0], loops[1], loops[6]});
  s.vectorizeWhole(loops[5]);
  s.unroll(loops[0]);
  s.unroll(loops[1]);
}

void AttentionSchedule::scheduleKeys(Value task) {
  Value weights = getFunc("weights");
  s.computeAt(weights, task);
  s.vectorize(s.loops(weights)[0], Tail::RoundUp);
  for (StringRef name : {"block_max", "block_sum"}) {
    Value reduced = getFunc(name);
    s.computeAt(reduced, task);
    SmallVector<Value> loops = s.loops(reduced, 0, 1);
    s.atomic(reduced, 0);
    s.vectorizeWhole(s.split(loops[4], 8, Tail::GuardWithIf).second);
  }
}

std::optional<Mismatch> llamir::scheduleProcessorAttention(ScheduleBuilder &s) {
  Value output = s.getFunc("output");
  SmallVector<AttentionSchedule> kinds;
  for (AttentionTileKind kind : attentionTileKinds)
    if (AttentionSchedule schedule(s, kind); schedule.exists())
      kinds.push_back(schedule);
  for (AttentionSchedule &kind : kinds)
    if (std::optional<Mismatch> mismatch = kind.check())
      return mismatch;
  boundOutput(s, output);
  for (AttentionSchedule &kind : MutableArrayRef(kinds).drop_back())
    s.specialize(output, std::nullopt,
                 s.isAtMost(s.getTokens(), kind.tokensOfTile),
                 [&] { kind.scheduleOutput(output); });
  kinds.back().scheduleOutput(output);
  s.neverPartition(output);
  return std::nullopt;
}
