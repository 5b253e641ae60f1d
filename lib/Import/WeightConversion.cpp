//===- WeightConversion.cpp - Numbers in another element type -------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightConversion.h"
#include <algorithm>
#include <cmath>
#include <limits>

using namespace llamir;

/// Numbers that are converted at once: they stay in the first-level cache.
static constexpr int64_t blockSize = 2048;

void ConversionError::add(const ConversionError &other) {
  largest = std::max(largest, other.largest);
  errorSquares += other.errorSquares;
  squares += other.squares;
}

double ConversionError::getRelative() const {
  return squares > 0 ? std::sqrt(errorSquares / squares) : 0;
}

WeightConverter::WeightConverter(ElementType from, ElementType to,
                                 bool saturate)
    : from(from), to(to), saturate(saturate) {
  // Halfway between the largest number and the next that there would be: a tie
  // goes to the even one, which is that one.
  switch (to) {
  case ElementType::F16:
    largest = 65504.0f;
    limit = 65520.0f;
    break;
  case ElementType::BF16:
    largest = fromBF16(0x7f7f);
    limit = 0x1.ffp127f;
    break;
  default:
    limit = largest = std::numeric_limits<float>::infinity();
  }
}

/// Adds how far `stored` is from `numbers`, in sums side by side.
static void measure(const float *numbers, const float *stored, int64_t count,
                    ConversionError &error) {
  constexpr int64_t lanes = 8;
  double errors[lanes] = {}, squares[lanes] = {};
  float worst[lanes] = {};
  for (int64_t i = 0; i < count; i += lanes)
    for (int64_t lane = 0; lane < std::min(lanes, count - i); ++lane) {
      float number = numbers[i + lane], moved = stored[i + lane] - number;
      // An infinity has not moved.
      moved = stored[i + lane] == number ? 0 : moved;
      number = std::abs(number) < std::numeric_limits<float>::infinity()
                   ? number
                   : 0;
      worst[lane] = std::max(worst[lane], std::abs(moved));
      errors[lane] += double(moved) * moved;
      squares[lane] += double(number) * number;
    }
  for (int64_t lane = 0; lane < lanes; ++lane)
    error.add({worst[lane], errors[lane], squares[lane]});
}

ConversionFault WeightConverter::convertBlock(const char *in, char *out,
                                              int64_t count,
                                              ConversionError &error) {
  float numbers[blockSize], stored[blockSize];
  convertToF32(from, in, numbers, count);
  // Comparisons that vectorize; those with a NaN are false.
  int faults = 0, nans = 0;
  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (int64_t i = 0; i < count; ++i) {
    float magnitude = std::abs(numbers[i]);
    faults += (magnitude >= limit) & (magnitude < infinity);
    nans += numbers[i] != numbers[i];
  }
  if (nans > 0)
    return ConversionFault::NaN;
  if (faults > 0 && !saturate)
    return ConversionFault::TooLarge;
  if (faults > 0)
    for (int64_t i = 0; i < count; ++i)
      if (std::isfinite(numbers[i]))
        numbers[i] = std::clamp(numbers[i], -largest, largest);
  convertFromF32(to, numbers, out, count);
  convertToF32(to, out, stored, count);
  if (faults > 0)
    convertToF32(from, in, numbers, count);
  measure(numbers, stored, count, error);
  return ConversionFault::None;
}

ConversionFault WeightConverter::convert(const char *in, char *out,
                                         int64_t count,
                                         ConversionError &error) {
  for (int64_t i = 0; i < count; i += blockSize) {
    ConversionFault fault =
        convertBlock(in + i * getSize(from), out + i * getSize(to),
                     std::min(blockSize, count - i), error);
    if (fault != ConversionFault::None)
      return fault;
  }
  return ConversionFault::None;
}
