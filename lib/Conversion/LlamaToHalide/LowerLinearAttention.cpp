//===- LowerLinearAttention.cpp - Linear attention in Halide --------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Causal linear attention takes its tokens in chunks. Of each head h, for
// element e of a value, d of a key, token r of chunk c:
//
//   chunk_state(e, d, h, c) = sum over the tokens of a chunk of k'(d) · v(e)
//   carried(e, d, h, c)     = the same of all chunks before c: a scan
//   scores(s, r, h, c)      = sum over d of q'(d, r) · k'(d, s)
//   numerator(e, r, h, c)   = sum over d of q'(d, r) · carried(e, d)
//                                 + sum over s <= r of scores(s, r) · v(e, s)
//   prefix(d, r, h, c)      = sum of k(d) over all tokens up to r of c: scans
//   denominator(r, h, c)    = sum over d of q(d, r) · prefix(d, r)
//
// so that all but the scans is products of matrices, side by side.
//
// Source: Hua et al., Transformer Quality in Linear Time, 2022, section 3.2,
// for chunks.
//
//===----------------------------------------------------------------------===//

#include "LoweringUtils.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

namespace {
/// Rows of heads of one width.
struct Heads {
  Reader rows;
  int64_t width, count;

  Expression read(ImplicitLocOpBuilder &body, Value element, Value head,
                  Value token) const {
    return {body, rows(body, {{element, head}, {width, count}}, token)};
  }
};

/// The state of all heads: a row for each element of a key, and the sum of the
/// keys behind the elements of a value. Zero where there is none.
struct State {
  Reader rows;
  int64_t headDim, valueDim;

  Expression read(ImplicitLocOpBuilder &body, Value e, Value d, Value h) const {
    if (!rows)
      return {body, getF32(body, 0)};
    Index row = Index{body, h} * headDim + Index{body, d};
    return {body, rows(body, {{e}, {valueDim + 1}}, row.value)};
  }
  Expression readSum(ImplicitLocOpBuilder &body, Value d, Value h) const {
    return read(body, getIndex(body, valueDim), d, h);
  }
};

/// What the three ops share.
struct StateLowering {
  StateLowering(HalideLowering &lowering, int64_t heads, int64_t headDim,
                int64_t valueDim)
      : low(lowering), builder(lowering.getBuilder()),
        f32(builder.getF32Type()), heads(heads), headDim(headDim),
        valueDim(valueDim) {
    low.needKind(KernelKind::Recurrence);
  }

  Heads getHeads(Value rows, int64_t width) {
    return {low.materialize(rows), width, heads};
  }
  State getState(Value state) {
    return {state ? low.getReader(state) : Reader(), headDim, valueDim};
  }
  Value addFunc(StringRef name, ArrayRef<StringRef> vars,
                HalideLowering::Body body) {
    return low.addFunc(name, name, vars, f32, body);
  }
  /// Adds a func that begins with a state, along e, d, h and whatever follows.
  Value addState(StringRef name, ArrayRef<StringRef> vars, State state) {
    return addFunc(name, vars, [&](ImplicitLocOpBuilder &body, ValueRange i) {
      return Values{state.read(body, i[0], i[1], i[2]).value};
    });
  }
  /// The same of its sum of keys, along d, h and whatever follows.
  Value addKeys(StringRef name, ArrayRef<StringRef> vars, State state) {
    return addFunc(name, vars, [&](ImplicitLocOpBuilder &body, ValueRange i) {
      return Values{state.readSum(body, i[0], i[1]).value};
    });
  }
  /// Adds an update that sums up terms.
  void addSum(
      Value func, StringRef variable, Value extent,
      llvm::function_ref<Expression(ImplicitLocOpBuilder &, ValueRange)> term) {
    size_t rank = cast<FuncType>(func.getType()).getRank();
    low.addUpdate(func, variable, extent,
                  [&](ImplicitLocOpBuilder &body, ValueRange index) {
                    Expression old = read(body, func, index.take_front(rank));
                    return Values{(old + term(body, index)).value};
                  });
  }
  Expression read(ImplicitLocOpBuilder &body, Value func, ValueRange place) {
    return {body, low.read(body, func, Values(place))[0]};
  }
  /// Sets the result to the quotient of two funcs: `getPlace` finds where in
  /// `below` a head of a token is, and `above` has elements of a value before.
  void setQuotient(
      Value result, Value above, Value below,
      std::function<Values(ImplicitLocOpBuilder &, Value head, Value token)>
          getPlace) {
    HalideLowering *reading = &low;
    int64_t width = valueDim;
    Reader reader = [=](ImplicitLocOpBuilder &body, const Column &column,
                        Value t) {
      auto [e, h] = column.getGroup(body, width);
      Values place = getPlace(body, h, t), element = {e};
      llvm::append_range(element, place);
      return (Expression(body, reading->read(body, above, element)[0]) /
              Expression(body, reading->read(body, below, place)[0]))
          .value;
    };
    low.setValue(result, reader, {valueDim, heads});
  }

