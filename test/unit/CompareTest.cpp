//===- CompareTest.cpp - Comparison with the reference -------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Reference/Compare.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace llamir::reference;

TEST(Compare, RelativeToTheLargest) {
  Comparison comparison = compare({1.0f, 100.5f}, {1.0, 100.0});
  EXPECT_DOUBLE_EQ(comparison.maxAbs, 0.5);
  EXPECT_DOUBLE_EQ(comparison.maxRel, 0.005);
  EXPECT_EQ(comparison.worst, 1);
  EXPECT_TRUE(comparison.ok(0.005));
  EXPECT_FALSE(comparison.ok(0.004));
}

TEST(Compare, NotANumberIsNoNumber) {
  float nan = NAN, infinity = INFINITY;
  EXPECT_TRUE(compare({nan, infinity}, {NAN, INFINITY}).ok(0));
  EXPECT_FALSE(compare({nan}, {1.0}).ok(1e9));
  EXPECT_FALSE(compare({1.0f}, {NAN}).ok(1e9));
  EXPECT_FALSE(compare({infinity}, {-INFINITY}).ok(1e9));
  EXPECT_FALSE(compare({1.0f}, {1.0, 2.0}).ok(1e9));
}

TEST(Compare, ToleranceGrowsAndIsCapped) {
  mlir::MLIRContext context;
  mlir::Type f32 = mlir::Float32Type::get(&context), bf16 = mlir::BFloat16Type::get(&context);
  EXPECT_LT(getTolerance(f32, 1), getTolerance(f32, 4096));
  EXPECT_LE(getTolerance(f32, int64_t(1) << 40), 1e-5);
  EXPECT_GT(getTolerance(bf16, 1), 1e-3);
}
