//===- LowerLinear.cpp - Projections, rotation and packing in Halide ------===//
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

//===----------------------------------------------------------------------===//
// Linear
//===----------------------------------------------------------------------===//

/// The sums of products, over panels of the packed weight from `firstPanel` on:
///   product(c, p, t) = sum over k of x(k, min(t, T - 1)) · w(c, k, p)
/// Rows past the last token read the last one again, so that a register tile
/// is always full and its loop has no predicate; they are never written.
/// Short sums are made in a func of their own, "tile", that lives in registers;
/// long ones are cut into blocks by the schedule.
static Value addPanelProduct(HalideLowering &lowering, llama::LinearOp op,
                             int64_t firstPanel) {
  ImplicitLocOpBuilder &builder = lowering.getBuilder();
  Reader x = lowering.materialize(op.getX());
  Value weight = lowering.getBuffer(op.getWeight());
  Value tokens = lowering.getTokens(op.getX());
  Value last = arith::SubIOp::create(builder, tokens, getIndex(builder, 1));
  int64_t inputs = op.getX().getType().getDimSize(1);
  bool single = inputs <= longestSingleSum;
  Value sum = lowering.addFunc(
      single ? "tile" : "product", single ? "tile" : "product", {"c", "p", "t"},
      builder.getF32Type(), [](ImplicitLocOpBuilder &body, ValueRange) {
        return SmallVector<Value>{getF32(body, 0)};
      });
  lowering.addUpdate(sum, "k", getIndex(builder, inputs),
                     [&](ImplicitLocOpBuilder &body, ValueRange index) {
                       Value c = index[0], p = index[1], t = index[2],
                             k = index[3];
                       Value row = arith::MinSIOp::create(body, t, last);
                       Value panel =
                           firstPanel == 0
                               ? p
                               : Value(arith::AddIOp::create(
                                     body, p, getIndex(body, firstPanel)));
                       Value a = x(body, {{k}, {inputs}}, row);
                       Value b = lowering.read(body, weight, {c, k, panel})[0];
                       Value old = lowering.read(body, sum, {c, p, t})[0];
                       return SmallVector<Value>{arith::AddFOp::create(
                           body, old, arith::MulFOp::create(body, a, b))};
                     });
  if (!single)
    return sum;
  return lowering.addFunc(
      "product", "product", {"c", "p", "t"}, builder.getF32Type(),
      [&](ImplicitLocOpBuilder &body, ValueRange index) {
        return lowering.read(body, sum, SmallVector<Value>(index));
      });
}

/// The same for a weight that is not packed, row by row.
static Value addRowProduct(HalideLowering &lowering, llama::LinearOp op) {
  ImplicitLocOpBuilder &builder = lowering.getBuilder();
  Reader x = lowering.materialize(op.getX());
  Reader weight = lowering.getReader(op.getWeight());
  int64_t inputs = op.getX().getType().getDimSize(1);
  Value product = lowering.addFunc("product", "row_product", {"n", "t"},
                                   builder.getF32Type(),
                                   [](ImplicitLocOpBuilder &body, ValueRange) {
                                     return SmallVector<Value>{getF32(body, 0)};
                                   });
  lowering.addUpdate(product, "k", getIndex(builder, inputs),
                     [&](ImplicitLocOpBuilder &body, ValueRange index) {
                       Value n = index[0], t = index[1], k = index[2];
                       Value a = x(body, {{k}, {inputs}}, t);
                       Value b = weight(body, {{k}, {inputs}}, n);
                       Value old = lowering.read(body, product, {n, t})[0];
                       return SmallVector<Value>{arith::AddFOp::create(
                           body, old, arith::MulFOp::create(body, a, b))};
                     });
  return product;
}