  HalideLowering &low;
  ImplicitLocOpBuilder &builder;
  Type f32;
  int64_t heads, headDim, valueDim;
};

class ChunkLowering : StateLowering {
public:
  ChunkLowering(llama::LinearAttentionOp op, HalideLowering &lowering)
      : StateLowering(lowering, op.getHeads(), op.getHeadDim(),
                      op.getValueDim()),
        op(op), q(getHeads(op.getQ(), headDim)),
        k(getHeads(op.getK(), headDim)), v(getHeads(op.getV(), valueDim)),
        rotatedQ(op.getRotatedQ() ? getHeads(op.getRotatedQ(), headDim) : q),
        rotatedK(op.getRotatedK() ? getHeads(op.getRotatedK(), headDim) : k),
        state(getState(op.getState())),
        tokens(builder, lowering.getTokens(op.getQ())),
        chunks((tokens + (tokensOfChunk - 1)) / tokensOfChunk),
        chunk(getIndex(builder, tokensOfChunk)) {}

  void lower();

private:
  /// Token r of chunk c, or the last one there is.
  Value getToken(ImplicitLocOpBuilder &body, Value r, Value c) {
    Index token = Index{body, c} * tokensOfChunk + Index{body, r};
    return token.min(Index{body, tokens.value} - 1).value;
  }
  /// Adds a scan that sums up what each chunk has, along the chunks.
  void addCarry(Value carried, Value ofChunk, unsigned chunkDim, Value last) {
    low.addScan(carried, chunkDim, "b", last,
                [&](ImplicitLocOpBuilder &body, ValueRange i) {
                  return Values{
                      (read(body, carried, i) + read(body, ofChunk, i)).value};
                });
  }
  void addCarried();
  void addScores();
  void addNumerator();
  void addDenominator();

  llama::LinearAttentionOp op;
  Heads q, k, v, rotatedQ, rotatedK;
  State state;
  Index tokens, chunks;
  Value chunk;
  Value carried, carriedKeys, queries, keys, scores, numerator, prefix,
      denominator;
};
} // namespace

//===----------------------------------------------------------------------===//
// Causal attention, in chunks
//===----------------------------------------------------------------------===//

void ChunkLowering::addCarried() {
  // Of the only chunk, too: devices have no arrays without elements.
  Value last = (chunks - 1).max(chunks.number(1)).value;
  Value chunkState = addFunc("chunk_state", {"e", "d", "h", "c"}, startAtZero);
  addSum(chunkState, "r", chunk, [&](ImplicitLocOpBuilder &body, ValueRange i) {
    Value token = getToken(body, i[4], i[3]);
    return rotatedK.read(body, i[1], i[2], token) *
           v.read(body, i[0], i[2], token);
  });
  carried = addState("carried", {"e", "d", "h", "c"}, state);
  addCarry(carried, chunkState, 3, last);

  Value chunkKeys = addFunc("chunk_keys", {"d", "h", "c"}, startAtZero);
  addSum(chunkKeys, "r", chunk, [&](ImplicitLocOpBuilder &body, ValueRange i) {
    return k.read(body, i[0], i[1], getToken(body, i[3], i[2]));
  });
  carriedKeys = addKeys("carried_keys", {"d", "h", "c"}, state);
  addCarry(carriedKeys, chunkKeys, 2, last);
}

