//===- HalideScheduleTranslation.h - Schedules in libHalide's calls ---*- C++
//-*===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_TARGET_HALIDESCHEDULETRANSLATION_H
#define LLAMIR_LIB_TARGET_HALIDESCHEDULETRANSLATION_H

#include "HalideTranslation.h"
#include <map>

namespace llamir {

Halide::Type toHalideType(mlir::Type type);

/// Runs `action`; what libHalide throws becomes an error on `op`.
template <typename Action>
llvm::LogicalResult guard(mlir::Operation &op, Action action) {
  try {
    return action();
  } catch (const Halide::Error &error) {
    return op.emitError() << "Halide: " << llvm::StringRef(error.what()).trim();
  }
}

/// Expressions, and what they read.
struct ExprTranslator {
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

  /// The expression of an op with one result, undefined where there is none.
  Halide::Expr translate(mlir::Operation &op);
  /// All expressions of the body of a definition.
  llvm::LogicalResult translateBlock(mlir::Block &block);
  llvm::LogicalResult translateAt(halide::AtOp at);
};

/// Applies the directives of a schedule to the funcs in `translator`.
llvm::LogicalResult translateSchedule(halide::ScheduleOp schedule,
                                      ExprTranslator &translator);

} // namespace llamir

#endif // LLAMIR_LIB_TARGET_HALIDESCHEDULETRANSLATION_H
