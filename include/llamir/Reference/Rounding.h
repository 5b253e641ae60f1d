//===- Rounding.h - Rounding of the reference -------------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_REFERENCE_ROUNDING_H
#define LLAMIR_REFERENCE_ROUNDING_H

#include "llamir/Reference/Tensor.h"
#include "mlir/IR/Types.h"

namespace llamir::reference {

/// The number of an element type (f32, bf16 or f16) nearest to `value`, the
/// even one of two; infinity from getOverflow() on. NaN stays NaN.
double roundToElement(mlir::Type elementType, double value);

/// The smallest magnitude that rounds to infinity.
double getOverflow(mlir::Type elementType);

/// Rounds what an op computed, whose bounds are those of an f32 not yet
/// rounded, to the element type as the op's result: the bound of an element is
/// then how far a kernel may be that computed in f32 and rounded once.
///
/// Numbers of bf16 and f16 are rounded, those of f32 stay as they are where
/// they do not overflow: the bound has the rounding in it. Where only a part of
/// what is within the bound overflows, the number is the largest finite one,
/// and the bound reaches as far as getOverflow(): infinity is right, too. An
/// element that is infinite or no number has the bound zero.
void roundResult(Tensor &result, mlir::Type elementType);

} // namespace llamir::reference

#endif // LLAMIR_REFERENCE_ROUNDING_H
