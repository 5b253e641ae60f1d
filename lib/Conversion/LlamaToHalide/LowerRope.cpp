//===- LowerRope.cpp - Rotation in Halide ---------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoweringUtils.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

/// Sine and cosine of `angle`, f64, of any size. The angle is reduced in
/// double, so that positions in the millions keep f32's accuracy; then
/// polynomials on [-pi/4, pi/4], with errors of about 1e-7.
static std::pair<Value, Value> buildSinCos(ImplicitLocOpBuilder &builder,
                                           Value angle) {
  Expression x(builder, angle);
  // Quarter turns, and what is left.
  Expression turns = x * x.number(0.63661977236758134308);
  Expression quarters(builder, math::RoundEvenOp::create(builder, turns.value));
  Expression rest64 = x - quarters * x.number(1.57079632679489661923);
  Expression r(builder, arith::TruncFOp::create(builder, builder.getF32Type(),
                                                rest64.value));
  Expression z = r * r;
  Expression sine =
      ((z * r.number(-1.9515295891e-4) + r.number(8.3321608736e-3)) * z -
       r.number(1.6666654611e-1)) *
          z * r +
      r;
  Expression cosine =
      ((z * r.number(2.443315711809948e-5) - r.number(1.388731625493765e-3)) *
           z +
       r.number(4.166664568298827e-2)) *
          z * z -
      z * r.number(0.5) + r.number(1.0);
  // Which quarter of the turn it is.
  Value quarter64 =
      arith::FPToSIOp::create(builder, builder.getI64Type(), quarters.value);
  auto constant = [&](int64_t value) {
    return arith::ConstantOp::create(builder, builder.getI64IntegerAttr(value));
  };
  auto test = [&](Value value, int64_t bit) {
    Value masked = arith::AndIOp::create(builder, value, constant(bit));
    return arith::CmpIOp::create(builder, arith::CmpIPredicate::eq, masked,
                                 constant(bit));
  };
  Value odd = test(quarter64, 1);
  Value second = test(quarter64, 2);
  Value shifted = arith::AddIOp::create(builder, quarter64, constant(1));
  Value third = test(shifted, 2);
  Value s = arith::SelectOp::create(builder, odd, cosine.value, sine.value);
  Value c = arith::SelectOp::create(builder, odd, sine.value, cosine.value);
  Value minusS = arith::NegFOp::create(builder, s),
        minusC = arith::NegFOp::create(builder, c);
  return {arith::SelectOp::create(builder, second, minusS, s),
          arith::SelectOp::create(builder, third, minusC, c)};
}

/// Writes the angle by which pair `j` turns for each position, in f64.
using Frequency = std::function<Value(ImplicitLocOpBuilder &body, Value j)>;

/// A func of one number: the last position of the sequence, at least that of
/// the trained length.
static Value addLastPosition(HalideLowering &lowering, llama::RopeOp op) {
  ImplicitLocOpBuilder &builder = lowering.getBuilder();
  int64_t trained = *op.getRotary().getTrainedLength();
  Type i32 = builder.getI32Type();
  Value last =
      lowering.addFunc("last_position", "last_position", {"z"}, i32,
                       [&](ImplicitLocOpBuilder &body, ValueRange) {
                         int64_t value = std::min<int64_t>(
                             trained - 1, std::numeric_limits<int32_t>::max());
                         return SmallVector<Value>{arith::ConstantOp::create(
                             body, body.getI32IntegerAttr(int32_t(value)))};
                       });
  Reader positions = lowering.getReader(op.getPositions());
  lowering.addUpdate(
      last, StringRef("p"), lowering.getTokens(op.getPositions()),
      [&](ImplicitLocOpBuilder &body, ValueRange index) {
        Value old = lowering.read(body, last, index[0])[0];
        Value position = positions(body, {}, index[1]);
        return SmallVector<Value>{arith::MaxSIOp::create(body, old, position)};
      });
  return last;
}

/// Angles that one of two tables has.
static Frequency getLongFrequency(HalideLowering &lowering, llama::RopeOp op) {
  int64_t trained = *op.getRotary().getTrainedLength(),
          width = op.getRotaryWidth();
  Value last = addLastPosition(lowering, op);
  Value few = lowering.addTable("frequencies",
                                op.getRotary().getFrequencies(width, trained));
  Value many = lowering.addTable(
      "long_frequencies", op.getRotary().getFrequencies(width, trained + 1));
  HalideLowering *low = &lowering;
  return [=](ImplicitLocOpBuilder &body, Value j) -> Value {
    Value position = low->read(body, last, getIndex(body, 0))[0];
    Value limit = arith::ConstantOp::create(
        body, body.getI32IntegerAttr(int32_t(std::min<int64_t>(
                  trained, std::numeric_limits<int32_t>::max()))));
    Value isLong =
        arith::CmpIOp::create(body, arith::CmpIPredicate::sge, position, limit);
    return arith::SelectOp::create(body, isLong, low->read(body, many, j)[0],
                                   low->read(body, few, j)[0]);
  };
}