void ChunkLowering::addScores() {
  queries = addFunc(
      "queries", {"d", "r", "h", "c"},
      [&](ImplicitLocOpBuilder &body, ValueRange i) {
        return Values{
            rotatedQ.read(body, i[0], i[2], getToken(body, i[1], i[3])).value};
      });
  keys = addFunc(
      "keys", {"s", "d", "h", "c"},
      [&](ImplicitLocOpBuilder &body, ValueRange i) {
        return Values{
            rotatedK.read(body, i[1], i[2], getToken(body, i[0], i[3])).value};
      });
  scores = addFunc("scores", {"s", "r", "h", "c"}, startAtZero);
  addSum(scores, "d", getIndex(builder, headDim),
         [&](ImplicitLocOpBuilder &body, ValueRange i) {
           Value s = i[0], r = i[1], h = i[2], c = i[3], d = i[4];
           return read(body, queries, {d, r, h, c}) *
                  read(body, keys, {s, d, h, c});
         });
}

void ChunkLowering::addNumerator() {
  // A token of the chunk that comes later has no weight.
  Value weights = addFunc(
      "weights", {"s", "r", "h", "c"},
      [&](ImplicitLocOpBuilder &body, ValueRange i) {
        Value isSeen = Index{body, i[0]}.lessEqual({body, i[1]});
        return Values{arith::SelectOp::create(
            body, isSeen, read(body, scores, i).value, getF32(body, 0))};
      });
  numerator = addFunc("numerator", {"e", "r", "h", "c"}, startAtZero);
  addSum(numerator, "d", getIndex(builder, headDim),
         [&](ImplicitLocOpBuilder &body, ValueRange i) {
           Value e = i[0], r = i[1], h = i[2], c = i[3], d = i[4];
           return read(body, queries, {d, r, h, c}) *
                  read(body, carried, {e, d, h, c});
         });
  addSum(numerator, "s", chunk, [&](ImplicitLocOpBuilder &body, ValueRange i) {
    Value e = i[0], r = i[1], h = i[2], c = i[3], s = i[4];
    return read(body, weights, {s, r, h, c}) *
           v.read(body, e, h, getToken(body, s, c));
  });
}

void ChunkLowering::addDenominator() {
  prefix = addFunc(
      "prefix", {"d", "r", "h", "c"},
      [&](ImplicitLocOpBuilder &body, ValueRange i) {
        Expression key = k.read(body, i[0], i[2], getToken(body, i[1], i[3]));
        Value isFirst = Index{body, i[1]}.lessEqual({body, getIndex(body, 0)});
        Expression before(body,
                          arith::SelectOp::create(
                              body, isFirst,
                              read(body, carriedKeys, {i[0], i[2], i[3]}).value,
                              getF32(body, 0)));
        return Values{(key + before).value};
      });
  low.addScan(prefix, 1, "p", getIndex(builder, tokensOfChunk - 1),
              [&](ImplicitLocOpBuilder &body, ValueRange i) {
                Value next = (Index{body, i[1]} + 1).value;
                return Values{(read(body, prefix, i) +
                               read(body, prefix, {i[0], next, i[2], i[3]}))
                                  .value};
              });
  denominator = addFunc("denominator", {"r", "h", "c"}, startAtZero);
  addSum(denominator, "d", getIndex(builder, headDim),
         [&](ImplicitLocOpBuilder &body, ValueRange i) {
           Value r = i[0], h = i[1], c = i[2], d = i[3];
           return q.read(body, d, h, getToken(body, r, c)) *
                  read(body, prefix, {d, r, h, c});
         });
}

