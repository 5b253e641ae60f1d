//===- TileProduct.h - Products in matrix tiles -----------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_SCHEDULE_PROCESSOR_TILEPRODUCT_H
#define LLAMIR_LIB_SCHEDULE_PROCESSOR_TILEPRODUCT_H

#include "llamir/Support/TargetInfo.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace llamir {

/// Rows of activations that a tile register holds: a call of the function needs
/// a multiple of them.
constexpr int64_t rowsOfMatrixTile = 16;

/// The function of the module that multiplies rows of bf16 by panels of bf16 in
/// the matrix tiles of AMX; made in the module unless it is there.
///
/// For each row t and panel p of the product, and each column c of the panel:
///   product(c, p, t) = sum over k of rows(k, t) · panels(k, c, p + first)
/// with f32 sums. With several `parts` the rows are rows(k, part, t), and the
/// products of all parts are added. Panels have `inputs` inputs, an even number
/// in pairs, for `width` columns, a multiple of 16 and at most 96. The function
/// is what `halide.extern` takes, with `first` as its one constant.
mlir::func::FuncOp getTileProduct(mlir::ModuleOp module,
                                  const TargetInfo &target, int64_t inputs,
                                  int64_t width, int64_t numPanels,
                                  int64_t parts);

} // namespace llamir

#endif // LLAMIR_LIB_SCHEDULE_PROCESSOR_TILEPRODUCT_H
