//===- LowerAttention.cpp - Attention in Halide --------------------------===//
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

/// Keys of a block: their scores fit the first-level cache beside the queries.
/// A multiple of the register tiles of all schedules.
static constexpr int64_t keysOfBlock = 128;
static constexpr int64_t keyStep = 8;
/// Scores of keys that a query does not see: below all others, and far enough
/// below the initial maximum that their exponential is zero.
static constexpr double hiddenScore = -3e38;
static constexpr double initialMaximum = -1e38;

namespace {
/// Integer expressions.
struct Index {
  ImplicitLocOpBuilder *to;
  Value value;
  Index(ImplicitLocOpBuilder &builder, Value value)
      : to(&builder), value(value) {}
  Index number(int64_t constant) const {
    return {*to, getIndex(*to, constant)};
  }
  Index operator+(const Index &b) const {
    return {*to, arith::AddIOp::create(*to, value, b.value)};
  }
  Index operator-(const Index &b) const {
    return {*to, arith::SubIOp::create(*to, value, b.value)};
  }
  Index operator*(const Index &b) const {
    return {*to, arith::MulIOp::create(*to, value, b.value)};
  }
  Index operator/(const Index &b) const {
    return {*to, arith::FloorDivSIOp::create(*to, value, b.value)};
  }
  Index operator%(const Index &b) const {
    return {*to, arith::RemSIOp::create(*to, value, b.value)};
  }
  Index operator+(int64_t b) const { return *this + number(b); }
  Index operator-(int64_t b) const { return *this - number(b); }
  Index operator*(int64_t b) const {
    return b == 1 ? *this : *this * number(b);
  }
  Index operator/(int64_t b) const {
    return b == 1 ? *this : *this / number(b);
  }
  Index operator%(int64_t b) const {
    return b == 1 ? number(0) : *this % number(b);
  }
  Index min(const Index &b) const {
    return {*to, arith::MinSIOp::create(*to, value, b.value)};
  }
  Index max(const Index &b) const {
    return {*to, arith::MaxSIOp::create(*to, value, b.value)};
  }
  Value lessEqual(const Index &b) const {
    return arith::CmpIOp::create(*to, arith::CmpIPredicate::sle, value,
                                 b.value);
  }
};
} // namespace

