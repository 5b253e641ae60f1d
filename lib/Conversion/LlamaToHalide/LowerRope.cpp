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

namespace {
/// What the angles of an op are computed from.
struct Turning {
  llama::RotaryAttr rotary;
  Value positions;
  /// Elements that are pairs.
  int64_t width;
};
} // namespace

/// Writes the angle by which pair `j` turns for each position, in f64.
using Frequency = std::function<Value(ImplicitLocOpBuilder &body, Value j)>;

/// A func of one number: the last position of the sequence, at least that of
/// the trained length.
static Value addLastPosition(HalideLowering &lowering, const Turning &turning) {
  ImplicitLocOpBuilder &builder = lowering.getBuilder();
  int64_t trained = *turning.rotary.getTrainedLength();
  Type i32 = builder.getI32Type();
  Value last =
      lowering.addFunc("last_position", "last_position", {"z"}, i32,
                       [&](ImplicitLocOpBuilder &body, ValueRange) {
                         int64_t value = std::min<int64_t>(
                             trained - 1, std::numeric_limits<int32_t>::max());
                         return SmallVector<Value>{arith::ConstantOp::create(
                             body, body.getI32IntegerAttr(int32_t(value)))};
                       });
  Reader positions = lowering.getReader(turning.positions);
  lowering.addUpdate(
      last, StringRef("p"), lowering.getTokens(turning.positions),
      [&](ImplicitLocOpBuilder &body, ValueRange index) {
        Value old = lowering.read(body, last, index[0])[0];
        Value position = positions(body, {}, index[1]);
        return SmallVector<Value>{arith::MaxSIOp::create(body, old, position)};
      });
  return last;
}

/// Angles that one of two tables has.
static Frequency getLongFrequency(HalideLowering &lowering,
                                  const Turning &turning) {
  llama::RotaryAttr rotary = turning.rotary;
  int64_t trained = *rotary.getTrainedLength();
  Value last = addLastPosition(lowering, turning);
  Value few = lowering.addTable("frequencies",
                                rotary.getFrequencies(turning.width, trained));
  Value many = lowering.addTable(
      "long_frequencies", rotary.getFrequencies(turning.width, trained + 1));
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
                                     const Turning &turning) {
  ImplicitLocOpBuilder &builder = lowering.getBuilder();
  auto scaling = cast<llama::DynamicScalingAttr>(turning.rotary.getScaling());
  double factor = scaling.getFactor().getValueAsDouble();
  int64_t steps = turning.width / 2 - 1;
  Value last = addLastPosition(lowering, turning);
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
      turning.rotary.getFrequencies(turning.width, scaling.getLength()));
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

static Frequency getFrequency(HalideLowering &lowering,
                              const Turning &turning) {
  if (isa_and_nonnull<llama::LongScalingAttr>(turning.rotary.getScaling()))
    return getLongFrequency(lowering, turning);
  if (isa_and_nonnull<llama::DynamicScalingAttr>(turning.rotary.getScaling()))
    return getDynamicFrequency(lowering, turning);
  Value table = lowering.addTable("frequencies",
                                  turning.rotary.getFrequencies(turning.width));
  HalideLowering *low = &lowering;
  return [=](ImplicitLocOpBuilder &body, Value j) {
    return low->read(body, table, j)[0];
  };
}

static Value compare(ImplicitLocOpBuilder &builder,
                     arith::CmpIPredicate predicate, Value a, int64_t b) {
  return arith::CmpIOp::create(builder, predicate, a, getIndex(builder, b));
}

/// What `choose` writes for the range that an index lies in, of ranges that
/// begin at 0 and are so long.
static Value
chooseByRange(ImplicitLocOpBuilder &body, Value index,
              ArrayRef<int64_t> lengths,
              llvm::function_ref<Value(size_t range, int64_t begin)> choose) {
  int64_t begin = 0;
  Value chosen = choose(0, begin);
  for (size_t range = 1; range < lengths.size(); ++range) {
    begin += lengths[range - 1];
    Value isThere = compare(body, arith::CmpIPredicate::sge, index, begin);
    chosen =
        arith::SelectOp::create(body, isThere, choose(range, begin), chosen);
  }
  return chosen;
}

