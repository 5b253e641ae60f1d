//===- LowerLinear.cpp - Projections in Halide ----------------------------===//
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

/// Whether a weight lies in rows, as devices read it.
static bool liesInRows(llama::LinearOp op) {
  return llama::getPanels(op.getWeight().getType()).getWidth() == 1;
}

/// A func of the panels in f32 and without interleaving: what a schedule keeps
/// of them for many rows. Tiles of a device end behind the last row, which is
/// read again there, and behind the last input, where it has zeros.
static Value addPanel(HalideLowering &lowering, llama::LinearOp op) {
  ImplicitLocOpBuilder &builder = lowering.getBuilder();
  Value weight = lowering.getBuffer(op.getWeight());
  int64_t interleave =
      llama::getPanels(op.getWeight().getType()).getInterleave();
  int64_t inputs = op.getX().getType().getDimSize(1);
  bool inTiles = liesInRows(op);
  auto read = [=, &lowering](ImplicitLocOpBuilder &body, Value c, Value column,
                             Value p) {
    Index k{body, column};
    SmallVector<Value> place = {c, (k / interleave).value, p};
    if (interleave != 1)
      place.insert(place.begin(), (k % interleave).value);
    return toF32(body, lowering.read(body, weight, place)[0]);
  };
  return lowering.addFunc(
      "panel", "panel", {"c", "k", "p"}, builder.getF32Type(),
      [&](ImplicitLocOpBuilder &body, ValueRange index) {
        if (!inTiles)
          return SmallVector<Value>{read(body, index[0], index[1], index[2])};
        int64_t rows = cast<BufferType>(weight.getType()).getShape().back();
        Value p =
            Index(body, index[2]).min({body, getIndex(body, rows - 1)}).value;
        Reader row = [&](ImplicitLocOpBuilder &body, const Column &column,
                         Value row) {
          return read(body, index[0], column.getFlat(body), row);
        };
        return SmallVector<Value>{readPadded(body, row, index[1], p, inputs,
                                             inputsOfSlice, body.getF32Type())};
      });
}

/// What a device loads of the activations at once, in a func: rows past the
/// last token, and zeros behind the last input, up to a multiple of some.
static Reader addPaddedRows(HalideLowering &lowering, llama::LinearOp op,
                            const Reader &x, StringRef name, int64_t multiple) {
  ImplicitLocOpBuilder &builder = lowering.getBuilder();
  int64_t inputs = op.getX().getType().getDimSize(1);
  Value rows = lowering.addFunc(
      name, name, {"k", "t"}, builder.getF32Type(),
      [&](ImplicitLocOpBuilder &body, ValueRange index) {
        return SmallVector<Value>{readPadded(
            body, x, index[0], index[1], inputs, multiple, body.getF32Type())};
      });
  HalideLowering *low = &lowering;
  return [=](ImplicitLocOpBuilder &body, const Column &column, Value t) {
    return low->read(body, rows, {column.getFlat(body), t})[0];
  };
}

/// The sums of products, over panels of the packed weight from `firstPanel` on:
///   product(c, p, t) = sum over k of x(k, t) · w(c, k, p)
/// x has rows past the last token, so that a register tile is always full and
/// its loop has no predicate; they are never written.
/// Interleaved panels are summed over (input of a step, step), so that a
/// schedule can make an instruction of a step. Those of `panel`, if it is
/// there, are read from it.
/// Short sums are made in a func of their own, "tile", that lives in registers;
/// long ones are cut into blocks by the schedule.
static Value addPanelProduct(HalideLowering &lowering, llama::LinearOp op,
                             const Reader &x, int64_t firstPanel, Value panel) {
  ImplicitLocOpBuilder &builder = lowering.getBuilder();
  llama::PanelsAttr panels = llama::getPanels(op.getWeight().getType());
  Value weight = lowering.getBuffer(op.getWeight());
  int64_t inputs = op.getX().getType().getDimSize(1);
  int64_t interleave = panel ? 1 : panels.getInterleave();
  bool isPadded =
      liesInRows(op) || !op.getX().getType().getElementType().isF32();
  bool single = inputs <= longestSingleSum;
  std::string prefix = panel ? widenedPrefix.str() : "";
  std::string name = prefix + (single ? "tile" : "product");
  Value sum = lowering.addFunc(name, name, {"c", "p", "t"},
                               builder.getF32Type(), startAtZero);
  SmallVector<StringRef> variables = {"k"};
  int64_t steps = !panel           ? panels.getNumSteps(inputs)
                  : liesInRows(op) ? llvm::alignTo(inputs, inputsOfSlice)
                                   : inputs;
  SmallVector<Value> extents = {getIndex(builder, steps)};
  if (interleave != 1) {
    variables.insert(variables.begin(), "i");
    extents.insert(extents.begin(), getIndex(builder, interleave));
  }
  lowering.addUpdate(
      sum, variables, extents,
      [&](ImplicitLocOpBuilder &body, ValueRange index) {
        Value c = index[0], p = index[1], t = index[2];
        if (firstPanel != 0)
          p = arith::AddIOp::create(body, p, getIndex(body, firstPanel));
        Value k = index.back();
        SmallVector<Value> place = {c, k, p};
        if (interleave != 1) {
          place.insert(place.begin(), index[3]);
          k = (Index{body, k} * interleave + Index{body, index[3]}).value;
        }
        // Rows that are kept in a func have their zeros.
        Value a = readPadded(body, x, k, t, inputs, isPadded ? 1 : interleave,
                             builder.getF32Type());
        Value b =
            toF32(body, lowering.read(body, panel ? panel : weight, place)[0]);
        Value old = lowering.read(body, sum,
                                  SmallVector<Value>(index.take_front(3)))[0];
        return SmallVector<Value>{arith::AddFOp::create(
            body, old, arith::MulFOp::create(body, a, b))};
      });
  if (!single)
    return sum;
  name = prefix + "product";
  return lowering.addFunc(name, name, {"c", "p", "t"}, builder.getF32Type(),
                          [&](ImplicitLocOpBuilder &body, ValueRange index) {
                            return lowering.read(body, sum,
                                                 SmallVector<Value>(index));
                          });
}

