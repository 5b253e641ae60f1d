//===- RoundingTest.cpp - Rounding of the reference -----------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Reference/Rounding.h"
#include "ReferenceTestBase.h"
#include "llamir/Support/ElementType.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::reference;

namespace {

struct RoundingTest : ReferenceTest {
  Type f32 = Float32Type::get(&context), f16 = Float16Type::get(&context),
       bf16 = BFloat16Type::get(&context);

  /// A number with a bound as the result of an op.
  Tensor round(Type type, double value, double bound) {
    Tensor tensor({1}, {value});
    tensor.bound = {bound};
    roundResult(tensor, type);
    return tensor;
  }
};

TEST_F(RoundingTest, Ties) {
  // 1 and the next number; the tie goes to the even one.
  EXPECT_EQ(roundToElement(bf16, 1 + 0x1p-8), 1);
  EXPECT_EQ(roundToElement(bf16, 1 + 0x3p-8), 1 + 0x1p-6);
  EXPECT_EQ(roundToElement(f16, 1 + 0x1p-11), 1);
  EXPECT_EQ(roundToElement(f16, -1 - 0x3p-11), -1 - 0x1p-9);
  EXPECT_EQ(roundToElement(f32, 1 + 0x1p-24), 1);
  // A little more than a tie, which an f32 would not tell from it.
  EXPECT_EQ(roundToElement(bf16, 1 + 0x1p-8 + 0x1p-40), 1 + 0x1p-7);
  EXPECT_EQ(roundToElement(f16, 1 + 0x1p-11 + 0x1p-40), 1 + 0x1p-10);
  EXPECT_EQ(roundToElement(bf16, 2 - 0x1p-9), 2);
}

TEST_F(RoundingTest, Subnormals) {
  EXPECT_EQ(roundToElement(f16, 0x1p-24), 0x1p-24);
  EXPECT_EQ(roundToElement(f16, 0x1p-25), 0);
  EXPECT_EQ(roundToElement(f16, 0x1.01p-25), 0x1p-24);
  EXPECT_EQ(roundToElement(f16, -0x3p-25), -0x1p-23);
  EXPECT_TRUE(std::signbit(roundToElement(f16, -1e-30)));
  EXPECT_EQ(roundToElement(bf16, 0x1.8p-134), 0x1p-133);
  EXPECT_EQ(roundToElement(f32, 0x1p-150), 0);
  EXPECT_EQ(roundToElement(f32, 0x1.8p-149), 0x1p-148);
}

TEST_F(RoundingTest, Overflow) {
  EXPECT_EQ(getOverflow(f16), 65520);
  EXPECT_EQ(roundToElement(f16, 65519.99), 65504);
  EXPECT_EQ(roundToElement(f16, 65520), Inf);
  EXPECT_EQ(roundToElement(f16, -1e300), -Inf);
  EXPECT_EQ(roundToElement(bf16, 0x1.fep127), 0x1.fep127);
  EXPECT_EQ(roundToElement(bf16, 0x1.ffp127), Inf);
  EXPECT_EQ(roundToElement(f32, 0x1.ffffffp127), Inf);
  EXPECT_EQ(roundToElement(f32, 3.4e38), double(3.4e38f));
  for (Type type : {f32, bf16, f16}) {
    EXPECT_EQ(roundToElement(type, -Inf), -Inf);
    EXPECT_TRUE(std::isnan(roundToElement(type, NaN)));
  }
}

TEST_F(RoundingTest, SameAsConversions) {
  // Every f32 with these upper bits, and the two beside a tie.
  for (uint32_t upper = 0; upper < 0x10000; ++upper)
    for (uint32_t lower : {0u, 0x7fffu, 0x8000u, 0x8001u, 0xf000u, 0x1000u}) {
      uint32_t word = upper << 16 | lower;
      float value;
      std::memcpy(&value, &word, sizeof(value));
      if (std::isnan(value))
        continue;
      ASSERT_EQ(roundToElement(bf16, value), fromBF16(toBF16(value))) << value;
      ASSERT_EQ(roundToElement(f16, value), fromF16(toF16(value))) << value;
      ASSERT_EQ(roundToElement(f32, value), value);
    }
}

TEST_F(RoundingTest, Exact) {
  // A number of the type that nothing was computed for stays exact.
  EXPECT_TRUE(round(f32, 0.5, 0).bound.empty());
  EXPECT_TRUE(round(bf16, 0.5, 0).bound.empty());
  EXPECT_EQ(round(bf16, 0.5, 0).data[0], 0.5);
}

TEST_F(RoundingTest, Bounds) {
  // An f32 stays a double, and its bound is that of the nearest f32.
  Tensor sum = round(f32, 1 + 0x1p-30, 0);
  EXPECT_EQ(sum.data[0], 1 + 0x1p-30);
  EXPECT_EQ(sum.getBound(0), 0x1p-30);
  EXPECT_EQ(round(f32, 1 + 0x1p-25, 0x1p-25).getBound(0), 0x1p-25);
  // Nowhere near a tie, all that is within the bound is one bf16.
  EXPECT_TRUE(round(bf16, 1 + 0x1p-10, 0x1p-12).bound.empty());
  EXPECT_EQ(round(bf16, 1 + 0x1p-10, 0x1p-12).data[0], 1);
  // Beside one it may be the next.
  EXPECT_EQ(round(bf16, 1 + 0x1p-8 - 0x1p-20, 0x1p-19).data[0], 1);
  EXPECT_EQ(round(bf16, 1 + 0x1p-8 - 0x1p-20, 0x1p-19).getBound(0), 0x1p-7);
  // Rounded to an f32 first, this is a tie.
  Tensor twice = round(bf16, 1 + 0x1p-8 + 0x1p-40, 0);
  EXPECT_EQ(twice.data[0], 1 + 0x1p-7);
  EXPECT_EQ(twice.getBound(0), 0x1p-7);
}

TEST_F(RoundingTest, BoundsThatOverflow) {
  // Infinite or the largest number.
  Tensor half = round(f16, 65519, 2);
  EXPECT_EQ(half.data[0], 65504);
  EXPECT_EQ(half.getBound(0), 16);
  half = round(f16, 65521, 40);
  EXPECT_EQ(half.data[0], 65504);
  EXPECT_EQ(half.getBound(0), 32);
  // Infinite whatever it is exactly.
  half = round(f16, -65536, 1);
  EXPECT_EQ(half.data[0], -Inf);
  EXPECT_EQ(half.getBound(0), 0);
  Tensor single = round(f32, 0x1.ffffffp127, 0x1p103);
  EXPECT_EQ(single.data[0], 0x1.fffffep127);
  EXPECT_EQ(single.getBound(0), 0x1p103);
  EXPECT_EQ(round(f32, 1e39, 1).data[0], Inf);
  EXPECT_EQ(round(bf16, 3.4e38, 0).data[0], Inf);
}

TEST_F(RoundingTest, BoundsThatAreNoNumbers) {
  for (Type type : {f32, bf16, f16}) {
    EXPECT_EQ(round(type, 1, Inf).getBound(0), Inf);
    EXPECT_TRUE(std::isnan(round(type, 1, NaN).getBound(0)));
    EXPECT_EQ(round(type, Inf, NaN).getBound(0), 0);
    EXPECT_EQ(round(type, NaN, Inf).getBound(0), 0);
  }
}

} // namespace