/// Adds the funcs for tiles of `tokensOfTile` tokens; the names and roles of
/// all begin with `prefix`. Returns the func of (maximum, sum, result).
static Value addTiles(llama::AttentionOp op, HalideLowering &lowering,
                      int64_t tokensOfTile, const std::string &prefix) {
  ImplicitLocOpBuilder &builder = lowering.getBuilder();
  int64_t headDim = op.getHeadDim(), valueDim = op.getValueDim();
  int64_t kvHeads = op.getKvHeads(), heads = op.getHeads(),
          grouped = heads / kvHeads;
  int64_t tileRows = tokensOfTile * grouped;
  double scale = op.getScaleOrDefault();
  bool causal = op.getCausal();
  Reader q = lowering.materialize(op.getQ()),
         k = lowering.materialize(op.getK()),
         v = lowering.materialize(op.getV());
  Type f32 = builder.getF32Type();
  HalideLowering &low = lowering;
  auto addFunc = [&](StringRef name, ArrayRef<StringRef> vars,
                     ArrayRef<Type> types, HalideLowering::Body body) {
    return lowering.addFunc(prefix + name.str(), prefix + name.str(), vars,
                            types, body);
  };
  using Values = SmallVector<Value>;
  auto zero = [](ImplicitLocOpBuilder &body, ValueRange) {
    return Values{getF32(body, 0)};
  };

  // Sizes: tokens, keys, blocks of equally many keys.
  Index tokens{builder, lowering.getTokens(op.getQ())};
  Index keys{builder, lowering.getTokens(op.getK())};
  Index rows = tokens * grouped;
  Index blocks = (keys + (keysOfBlock - 1)) / keysOfBlock;
  Index perBlock = (keys + blocks - 1) / blocks.max(blocks.number(1));
  Index blockKeys = ((perBlock + (keyStep - 1)) / keyStep * keyStep)
                        .max(blocks.number(keyStep));
  Index lastKey = keys - 1;
  Index ahead = keys - tokens; // Keys that come before the first query's own.

  // queries(r, d, n, h): row r of tile n is token n * tokensOfTile + r /
  // grouped of head h * grouped + r % grouped; transposed, so that rows are
  // vectors.
  Value queries =
      addFunc("queries", {"r", "d", "n", "h"}, f32,
              [&](ImplicitLocOpBuilder &body, ValueRange index) {
                Index r{body, index[0]}, n{body, index[2]}, h{body, index[3]};
                Index row = (n * tileRows + r).min({body, (rows - 1).value});
                Index head = h * grouped + row % grouped;
                Expression value(
                    body, q(body, {{index[1], head.value}, {headDim, heads}},
                            (row / grouped).value));
                return Values{(value * value.number(scale)).value};
              });
  Value scores = addFunc("scores", {"r", "key", "b", "n", "h"}, f32, zero);
  lowering.addUpdate(
      scores, "d", getIndex(builder, headDim),
      [&](ImplicitLocOpBuilder &body, ValueRange index) {
        Index key{body, index[1]}, b{body, index[2]}, h{body, index[4]};
        Index token =
            (b * Index{body, blockKeys.value} + key).min({body, lastKey.value});
        Expression a(body,
                     low.read(body, queries,
                              {index[0], index[5], index[3], index[4]})[0]);
        Expression c(body, k(body, {{index[5], h.value}, {headDim, kvHeads}},
                             token.value));
        Expression old(
            body, low.read(body, scores,
                           ArrayRef<Value>(Values(index)).take_front(5))[0]);
        return Values{(old + a * c).value};
      });
  Value masked = addFunc(
      "masked", {"r", "key", "b", "n", "h"}, f32,
      [&](ImplicitLocOpBuilder &body, ValueRange index) {
        Index r{body, index[0]}, key{body, index[1]}, b{body, index[2]},
            n{body, index[3]};
        Index token = b * Index{body, blockKeys.value} + key;
        Index last{body, lastKey.value};
        if (causal)
          last = (n * tokensOfTile + r / grouped + Index{body, ahead.value})
                     .min(last);
        Value score = low.read(body, scores, Values(index))[0];
        return Values{arith::SelectOp::create(
            body, token.lessEqual(last), score, getF32(body, hiddenScore))};
      });
  Value blockMax = addFunc("block_max", {"r", "b", "n", "h"}, f32,
                           [](ImplicitLocOpBuilder &body, ValueRange) {
                             return Values{getF32(body, initialMaximum)};
                           });
  lowering.addUpdate(
      blockMax, "key", blockKeys.value,
      [&](ImplicitLocOpBuilder &body, ValueRange index) {
        Value old = low.read(body, blockMax,
                             {index[0], index[1], index[2], index[3]})[0];
        Value score =
            low.read(body, masked,
                     {index[0], index[4], index[1], index[2], index[3]})[0];
        return Values{arith::MaxNumFOp::create(body, old, score)};
      });
  Value weights = addFunc(
      "weights", {"r", "key", "b", "n", "h"}, f32,
      [&](ImplicitLocOpBuilder &body, ValueRange index) {
        Expression score(body, low.read(body, masked, Values(index))[0]);
        Expression maximum(
            body, low.read(body, blockMax,
                           {index[0], index[2], index[3], index[4]})[0]);
        return Values{math::ExpOp::create(body, (score - maximum).value)};
      });
  Value blockSum = addFunc("block_sum", {"r", "b", "n", "h"}, f32, zero);
  lowering.addUpdate(
      blockSum, "key", blockKeys.value,
      [&](ImplicitLocOpBuilder &body, ValueRange index) {
        Value old = low.read(body, blockSum,
                             {index[0], index[1], index[2], index[3]})[0];
        Value weight =
            low.read(body, weights,
                     {index[0], index[4], index[1], index[2], index[3]})[0];
        return Values{arith::AddFOp::create(body, old, weight)};
      });
  // Values that no vector divides are copied to rows that one does.
  Value values = addFunc(
      "values", {"d", "key", "b", "h"}, f32,
      [&](ImplicitLocOpBuilder &body, ValueRange index) {
        Index d{body, index[0]}, key{body, index[1]}, b{body, index[2]};
        Index token =
            (b * Index{body, blockKeys.value} + key).min({body, lastKey.value});
        if (valueDim % 16 != 0)
          d = d.min(d.number(valueDim - 1));
        return Values{
            v(body, {{d.value, index[3]}, {valueDim, kvHeads}}, token.value)};
      });
  Value blockResult =
      addFunc("block_result", {"d", "r", "b", "n", "h"}, f32, zero);
  lowering.addUpdate(
      blockResult, "key", blockKeys.value,
      [&](ImplicitLocOpBuilder &body, ValueRange index) {
        Value d = index[0], r = index[1], b = index[2], n = index[3],
              h = index[4], key = index[5];
        Expression old(body, low.read(body, blockResult, {d, r, b, n, h})[0]);
        Expression weight(body, low.read(body, weights, {r, key, b, n, h})[0]);
        Expression value(body, low.read(body, values, {d, key, b, h})[0]);
        return Values{(old + weight * value).value};
      });
  Value merged = addFunc("merged", {"d", "r", "n", "h"}, {f32, f32, f32},
                         [](ImplicitLocOpBuilder &body, ValueRange) {
                           return Values{getF32(body, initialMaximum),
                                         getF32(body, 0), getF32(body, 0)};
                         });
  lowering.addUpdate(
      merged, "b", blocks.value,
      [&](ImplicitLocOpBuilder &body, ValueRange index) {
        Value d = index[0], r = index[1], n = index[2], h = index[3],
              b = index[4];
        Values old = low.read(body, merged, {d, r, n, h});
        Expression oldMax(body, old[0]), oldSum(body, old[1]),
            oldResult(body, old[2]);
        Expression newMax(body, low.read(body, blockMax, {r, b, n, h})[0]);
        Expression newSum(body, low.read(body, blockSum, {r, b, n, h})[0]);
        Expression newResult(body,
                             low.read(body, blockResult, {d, r, b, n, h})[0]);
        // The side with the larger maximum keeps its scale, so that one
        // exponential serves both.
        Expression larger(
            body, arith::MaxNumFOp::create(body, oldMax.value, newMax.value));
        Expression smaller(
            body, arith::MinNumFOp::create(body, oldMax.value, newMax.value));
        Expression down(body,
                        math::ExpOp::create(body, (smaller - larger).value));
        Value isOld = arith::CmpFOp::create(body, arith::CmpFPredicate::OGE,
                                            oldMax.value, newMax.value);
        Value one = down.number(1).value;
        Expression oldScale(
            body, arith::SelectOp::create(body, isOld, one, down.value));
        Expression newScale(
            body, arith::SelectOp::create(body, isOld, down.value, one));
        // A causal tile skips the blocks that none of its tokens sees.
        Index first = Index{body, b} * Index{body, blockKeys.value};
        Index last = Index{body, n} * tokensOfTile + (tokensOfTile - 1) +
                     Index{body, ahead.value};
        Values results{larger.value,
                       (oldSum * oldScale + newSum * newScale).value,
                       (oldResult * oldScale + newResult * newScale).value};
        if (causal)
          results.push_back(first.lessEqual(last));
        return results;
      },
      /*predicated=*/causal);

  return merged;
}

