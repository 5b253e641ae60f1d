//===- Numbers.h - Numbers that are made and compared --------- -*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TOOLS_RUNBUNDLE_NUMBERS_H
#define LLAMIR_TOOLS_RUNBUNDLE_NUMBERS_H

#include "Library.h"

namespace llamir {

/// Bytes of an element of a llamir_type.
int64_t getElementBytes(int32_t type);

/// Makes all weights of a library.
std::vector<char> makeWeights(const llamir_bundle_library &library);

/// Makes an argument with the next numbers of a sequence.
std::vector<char> makeArgument(const llamir_bundle_array &array,
                               const int64_t *sizes, uint64_t &random);

/// A result next to what is expected.
struct Comparison {
  /// Largest difference, and the largest part that one has of its bound.
  double maxAbs = 0, ofBound = 0;
  int64_t compared = 0;
  /// The first element that is beyond its bound, or -1; how many are; what the
  /// first one is, and what it should be.
  int64_t wrong = -1, numWrong = 0;
  double got = 0, expected = 0;
  /// Whether there is a NaN among what is expected.
  bool expectsNaN = false;
};

/// Compares the elements that the reference computed. Infinities and NaNs must
/// be what is expected, but for what rounds to infinity.
void compare(const llamir_bundle_array &array, const char *result,
             const llamir_bundle_expected &expected,
             const std::vector<char> &file, Comparison &comparison);

/// The first element that is NaN, or -1.
int64_t findNaN(const llamir_bundle_array &array, const char *result,
                int64_t elements);

} // namespace llamir

#endif // LLAMIR_TOOLS_RUNBUNDLE_NUMBERS_H