/// How the columns of a packed projection from group `firstGroup` on are read.
static Reader readPanels(HalideLowering *lowering, Value product,
                         llama::PanelsAttr panels, bool oneGroup, Reader bias,
                         int64_t firstGroup, int64_t groups) {
  return [=](ImplicitLocOpBuilder &body, const Column &column, Value t) {
    std::pair<Value, Value> place = column.getGroup(body, panels.getGroup());
    Value width = getIndex(body, panels.getWidth());
    Value lane = ModOp::create(body, place.first, width);
    Value panel = DivOp::create(body, place.first, width);
    if (!oneGroup) {
      int64_t panelsOfGroup = panels.getPaddedGroup() / panels.getWidth();
      Value first = arith::MulIOp::create(body, place.second,
                                          getIndex(body, panelsOfGroup));
      panel = arith::AddIOp::create(body, first, panel);
    }
    Value value = lowering->read(body, product, {lane, panel, t})[0];
    if (!bias)
      return value;
    Value group = place.second;
    if (firstGroup != 0)
      group = arith::AddIOp::create(body, group, getIndex(body, firstGroup));
    Column whole = {{place.first, group}, {panels.getGroup(), groups}};
    return Value(
        arith::AddFOp::create(body, value, bias(body, whole, Value())));
  };
}

LogicalResult llamir::lowerLinear(llama::LinearOp op,
                                  HalideLowering &lowering) {
  lowering.needKind(KernelKind::Linear);
  int64_t rows = op.getWeight().getType().getDimSize(0);
  llama::PanelsAttr panels = llama::getPanels(op.getWeight().getType());
  Reader bias;
  if (op.getBias())
    bias = lowering.getReader(op.getBias());
  HalideLowering *low = &lowering;
  if (!panels) {
    Value product = addRowProduct(lowering, op);
    Reader reader = [=](ImplicitLocOpBuilder &body, const Column &column,
                        Value t) {
      Value value = low->read(body, product, {column.getFlat(body), t})[0];
      if (bias)
        value = arith::AddFOp::create(body, value, bias(body, column, Value()));
      return value;
    };
    lowering.setValue(op.getResult(), reader, rows);
    return success();
  }
  if (!lowering.getBuffer(op.getWeight()))
    return op.emitOpError() << "a packed weight must be an input of the kernel";
  int64_t group = panels.getGroup(), groups = rows / group;
  int64_t panelsOfGroup = panels.getPaddedGroup() / panels.getWidth();

  // Joined projections that are split again: a func for each, since what is
  // combined of them lies far apart in the joined one.
  auto split = op->hasOneUse() ? dyn_cast<llama::SplitOp>(*op->user_begin())
                               : llama::SplitOp();
  auto isWhole = [&](Value part) {
    return cast<RankedTensorType>(part.getType()).getDimSize(1) % group == 0;
  };
  if (split && llvm::all_of(split.getParts(), isWhole)) {
    int64_t first = 0;
    for (Value part : split.getParts()) {
      int64_t width = cast<RankedTensorType>(part.getType()).getDimSize(1);
      Value product = addPanelProduct(lowering, op, first * panelsOfGroup);
      SmallVector<int64_t> layout = {width};
      if (width != group)
        layout = {group, width / group};
      lowering.setValue(
          part,
          readPanels(low, product, panels, width == group, bias, first, groups),
          layout);
      first += width / group;
    }
    return success();
  }
  Value product = addPanelProduct(lowering, op, 0);
  SmallVector<int64_t> layout = {rows};
  if (groups != 1)
    layout = {group, groups};
  lowering.setValue(
      op.getResult(),
      readPanels(low, product, panels, groups == 1, bias, 0, groups), layout);
  return success();
}

//===----------------------------------------------------------------------===//
// Rope
//===----------------------------------------------------------------------===//

/// Sine and cosine of `angle`, f64, of any size. The angle is reduced in
/// double, so that positions in the millions keep f32's accuracy; then
/// polynomials on
/// [-pi/4, pi/4], with errors of about 1e-7.
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

