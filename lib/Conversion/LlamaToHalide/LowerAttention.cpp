//===- LowerAttention.cpp - Attention in Halide ---------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Attention without an array of queries times keys. Query rows are taken in
// tiles, keys in blocks. For each tile and block: scores, their maximum, the
// exponentials, their sum and the weighted sum of values, all relative to the
// block's own maximum; a func of (maximum, sum, result) merges block after
// block. The query heads that read one key head lie side by side in a tile, so
// that its keys are read once for all of them.
//
// A key that a query does not see has weight zero, whatever its score. But a
// value that is infinite or no number makes a NaN of its product with zero, in
// the rows of a tile that see other keys of the same block; a mask for values
// would cost every product a comparison.
//
// Source: Milakov and Gimelshein, Online normalizer calculation for softmax,
// 2018; Dao et al., FlashAttention, 2022.
//
//===----------------------------------------------------------------------===//

#include "LoweringUtils.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

/// Keys of a block, at most. Merging blocks costs as much as the exponentials
/// of some dozens of keys; the scores of a tile and a block fit a small
/// second-level cache. A multiple of the register tiles of all schedules.
static constexpr int64_t keysOfBlock = mostKeysOfBlock;
static constexpr int64_t keyStep = 8;
/// Scores of keys that a query does not see: below all others, and far enough
/// below the initial maximum that their exponential is zero.
static constexpr double hiddenScore = -3e38;
static constexpr double initialMaximum = -1e38;

StringRef llamir::getPrefix(AttentionTileKind kind) {
  switch (kind) {
  case AttentionTileKind::Single:
    return "single_";
  case AttentionTileKind::Few:
    return "few_";
  case AttentionTileKind::Many:
    return "";
  }
  llvm_unreachable("unknown kind of tiles");
}

int64_t llamir::getTokensOfTile(AttentionTileKind kind, int64_t grouped) {
  switch (kind) {
  case AttentionTileKind::Single:
    // Sums along a vector cost more than rows as vectors when there are many.
    return grouped <= 8 ? 1 : 0;
  case AttentionTileKind::Few:
    // The rows are a vector of any target.
    return 16 / grouped;
  case AttentionTileKind::Many:
    // A multiple of the register tiles of all schedules; no more, as causal
    // tiles compute half of the square on the diagonal in vain.
    return std::max<int64_t>(1, 48 / grouped);
  }
  llvm_unreachable("unknown kind of tiles");
}

namespace {
/// The funcs for tiles of `tokensOfTile` tokens; the names and roles of all
/// begin with `prefix`. What is stored of a query, a key and a row lies with
/// rows innermost, or, for tiles of few rows, with what is summed over or
/// normalized innermost.
class AttentionTiles {
public:
  AttentionTiles(llama::AttentionOp op, HalideLowering &lowering,
                 AttentionTileKind kind);

  /// Adds them all; returns the func of (maximum, sum, result).
  Value add();

private:
  Value addQueryRows(StringRef name, Value bias);
  Value addQueries(StringRef name, Value queryRows);
  void addDistances();
  void addProducts(Value queries,
                   llvm::function_ref<Value(ImplicitLocOpBuilder &body,
                                            ValueRange pair, Value d)>
                       factor);
  void addKeys();
  void addScores();
  void addMasked();
  void addBlockMax();
  void addWeights();
  void addBlockSum();
  void addValues();
  void addBlockResult();
  void addPart();
  void addMerged();