/// The position of token `t` that pair `j` turns with.
static Value readPosition(ImplicitLocOpBuilder &body, const Turning &turning,
                          const Reader &positions, Value j, Value t) {
  SmallVector<int64_t> pairs = turning.rotary.getPairsOfAxes(turning.width);
  int64_t axes = pairs.size();
  if (axes == 1)
    return positions(body, {}, t);
  return chooseByRange(body, j, pairs, [&](size_t axis, int64_t) {
    return positions(body, {{getIndex(body, axis)}, {axes}}, t);
  });
}

/// A func of (cosine, sine) for each pair and token, computed once for all
/// heads.
static Value addRotation(HalideLowering &lowering, const Turning &turning) {
  ImplicitLocOpBuilder &builder = lowering.getBuilder();
  Frequency frequency = getFrequency(lowering, turning);
  double amplitude = turning.rotary.getAmplitude();
  Reader positions = lowering.getReader(turning.positions);
  Type f32 = builder.getF32Type();
  return lowering.addFunc(
      "rotation", "rotation", {"j", "t"}, {f32, f32},
      [&](ImplicitLocOpBuilder &body, ValueRange index) {
        Value position =
            readPosition(body, turning, positions, index[0], index[1]);
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

namespace {
/// The pair that an element of a head belongs to.
struct Pair {
  /// Its number, and its two elements.
  Value number, first, second;
  /// True when the element is the second of them.
  Value isSecond;
};
} // namespace

/// Pairs of each half where a head is halves that lie side by side, those of
/// axial sections if there are some: written as (element of the half, half[,
/// section], head). 0 where it is none.
static int64_t getPairsOfHalf(llama::RotaryAttr rotary, int64_t headDim) {
  if (rotary.getPairing() != llama::PairingKind::Half ||
      rotary.getWidth(headDim) != headDim)
    return 0;
  if (!rotary.getAxial())
    return headDim / 2;
  SmallVector<int64_t> sections = rotary.getPairsOfAxes(headDim);
  return llvm::all_equal(sections) ? sections[0] : 0;
}

/// The space of rows of heads that a rotation writes best.
static SmallVector<int64_t> getLayout(llama::RotaryAttr rotary, int64_t headDim,
                                      int64_t heads) {
  int64_t pairs = getPairsOfHalf(rotary, headDim);
  if (pairs == 0)
    return {headDim, heads};
  if (pairs == headDim / 2)
    return {pairs, 2, heads};
  return {pairs, 2, headDim / (2 * pairs), heads};
}

/// The pair of an element of a head whose pairs are halves of sections.
static Pair findPairOfHalves(ImplicitLocOpBuilder &body,
                             ArrayRef<int64_t> sections, Value element) {
  SmallVector<int64_t> lengths =
      llvm::map_to_vector(sections, [](int64_t pairs) { return 2 * pairs; });
  auto choose = [&](llvm::function_ref<Index(Index inSection, int64_t pairs,
                                             int64_t begin)>
                        compute) {
    return chooseByRange(
        body, element, lengths, [&](size_t range, int64_t begin) {
          return compute(Index{body, element} - begin, sections[range], begin)
              .value;
        });
  };
  Pair pair;
  pair.number = choose([](Index in, int64_t pairs, int64_t begin) {
    return in % pairs + begin / 2;
  });
  pair.first = choose([](Index in, int64_t pairs, int64_t begin) {
    return in % pairs + begin;
  });
  pair.second = choose([](Index in, int64_t pairs, int64_t begin) {
    return in % pairs + (begin + pairs);
  });
  Value half =
      choose([](Index in, int64_t pairs, int64_t begin) { return in / pairs; });
  pair.isSecond = compare(body, arith::CmpIPredicate::sge, half, 1);
  return pair;
}

/// The pair of the element at a column; of one that does not rotate, some pair
/// that there is.
static Pair findPair(ImplicitLocOpBuilder &body, llama::RotaryAttr rotary,
                     int64_t headDim, const Column &column, Value element) {
  int64_t width = rotary.getWidth(headDim), pairs = width / 2;
  SmallVector<int64_t> sections = {pairs};
  if (rotary.getAxial())
    sections = rotary.getPairsOfAxes(width);
  Pair pair;
  int64_t ofHalf = getPairsOfHalf(rotary, headDim);
  size_t dims = sections.size() == 1 ? 2 : 3;
  if (ofHalf && column.extents.size() >= dims && column.extents[0] == ofHalf &&
      column.extents[1] == 2 &&
      (sections.size() == 1 || column.extents[2] == int64_t(sections.size()))) {
    Index i{body, column.indices[0]};
    Index section =
        sections.size() == 1 ? i.number(0) : Index{body, column.indices[2]};
    pair.number = (i + section * ofHalf).value;
    pair.first = (i + section * (2 * ofHalf)).value;
    pair.second = (i + section * (2 * ofHalf) + ofHalf).value;
    pair.isSecond =
        compare(body, arith::CmpIPredicate::eq, column.indices[1], 1);
    return pair;
  }
  if (rotary.getPairing() == llama::PairingKind::Half)
    return findPairOfHalves(body, sections, element);
  // Both elements from the pair, so that their ranges are known exactly.
  Value two = getIndex(body, 2);
  pair.number = DivOp::create(body, element, two);
  pair.first = arith::MulIOp::create(body, pair.number, two);
  pair.second = arith::AddIOp::create(body, pair.first, getIndex(body, 1));
  pair.isSecond = compare(body, arith::CmpIPredicate::eq,
                          ModOp::create(body, element, two), 1);
  if (width != headDim) {
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

/// Checks that a table of the angles can be part of the code.
static LogicalResult checkTable(Operation *op, int64_t pairs) {
  constexpr int64_t mostPairs = 1 << 20;
  if (pairs > mostPairs)
    return op->emitOpError()
           << "rotates " << pairs << " pairs, which is too many for a table";
  return success();
}

LogicalResult llamir::lowerRope(llama::RopeOp op, HalideLowering &lowering) {
  llama::RotaryAttr attr = op.getRotary();
  int64_t headDim = op.getHeadDim(), rotary = op.getRotaryWidth(),
          heads = op.getHeads(), rotated = op.getNumRotated();
  if (failed(checkTable(op, rotary / 2)))
    return failure();
  Value rotation = addRotation(lowering, {attr, op.getPositions(), rotary});
  Reader x = lowering.getReader(op.getX());
  bool halves = getPairsOfHalf(attr, headDim) != 0;
  HalideLowering *low = &lowering;

  Reader reader = [=](ImplicitLocOpBuilder &body, const Column &column,
                      Value t) {
    auto [element, head] = column.getGroup(body, headDim);
    auto at = [&, head = head](Value index) {
      return x(body, {{index, head}, {headDim, heads}}, t);
    };
    Pair pair = findPair(body, attr, headDim, column, element);
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
  lowering.setValue(op.getResult(), reader, getLayout(attr, headDim, heads));
  return success();
}

LogicalResult llamir::lowerSinusoid(llama::SinusoidOp op,
                                    HalideLowering &lowering) {
  llama::RotaryAttr rotary = op.getRotary();
  int64_t width = op.getType().getDimSize(1);
  if (failed(checkTable(op, width / 2)))
    return failure();
  Value rotation = addRotation(lowering, {rotary, op.getPositions(), width});
  HalideLowering *low = &lowering;
  Reader reader = [=](ImplicitLocOpBuilder &body, const Column &column,
                      Value t) {
    Value element = column.getGroup(body, width).first;
    Pair pair = findPair(body, rotary, width, column, element);
    SmallVector<Value> turn = low->read(body, rotation, {pair.number, t});
    return Value(
        arith::SelectOp::create(body, pair.isSecond, turn[0], turn[1]));
  };
  SmallVector<int64_t> layout = getLayout(rotary, width, 1);
  lowering.setValue(op.getResult(), reader, layout);
  return success();
}
