//===- LowerElementwise.cpp - Element-wise ops, embeddings ----------------===//
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
// Element-wise ops
//===----------------------------------------------------------------------===//

template <typename CombineOp, typename OpTy>
static LogicalResult lowerBinary(OpTy op, HalideLowering &lowering) {
  Reader lhs = lowering.getReader(op.getLhs()),
         rhs = lowering.getReader(op.getRhs());
  bool isVector = op.hasVector();
  Reader reader = [=](ImplicitLocOpBuilder &body, const Column &column,
                      Value t) {
    return Value(CombineOp::create(body, lhs(body, column, t),
                                   rhs(body, column, isVector ? Value() : t)));
  };
  // The finer space of the two: that of a projection in the kernel.
  ArrayRef<int64_t> layout = lowering.getLayout(op.getLhs());
  if (lowering.getLayout(op.getRhs()).size() > layout.size())
    layout = lowering.getLayout(op.getRhs());
  lowering.setValue(op.getResult(), reader, SmallVector<int64_t>(layout));
  return success();
}

LogicalResult llamir::lowerAdd(llama::AddOp op, HalideLowering &lowering) {
  return lowerBinary<arith::AddFOp>(op, lowering);
}

LogicalResult llamir::lowerMul(llama::MulOp op, HalideLowering &lowering) {
  return lowerBinary<arith::MulFOp>(op, lowering);
}

/// An op that computes each element from the same one of its operand, from a
/// column on.
template <typename OpTy, typename Compute>
static LogicalResult lowerUnary(OpTy op, HalideLowering &lowering,
                                Compute compute, int64_t first = 0) {
  Reader x = lowering.getReader(op.getX());
  // In groups of columns all of which, or none of which, it applies to: a head
  // where there are some.
  SmallVector<int64_t> layout(lowering.getLayout(op.getX()));
  int64_t group = 1;
  for (int64_t extent : ArrayRef(layout).drop_back(layout.empty() ? 0 : 1))
    if (first % (group * extent) == 0)
      group *= extent;
  Reader reader = [=](ImplicitLocOpBuilder &body, const Column &column,
                      Value t) {
    Value value = x(body, column, t), result = compute(body, value);
    if (first == 0)
      return result;
    Value applies = arith::CmpIOp::create(body, arith::CmpIPredicate::sge,
                                          column.getGroup(body, group).second,
                                          getIndex(body, first / group));
    return Value(arith::SelectOp::create(body, applies, result, value));
  };
  lowering.setValue(op.getResult(), reader,
                    SmallVector<int64_t>(lowering.getLayout(op.getX())));
  return success();
}

LogicalResult llamir::lowerScale(llama::ScaleOp op, HalideLowering &lowering) {
  double factor = op.getFactor().convertToDouble();
  return lowerUnary(op, lowering, [=](ImplicitLocOpBuilder &body, Value value) {
    Expression x(body, value);
    return (x * x.number(factor)).value;
  });
}

/// A polynomial near zero, where a difference would lose all digits; elsewhere
/// through the exponential: tanh x = 1 - 2 / (exp(2x) + 1)
///
/// Source: Moshier, Cephes Mathematical Library, tanhf.
Expression llamir::tanhOf(Expression x) {
  Expression square = x * x;
  Expression sum = x.number(-5.70498872745e-3);
  for (double c : {2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1,
                   -3.33332819422e-1})
    sum = sum * square + x.number(c);
  Expression near = sum * square * x + x;
  Expression e(*x.to, math::ExpOp::create(*x.to, (x + x).value));
  Expression far = x.number(1) - x.number(2) / (e + x.number(1));
  Value isNear =
      arith::CmpFOp::create(*x.to, arith::CmpFPredicate::OLT, square.value,
                            x.number(0.625 * 0.625).value);
  return {*x.to, arith::SelectOp::create(*x.to, isNear, near.value, far.value)};
}

/// x / (1 + exp(-y)), which is x times the sigmoid of y.
static Value gate(Expression x, Expression y) {
  Expression e(*x.to, math::ExpOp::create(*x.to, (y.number(0) - y).value));
  return (x / (x.number(1) + e)).value;
}

