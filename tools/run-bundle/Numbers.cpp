//===- Numbers.cpp - Numbers that are made and compared -------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Numbers.h"
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <thread>

using namespace llamir;

//===----------------------------------------------------------------------===//
// Element types
//===----------------------------------------------------------------------===//

int64_t llamir::getElementBytes(int32_t type) {
  return type == LLAMIR_F16 || type == LLAMIR_BF16 ? 2 : 4;
}

template <typename To, typename From> static To bitCast(From from) {
  static_assert(sizeof(To) == sizeof(From), "a bit cast keeps the size");
  To to;
  std::memcpy(&to, &from, sizeof(to));
  return to;
}

/// To nearest, ties to even. No NaN comes here.
static uint16_t roundToBF16(float number) {
  uint32_t bits = bitCast<uint32_t>(number);
  return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/// To nearest, ties to even, beyond the range to infinity. No NaN comes here.
static uint16_t roundToF16(float number) {
  uint16_t sign = bitCast<uint32_t>(number) >> 16 & 0x8000;
  float size = std::fabs(number);
  // The unit in the last place: of subnormal numbers 2^-24.
  int exponent = size > 0 ? std::max(std::ilogb(size), -14) : -14;
  float units = std::nearbyint(std::ldexp(size, 10 - exponent));
  uint32_t bits = uint32_t((exponent + 14) << 10) + uint32_t(units);
  return sign | uint16_t(std::min(bits, 0x7c00u));
}

static float widenF16(uint16_t bits) {
  int exponent = bits >> 10 & 31;
  float fraction = float(bits & 1023), size;
  if (exponent == 31)
    size = fraction ? std::numeric_limits<float>::quiet_NaN()
                    : std::numeric_limits<float>::infinity();
  else
    size = exponent ? std::ldexp(1024 + fraction, exponent - 25)
                    : std::ldexp(fraction, -24);
  return bits >> 15 ? -size : size;
}

static void store(int32_t type, float number, char *to) {
  uint16_t bits = 0;
  switch (type) {
  case LLAMIR_F16:
    bits = roundToF16(number);
    break;
  case LLAMIR_BF16:
    bits = roundToBF16(number);
    break;
  default:
    std::memcpy(to, &number, sizeof(number));
    return;
  }
  std::memcpy(to, &bits, sizeof(bits));
}

static float load(int32_t type, const char *from) {
  if (getElementBytes(type) == 4) {
    float number;
    std::memcpy(&number, from, sizeof(number));
    return number;
  }
  uint16_t bits;
  std::memcpy(&bits, from, sizeof(bits));
  return type == LLAMIR_F16 ? widenF16(bits)
                            : bitCast<float>(uint32_t(bits) << 16);
}

/// Numbers of this size and more round to infinity.
static double getOverflow(int32_t type) {
  switch (type) {
  case LLAMIR_F16:
    return 65520;
  case LLAMIR_BF16:
    return 0x1.ffp127;
  default:
    return 0x1.ffffffp127;
  }
}

//===----------------------------------------------------------------------===//
// Making
//===----------------------------------------------------------------------===//

/// Makes some rows of a weight.
static void makeRows(const llamir_bundle_weight &weight, int64_t begin,
                     int64_t end, char *image) {
  int64_t bytes = getElementBytes(weight.stored);
  int64_t padded =
      (weight.group + weight.width - 1) / weight.width * weight.width;
  int64_t steps = (weight.columns + weight.interleave - 1) / weight.interleave;
  for (int64_t row = begin; row < end; ++row) {
    int64_t whole = weight.first_row + row;
    int64_t place = whole / weight.group * padded + whole % weight.group;
    int64_t step = place / weight.width * steps;
    uint64_t number = uint64_t(row * weight.columns);
    for (int64_t column = 0; column < weight.columns; ++column, ++number) {
      int64_t index = ((step + column / weight.interleave) * weight.width +
                       place % weight.width) *
                          weight.interleave +
                      column % weight.interleave;
      char made[4];
      store(weight.made,
            llamir_make_weight(weight.seed, number, weight.scale, weight.mean),
            made);
      store(weight.stored, load(weight.made, made),
            image + weight.offset + index * bytes);
    }
  }
}

std::vector<char> llamir::makeWeights(const llamir_bundle_library &library) {
  std::vector<char> image(library.weights_bytes);
  for (int32_t i = 0; i < library.num_weights; ++i) {
    const llamir_bundle_weight &weight = library.weights[i];
    int64_t part = std::max<int64_t>((1 << 20) / weight.columns, 1);
    std::atomic<int64_t> next = 0;
    auto work = [&] {
      for (int64_t begin; (begin = next.fetch_add(part)) < weight.rows;)
        makeRows(weight, begin, std::min(begin + part, weight.rows),
                 image.data());
    };
    std::vector<std::thread> threads;
    int64_t most = std::min<int64_t>(std::thread::hardware_concurrency(),
                                     (weight.rows + part - 1) / part);
    for (int64_t t = 1; t < most; ++t)
      threads.emplace_back(work);
    work();
    for (std::thread &thread : threads)
      thread.join();
  }
  return image;
}

std::vector<char> llamir::makeArgument(const llamir_bundle_array &array,
                                       const int64_t *sizes, uint64_t &random) {
  int64_t elements = countElements(array, sizes),
          bytes = getElementBytes(array.type);
  std::vector<char> made(elements * bytes);
  for (int64_t i = 0; i < elements; ++i) {
    char *to = made.data() + i * bytes;
    if (array.type != LLAMIR_I32) {
      store(array.type, llamir_next_random_float(&random), to);
      continue;
    }
    int32_t number = int32_t(i);
    if (array.index_limit)
      number = int32_t(llamir_next_random(&random) % array.index_limit);
    std::memcpy(to, &number, sizeof(number));
  }
  return made;
}

//===----------------------------------------------------------------------===//
// Comparing
//===----------------------------------------------------------------------===//

/// Infinite where one of them is not a number that the other can be near to.
static double getDifference(double got, double expected) {
  if (std::isnan(got) && std::isnan(expected))
    return 0;
  if (std::isfinite(got) && std::isfinite(expected))
    return std::fabs(got - expected);
  return got == expected ? 0 : std::numeric_limits<double>::infinity();
}

/// The same as a part of the bound. An infinite bound allows everything, one
/// that is no number nothing.
static double getPart(double difference, double bound) {
  if (difference == 0 || std::isinf(bound))
    return 0;
  return std::isfinite(difference) && bound > 0
             ? difference / bound
             : std::numeric_limits<double>::infinity();
}

void llamir::compare(const llamir_bundle_array &array, const char *result,
                     const llamir_bundle_expected &expected,
                     const std::vector<char> &file, Comparison &comparison) {
  double overflow = getOverflow(array.type);
  for (int64_t i = 0; i < expected.count; ++i) {
    double number;
    float bound;
    std::memcpy(&number, file.data() + expected.numbers + i * sizeof(number),
                sizeof(number));
    std::memcpy(&bound, file.data() + expected.bounds + i * sizeof(bound),
                sizeof(bound));
    int64_t index = i * expected.step;
    double got = load(array.type, result + index * getElementBytes(array.type));
    // Infinity is as near as what rounds to it.
    if (double edge = std::copysign(overflow, got);
        std::isinf(got) && std::fabs(edge - number) <= bound)
      got = edge;
    double difference = getDifference(got, number),
           part = getPart(difference, bound);
    if (!(std::isinf(difference) && std::isinf(bound)))
      comparison.maxAbs = std::max(comparison.maxAbs, difference);
    comparison.ofBound = std::max(comparison.ofBound, part);
    comparison.expectsNaN |= std::isnan(number);
    ++comparison.compared;
    comparison.numWrong += part > 1;
    if (part > 1 && comparison.wrong < 0) {
      comparison.wrong = index;
      comparison.got = got;
      comparison.expected = number;
    }
  }
}

int64_t llamir::findNaN(const llamir_bundle_array &array, const char *result,
                        int64_t elements) {
  if (array.type == LLAMIR_I32)
    return -1;
  int64_t bytes = getElementBytes(array.type);
  for (int64_t i = 0; i < elements; ++i)
    if (std::isnan(load(array.type, result + i * bytes)))
      return i;
  return -1;
}
