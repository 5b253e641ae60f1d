//===- HalideExpressions.h - Expressions in libHalide's objects -*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_TARGET_HALIDEEXPRESSIONS_H
#define LLAMIR_LIB_TARGET_HALIDEEXPRESSIONS_H

#include "HalideTranslation.h"
#include <map>

namespace llamir {

/// Expressions, and what they read.
struct ExprTranslator {
  explicit ExprTranslator(const TargetInfo &target)
      : isDevice(target.isDevice()) {}

  /// libHalide's type for a number; an index has 32 bits there. On a device,
  /// where libHalide has no bf16 and f16, they are their bits.
  Halide::Type toHalideType(mlir::Type type) const;
  llvm::DenseMap<mlir::Value, Halide::Expr> exprs;
  llvm::DenseMap<mlir::Value, Halide::Func> funcs;
  llvm::DenseMap<mlir::Value, Halide::ImageParam> params;
  struct Tables {
    std::map<void *, Halide::Buffer<>> buffers;
    Halide::Buffer<> &operator[](mlir::Value value) {
      return buffers[value.getAsOpaquePointer()];
    }
    Halide::Buffer<> &at(mlir::Value value) {
      return buffers.at(value.getAsOpaquePointer());
    }
  } tables;

  /// The expressions of an op's results.
  llvm::LogicalResult translate(mlir::Operation &op);
  /// All expressions of the body of a definition.
  llvm::LogicalResult translateBlock(mlir::Block &block);

private:
  /// libHalide visits expressions recursively, with stack for some thousands.
  static constexpr unsigned maximumDepth = 1000;

  llvm::LogicalResult translateAt(halide::AtOp at);
  bool isBits(mlir::Type type) const {
    return isDevice && llvm::isa<mlir::BFloat16Type, mlir::Float16Type>(type);
  }
  /// An op with operands or results that are bits; undefined where there is
  /// none.
  Halide::Expr buildOnBits(mlir::Operation &op);
  /// Undefined where there is none.
  Halide::Expr build(mlir::Operation &op);

  bool isDevice;
  /// How many ops lie on top of each other in each expression.
  llvm::DenseMap<mlir::Value, unsigned> depths;
};

} // namespace llamir

#endif // LLAMIR_LIB_TARGET_HALIDEEXPRESSIONS_H