/// A func of (cosine, sine) for each pair and token, computed once for all
/// heads.
static Value addRotation(HalideLowering &lowering, llama::RopeOp op) {
  ImplicitLocOpBuilder &builder = lowering.getBuilder();
  int64_t rotary = op.getRotaryWidth(), pairs = rotary / 2;
  SmallVector<double> frequencies;
  for (int64_t pair = 0; pair < pairs; ++pair)
    frequencies.push_back(std::pow(op.getTheta().convertToDouble(),
                                   -2.0 * double(pair) / double(rotary)));
  Value table = lowering.addTable("frequencies", frequencies);
  Reader positions = lowering.getReader(op.getPositions());
  Type f32 = builder.getF32Type();
  return lowering.addFunc(
      "rotation", "rotation", {"j", "t"}, {f32, f32},
      [&](ImplicitLocOpBuilder &body, ValueRange index) {
        Value position = positions(body, {}, index[1]);
        Value angle = arith::MulFOp::create(
            body, arith::SIToFPOp::create(body, body.getF64Type(), position),
            lowering.read(body, table, index[0])[0]);
        auto [sine, cosine] = buildSinCos(body, angle);
        return SmallVector<Value>{cosine, sine};
      });
}

LogicalResult llamir::lowerRope(llama::RopeOp op, HalideLowering &lowering) {
  Value rotation = addRotation(lowering, op);
  Reader x = lowering.getReader(op.getX());
  int64_t headDim = op.getHeadDim(), rotary = op.getRotaryWidth(),
          heads = op.getHeads();
  int64_t rotated = op.getNumRotated();
  bool half = op.getPairing() == llama::PairingKind::Half;
  // Two dense halves where they fill the head: the output is written as
  // (element of the half, half, head).
  bool halves = half && rotary == headDim;
  HalideLowering *low = &lowering;

  Reader reader = [=](ImplicitLocOpBuilder &body, const Column &column,
                      Value t) {
    auto compare = [&](arith::CmpIPredicate predicate, Value a, int64_t b) {
      return arith::CmpIOp::create(body, predicate, a, getIndex(body, b));
    };
    auto combine = [&](Value a, Value c, Value b, Value s, bool plus) -> Value {
      Value left = arith::MulFOp::create(body, a, c),
            right = arith::MulFOp::create(body, b, s);
      return plus ? Value(arith::AddFOp::create(body, left, right))
                  : Value(arith::SubFOp::create(body, left, right));
    };
    std::pair<Value, Value> place = column.getGroup(body, headDim);
    Value element = place.first, head = place.second;
    // The pair, its first and second element, and which of them this is.
    Value pair, first, second, isSecond;
    int64_t pairs = rotary / 2;
    Value pairsIndex = getIndex(body, pairs);
    if (halves && column.extents.size() >= 2 && column.extents[0] == pairs &&
        column.extents[1] == 2) {
      pair = first = column.indices[0];
      second = arith::AddIOp::create(body, first, pairsIndex);
      isSecond = compare(arith::CmpIPredicate::eq, column.indices[1], 1);
    } else if (half) {
      pair = first = ModOp::create(body, element, pairsIndex);
      second = arith::AddIOp::create(body, first, pairsIndex);
      isSecond = compare(arith::CmpIPredicate::sge, element, pairs);
    } else {
      // Both elements from the pair, so that their ranges are known exactly.
      Value two = getIndex(body, 2);
      pair = DivOp::create(body, element, two);
      first = arith::MulIOp::create(body, pair, two);
      second = arith::AddIOp::create(body, first, getIndex(body, 1));
      isSecond = compare(arith::CmpIPredicate::eq,
                         ModOp::create(body, element, two), 1);
      if (rotary != headDim) { // The table ends with the rotary elements.
        pair = arith::MinSIOp::create(body, pair, getIndex(body, pairs - 1));
        Value limit = getIndex(body, headDim - 1);
        second = arith::MinSIOp::create(body, second, limit);
      }
    }
    auto at = [&](Value index) {
      return x(body, {{index, head}, {headDim, heads}}, t);
    };
    Value u = at(first), v = at(second);
    SmallVector<Value> turn = low->read(body, rotation, {pair, t});
    Value turned = arith::SelectOp::create(
        body, isSecond, combine(v, turn[0], u, turn[1], true),
        combine(u, turn[0], v, turn[1], false));
    Value plain = halves ? Value(arith::SelectOp::create(body, isSecond, v, u))
                         : at(element);
    if (rotary != headDim)
      turned = arith::SelectOp::create(
          body, compare(arith::CmpIPredicate::sge, element, rotary), plain,
          turned);
    if (rotated != heads)
      turned = arith::SelectOp::create(
          body, compare(arith::CmpIPredicate::sge, head, rotated), plain,
          turned);
    return turned;
  };
  SmallVector<int64_t> layout = {headDim, heads};
  if (halves)
    layout = {headDim / 2, 2, heads};
  lowering.setValue(op.getResult(), reader, layout);
  return success();
}

