//===- LoweringUtils.h - What the lowerings share ---------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_CONVERSION_LLAMATOHALIDE_LOWERINGUTILS_H
#define LLAMIR_LIB_CONVERSION_LLAMATOHALIDE_LOWERINGUTILS_H

#include "llamir/Conversion/LlamaToHalide/HalideLowering.h"
#include <cmath>

namespace llamir {

using Values = llvm::SmallVector<mlir::Value>;

/// The body of a func that an update adds to.
inline Values startAtZero(mlir::ImplicitLocOpBuilder &body, mlir::ValueRange) {
  return {getF32(body, 0)};
}

/// A float expression with arithmetic operators, to write formulas as such.
struct Expression {
  mlir::ImplicitLocOpBuilder *to;
  mlir::Value value;

  Expression(mlir::ImplicitLocOpBuilder &builder, mlir::Value value)
      : to(&builder), value(value) {}
  /// A constant of the type of this expression.
  Expression number(double constant) const {
    return {*to, mlir::arith::ConstantOp::create(
                     *to, to->getFloatAttr(value.getType(), constant))};
  }
  Expression operator+(const Expression &other) const {
    return {*to, mlir::arith::AddFOp::create(*to, value, other.value)};
  }
  Expression operator-(const Expression &other) const {
    return {*to, mlir::arith::SubFOp::create(*to, value, other.value)};
  }
  Expression operator*(const Expression &other) const {
    return {*to, mlir::arith::MulFOp::create(*to, value, other.value)};
  }
  Expression operator/(const Expression &other) const {
    return {*to, mlir::arith::DivFOp::create(*to, value, other.value)};
  }
};

/// The hyperbolic tangent, in f32.
Expression tanhOf(Expression x);

/// An expression of indices with arithmetic operators, and Halide's division,
/// which rounds down.
struct Index {
  mlir::ImplicitLocOpBuilder *to;
  mlir::Value value;

  Index(mlir::ImplicitLocOpBuilder &builder, mlir::Value value)
      : to(&builder), value(value) {}
  Index number(int64_t constant) const {
    return {*to, getIndex(*to, constant)};
  }
  Index operator+(const Index &b) const {
    return {*to, mlir::arith::AddIOp::create(*to, value, b.value)};
  }
  Index operator-(const Index &b) const {
    return {*to, mlir::arith::SubIOp::create(*to, value, b.value)};
  }
  Index operator*(const Index &b) const {
    return {*to, mlir::arith::MulIOp::create(*to, value, b.value)};
  }
  Index operator/(const Index &b) const {
    return {*to, halide::DivOp::create(*to, value, b.value)};
  }
  Index operator%(const Index &b) const {
    return {*to, halide::ModOp::create(*to, value, b.value)};
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
    return {*to, mlir::arith::MinSIOp::create(*to, value, b.value)};
  }
  Index max(const Index &b) const {
    return {*to, mlir::arith::MaxSIOp::create(*to, value, b.value)};
  }
  mlir::Value lessEqual(const Index &b) const {
    return mlir::arith::CmpIOp::create(*to, mlir::arith::CmpIPredicate::sle,
                                       value, b.value);
  }
};

/// 1 / sqrt(variance + eps)
mlir::Value getScale(Expression variance, double eps);

/// Column k of row t in an element type. Steps of `interleave` columns may end
/// behind the last of `width`: there a panel has zeros, and so has what this
/// reads, for the row may hold an infinity.
mlir::Value readPadded(mlir::ImplicitLocOpBuilder &body, const Reader &rows,
                       mlir::Value k, mlir::Value t, int64_t width,
                       int64_t interleave, mlir::Type element);

/// Fails with a message where an op that sums over tokens reads what its kernel
/// computes: an array without rows has one of zeros in a kernel, which adds
/// nothing to a sum only as it is.
llvm::LogicalResult checkSummed(mlir::Operation *op,
                                llvm::ArrayRef<mlir::Value> operands,
                                HalideLowering &lowering);

llvm::LogicalResult lowerActivation(llama::ActivationOp op,
                                    HalideLowering &lowering);
llvm::LogicalResult lowerAdd(llama::AddOp op, HalideLowering &lowering);
llvm::LogicalResult lowerApplyState(llama::ApplyStateOp op,
                                    HalideLowering &lowering);
llvm::LogicalResult lowerAttention(llama::AttentionOp op,
                                   HalideLowering &lowering);
llvm::LogicalResult lowerConvert(llama::ConvertOp op, HalideLowering &lowering);
llvm::LogicalResult lowerEmbedding(llama::EmbeddingOp op,
                                   HalideLowering &lowering);
llvm::LogicalResult lowerJoin(llama::JoinOp op, HalideLowering &lowering);
llvm::LogicalResult lowerLinear(llama::LinearOp op, HalideLowering &lowering);
llvm::LogicalResult lowerLinearAttention(llama::LinearAttentionOp op,
                                         HalideLowering &lowering);
llvm::LogicalResult lowerLinearState(llama::LinearStateOp op,
                                     HalideLowering &lowering);
llvm::LogicalResult lowerMixStatistics(llama::MixStatisticsOp op,
                                       HalideLowering &lowering);
llvm::LogicalResult lowerMul(llama::MulOp op, HalideLowering &lowering);
llvm::LogicalResult lowerNormalize(llama::NormalizeOp op,
                                   HalideLowering &lowering);
llvm::LogicalResult lowerNorm(llama::NormOp op, HalideLowering &lowering);
llvm::LogicalResult lowerPack(llama::PackOp op, HalideLowering &lowering);
llvm::LogicalResult lowerRope(llama::RopeOp op, HalideLowering &lowering);
llvm::LogicalResult lowerScale(llama::ScaleOp op, HalideLowering &lowering);
llvm::LogicalResult lowerSinusoid(llama::SinusoidOp op,
                                  HalideLowering &lowering);
llvm::LogicalResult lowerSplit(llama::SplitOp op, HalideLowering &lowering);
llvm::LogicalResult lowerStatistics(llama::StatisticsOp op,
                                    HalideLowering &lowering);

} // namespace llamir

#endif // LLAMIR_LIB_CONVERSION_LLAMATOHALIDE_LOWERINGUTILS_H