  Value addFunc(StringRef name, ArrayRef<StringRef> vars, ArrayRef<Type> types,
                HalideLowering::Body body) {
    return low.addFunc(prefix + name.str(), prefix + name.str(), vars, types,
                       body);
  }
  /// A func with an element for each query and key of a tile and a block.
  Value addPairs(StringRef name, HalideLowering::Body body) {
    return rowsInside ? addFunc(name, {"r", "key", "b", "n", "h"}, f32, body)
                      : addFunc(name, {"key", "r", "b", "n", "h"}, f32, body);
  }
  Values getPair(Value r, Value key, Value b, Value n, Value h) {
    return rowsInside ? Values{r, key, b, n, h} : Values{key, r, b, n, h};
  }
  Value getRow(ValueRange pair) { return pair[rowsInside ? 0 : 1]; }
  Value getKey(ValueRange pair) { return pair[rowsInside ? 1 : 0]; }
  /// Adds an update that sums over the keys of a block: of a causal tile those
  /// that one of its tokens sees.
  void addKeyUpdate(Value func, HalideLowering::Body body);
  /// The token of a key of block `b`.
  Index getToken(ImplicitLocOpBuilder &body, Value b, Value key) {
    return Index{body, b} * Index{body, blockKeys.value} + Index{body, key};
  }
  /// The place among the keys of the token that a query is of.
  Index getOwnToken(ImplicitLocOpBuilder &body, ValueRange pair) {
    return Index{body, pair[3]} * tokensOfTile +
           Index{body, getRow(pair)} / grouped + Index{body, ahead.value};
  }
  /// The last token that a token of tile `n` sees.
  Index getLastToken(ImplicitLocOpBuilder &body, Value n) {
    return Index{body, n} * tokensOfTile + (tokensOfTile - 1) +
           Index{body, ahead.value};
  }
  /// Whether a token of tile `n` may see keys from `first` to `last`.
  Value mayBeSeen(ImplicitLocOpBuilder &body, Value n, Index first,
                  Index last) {
    Value seen = first.lessEqual(getLastToken(body, n));
    if (!window)
      return seen;
    Index firstSeen = Index{body, n} * tokensOfTile - (*window - 1) +
                      Index{body, ahead.value};
    return arith::AndIOp::create(body, seen, firstSeen.lessEqual(last));
  }
  Expression getPenalty(ImplicitLocOpBuilder &body, Value r, Value h,
                        Index ahead);

  llama::AttentionOp op;
  HalideLowering &low;
  ImplicitLocOpBuilder &builder;
  std::string prefix;
  int64_t tokensOfTile, grouped;
  int64_t headDim, valueDim, heads, kvHeads;
  bool rowsInside, causal;
  std::optional<int64_t> window;
  Type f32;
  Reader q, k, v;
  // Sizes: tokens, keys, blocks of equally many keys. `ahead` keys come before
  // the first query's own.
  Index tokens, keys, blocks, blockKeys, ahead;
  Value queries, distances, keyRows, scores, masked, blockMax, weights,
      blockSum, values, blockResult, part, merged, slopes;
};
} // namespace

/// Keys of a block: as few blocks as possible, equally long, in whole steps.
static Index getBlockKeys(Index keys, Index blocks) {
  Index perBlock = (keys + blocks - 1) / blocks.max(blocks.number(1));
  return ((perBlock + (keyStep - 1)) / keyStep * keyStep)
      .max(blocks.number(keyStep));
}

AttentionTiles::AttentionTiles(llama::AttentionOp op, HalideLowering &lowering,
                               AttentionTileKind kind)
    : op(op), low(lowering), builder(lowering.getBuilder()),
      prefix(getPrefix(kind)),
      tokensOfTile(getTokensOfTile(kind, op.getHeads() / op.getKvHeads())),
      grouped(op.getHeads() / op.getKvHeads()), headDim(op.getHeadDim()),
      valueDim(op.getValueDim()), heads(op.getHeads()),
      kvHeads(op.getKvHeads()), rowsInside(kind != AttentionTileKind::Single),
      causal(op.getCausal()), window(op.getWindow()), f32(builder.getF32Type()),
      q(lowering.materialize(op.getQ())), k(lowering.materialize(op.getK())),
      v(lowering.materialize(op.getV())),
      tokens(builder, lowering.getTokens(op.getQ())),
      keys(builder, lowering.getTokens(op.getK())),
      blocks((keys + (keysOfBlock - 1)) / keysOfBlock),
      blockKeys(getBlockKeys(keys, blocks)), ahead(keys - tokens) {}

