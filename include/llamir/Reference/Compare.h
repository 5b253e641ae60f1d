//===- Compare.h - Compare results with the reference -----------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_REFERENCE_COMPARE_H
#define LLAMIR_REFERENCE_COMPARE_H

#include "mlir/IR/Operation.h"
#include "mlir/IR/Types.h"
#include "llvm/ADT/ArrayRef.h"
#include <cmath>
#include <cstdint>

namespace llamir::reference {

/// How far a result may be from the reference, relative to the largest
/// magnitude of the expected result.
///
/// A sum of K terms in f32 makes one rounding error of at most 2^-24 of the
/// partial sum in each step. The errors have either sign and are independent
/// enough to add up as a random walk, which is sqrt(K) steps long and not K;
/// the constant 8 stands for the few roundings outside of the sum (scale,
/// exponential, gain) where K is small. So f32 allows 2^-24 · (8 + sqrt(K)),
/// and never more than 1e-5: beyond that a difference is a mistake, not
/// rounding. A result that is stored in bf16 or f16 is rounded once more, by at
/// most 2^-9 and 2^-12 of itself; twice that is allowed, for the inputs are
/// rounded too.
///
/// `elementType` is f32, bf16 or f16; a length below one counts as one.
double getTolerance(mlir::Type elementType, int64_t reductionLength);

/// The number of terms that are summed one after the other from the inputs of
/// `kernel` to its results, for getTolerance: an op is as long as its sum, and
/// ops that run one after the other add up, also those in nested kernels and in
/// functions that are launched or called. The relative errors of two factors
/// add up, so a product is as long as the sum that has both errors. `kernel` is
/// a compute op, a llama.kernel or a function; `keys` is the number of keys of
/// an attention. Saturates instead of overflowing.
int64_t getReductionLength(mlir::Operation *kernel, int64_t keys);

/// A result next to the reference.
struct Comparison {
  /// Largest difference.
  double maxAbs = 0;
  /// The same, relative to the largest finite magnitude that was expected.
  double maxRel = 0;
  /// Where the largest difference is, -1 when there is none, and the numbers.
  int64_t worst = -1;
  double got = 0, expected = 0;

  /// An infinite error is outside of every tolerance.
  bool ok(double tolerance) const {
    return std::isfinite(maxRel) && maxRel <= tolerance;
  }
};

/// Compares element by element. A NaN equals a NaN, and an infinity one of the
/// same sign; next to anything else they are an infinite error. So are results
/// of different lengths.
Comparison compare(llvm::ArrayRef<float> got, llvm::ArrayRef<double> expected);

} // namespace llamir::reference

#endif // LLAMIR_REFERENCE_COMPARE_H