/// x to a power that is known.
static Expression power(Expression x, int64_t exponent) {
  if (exponent == 1)
    return x;
  Expression root = power(x, exponent / 2);
  return exponent % 2 ? root * root * x : root * root;
}

/// Angles that are multiplied by the j-th power of a number, which the length
/// of the sequence tells: stretch^(-1/m) for m + 1 pairs. In f64: an f32 is a
/// beginning, and each of two steps of Newton's method doubles its digits.
static Frequency getDynamicFrequency(HalideLowering &lowering,
                                     llama::RopeOp op) {
  ImplicitLocOpBuilder &builder = lowering.getBuilder();
  auto scaling = cast<llama::DynamicScalingAttr>(op.getRotary().getScaling());
  double factor = scaling.getFactor().getValueAsDouble();
  int64_t steps = op.getRotaryWidth() / 2 - 1;
  Value last = addLastPosition(lowering, op);
  Value ratio = lowering.addFunc(
      "ratio", "ratio", {"z"}, builder.getF64Type(),
      [&](ImplicitLocOpBuilder &body, ValueRange index) {
        Value position = lowering.read(body, last, index[0])[0];
        Expression length(
            body, arith::SIToFPOp::create(body, body.getF64Type(), position));
        Expression stretch =
            (length + length.number(1)) *
                length.number(factor / double(scaling.getLength())) -
            length.number(factor - 1);
        Expression narrow(body, arith::TruncFOp::create(body, body.getF32Type(),
                                                        stretch.value));
        Expression log(body, math::LogOp::create(body, narrow.value));
        Expression exponent = log * log.number(-1 / double(steps));
        Value first = math::ExpOp::create(body, exponent.value);
        Value root = arith::ExtFOp::create(body, body.getF64Type(), first);
        for (int step = 0; step < 2; ++step) {
          Expression r(body, root);
          Expression rest = r.number(1) - stretch * power(r, steps);
          root = (r + r * rest * r.number(1 / double(steps))).value;
        }
        return SmallVector<Value>{root};
      });
  Value table = lowering.addTable(
      "frequencies",
      op.getRotary().getFrequencies(op.getRotaryWidth(), scaling.getLength()));
  HalideLowering *low = &lowering;
  return [=](ImplicitLocOpBuilder &body, Value j) -> Value {
    Value square = low->read(body, ratio, getIndex(body, 0))[0];
    Value product = low->read(body, table, j)[0];
    // The powers of two that add up to j.
    for (int64_t bit = 1; bit <= steps; bit *= 2) {
      Expression old(body, product), base(body, square);
      Value has = (Index{body, j} / bit % 2).value;
      Value isSet = arith::CmpIOp::create(body, arith::CmpIPredicate::eq, has,
                                          getIndex(body, 1));
      product =
          arith::SelectOp::create(body, isSet, (old * base).value, product);
      square = (base * base).value;
    }
    return product;
  };
}

static Frequency getFrequency(HalideLowering &lowering, llama::RopeOp op) {
  if (isa_and_nonnull<llama::LongScalingAttr>(op.getRotary().getScaling()))
    return getLongFrequency(lowering, op);
  if (isa_and_nonnull<llama::DynamicScalingAttr>(op.getRotary().getScaling()))
    return getDynamicFrequency(lowering, op);
  Value table = lowering.addTable(
      "frequencies", op.getRotary().getFrequencies(op.getRotaryWidth()));
  HalideLowering *low = &lowering;
  return [=](ImplicitLocOpBuilder &body, Value j) {
    return low->read(body, table, j)[0];
  };
}

/// A func of (cosine, sine) for each pair and token, computed once for all
/// heads.
static Value addRotation(HalideLowering &lowering, llama::RopeOp op) {
  ImplicitLocOpBuilder &builder = lowering.getBuilder();
  Frequency frequency = getFrequency(lowering, op);
  double amplitude = op.getRotary().getAmplitude();
  Reader positions = lowering.getReader(op.getPositions());
  Type f32 = builder.getF32Type();
  return lowering.addFunc(
      "rotation", "rotation", {"j", "t"}, {f32, f32},
      [&](ImplicitLocOpBuilder &body, ValueRange index) {
        Value position = positions(body, {}, index[1]);
        Value angle = arith::MulFOp::create(
            body, arith::SIToFPOp::create(body, body.getF64Type(), position),
            frequency(body, index[0]));
        auto [sine, cosine] = buildSinCos(body, angle);
        if (amplitude == 1)
          return SmallVector<Value>{cosine, sine};
        Expression c(body, cosine), s(body, sine);
        return SmallVector<Value>{(c * c.number(amplitude)).value,
                                  (s * s.number(amplitude)).value};
      });
}

static Value compare(ImplicitLocOpBuilder &builder,
                     arith::CmpIPredicate predicate, Value a, int64_t b) {
  return arith::CmpIOp::create(builder, predicate, a, getIndex(builder, b));
}