/// Row r of tile n is token n * tokensOfTile + r / grouped of head h * grouped
/// + r % grouped. With relative encodings, `bias` is added to it.
Value AttentionTiles::addQueryRows(StringRef name, Value bias) {
  Index rows = tokens * grouped;
  Reader biasReader = bias ? low.getReader(bias) : Reader();
  return addFunc(
      name, {"d", "r", "n", "h"}, f32,
      [&](ImplicitLocOpBuilder &body, ValueRange index) {
        Index r{body, index[1]}, n{body, index[2]}, h{body, index[3]};
        Index row = (n * (tokensOfTile * grouped) + r)
                        .min({body, (Index{body, rows.value} - 1).value});
        Index head = h * grouped + row % grouped;
        Column column{{index[0], head.value}, {headDim, heads}};
        Expression value(body, q(body, column, (row / grouped).value));
        if (biasReader)
          value.value =
              (value + Expression(body, biasReader(body, column, Value())))
                  .value;
        return Values{(value * value.number(op.getScaleOrDefault())).value};
      });
}

/// What scores read of query rows.
Value AttentionTiles::addQueries(StringRef name, Value queryRows) {
  if (!rowsInside)
    return queryRows;
  return addFunc(name, {"r", "d", "n", "h"}, f32,
                 [&](ImplicitLocOpBuilder &body, ValueRange i) {
                   return low.read(body, queryRows, {i[1], i[0], i[2], i[3]});
                 });
}

/// The encoding of each distance that a query and a key may have; with rows
/// inside, distances lie side by side.
void AttentionTiles::addDistances() {
  Reader encodings = low.materialize(op.getRelative());
  Index rows{builder, low.getTokens(op.getRelative())};
  auto read = [&](ImplicitLocOpBuilder &body, Value distance, Value d,
                  Value h) {
    Index row{body, distance}, count{body, rows.value};
    // The row of distance zero is the first one, or the middle one.
    Index place = causal ? row : row + count / 2;
    row = place.max(place.number(0)).min(count - 1);
    return Values{encodings(body, {{d, h}, {headDim, heads}}, row.value)};
  };
  distances = rowsInside
                  ? addFunc("distances", {"distance", "d", "h"}, f32,
                            [&](ImplicitLocOpBuilder &body, ValueRange i) {
                              return read(body, i[0], i[1], i[2]);
                            })
                  : addFunc("distances", {"d", "distance", "h"}, f32,
                            [&](ImplicitLocOpBuilder &body, ValueRange i) {
                              return read(body, i[1], i[0], i[2]);
                            });
}

void AttentionTiles::addKeys() {
  keyRows = addFunc(
      "keys", {"d", "key", "b", "h"}, f32,
      [&](ImplicitLocOpBuilder &body, ValueRange index) {
        Index token = getToken(body, index[2], index[1])
                          .min({body, (Index{body, keys.value} - 1).value});
        return Values{
            k(body, {{index[0], index[3]}, {headDim, kvHeads}}, token.value)};
      });
}

/// Adds to the scores the sum over a head of query times `factor`.
void AttentionTiles::addProducts(
    Value queries, llvm::function_ref<Value(ImplicitLocOpBuilder &body,
                                            ValueRange pair, Value d)>
                       factor) {
  low.addUpdate(
      scores, StringRef("d"), getIndex(builder, headDim),
      [&](ImplicitLocOpBuilder &body, ValueRange index) {
        ValueRange pair = index.take_front(5);
        Value r = getRow(index), n = index[3], h = index[4], d = index[5];
        Expression a(body, low.read(body, queries,
                                    rowsInside ? Values{r, d, n, h}
                                               : Values{d, r, n, h})[0]);
        Expression c(body, factor(body, pair, d));
        Expression old(body, low.read(body, scores, Values(pair))[0]);
        return Values{(old + a * c).value};
      });
}

void AttentionTiles::addScores() {
  scores = addPairs("scores", startAtZero);
  addProducts(
      queries, [&](ImplicitLocOpBuilder &body, ValueRange pair, Value d) {
        return low.read(body, keyRows, {d, getKey(pair), pair[2], pair[4]})[0];
      });
  if (!op.getRelative())
    return;
  addDistances();
  Value rows = addQueryRows("position_rows", op.getPositionBias());
  addProducts(addQueries("position_queries", rows),
              [&](ImplicitLocOpBuilder &body, ValueRange pair, Value d) {
                Index distance = getOwnToken(body, pair) -
                                 getToken(body, pair[2], getKey(pair));
                Value h = pair[4];
                return low.read(body, distances,
                                rowsInside ? Values{distance.value, d, h}
                                           : Values{d, distance.value, h})[0];
              });
}