static Value buildActivation(ImplicitLocOpBuilder &builder,
                             llama::ActivationKind kind, Value value) {
  Expression x(builder, value);
  switch (kind) {
  case llama::ActivationKind::Silu:
    return gate(x, x);
  case llama::ActivationKind::Gelu: {
    Expression scaled = x * x.number(0.70710678118654752440);
    Expression erf(builder, math::ErfOp::create(builder, scaled.value));
    return (x * x.number(0.5) * (x.number(1) + erf)).value;
  }
  case llama::ActivationKind::GeluTanh: {
    // (1 + tanh y) / 2 is the sigmoid of 2 y.
    Expression inner = x.number(2 * 0.79788456080286535588) *
                       (x + x.number(0.044715) * x * x * x);
    return gate(x, inner);
  }
  case llama::ActivationKind::GeluQuick:
    return gate(x, x * x.number(1.702));
  case llama::ActivationKind::Relu: {
    // A maximum drops NaN, and comparisons may be taken for one.
    Value isNaN =
        arith::CmpFOp::create(builder, arith::CmpFPredicate::UNO, value, value);
    Value positive =
        arith::MaxNumFOp::create(builder, value, x.number(0).value);
    return arith::SelectOp::create(builder, isNaN, value, positive);
  }
  case llama::ActivationKind::EluPlusOne: {
    Value positive = arith::CmpFOp::create(builder, arith::CmpFPredicate::OGT,
                                           value, x.number(0).value);
    return arith::SelectOp::create(builder, positive, (x + x.number(1)).value,
                                   math::ExpOp::create(builder, value));
  }
  case llama::ActivationKind::Sigmoid:
    return gate(x.number(1), x);
  case llama::ActivationKind::Tanh:
    return tanhOf(x).value;
  }
  llvm_unreachable("unknown activation");
}

LogicalResult llamir::lowerActivation(llama::ActivationOp op,
                                      HalideLowering &lowering) {
  llama::ActivationKind kind = op.getKind();
  return lowerUnary(
      op, lowering,
      [=](ImplicitLocOpBuilder &body, Value value) {
        return buildActivation(body, kind, value);
      },
      op.getFirstColumn().value_or(0));
}

LogicalResult llamir::lowerConvert(llama::ConvertOp op,
                                   HalideLowering &lowering) {
  // A value is rounded to its element type wherever it comes from.
  lowering.setValue(op.getResult(), lowering.getReader(op.getX()),
                    SmallVector<int64_t>(lowering.getLayout(op.getX())));
  return success();
}

LogicalResult llamir::lowerSplit(llama::SplitOp op, HalideLowering &lowering) {
  // The projection did it, see lowerLinear.
  if (lowering.getReader(op.getParts()[0]))
    return success();
  Reader x = lowering.getReader(op.getX());
  SmallVector<int64_t> layout(lowering.getLayout(op.getX()));
  int64_t width = op.getX().getType().getDimSize(1), start = 0;
  for (Value part : op.getParts()) {
    int64_t partWidth = cast<RankedTensorType>(part.getType()).getDimSize(1);
    // Whole groups of the input stay groups of the part.
    int64_t group = layout.size() > 1 ? layout[0] : partWidth;
    if (start % group != 0 || partWidth % group != 0 || width % group != 0)
      group = 1;
    Reader reader = [=](ImplicitLocOpBuilder &body, const Column &column,
                        Value t) {
      auto [element, index] = column.getGroup(body, group);
      Value shifted =
          arith::AddIOp::create(body, index, getIndex(body, start / group));
      return x(body, {{element, shifted}, {group, width / group}}, t);
    };
    SmallVector<int64_t> partLayout = {partWidth};
    if (group != 1 && group != partWidth)
      partLayout = {group, partWidth / group};
    lowering.setValue(part, reader, partLayout);
    start += partWidth;
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Embedding
//===----------------------------------------------------------------------===//

LogicalResult llamir::lowerEmbedding(llama::EmbeddingOp op,
                                     HalideLowering &lowering) {
  Reader ids = lowering.getReader(op.getIds()),
         table = lowering.getReader(op.getTable());
  int64_t vocabulary = op.getTable().getType().getDimSize(0);
  Reader reader = [=](ImplicitLocOpBuilder &body, const Column &column,
                      Value t) {
    // Ids are checked before the kernel runs; the clamp only bounds the reads.
    Value id =
        arith::IndexCastOp::create(body, body.getIndexType(), ids(body, {}, t));
    id = arith::MaxSIOp::create(body, id, getIndex(body, 0));
    id = arith::MinSIOp::create(body, id, getIndex(body, vocabulary - 1));
    return table(body, column, id);
  };
  lowering.setValue(op.getResult(), reader, op.getType().getDimSize(1));
  return success();
}