namespace {
/// The pair that an element of a head belongs to.
struct Pair {
  /// Its number, and its two elements.
  Value number, first, second;
  /// True when the element is the second of them.
  Value isSecond;
};
} // namespace

/// True for pairs of two dense halves that fill a head, which is written as
/// (element of the half, half, head).
static bool hasHalves(llama::RopeOp op) {
  return op.getRotary().getPairing() == llama::PairingKind::Half &&
         op.getRotaryWidth() == op.getHeadDim();
}

/// The pair of the element at a column; of one that does not rotate, some pair
/// that there is.
static Pair findPair(ImplicitLocOpBuilder &body, llama::RopeOp op,
                     const Column &column, Value element) {
  int64_t headDim = op.getHeadDim(), pairs = op.getRotaryWidth() / 2;
  Pair pair;
  Value pairsIndex = getIndex(body, pairs);
  if (hasHalves(op) && column.extents.size() >= 2 &&
      column.extents[0] == pairs && column.extents[1] == 2) {
    pair.number = pair.first = column.indices[0];
    pair.second = arith::AddIOp::create(body, pair.first, pairsIndex);
    pair.isSecond =
        compare(body, arith::CmpIPredicate::eq, column.indices[1], 1);
    return pair;
  }
  if (op.getRotary().getPairing() == llama::PairingKind::Half) {
    pair.number = pair.first = ModOp::create(body, element, pairsIndex);
    pair.second = arith::AddIOp::create(body, pair.first, pairsIndex);
    pair.isSecond = compare(body, arith::CmpIPredicate::sge, element, pairs);
    return pair;
  }
  // Both elements from the pair, so that their ranges are known exactly.
  Value two = getIndex(body, 2);
  pair.number = DivOp::create(body, element, two);
  pair.first = arith::MulIOp::create(body, pair.number, two);
  pair.second = arith::AddIOp::create(body, pair.first, getIndex(body, 1));
  pair.isSecond = compare(body, arith::CmpIPredicate::eq,
                          ModOp::create(body, element, two), 1);
  if (op.getRotaryWidth() != headDim) {
    // The table ends with the rotary elements.
    pair.number =
        arith::MinSIOp::create(body, pair.number, getIndex(body, pairs - 1));
    Value limit = getIndex(body, headDim - 1);
    pair.second = arith::MinSIOp::create(body, pair.second, limit);
  }
  return pair;
}

/// The element of a pair after its turn by an angle, whose cosine and sine are
/// `turn`: (u, v) -> (u cos - v sin, v cos + u sin).
static Value turnPair(ImplicitLocOpBuilder &body, Value u, Value v,
                      Value isSecond, ArrayRef<Value> turn) {
  auto multiply = [&](Value a, Value b) {
    return arith::MulFOp::create(body, a, b);
  };
  Value vc = multiply(v, turn[0]), us = multiply(u, turn[1]);
  Value second = arith::AddFOp::create(body, vc, us);
  Value uc = multiply(u, turn[0]), vs = multiply(v, turn[1]);
  Value first = arith::SubFOp::create(body, uc, vs);
  return arith::SelectOp::create(body, isSecond, second, first);
}

LogicalResult llamir::lowerRope(llama::RopeOp op, HalideLowering &lowering) {
  constexpr int64_t mostPairs = 1 << 20;
  if (op.getRotaryWidth() / 2 > mostPairs)
    return op.emitOpError() << "rotates " << op.getRotaryWidth() / 2
                            << " pairs, which is too many for a table";
  Value rotation = addRotation(lowering, op);
  Reader x = lowering.getReader(op.getX());
  int64_t headDim = op.getHeadDim(), rotary = op.getRotaryWidth(),
          heads = op.getHeads(), rotated = op.getNumRotated();
  bool halves = hasHalves(op);
  HalideLowering *low = &lowering;

  Reader reader = [=](ImplicitLocOpBuilder &body, const Column &column,
                      Value t) {
    auto [element, head] = column.getGroup(body, headDim);
    auto at = [&, head = head](Value index) {
      return x(body, {{index, head}, {headDim, heads}}, t);
    };
    Pair pair = findPair(body, op, column, element);
    Value u = at(pair.first), v = at(pair.second);
    SmallVector<Value> turn = low->read(body, rotation, {pair.number, t});
    Value turned = turnPair(body, u, v, pair.isSecond, turn);
    Value plain =
        halves ? Value(arith::SelectOp::create(body, pair.isSecond, v, u))
               : at(element);
    auto keepFrom = [&](Value index, int64_t end) {
      turned = arith::SelectOp::create(
          body, compare(body, arith::CmpIPredicate::sge, index, end), plain,
          turned);
    };
    if (rotary != headDim)
      keepFrom(element, rotary);
    if (rotated != heads)
      keepFrom(head, rotated);
    return turned;
  };
  SmallVector<int64_t> layout = {headDim, heads};
  if (halves)
    layout = {headDim / 2, 2, heads};
  lowering.setValue(op.getResult(), reader, layout);
  return success();
}
