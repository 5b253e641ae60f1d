//===- PanelPacking.cpp - Rows into panels --------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A transposition: rows of the weight become columns of the panel. It is done
// in blocks of 4 x 4 in registers, and these run over a strip of columns whose
// part of the panel stays in the first-level cache, so that each cache line of
// rows and panel is moved once.
//
//===----------------------------------------------------------------------===//

#include "PanelPacking.h"
#include "llvm/Support/ErrorHandling.h"
#include <algorithm>

using namespace llamir;

// Four numbers; clang and GCC make one register of them on every target.
using Float4 = float __attribute__((vector_size(16)));

/// Columns of a strip: 256 bytes of an f32 row, 16 KB of a panel of width 64.
static constexpr int64_t stripColumns = 64;

namespace {
template <ElementType type> struct Element;
template <> struct Element<ElementType::F32> {
  using Storage = float;
  static float widen(float value) { return value; }
  static float narrow(float value) { return value; }
};
template <> struct Element<ElementType::BF16> {
  using Storage = uint16_t;
  static float widen(uint16_t bits) { return fromBF16(bits); }
  static uint16_t narrow(float value) { return toBF16(value); }
};
template <> struct Element<ElementType::F16> {
  using Storage = uint16_t;
  static float widen(uint16_t bits) { return fromF16(bits); }
  static uint16_t narrow(float value) { return toF16(value); }
};
} // namespace

template <ElementType type> static Float4 load4(const char *from) {
  typename Element<type>::Storage stored[4];
  std::memcpy(stored, from, sizeof(stored));
  Float4 values;
  for (int i = 0; i < 4; ++i)
    values[i] = Element<type>::widen(stored[i]);
  return values;
}

template <ElementType type> static void store4(char *to, Float4 values) {
  typename Element<type>::Storage stored[4];
  for (int i = 0; i < 4; ++i)
    stored[i] = Element<type>::narrow(values[i]);
  std::memcpy(to, stored, sizeof(stored));
}

template <ElementType from, ElementType to>
static void packElement(const char *row, int64_t k, char *out) {
  typename Element<from>::Storage stored;
  std::memcpy(&stored, row + k * sizeof(stored), sizeof(stored));
  auto result = Element<to>::narrow(Element<from>::widen(stored));
  std::memcpy(out, &result, sizeof(result));
}

/// Four rows from column `begin` to `end`, which become four neighbouring lanes
/// of the panel; `out` is the first of them at column `begin`.
template <ElementType from, ElementType to>
static void packFourRows(const char *const *rows, int64_t begin, int64_t end,
                         int64_t stride, char *out) {
  constexpr int64_t fromSize = sizeof(typename Element<from>::Storage);
  constexpr int64_t toSize = sizeof(typename Element<to>::Storage);
  int64_t k = begin;
  for (; k + 4 <= end; k += 4, out += 4 * stride) {
    Float4 a = load4<from>(rows[0] + k * fromSize),
           b = load4<from>(rows[1] + k * fromSize),
           c = load4<from>(rows[2] + k * fromSize),
           d = load4<from>(rows[3] + k * fromSize);
    Float4 ab01 = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    Float4 cd01 = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    Float4 ab23 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    Float4 cd23 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    store4<to>(out, __builtin_shufflevector(ab01, cd01, 0, 1, 4, 5));
    store4<to>(out + stride, __builtin_shufflevector(ab01, cd01, 2, 3, 6, 7));
    store4<to>(out + 2 * stride,
               __builtin_shufflevector(ab23, cd23, 0, 1, 4, 5));
    store4<to>(out + 3 * stride,
               __builtin_shufflevector(ab23, cd23, 2, 3, 6, 7));
  }
  for (; k < end; ++k, out += stride)
    for (int lane = 0; lane < 4; ++lane)
      packElement<from, to>(rows[lane], k, out + lane * toSize);
}

template <ElementType from, ElementType to>
static void pack(llvm::ArrayRef<const char *> rows, int64_t columns,
                 char *out) {
  constexpr int64_t toSize = sizeof(typename Element<to>::Storage);
  int64_t width = rows.size(), stride = width * toSize;
  for (int64_t begin = 0; begin < columns; begin += stripColumns) {
    int64_t end = std::min(begin + stripColumns, columns);
    char *strip = out + begin * stride;
    for (int64_t lane = 0; lane < width; lane += 4) {
      const char *const *four = rows.data() + lane;
      char *to4 = strip + lane * toSize;
      int64_t lanes = std::min<int64_t>(4, width - lane);
      if (lanes == 4 && std::find(four, four + 4, nullptr) == four + 4) {
        packFourRows<from, to>(four, begin, end, stride, to4);
        continue;
      }
      // The last lanes of an odd width, and lanes without a row.
      for (int64_t k = begin; k < end; ++k, to4 += stride)
        for (int64_t i = 0; i < lanes; ++i)
          if (four[i])
            packElement<from, to>(four[i], k, to4 + i * toSize);
          else
            std::memset(to4 + i * toSize, 0, toSize);
    }
  }
}

template <ElementType from>
static void packTo(llvm::ArrayRef<const char *> rows, int64_t columns,
                   ElementType toType, char *to) {
  switch (toType) {
  case ElementType::F32:
    return pack<from, ElementType::F32>(rows, columns, to);
  case ElementType::BF16:
    return pack<from, ElementType::BF16>(rows, columns, to);
  case ElementType::F16:
    return pack<from, ElementType::F16>(rows, columns, to);
  default:
    llvm_unreachable("not a type of weights");
  }
}

void llamir::packPanel(ElementType fromType, llvm::ArrayRef<const char *> rows,
                       int64_t columns, ElementType toType, char *to) {
  switch (fromType) {
  case ElementType::F32:
    return packTo<ElementType::F32>(rows, columns, toType, to);
  case ElementType::BF16:
    return packTo<ElementType::BF16>(rows, columns, toType, to);
  case ElementType::F16:
    return packTo<ElementType::F16>(rows, columns, toType, to);
  default:
    llvm_unreachable("not a type of weights");
  }
}