/// What the distance of a query and a key takes from their score.
Expression AttentionTiles::getPenalty(ImplicitLocOpBuilder &body, Value r,
                                      Value h, Index ahead) {
  Index head = Index{body, h} * grouped + Index{body, r} % grouped;
  Value distance = arith::IndexCastOp::create(
      body, body.getI32Type(), ahead.max(ahead.number(0) - ahead).value);
  Value slope =
      arith::TruncFOp::create(body, f32, low.read(body, slopes, head.value)[0]);
  return Expression(body, slope) *
         Expression(body, arith::SIToFPOp::create(body, f32, distance));
}

void AttentionTiles::addMasked() {
  if (op.getSlopes())
    slopes = low.addTable(prefix + "slopes", *op.getSlopes());
  masked =
      addPairs("masked", [&](ImplicitLocOpBuilder &body, ValueRange index) {
        Index token = getToken(body, index[2], getKey(index));
        Index last = Index{body, keys.value} - 1;
        Index own = getOwnToken(body, index);
        if (causal)
          last = own.min(last);
        Expression score(body, low.read(body, scores, Values(index))[0]);
        if (op.getSoftcap()) {
          Expression cap = score.number(op.getSoftcap()->convertToDouble());
          score = cap * tanhOf(score / cap);
        }
        if (slopes)
          score.value =
              (score - getPenalty(body, getRow(index), index[4], own - token))
                  .value;
        Value seen = token.lessEqual(last);
        if (window)
          seen = arith::AndIOp::create(body, seen,
                                       (own - (*window - 1)).lessEqual(token));
        return Values{arith::SelectOp::create(body, seen, score.value,
                                              getF32(body, hiddenScore))};
      });
}

void AttentionTiles::addKeyUpdate(Value func, HalideLowering::Body sum) {
  // One token sees all keys, and its loops over keys are vectors.
  bool skips = causal && rowsInside;
  low.addUpdate(
      func, StringRef("key"), blockKeys.value,
      [&](ImplicitLocOpBuilder &body, ValueRange index) {
        Values results = sum(body, index);
        if (skips) {
          ValueRange place = index.drop_back().take_back(3); // b, n, h
          Index token = getToken(body, place[0], index.back());
          results.push_back(mayBeSeen(body, place[1], token, token));
        }
        return results;
      },
      /*predicated=*/skips);
}

void AttentionTiles::addBlockMax() {
  blockMax = addFunc("block_max", {"r", "b", "n", "h"}, f32,
                     [](ImplicitLocOpBuilder &body, ValueRange) {
                       return Values{getF32(body, initialMaximum)};
                     });
  addKeyUpdate(blockMax, [&](ImplicitLocOpBuilder &body, ValueRange index) {
    Value r = index[0], b = index[1], n = index[2], h = index[3],
          key = index[4];
    Value old = low.read(body, blockMax, {r, b, n, h})[0];
    Value score = low.read(body, masked, getPair(r, key, b, n, h))[0];
    return Values{arith::MaxNumFOp::create(body, old, score)};
  });
}

void AttentionTiles::addWeights() {
  weights =
      addPairs("weights", [&](ImplicitLocOpBuilder &body, ValueRange index) {
        Expression score(body, low.read(body, masked, Values(index))[0]);
        Expression maximum(
            body, low.read(body, blockMax,
                           {getRow(index), index[2], index[3], index[4]})[0]);
        return Values{math::ExpOp::create(body, (score - maximum).value)};
      });
}

void AttentionTiles::addBlockSum() {
  blockSum = addFunc("block_sum", {"r", "b", "n", "h"}, f32, startAtZero);
  addKeyUpdate(blockSum, [&](ImplicitLocOpBuilder &body, ValueRange index) {
    Value r = index[0], b = index[1], n = index[2], h = index[3],
          key = index[4];
    Value old = low.read(body, blockSum, {r, b, n, h})[0];
    Value weight = low.read(body, weights, getPair(r, key, b, n, h))[0];
    return Values{arith::AddFOp::create(body, old, weight)};
  });
}

