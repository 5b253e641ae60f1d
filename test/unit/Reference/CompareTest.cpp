//===- CompareTest.cpp - Results next to the reference --------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Reference/Compare.h"
#include "ReferenceTestBase.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::reference;

namespace {

constexpr float infF = std::numeric_limits<float>::infinity();
constexpr float nanF = std::numeric_limits<float>::quiet_NaN();

struct CompareTest : ReferenceTest {
  /// Compares with numbers that are known up to these bounds.
  Comparison compareWith(ArrayRef<float> got, std::vector<double> expected,
                         std::vector<double> bound = {}, Type type = {}) {
    Tensor tensor({int64_t(expected.size())}, std::move(expected));
    tensor.bound = std::move(bound);
    return compare(got, tensor, type ? type : Float32Type::get(&context));
  }
};

TEST_F(CompareTest, Equal) {
  Comparison same = compareWith({1, -2, infF, nanF}, {1, -2, Inf, NaN});
  EXPECT_EQ(same.maxAbs, 0);
  EXPECT_EQ(same.maxRel, 0);
  EXPECT_EQ(same.ofBound, 0);
  EXPECT_TRUE(same.ok());
  EXPECT_TRUE(compareWith({}, {}).ok());
  EXPECT_TRUE(compareWith({0, 0}, {0, -0.0}).ok());
}

TEST_F(CompareTest, Errors) {
  Comparison comparison = compareWith({1, 2.5, 8}, {1, 2, 8}, {0, 0.625, 0});
  EXPECT_EQ(comparison.maxAbs, 0.5);
  EXPECT_EQ(comparison.maxRel, 0.5 / 8);
  EXPECT_EQ(comparison.ofBound, 0.8);
  EXPECT_TRUE(comparison.ok());
  // An infinity gives no scale to the rest, and zeros have none.
  EXPECT_EQ(compareWith({infF, 2.5}, {Inf, 2}).maxRel, 0.25);
  EXPECT_EQ(compareWith({1e-30f}, {0}).maxRel, Inf);
}

TEST_F(CompareTest, Bounds) {
  EXPECT_TRUE(compareWith({2.5}, {2}, {0.5}).ok());
  EXPECT_FALSE(compareWith({2.5}, {2}, {0.4999}).ok());
  EXPECT_TRUE(compareWith({-2.5}, {-2}, {0.5}).ok());
  // Each number has its own, whatever the others are.
  EXPECT_FALSE(compareWith({1000, 1e-3f}, {1000, 2e-3}, {1, 1e-4}).ok());
  EXPECT_EQ(compareWith({1, 1}, {1.25, 1.5}, {1, 1}).ofBound, 0.5);
  // Without a bound it must be the number itself.
  EXPECT_FALSE(compareWith({1}, {1 + 1e-15}).ok());
  EXPECT_EQ(compareWith({1}, {2}, {0}).ofBound, Inf);
  // An infinite one is for what may be anything, a NaN accepts nothing.
  EXPECT_TRUE(compareWith({1, infF, nanF}, {2, 2, 2}, {Inf, Inf, Inf}).ok());
  EXPECT_FALSE(compareWith({1}, {2}, {NaN}).ok());
  EXPECT_FALSE(compareWith({infF}, {2}, {NaN}).ok());
  EXPECT_TRUE(compareWith({2}, {2}, {NaN}).ok());
}

TEST_F(CompareTest, NotNumbers) {
  for (auto [got, expected] :
       std::initializer_list<std::pair<float, double>>{{nanF, 1},
                                                       {1, NaN},
                                                       {infF, -Inf},
                                                       {infF, 3},
                                                       {3, -Inf},
                                                       {nanF, Inf},
                                                       {infF, NaN},
                                                       {infF, 3.4e38}}) {
    Comparison comparison = compareWith({got, 1}, {expected, 1}, {1e30, 0});
    EXPECT_EQ(comparison.ofBound, Inf) << got << " for " << expected;
    EXPECT_EQ(comparison.maxAbs, Inf) << got << " for " << expected;
    EXPECT_FALSE(comparison.ok());
  }
  // Neither the sign of a NaN counts nor its place among the others.
  EXPECT_EQ(compareWith({-nanF, 2, 1, nanF}, {NaN, 2, 4, NaN}).maxRel, 0.75);
  EXPECT_EQ(compareWith({1, nanF, 1}, {1, 2, 4}).maxRel, Inf);
}

TEST_F(CompareTest, Overflow) {
  Type f16 = Float16Type::get(&context);
  // What is within the bound and rounds to infinity from 65520 on.
  EXPECT_TRUE(compareWith({infF, 65472}, {65504, 65504}, {32, 32}, f16).ok());
  EXPECT_FALSE(compareWith({infF}, {65504}, {15}, f16).ok());
  EXPECT_FALSE(compareWith({-infF}, {65504}, {32}, f16).ok());
  EXPECT_TRUE(compareWith({-infF}, {-65504}, {32}, f16).ok());
  EXPECT_FALSE(compareWith({100}, {65504}, {32}, f16).ok());
  // That is no infinity of an f32.
  EXPECT_FALSE(compareWith({infF}, {65504}, {32}).ok());
}

TEST_F(CompareTest, Lengths) {
  EXPECT_EQ(compareWith({1, 2}, {1}).maxRel, Inf);
  EXPECT_FALSE(compareWith({1, 2}, {1}).ok());
}

} // namespace
