//===- PanelProduct.h - Products of packed weights --------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_SCHEDULE_PROCESSOR_PANELPRODUCT_H
#define LLAMIR_LIB_SCHEDULE_PROCESSOR_PANELPRODUCT_H

#include "mlir/IR/Value.h"
#include <cstdint>
#include <optional>

namespace llamir {

/// What a func of the lowering of llama.linear computes:
///   product(c, p, t) = sum over k of rows(k, t) · weight(k, c, p + first)
struct PanelProduct {
  /// The packed weight, an argument of the pipeline.
  mlir::Value weight;
  int64_t first;
  /// The func of bf16 that the rows come from: of role "rows", or, where they
  /// are of f32, "parts", with the parts as its second dimension.
  mlir::Value rows;
};

/// Whether `product` is that: the sum itself, or what it reads of `sum`.
/// Someone may have edited the pipeline; what a function of halide.extern
/// computes in its place must be the same. How rows are read, past the last
/// token and behind an odd number of inputs, is not looked at.
std::optional<PanelProduct> matchPanelProduct(mlir::Value product,
                                              mlir::Value sum);

} // namespace llamir

#endif // LLAMIR_LIB_SCHEDULE_PROCESSOR_PANELPRODUCT_H
