//===- WeightConversion.h - Numbers in another element type -----*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_IMPORT_WEIGHTCONVERSION_H
#define LLAMIR_LIB_IMPORT_WEIGHTCONVERSION_H

#include "llamir/Support/ElementType.h"
#include "llvm/ADT/ArrayRef.h"
#include <vector>

namespace llamir {

/// How far conversions moved numbers.
struct ConversionError {
  double largest = 0;
  /// Sums over all finite numbers: of the squared errors, and of the squares.
  double errorSquares = 0, squares = 0;

  void add(const ConversionError &other);
  /// The root mean square of the errors as a part of that of the numbers.
  double getRelative() const;
};

/// Numbers that have no place in the type they are converted to.
enum class ConversionFault { None, NaN, TooLarge };

/// Converts numbers from type to type, each to the nearest, the even one of
/// two. An infinity stays one.
class WeightConverter {
public:
  /// With `saturate`, a finite number beyond the range becomes the largest one
  /// of its sign, which is a fault otherwise.
  WeightConverter(ElementType from, ElementType to, bool saturate);

  /// Converts `count` numbers; neither array need be aligned. After a fault
  /// what was written is of no use.
  ConversionFault convert(const char *from, char *to, int64_t count,
                          ConversionError &error);

private:
  ConversionFault convertBlock(const char *from, char *to, int64_t count,
                               ConversionError &error);

  ElementType from, to;
  bool saturate;
  /// From there on a number is rounded to an infinity.
  float limit;
  float largest;
};

} // namespace llamir

#endif // LLAMIR_LIB_IMPORT_WEIGHTCONVERSION_H
