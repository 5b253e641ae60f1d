//===- ElementTypeTest.cpp - Types of array elements ----------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Support/ElementType.h"
#include "llvm/ADT/APFloat.h"
#include "gtest/gtest.h"
#include <cmath>
#include <random>

using namespace llamir;

/// What LLVM's arbitrary-precision floats say.
static uint16_t narrowByLLVM(float value, const llvm::fltSemantics &semantics) {
  llvm::APFloat number(value);
  bool lost;
  number.convert(semantics, llvm::APFloat::rmNearestTiesToEven, &lost);
  return uint16_t(number.bitcastToAPInt().getZExtValue());
}

static float widenByLLVM(uint16_t bits, const llvm::fltSemantics &semantics) {
  llvm::APFloat number(semantics, llvm::APInt(16, bits));
  bool lost;
  number.convert(llvm::APFloat::IEEEsingle(),
                 llvm::APFloat::rmNearestTiesToEven, &lost);
  return number.convertToFloat();
}

TEST(ElementType, EveryHalfIsWidenedExactly) {
  for (uint32_t bits = 0; bits <= 0xffff; ++bits) {
    float half = widenByLLVM(bits, llvm::APFloat::IEEEhalf());
    float brain = widenByLLVM(bits, llvm::APFloat::BFloat());
    ASSERT_TRUE(std::isnan(half) ? std::isnan(fromF16(bits))
                                 : fromF16(bits) == half)
        << bits;
    ASSERT_EQ(std::signbit(fromF16(bits)), bits >> 15 != 0) << bits;
    ASSERT_TRUE(std::isnan(brain) ? std::isnan(fromBF16(bits))
                                  : fromBF16(bits) == brain)
        << bits;
    // And back again.
    if (!std::isnan(half)) {
      ASSERT_EQ(toF16(half), bits);
    }
    if (!std::isnan(brain)) {
      ASSERT_EQ(toBF16(brain), bits);
    }
  }
}

TEST(ElementType, NarrowingRoundsToNearestEven) {
  auto check = [](float value) {
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(fromF16(toF16(value))));
      EXPECT_TRUE(std::isnan(fromBF16(toBF16(value))));
      return;
    }
    EXPECT_EQ(toF16(value), narrowByLLVM(value, llvm::APFloat::IEEEhalf()))
        << value;
    EXPECT_EQ(toBF16(value), narrowByLLVM(value, llvm::APFloat::BFloat()))
        << value;
  };
  // Each half, what lies halfway to its neighbour, and the numbers beside that.
  for (uint32_t bits = 0; bits <= 0xffff; ++bits)
    for (uint32_t between : {0u, 0xfffu, 0x1000u, 0x1001u}) {
      float value = fromF16(uint16_t(bits));
      if (std::isfinite(value))
        check(
            detail::bitCast<float>(detail::bitCast<uint32_t>(value) + between));
      check(detail::bitCast<float>(bits << 16 | between << 3));
    }
  std::mt19937 random(1);
  for (int i = 0; i < 100000; ++i)
    check(detail::bitCast<float>(uint32_t(random())));
}

TEST(ElementType, BulkConversionIsTheScalarOne) {
  std::mt19937 random(2);
  std::vector<float> numbers(1003), back(numbers.size());
  for (float &number : numbers)
    number = std::ldexp(float(random() % 2001) - 1000, int(random() % 20) - 20);
  for (ElementType type : {ElementType::F16, ElementType::BF16,
                           ElementType::F32, ElementType::F64}) {
    // At an odd address, as tensors in files may be.
    std::vector<char> bytes(numbers.size() * getSize(type) + 1);
    convertFromF32(type, numbers.data(), bytes.data() + 1, numbers.size());
    convertToF32(type, bytes.data() + 1, back.data(), back.size());
    for (size_t i = 0; i < numbers.size(); ++i) {
      float expected = numbers[i];
      if (type == ElementType::F16)
        expected = fromF16(toF16(expected));
      if (type == ElementType::BF16)
        expected = fromBF16(toBF16(expected));
      ASSERT_EQ(back[i], expected);
      ASSERT_EQ(readElement(type, bytes.data() + 1 + i * getSize(type)),
                expected);
    }
  }
}
