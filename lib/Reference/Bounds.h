//===- Bounds.h - How far right kernels may be ------------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Running error analysis: beside each number the models compute how far that of
// a kernel may be from it, which computes in f32 and sums in any order. A bound
// leaves out the rounding of the result, see roundResult.
//
// Source: Higham, Accuracy and Stability of Numerical Algorithms, 2002, section
// 3.3; Higham and Mary, A New Approach to Probabilistic Rounding Error
// Analysis, 2019.
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_REFERENCE_BOUNDS_H
#define LLAMIR_LIB_REFERENCE_BOUNDS_H

#include "llamir/Reference/Tensor.h"
#include <algorithm>
#include <cmath>
#include <limits>

namespace llamir::reference {

/// The relative error of one rounding to f32.
constexpr double unit = 0x1p-24;
/// The least normal f32: what is below, a kernel may take for zero.
constexpr double leastNormal = 0x1p-126;
/// No f32 is as large. Where the terms of a sum are, each order of adding them
/// gives another infinity or number.
constexpr double tooLarge = 0x1p128;
/// Of an exponential, which is right to two units in the last place.
constexpr double exponentialError = 4 * unit;

/// The error of a sum of so many products, relative to the sum of their
/// magnitudes.
///
/// Roundings of either sign add up as a random walk: 6 · sqrt(terms) of them
/// are more than one sum in a million has, a few more stand for what is done to
/// the terms and to the sum. Where products are equal, the roundings of steps
/// next to each other are so, too, each at most the partial sum's times `unit`:
/// as many as the 1024 terms that kernels add up before they begin another
/// block.
///
/// A product of average size makes 1 / terms of the magnitudes, which is more
/// than the error up to 16000 terms: none can be left out.
inline double getSumError(int64_t terms) {
  return unit * (8 + std::max(6 * std::sqrt(double(terms)),
                              double(std::min<int64_t>(terms, 1024))));
}

/// The bound of something that is anything where `magnitude` is too large.
inline double getBoundBelow(double magnitude, double bound) {
  return magnitude >= tooLarge ? std::numeric_limits<double>::infinity()
                               : bound;
}

/// A number, and how far a kernel's may be from it.
struct Number {
  double value = 0, bound = 0;

  static Number of(const Tensor &tensor, int64_t place) {
    return {tensor.data[place], tensor.getBound(place)};
  }
  void storeIn(Tensor &tensor, int64_t place) const {
    tensor.data[place] = value;
    tensor.bound[place] = bound;
  }
};

/// A sum of products.
struct Sum {
  double value = 0, magnitude = 0;
  /// How far that of a kernel may be off for its operands are.
  double error = 0;

  void add(Number a, Number b) {
    double product = a.value * b.value;
    value += product;
    magnitude += std::abs(product);
    error += a.bound * (std::abs(b.value) + b.bound) +
             std::abs(a.value) * b.bound + leastNormal;
  }
  /// With the roundings of so many terms.
  Number finish(int64_t terms) const {
    return {value,
            getBoundBelow(magnitude, error + getSumError(terms) * magnitude)};
  }
};

/// The quotient of two numbers, which is anything where the divisor may be
/// zero.
inline Number divide(Number above, Number below) {
  double value = above.value / below.value;
  double least = std::abs(below.value) - below.bound;
  if (!(least > 0))
    return {0, std::numeric_limits<double>::infinity()};
  return {value, (above.bound + std::abs(value) * below.bound) / least +
                     std::abs(value) * 2 * unit};
}

/// Makes room for the bounds of a result.
inline void addBounds(Tensor &tensor) {
  tensor.bound.assign(tensor.data.size(), 0);
}

} // namespace llamir::reference

#endif // LLAMIR_LIB_REFERENCE_BOUNDS_H
