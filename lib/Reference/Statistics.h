//===- Statistics.h - Mean and variance in double precision -----*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_REFERENCE_STATISTICS_H
#define LLAMIR_LIB_REFERENCE_STATISTICS_H

#include "Bounds.h"
#include <optional>

namespace llamir::reference {

/// What elements have in common that share statistics.
struct Statistics {
  int64_t count = 0;
  double sum = 0, magnitudes = 0, squares = 0;
  /// How far kernels' may be from the sums of their operands.
  double sumBound = 0, squaresBound = 0;
  double mean = 0, meanBound = 0;
  /// 1 / sqrt(variance + eps), and its relative error.
  double scale = 0, scaleError = 0;

  void addToMean(double value, double bound) {
    ++count;
    sum += value;
    magnitudes += std::abs(value);
    sumBound += bound;
  }
  void finishMean() {
    if (count == 0)
      return;
    mean = sum / double(count);
    meanBound = getBoundBelow(
        magnitudes, (getSumError(count) * magnitudes + sumBound) / count +
                        std::abs(mean) * 2 * unit);
  }
  /// Adds a difference to the mean.
  void addSquare(double difference, double bound) {
    squares += difference * difference;
    squaresBound += (2 * std::abs(difference) + bound) * bound;
  }
  /// The mean of the squares, and how far a kernel's may be from it.
  double getVariance() const {
    return count == 0 ? 0 : squares / double(count);
  }
  double getVarianceBound() const {
    return count == 0
               ? 0
               : getBoundBelow(squares,
                               (getSumError(count) * squares + squaresBound) /
                                       double(count) +
                                   getVariance() * 4 * unit + leastNormal);
  }
  /// 1 / sqrt(1 - error) - 1: of a root's reciprocal, where its operand has a
  /// relative error.
  static double getRootError(double error) {
    return error < 1 ? 1 / std::sqrt(1 - error) - 1
                     : std::numeric_limits<double>::infinity();
  }
  void finishScale(double eps) {
    double sumError = getSumError(count);
    if (std::isfinite(squares) && squares * (1 - sumError) >= tooLarge &&
        squaresBound < squares / 2)
      return; // Zero, without an error.
    double variance = squares / double(count) + eps;
    // Squares may be too small for an f32, each by itself.
    double relative =
        (sumError * squares + squaresBound) / double(count) / variance +
        leastNormal / variance + 4 * unit;
    if (squares * (1 + sumError) >= tooLarge || !(relative < 1))
      relative = 1;
    scale = 1 / std::sqrt(variance);
    scaleError = getRootError(relative);
  }
};

/// A difference to a mean, scaled, with a factor and a term; `scaleError` is
/// relative.
inline Number normalize(Number difference, double scale, double scaleError,
                        Number factor, std::optional<Number> term) {
  double value = difference.value * scale * factor.value;
  double bound = std::abs(value) * (scaleError + 4 * unit);
  // An infinite scale times no bound is none.
  if (difference.bound != 0 || factor.bound != 0)
    bound += (difference.bound * (std::abs(factor.value) + factor.bound) +
              std::abs(difference.value) * factor.bound) *
             scale * (1 + scaleError);
  if (!term)
    return {value, bound};
  double size = std::abs(value) + std::abs(term->value);
  return {value + term->value, bound + term->bound + size * unit};
}

/// The number of a channel, if there are such numbers.
inline std::optional<Number> readAffine(const Tensor *numbers, int64_t place) {
  return numbers ? std::optional(Number::of(*numbers, place)) : std::nullopt;
}

} // namespace llamir::reference

#endif // LLAMIR_LIB_REFERENCE_STATISTICS_H