/// Values that no vector divides are copied to rows that one does.
void AttentionTiles::addValues() {
  values = addFunc(
      "values", {"d", "key", "b", "h"}, f32,
      [&](ImplicitLocOpBuilder &body, ValueRange index) {
        Index d{body, index[0]};
        Index token = getToken(body, index[2], index[1])
                          .min({body, (Index{body, keys.value} - 1).value});
        if (valueDim % 16 != 0)
          d = d.min(d.number(valueDim - 1));
        return Values{
            v(body, {{d.value, index[3]}, {valueDim, kvHeads}}, token.value)};
      });
}

void AttentionTiles::addBlockResult() {
  blockResult =
      addFunc("block_result", {"d", "r", "b", "n", "h"}, f32, startAtZero);
  addKeyUpdate(blockResult, [&](ImplicitLocOpBuilder &body, ValueRange index) {
    Value d = index[0], r = index[1], b = index[2], n = index[3], h = index[4],
          key = index[5];
    Expression old(body, low.read(body, blockResult, {d, r, b, n, h})[0]);
    Expression weight(body,
                      low.read(body, weights, getPair(r, key, b, n, h))[0]);
    Expression value(body, low.read(body, values, {d, key, b, h})[0]);
    return Values{(old + weight * value).value};
  });
}

/// What a block has to say, in one func, so that blocks can be computed before
/// they are merged.
void AttentionTiles::addPart() {
  part = addFunc("part", {"d", "r", "b", "n", "h"}, {f32, f32, f32},
                 [&](ImplicitLocOpBuilder &body, ValueRange index) {
                   Values block = {index[1], index[2], index[3], index[4]};
                   return Values{low.read(body, blockMax, block)[0],
                                 low.read(body, blockSum, block)[0],
                                 low.read(body, blockResult, Values(index))[0]};
                 });
}

void AttentionTiles::addMerged() {
  merged = addFunc("merged", {"d", "r", "n", "h"}, {f32, f32, f32},
                   [](ImplicitLocOpBuilder &body, ValueRange) {
                     return Values{getF32(body, initialMaximum),
                                   getF32(body, 0), getF32(body, 0)};
                   });
  low.addUpdate(
      merged, StringRef("b"), blocks.value,
      [&](ImplicitLocOpBuilder &body, ValueRange index) {
        Value d = index[0], r = index[1], n = index[2], h = index[3],
              b = index[4];
        Values before = low.read(body, merged, {d, r, n, h});
        Values added = low.read(body, part, {d, r, b, n, h});
        Expression oldMax(body, before[0]), oldSum(body, before[1]),
            oldResult(body, before[2]), newMax(body, added[0]),
            newSum(body, added[1]), newResult(body, added[2]);
        // The side with the larger maximum keeps its scale, so that one
        // exponential serves both.
        Expression larger(
            body, arith::MaxNumFOp::create(body, oldMax.value, newMax.value));
        Expression smaller(
            body, arith::MinNumFOp::create(body, oldMax.value, newMax.value));
        Expression down(body,
                        math::ExpOp::create(body, (smaller - larger).value));
        Value isOld = arith::CmpFOp::create(body, arith::CmpFPredicate::UGE,
                                            oldMax.value, newMax.value);
        Value one = down.number(1).value;
        Expression oldScale(
            body, arith::SelectOp::create(body, isOld, one, down.value));
        Expression newScale(
            body, arith::SelectOp::create(body, isOld, down.value, one));
        Values results{larger.value,
                       (oldSum * oldScale + newSum * newScale).value,
                       (oldResult * oldScale + newResult * newScale).value};
        // A causal tile skips the blocks that none of its tokens sees.
        Index first = getToken(body, b, getIndex(body, 0));
        if (causal)
          results.push_back(mayBeSeen(
              body, n, first, first + Index{body, blockKeys.value} - 1));
        return results;
      },
      /*predicated=*/causal);
}