//===----------------------------------------------------------------------===//
// Pack and join, for weights that are arguments
//===----------------------------------------------------------------------===//

LogicalResult llamir::lowerPack(llama::PackOp op, HalideLowering &lowering) {
  llama::PanelsAttr panels = llama::getPanels(op.getType());
  int64_t rows = op.getType().getDimSize(0),
          inputs = op.getType().getDimSize(1);
  Reader weight = lowering.getReader(op.getWeight());
  // Written as (lane, input, panel), see the layout below.
  Reader reader = [=](ImplicitLocOpBuilder &body, const Column &column, Value) {
    Value lane = column.indices[0], k = column.indices[1],
          panel = column.indices[2];
    Value packed = arith::AddIOp::create(
        body,
        arith::MulIOp::create(body, panel, getIndex(body, panels.getWidth())),
        lane);
    Value padded = getIndex(body, panels.getPaddedGroup());
    Value element = ModOp::create(body, packed, padded);
    Value group = DivOp::create(body, packed, padded);
    Value inside =
        arith::CmpIOp::create(body, arith::CmpIPredicate::slt, element,
                              getIndex(body, panels.getGroup()));
    Value row = arith::AddIOp::create(
        body,
        arith::MulIOp::create(body, group, getIndex(body, panels.getGroup())),
        element);
    row = arith::MinSIOp::create(body, row, getIndex(body, rows - 1));
    return Value(arith::SelectOp::create(
        body, inside, weight(body, {{k}, {inputs}}, row), getF32(body, 0)));
  };
  lowering.setValue(op.getResult(), reader,
                    {panels.getWidth(), inputs, panels.getNumPanels(rows)});
  return success();
}

LogicalResult llamir::lowerJoin(llama::JoinOp op, HalideLowering &lowering) {
  auto type = cast<RankedTensorType>(op.getType());
  SmallVector<std::pair<Reader, int64_t>>
      parts; // With the row each ends before.
  int64_t end = 0;
  for (Value part : op.getParts()) {
    end += cast<RankedTensorType>(part.getType()).getDimSize(0);
    parts.push_back({lowering.getReader(part), end});
  }
  bool matrix = type.getRank() == 2;
  int64_t width = matrix ? type.getDimSize(1) : type.getDimSize(0);
  Reader reader = [=](ImplicitLocOpBuilder &body, const Column &column,
                      Value t) {
    Value row = matrix ? t : column.getFlat(body);
    Value result;
    for (size_t index = parts.size(); index-- > 0;) {
      const std::pair<Reader, int64_t> &part = parts[index];
      int64_t start = index == 0 ? 0 : parts[index - 1].second;
      // Every part is read for every row: its own rows, or some row it has.
      Value local = arith::SubIOp::create(body, row, getIndex(body, start));
      local = arith::MaxSIOp::create(body, local, getIndex(body, 0));
      local = arith::MinSIOp::create(body, local,
                                     getIndex(body, part.second - start - 1));
      Value value =
          matrix ? part.first(body, column, local)
                 : part.first(body, {{local}, {part.second - start}}, Value());
      if (!result) {
        result = value;
        continue;
      }
      Value before = arith::CmpIOp::create(body, arith::CmpIPredicate::slt, row,
                                           getIndex(body, part.second));
      result = arith::SelectOp::create(body, before, value, result);
    }
    return result;
  };
  lowering.setValue(op.getResult(), reader, width);
  return success();
}
