//===- Compare.h - Compare results with the reference -----------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_REFERENCE_COMPARE_H
#define LLAMIR_REFERENCE_COMPARE_H

#include "llamir/Reference/Tensor.h"
#include "mlir/IR/Types.h"

namespace llamir::reference {

/// A result next to the reference.
struct Comparison {
  /// Largest difference.
  double maxAbs = 0;
  /// The same, relative to the largest finite magnitude that was expected.
  double maxRel = 0;
  /// The largest part that a difference has of its number's bound.
  double ofBound = 0;

  bool ok() const { return ofBound <= 1; }
};

/// Compares a result of this element type with what the reference says, number
/// by number. Where no number is within the bound of another, as an infinity or
/// a NaN, they must be equal; a NaN equals a NaN. Where the bound reaches what
/// rounds to infinity, so does the result. Results of different lengths have an
/// infinite error.
Comparison compare(llvm::ArrayRef<float> got, const Tensor &expected,
                   mlir::Type elementType);

} // namespace llamir::reference

#endif // LLAMIR_REFERENCE_COMPARE_H
