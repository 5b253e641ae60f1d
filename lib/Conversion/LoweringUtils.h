//===- LoweringUtils.h - What the lowerings share ---------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_CONVERSION_LOWERINGUTILS_H
#define LLAMIR_LIB_CONVERSION_LOWERINGUTILS_H

#include "llamir/Conversion/HalideLowering.h"
#include <cmath>

namespace llamir {

/// A float expression with arithmetic operators, to write formulas as such.
struct Expression {
  mlir::ImplicitLocOpBuilder &builder;
  mlir::Value value;

  Expression(mlir::ImplicitLocOpBuilder &builder, mlir::Value value)
      : builder(builder), value(value) {}
  /// A constant of the type of this expression.
  Expression number(double constant) const {
    return {builder,
            mlir::arith::ConstantOp::create(
                builder, builder.getFloatAttr(value.getType(), constant))};
  }
  Expression operator+(const Expression &other) const {
    return {builder, mlir::arith::AddFOp::create(builder, value, other.value)};
  }
  Expression operator-(const Expression &other) const {
    return {builder, mlir::arith::SubFOp::create(builder, value, other.value)};
  }
  Expression operator*(const Expression &other) const {
    return {builder, mlir::arith::MulFOp::create(builder, value, other.value)};
  }
  Expression operator/(const Expression &other) const {
    return {builder, mlir::arith::DivFOp::create(builder, value, other.value)};
  }
};

llvm::LogicalResult lowerActivation(llama::ActivationOp op,
                                    HalideLowering &lowering);
llvm::LogicalResult lowerAdd(llama::AddOp op, HalideLowering &lowering);
llvm::LogicalResult lowerAttention(llama::AttentionOp op,
                                   HalideLowering &lowering);
llvm::LogicalResult lowerEmbedding(llama::EmbeddingOp op,
                                   HalideLowering &lowering);
llvm::LogicalResult lowerJoin(llama::JoinOp op, HalideLowering &lowering);
llvm::LogicalResult lowerLinear(llama::LinearOp op, HalideLowering &lowering);
llvm::LogicalResult lowerMul(llama::MulOp op, HalideLowering &lowering);
llvm::LogicalResult lowerPack(llama::PackOp op, HalideLowering &lowering);
llvm::LogicalResult lowerRMSNorm(llama::RMSNormOp op, HalideLowering &lowering);
llvm::LogicalResult lowerRope(llama::RopeOp op, HalideLowering &lowering);
llvm::LogicalResult lowerSplit(llama::SplitOp op, HalideLowering &lowering);

} // namespace llamir

#endif // LLAMIR_LIB_CONVERSION_LOWERINGUTILS_H
