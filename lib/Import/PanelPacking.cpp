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
#include <algorithm>
#include <cstring>

using namespace llamir;

/// Four units; clang and GCC make one register of them on every target.
template <typename Unit>
using Four = Unit __attribute__((vector_size(4 * sizeof(Unit))));

/// Units of a strip: 256 bytes of a row of f32, 16 KB of a panel of width 64.
static constexpr int64_t stripLength = 64;

template <typename Unit> static Four<Unit> load4(const char *from) {
  Four<Unit> units;
  std::memcpy(&units, from, sizeof(units));
  return units;
}

template <typename Unit> static void store4(char *to, Four<Unit> units) {
  std::memcpy(to, &units, sizeof(units));
}

/// Four rows from unit `begin` to `end`, which become four neighbouring lanes
/// of the panel; `out` is the first of them at unit `begin`.
template <typename Unit>
static void packFourRows(const char *const *rows, int64_t begin, int64_t end,
                         int64_t stride, char *out) {
  constexpr int64_t size = sizeof(Unit);
  int64_t k = begin;
  for (; k + 4 <= end; k += 4, out += 4 * stride) {
    auto a = load4<Unit>(rows[0] + k * size),
         b = load4<Unit>(rows[1] + k * size),
         c = load4<Unit>(rows[2] + k * size),
         d = load4<Unit>(rows[3] + k * size);
    auto ab01 = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    auto cd01 = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    auto ab23 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    auto cd23 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    store4<Unit>(out, __builtin_shufflevector(ab01, cd01, 0, 1, 4, 5));
    store4<Unit>(out + stride, __builtin_shufflevector(ab01, cd01, 2, 3, 6, 7));
    store4<Unit>(out + 2 * stride,
                 __builtin_shufflevector(ab23, cd23, 0, 1, 4, 5));
    store4<Unit>(out + 3 * stride,
                 __builtin_shufflevector(ab23, cd23, 2, 3, 6, 7));
  }
  for (; k < end; ++k, out += stride)
    for (int lane = 0; lane < 4; ++lane)
      std::memcpy(out + lane * size, rows[lane] + k * size, size);
}

template <typename Unit>
static void pack(llvm::ArrayRef<const char *> rows, int64_t count, char *out) {
  constexpr int64_t size = sizeof(Unit);
  int64_t width = rows.size(), stride = width * size;
  for (int64_t begin = 0; begin < count; begin += stripLength) {
    int64_t end = std::min(begin + stripLength, count);
    char *strip = out + begin * stride;
    for (int64_t lane = 0; lane < width; lane += 4) {
      const char *const *four = rows.data() + lane;
      char *to4 = strip + lane * size;
      int64_t lanes = std::min<int64_t>(4, width - lane);
      if (lanes == 4 && std::find(four, four + 4, nullptr) == four + 4) {
        packFourRows<Unit>(four, begin, end, stride, to4);
        continue;
      }
      // The last lanes of an odd width, and lanes without a row.
      for (int64_t k = begin; k < end; ++k, to4 += stride)
        for (int64_t i = 0; i < lanes; ++i)
          if (four[i])
            std::memcpy(to4 + i * size, four[i] + k * size, size);
          else
            std::memset(to4 + i * size, 0, size);
    }
  }
}

/// Units of any size, one by one; a panel of one row is a copy of it.
static void packUnits(int64_t unitBytes, llvm::ArrayRef<const char *> rows,
                      int64_t count, char *to) {
  if (rows.size() == 1) {
    unitBytes *= count;
    count = 1;
  }
  for (int64_t k = 0; k < count; ++k)
    for (const char *row : rows) {
      if (row)
        std::memcpy(to, row + k * unitBytes, unitBytes);
      else
        std::memset(to, 0, unitBytes);
      to += unitBytes;
    }
}

void llamir::packPanel(int64_t unitBytes, llvm::ArrayRef<const char *> rows,
                       int64_t count, char *to) {
  if (rows.size() == 1)
    return packUnits(unitBytes, rows, count, to);
  switch (unitBytes) {
  case 1:
    return pack<uint8_t>(rows, count, to);
  case 2:
    return pack<uint16_t>(rows, count, to);
  case 4:
    return pack<uint32_t>(rows, count, to);
  case 8:
    return pack<uint64_t>(rows, count, to);
  default:
    return packUnits(unitBytes, rows, count, to);
  }
}
