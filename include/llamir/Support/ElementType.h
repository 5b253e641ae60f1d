//===- ElementType.h - Types of array elements ------------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_SUPPORT_ELEMENTTYPE_H
#define LLAMIR_SUPPORT_ELEMENTTYPE_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <cstring>

namespace llamir {

/// Types of the elements of arrays in files and buffers, all little-endian.
enum class ElementType { F64, F32, F16, BF16, I64, I32, U8 };

/// Bytes of an element.
int64_t getSize(ElementType type);
/// As in messages: "f32".
llvm::StringRef getName(ElementType type);
/// Whether it is one of the floating-point types.
inline bool isFloat(ElementType type) { return type <= ElementType::BF16; }

namespace detail {
template <typename To, typename From> To bitCast(From from) {
  static_assert(sizeof(To) == sizeof(From), "a bit cast keeps the size");
  To to;
  std::memcpy(&to, &from, sizeof(to));
  return to;
}
} // namespace detail

// Both directions are free of branches on the value, so that a loop over them
// becomes vector code. A NaN stays a NaN (a quiet one when it is narrowed).

/// The value of a brain float: the upper half of an f32.
inline float fromBF16(uint16_t bits) {
  return detail::bitCast<float>(uint32_t(bits) << 16);
}

/// The nearest brain float, the even one of two.
inline uint16_t toBF16(float value) {
  uint32_t word = detail::bitCast<uint32_t>(value);
  uint32_t rounded = (word + 0x7fff + ((word >> 16) & 1)) >> 16;
  uint32_t quiet = (word >> 16) | 0x40;
  return uint16_t((word & 0x7fffffff) > 0x7f800000 ? quiet : rounded);
}

/// The value of a half.
inline float fromF16(uint16_t bits) {
  uint32_t sign = uint32_t(bits & 0x8000) << 16, magnitude = bits & 0x7fff;
  // As an f32 with the half's exponent, which is 112 too small; the product
  // with 2^112 corrects it and normalizes subnormal numbers on the way.
  float value = detail::bitCast<float>(magnitude << 13) * 0x1p112f;
  uint32_t word = detail::bitCast<uint32_t>(value);
  word = magnitude >= 0x7c00 ? 0x7f800000 | magnitude << 13 : word;
  return detail::bitCast<float>(word | sign);
}

/// The nearest half, the even one of two; infinity from 65520 on.
inline uint16_t toF16(float value) {
  uint32_t word = detail::bitCast<uint32_t>(value);
  uint32_t sign = (word >> 16) & 0x8000, magnitude = word & 0x7fffffff;
  // Normal halves: round off 13 bits of the mantissa, move the exponent.
  uint32_t normal =
      (magnitude + 0xfff + ((magnitude >> 13) & 1) - 0x38000000) >> 13;
  // Subnormal halves count units of 2^-24: adding 0.5, whose last place that
  // is, leaves the rounded count in the lowest bits.
  uint32_t subnormal =
      detail::bitCast<uint32_t>(detail::bitCast<float>(magnitude) + 0.5f) -
      0x3f000000;
  uint32_t half = magnitude < 0x38800000 ? subnormal : normal;
  half = magnitude >= 0x477ff000 ? 0x7c00 : half;
  half = magnitude > 0x7f800000 ? 0x7e00 | ((magnitude >> 13) & 0x3ff) : half;
  return uint16_t(half | sign);
}

/// Converts `count` elements of `type`, a floating-point type, to f32. `from`
/// need not be aligned.
void convertToF32(ElementType type, const char *from, float *to, int64_t count);

/// Converts `count` numbers to elements of `type`, a floating-point type, each
/// to the nearest, the even one of two. `to` need not be aligned.
void convertFromF32(ElementType type, const float *from, char *to,
                    int64_t count);

/// An element at any address as a double. I64 beyond 2^53 is rounded.
double readElement(ElementType type, const char *from);

} // namespace llamir

#endif // LLAMIR_SUPPORT_ELEMENTTYPE_H