namespace {
/// Funcs of the same products: one for few tokens, the other for more. Either
/// may be missing, if the number of tokens is known.
struct PanelProducts {
  Value few, many, tokens;
  /// Tokens that are few.
  int64_t mostFew = mostWidenedInRegisters;

  Value read(ImplicitLocOpBuilder &body, HalideLowering &lowering,
             ArrayRef<Value> index) const {
    if (!few || !many)
      return lowering.read(body, few ? few : many, index)[0];
    Index count{body, tokens};
    return arith::SelectOp::create(body, count.lessEqual(count.number(mostFew)),
                                   lowering.read(body, few, index)[0],
                                   lowering.read(body, many, index)[0]);
  }
};
} // namespace

static PanelProducts addPanelProducts(HalideLowering &lowering,
                                      llama::LinearOp op, const Reader &x,
                                      int64_t firstPanel) {
  Value tokens = lowering.getTokens(op.getX());
  RankedTensorType type = op.getX().getType();
  bool isStatic = !type.isDynamicDim(0);
  // Activations of bf16 may be multiplied as they are by a processor.
  bool widens =
      liesInRows(op) || (type.getElementType().isF32() &&
                         !op.getWeight().getType().getElementType().isF32());
  widens &= isStatic || lowering.tellsTokens(op.getX());
  PanelProducts products = {{}, {}, tokens};
  if (liesInRows(op))
    products.mostFew = mostMultipliedByLanes;
  bool areFew = isStatic && type.getDimSize(0) <= products.mostFew;
  if (!widens || !isStatic || areFew)
    products.few = addPanelProduct(lowering, op, x, firstPanel, Value());
  if (widens && !areFew) {
    Value panel = addPanel(lowering, op);
    Reader rows = liesInRows(op) ? addPaddedRows(lowering, op, x,
                                                 widenedPrefix.str() + "rows",
                                                 inputsOfSlice)
                                 : x;
    products.many = addPanelProduct(lowering, op, rows, firstPanel, panel);
  }
  return products;
}

/// The same for a weight that is not packed, row by row.
static Value addRowProduct(HalideLowering &lowering, llama::LinearOp op) {
  ImplicitLocOpBuilder &builder = lowering.getBuilder();
  Reader x = lowering.materialize(op.getX());
  Reader weight = lowering.getReader(op.getWeight());
  int64_t inputs = op.getX().getType().getDimSize(1);
  Value product = lowering.addFunc("product", "row_product", {"n", "t"},
                                   builder.getF32Type(), startAtZero);
  lowering.addUpdate(product, StringRef("k"), getIndex(builder, inputs),
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
static Reader readPanels(HalideLowering *lowering, PanelProducts products,
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
    Value value = products.read(body, *lowering, {lane, panel, t});
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
  Reader x = lowering.readActivations(op.getX(), panels.getInterleave());
  if (liesInRows(op) && op.getX().getType().getElementType().isF32())
    x = addPaddedRows(lowering, op, x, "activations", panels.getInterleave());
  if (op.getX().getType().getElementType().isF32() &&
      op.getWeight().getType().getElementType().isBF16())
    lowering.addParts(op.getX(), panels.getInterleave());
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
      PanelProducts products =
          addPanelProducts(lowering, op, x, first * panelsOfGroup);
      SmallVector<int64_t> layout = {width};
      if (width != group)
        layout = {group, width / group};
      lowering.setValue(part,
                        readPanels(low, products, panels, width == group, bias,
                                   first, groups),
                        layout);
      first += width / group;
    }
    return success();
  }
  PanelProducts products = addPanelProducts(lowering, op, x, 0);
  SmallVector<int64_t> layout = {rows};
  if (groups != 1)
    layout = {group, groups};
  lowering.setValue(
      op.getResult(),
      readPanels(low, products, panels, groups == 1, bias, 0, groups), layout);
  return success();
}
