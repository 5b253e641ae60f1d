//===- ArrayTest.cpp - Arrays in memory -----------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Support/Array.h"
#include "gtest/gtest.h"
#include <limits>

using namespace llamir;

TEST(Array, SizesThatFitAndDoNot) {
  EXPECT_EQ(getByteSize(ElementType::F32, {3, 5}), 60);
  EXPECT_EQ(getByteSize(ElementType::BF16, {}), 2);
  EXPECT_EQ(getByteSize(ElementType::F32, {int64_t(1) << 40, 0}), 0);
  EXPECT_EQ(getByteSize(ElementType::U8, {int64_t(1) << 62}), int64_t(1) << 62);
  EXPECT_EQ(getByteSize(ElementType::U8, {int64_t(1) << 62, 2}), std::nullopt);
  EXPECT_EQ(getByteSize(ElementType::F32, {-1}), std::nullopt);
}

TEST(Array, IsZeroAndAligned) {
  llvm::Expected<Array> array = Array::create(ElementType::I32, {2, 3});
  ASSERT_TRUE(bool(array));
  EXPECT_EQ(uintptr_t(array->getData<char>()) % 64, 0u);
  for (int64_t i = 0; i < 6; ++i)
    EXPECT_EQ(array->get(i), 0);
}

TEST(Array, TooLargeIsAnError) {
  llvm::Expected<Array> array =
      Array::create(ElementType::F32, {int64_t(1) << 60, 4});
  EXPECT_EQ(llvm::toString(array.takeError()),
            "there is no memory for an array of [1152921504606846976, 4] f32");
}

TEST(Array, AsksForMemory) {
  EXPECT_TRUE(hasMemory(0));
  EXPECT_TRUE(hasMemory(1e6));
  EXPECT_FALSE(hasMemory(1e15));
  EXPECT_FALSE(hasMemory(std::numeric_limits<double>::infinity()));
}
