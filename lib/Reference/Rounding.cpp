//===- Rounding.cpp - Rounding of the reference ---------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Reference/Rounding.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir;
using namespace llamir;
using namespace llamir::reference;

namespace {
/// What an element type can hold.
struct Format {
  /// Bits of the significand, with the leading one.
  int digits;
  /// Of the largest number; that of the smallest normal one is 1 - exponent.
  int maxExponent;

  double round(double value) const;
  double getLargest() const {
    return std::ldexp(2 - std::ldexp(1.0, 1 - digits), maxExponent);
  }
  double getOverflow() const {
    return std::ldexp(2 - std::ldexp(1.0, -digits), maxExponent);
  }
};
} // namespace

static constexpr Format f32Format = {24, 127};

static Format getFormat(Type elementType) {
  if (isa<BFloat16Type>(elementType))
    return {8, 127};
  if (isa<Float16Type>(elementType))
    return {11, 15};
  assert(isa<Float32Type>(elementType) && "no type of an element");
  return f32Format;
}

double Format::round(double value) const {
  if (!std::isfinite(value) || value == 0)
    return value;
  if (std::abs(value) >= getOverflow())
    return std::copysign(std::numeric_limits<double>::infinity(), value);
  // Below the normal numbers the last place stays that of the smallest one.
  int exponent = std::max(std::ilogb(value), 1 - maxExponent);
  // A sum this large has its last place at that of the result, so that the
  // addition rounds, to the even one of two.
  double shift = std::ldexp(1.5, exponent - digits + 1 + 52);
  return std::copysign((value + shift) - shift, value);
}

double reference::roundToElement(Type elementType, double value) {
  return getFormat(elementType).round(value);
}

double reference::getOverflow(Type elementType) {
  return getFormat(elementType).getOverflow();
}

namespace {
/// A number and how far a right kernel may be from it.
struct Bounded {
  double value, bound;
};
} // namespace

/// What `value`, which a kernel has with an error of at most `bound`, becomes
/// in a format. With `keep` it is not rounded itself.
static Bounded roundBounded(const Format &format, double value, double bound,
                            bool keep) {
  // Rounding is monotone: the ends of an interval bound what is between them.
  double low = format.round(value - bound), high = format.round(value + bound);
  if (low == high && std::isinf(low))
    return {low, 0};
  double largest = format.getLargest();
  double rounded = keep ? value : format.round(value);
  rounded = std::clamp(rounded, -largest, largest);
  auto getFinite = [&](double end) {
    return std::isinf(end) ? std::copysign(format.getOverflow(), end) : end;
  };
  bool unknown = !(bound <= std::numeric_limits<double>::max());
  return {rounded, unknown ? bound
                           : std::max(getFinite(high) - rounded,
                                      rounded - getFinite(low))};
}

void reference::roundResult(Tensor &result, Type elementType) {
  if (!isa<FloatType>(elementType))
    return;
  Format format = getFormat(elementType);
  bool isF32 = format.digits == f32Format.digits;
  result.bound.resize(result.data.size());
  for (auto [value, bound] : llvm::zip(result.data, result.bound)) {
    if (!std::isfinite(value)) {
      bound = 0;
      continue;
    }
    Bounded number = roundBounded(f32Format, value, bound, /*keep=*/true);
    if (!isF32 && std::isfinite(number.value))
      number = roundBounded(format, number.value, number.bound, /*keep=*/false);
    value = number.value;
    bound = number.bound;
  }
  if (llvm::all_of(result.bound, [](double bound) { return bound == 0; }))
    result.bound.clear();
}
