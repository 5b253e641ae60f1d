//===- Compare.cpp - Compare results with the reference -------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Reference/Compare.h"
#include "llamir/Reference/Rounding.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir;
using namespace llamir;
using namespace llamir::reference;

/// The difference of two numbers; infinite where one of them is not a number
/// that the other can be near to.
static double getDifference(double got, double expected) {
  if (std::isnan(got) && std::isnan(expected))
    return 0;
  if (std::isfinite(got) && std::isfinite(expected))
    return std::abs(got - expected);
  return got == expected ? 0 : std::numeric_limits<double>::infinity();
}

/// The same as a part of the bound.
static double getPart(double difference, double bound) {
  if (difference == 0)
    return 0;
  // An infinite bound allows everything, one that is no number nothing.
  if (std::isinf(bound))
    return 0;
  return std::isfinite(difference) && bound > 0
             ? difference / bound
             : std::numeric_limits<double>::infinity();
}

Comparison reference::compare(ArrayRef<float> got, const Tensor &expected,
                              Type elementType) {
  Comparison comparison;
  if (got.size() != expected.data.size()) {
    comparison.maxAbs = comparison.maxRel = comparison.ofBound =
        std::numeric_limits<double>::infinity();
    return comparison;
  }
  double largest = 0, overflow = getOverflow(elementType);
  for (size_t i = 0; i < got.size(); ++i) {
    double value = got[i], reference = expected.data[i],
           bound = expected.getBound(i);
    if (std::isfinite(reference))
      largest = std::max(largest, std::abs(reference));
    // Infinity is as near as what rounds to it.
    if (double edge = std::copysign(overflow, value);
        std::isinf(value) && std::abs(edge - reference) <= bound)
      value = edge;
    double difference = getDifference(value, reference);
    if (!(std::isinf(difference) && std::isinf(bound)))
      comparison.maxAbs = std::max(comparison.maxAbs, difference);
    comparison.ofBound =
        std::max(comparison.ofBound, getPart(difference, bound));
  }
  // Next to zeros alone there is no scale: any difference is infinite.
  if (comparison.maxAbs > 0)
    comparison.maxRel = largest > 0 ? comparison.maxAbs / largest
                                    : std::numeric_limits<double>::infinity();
  return comparison;
}