LogicalResult llamir::lowerAttention(llama::AttentionOp op,
                                     HalideLowering &lowering) {
  int64_t valueDim = op.getValueDim(), kvHeads = op.getKvHeads();
  int64_t grouped = op.getHeads() / kvHeads;
  bool causal = op.getCausal();
  Value tokenCount = lowering.getTokens(op.getQ()),
        keyCount = lowering.getTokens(op.getK());
  int64_t staticTokens = op.getQ().getType().getDimSize(0);
  bool isStatic = !ShapedType::isDynamic(staticTokens);
  // Few tokens have tiles of their own, which waste less; the schedule makes
  // code for one kind without a trace of the other.
  int64_t few =
      lowering.getBuffer(op.getQ()) ? attentionRowsOfFew / grouped : 0;
  int64_t many = std::max<int64_t>(1, attentionRowsOfTile / grouped);
  Value fewMerged, manyMerged;
  if (few > 0 && (!isStatic || staticTokens <= few))
    fewMerged = addTiles(op, lowering, few, "few_");
  if (!fewMerged || !isStatic)
    manyMerged = addTiles(op, lowering, many, "");

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
    auto readTile = [&](Value merged, int64_t tokensOfTile) {
      Index tile = token / tokensOfTile;
      Index inTile =
          (token % tokensOfTile).min(count - 1 - tile * tokensOfTile);
      Index row = inTile * grouped + Index{body, inGroup};
      SmallVector<Value> result =
          reading->read(body, merged, {d, row.value, tile.value, kvHead});
      return (Expression(body, result[2]) / Expression(body, result[1])).value;
    };
    Value result;
    if (fewMerged && manyMerged)
      result = arith::SelectOp::create(body, count.lessEqual(count.number(few)),
                                       readTile(fewMerged, few),
                                       readTile(manyMerged, many));
    else
      result =
          fewMerged ? readTile(fewMerged, few) : readTile(manyMerged, many);
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