void ChunkLowering::lower() {
  addCarried();
  addScores();
  addNumerator();
  addDenominator();
  setQuotient(op.getResult(), numerator, denominator,
              [](ImplicitLocOpBuilder &body, Value h, Value t) {
                Index token{body, t};
                Value c = (token / tokensOfChunk).value,
                      r = (token % tokensOfChunk).value;
                return Values{r, h, c};
              });
}

LogicalResult llamir::lowerLinearAttention(llama::LinearAttentionOp op,
                                           HalideLowering &lowering) {
  ChunkLowering(op, lowering).lower();
  return success();
}

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

LogicalResult llamir::lowerLinearState(llama::LinearStateOp op,
                                       HalideLowering &lowering) {
  if (failed(
          checkSummed(op, {op.getK(), op.getV(), op.getRotatedK()}, lowering)))
    return failure();
  int64_t headDim = op.getHeadDim(), valueDim = op.getValueDim();
  StateLowering s(lowering, op.getHeads(), headDim, valueDim);
  Heads k = s.getHeads(op.getK(), headDim), v = s.getHeads(op.getV(), valueDim),
        rotated = op.getRotatedK() ? s.getHeads(op.getRotatedK(), headDim) : k;
  State before = s.getState(op.getState());
  Value tokens = lowering.getTokens(op.getK());
  Value state = s.addState("state", {"e", "d", "h"}, before);
  s.addSum(state, "t", tokens, [&](ImplicitLocOpBuilder &body, ValueRange i) {
    return rotated.read(body, i[1], i[2], i[3]) *
           v.read(body, i[0], i[2], i[3]);
  });
  Value sum = s.addKeys("state_keys", {"d", "h"}, before);
  s.addSum(sum, "t", tokens, [&](ImplicitLocOpBuilder &body, ValueRange i) {
    return k.read(body, i[0], i[1], i[2]);
  });
  HalideLowering *low = &lowering;
  Reader reader = [=](ImplicitLocOpBuilder &body, const Column &column,
                      Value row) {
    Index e{body, column.getFlat(body)}, r{body, row};
    Value d = (r % headDim).value, h = (r / headDim).value;
    Value ofValue =
        low->read(body, state, {e.min(e.number(valueDim - 1)).value, d, h})[0];
    Value isSum = e.number(valueDim).lessEqual(e);
    return Value(arith::SelectOp::create(
        body, isSum, low->read(body, sum, {d, h})[0], ofValue));
  };
  lowering.setValue(op.getResult(), reader, {valueDim + 1});
  return success();
}

LogicalResult llamir::lowerApplyState(llama::ApplyStateOp op,
                                      HalideLowering &lowering) {
  int64_t headDim = op.getHeadDim();
  StateLowering s(lowering, op.getHeads(), headDim, op.getValueDim());
  Heads q = s.getHeads(op.getQ(), headDim),
        rotated = op.getRotatedQ() ? s.getHeads(op.getRotatedQ(), headDim) : q;
  State state = s.getState(op.getState());
  Value dim = getIndex(lowering.getBuilder(), headDim);
  Value above = s.addFunc("applied", {"e", "h", "t"}, startAtZero);
  s.addSum(above, "d", dim, [&](ImplicitLocOpBuilder &body, ValueRange i) {
    return rotated.read(body, i[3], i[1], i[2]) *
           state.read(body, i[0], i[3], i[1]);
  });
  Value below = s.addFunc("applied_keys", {"h", "t"}, startAtZero);
  s.addSum(below, "d", dim, [&](ImplicitLocOpBuilder &body, ValueRange i) {
    return q.read(body, i[2], i[0], i[1]) * state.readSum(body, i[2], i[0]);
  });
  s.setQuotient(
      op.getResult(), above, below,
      [](ImplicitLocOpBuilder &, Value h, Value t) { return Values{h, t}; });
  return success();
}