Value AttentionTiles::add() {
  queries =
      addQueries("queries", addQueryRows("query_rows", op.getContentBias()));
  addKeys();
  addScores();
  addMasked();
  addBlockMax();
  addWeights();
  addBlockSum();
  addValues();
  addBlockResult();
  addPart();
  addMerged();
  return merged;
}

/// The kinds of tiles for this operation, with more and more tokens; the
/// schedule makes code for one kind without a trace of the others.
static SmallVector<AttentionTileKind> getKinds(llama::AttentionOp op,
                                               HalideLowering &lowering) {
  int64_t grouped = op.getHeads() / op.getKvHeads();
  int64_t tokens = op.getQ().getType().getDimSize(0);
  SmallVector<AttentionTileKind> kinds;
  for (AttentionTileKind kind : attentionTileKinds) {
    bool last = kind == AttentionTileKind::Many;
    int64_t most = getTokensOfTile(kind, grouped);
    // Which kind it is must be seen from an argument.
    if (!last &&
        (most == 0 || !lowering.getBuffer(op.getQ()) ||
         (ShapedType::isDynamic(tokens) && !lowering.tellsTokens(op.getQ()))))
      continue;
    bool isStatic = !ShapedType::isDynamic(tokens);
    if (isStatic && !last && tokens > most)
      continue;
    kinds.push_back(kind);
    if (isStatic)
      break;
  }
  return kinds;
}

LogicalResult llamir::lowerAttention(llama::AttentionOp op,
                                     HalideLowering &lowering) {
  lowering.needKind(KernelKind::Attention);
  int64_t valueDim = op.getValueDim(), kvHeads = op.getKvHeads();
  int64_t grouped = op.getHeads() / kvHeads;
  bool causal = op.getCausal();
  Value tokenCount = lowering.getTokens(op.getQ()),
        keyCount = lowering.getTokens(op.getK());
  SmallVector<std::pair<int64_t, Value>> tiles;
  for (AttentionTileKind kind : getKinds(op, lowering))
    tiles.push_back({getTokensOfTile(kind, grouped),
                     AttentionTiles(op, lowering, kind).add()});

  HalideLowering *reading = &lowering;
  Reader reader = [=](ImplicitLocOpBuilder &body, const Column &column,
                      Value t) {
    std::pair<Value, Value> place = column.getGroup(body, valueDim);
    Value d = place.first, head = place.second, inGroup, kvHead;
    if (column.extents.size() == 3 && column.extents[1] == grouped) {
      inGroup = column.indices[1];
      kvHead = column.indices[2];
    } else {
      Index index{body, head};
      inGroup = (index % grouped).value;
      kvHead = (index / grouped).value;
    }
    Index token{body, t}, count{body, tokenCount};
    Value result;
    for (const auto &tiled : llvm::reverse(tiles)) {
      int64_t tokensOfTile = tiled.first;
      Value merged = tiled.second;
      Index tile = token / tokensOfTile;
      Index inTile =
          (token % tokensOfTile).min(count - 1 - tile * tokensOfTile);
      Index row = inTile * grouped + Index{body, inGroup};
      auto read = [&](Value element) {
        return reading->read(body, merged,
                             {element, row.value, tile.value, kvHead});
      };
      // The sum is the same for all elements: one division serves a vector.
      Expression sum(body, read(token.number(0).value)[1]),
          weighted(body, read(d)[2]);
      Value here = (weighted * (sum.number(1) / sum)).value;
      result = result ? arith::SelectOp::create(
                            body, count.lessEqual(count.number(tokensOfTile)),
                            here, result)
                      : here;
    }
    // A query without keys gives zero. One whose keys all have a score of minus
    // infinity gives NaN, so its sum does not tell.
    Index key{body, keyCount};
    Value seen =
        key.number(1).lessEqual(causal ? token + 1 + (key - count) : key);
    if (causal)
      seen = arith::AndIOp::create(body, seen, key.number(1).lessEqual(key));
    return Value(arith::SelectOp::create(body, seen, result, getF32(body, 0)));
  };
  lowering.setValue(op.getResult(), reader, {valueDim, grouped, kvHeads});
  return success();
}
