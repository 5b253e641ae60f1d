//===- CompareTest.cpp - Tolerances and comparisons -----------------------===//
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

struct CompareTest : ReferenceTest {};

constexpr float infF = std::numeric_limits<float>::infinity();
constexpr float nanF = std::numeric_limits<float>::quiet_NaN();

TEST_F(CompareTest, Tolerance) {
  Builder builder(&context);
  Type f32 = builder.getF32Type();
  double unit = std::ldexp(1.0, -24);
  EXPECT_DOUBLE_EQ(getTolerance(f32, 64), unit * 16);
  EXPECT_DOUBLE_EQ(getTolerance(f32, 4096), unit * 72);
  // No length at all counts as one, and no length allows more than 1e-5.
  EXPECT_DOUBLE_EQ(getTolerance(f32, 0), unit * 9);
  EXPECT_DOUBLE_EQ(getTolerance(f32, -5), unit * 9);
  EXPECT_DOUBLE_EQ(getTolerance(f32, std::numeric_limits<int64_t>::max()),
                   1e-5);
  EXPECT_DOUBLE_EQ(getTolerance(builder.getBF16Type(), 64),
                   1.0 / 256 + unit * 16);
  EXPECT_DOUBLE_EQ(getTolerance(builder.getF16Type(), 64),
                   1.0 / 2048 + unit * 16);
}

TEST_F(CompareTest, Equal) {
  Comparison same = compare({1, -2, infF, nanF}, {1, -2, Inf, NaN});
  EXPECT_EQ(same.maxAbs, 0);
  EXPECT_EQ(same.maxRel, 0);
  EXPECT_EQ(same.worst, -1);
  EXPECT_TRUE(same.ok(0));
  EXPECT_TRUE(compare({}, {}).ok(0));
  EXPECT_TRUE(compare({0, 0}, {0, 0}).ok(0));
}

TEST_F(CompareTest, RelativeToLargest) {
  Comparison comparison = compare({1, 2.5, 8}, {1, 2, -0.0 + 8});
  EXPECT_EQ(comparison.maxAbs, 0.5);
  EXPECT_EQ(comparison.maxRel, 0.5 / 8);
  EXPECT_EQ(comparison.worst, 1);
  EXPECT_EQ(comparison.got, 2.5);
  EXPECT_EQ(comparison.expected, 2);
  EXPECT_TRUE(comparison.ok(0.0625));
  EXPECT_FALSE(comparison.ok(0.06));
  // An infinity gives no scale to the rest.
  EXPECT_EQ(compare({infF, 2.5}, {Inf, 2}).maxRel, 0.25);
}

TEST_F(CompareTest, NotNumbers) {
  EXPECT_EQ(compare({nanF, 1}, {1, 1}).maxRel, Inf);
  EXPECT_EQ(compare({1, 1}, {1, NaN}).worst, 1);
  EXPECT_EQ(compare({1, 1}, {1, NaN}).maxRel, Inf);
  EXPECT_EQ(compare({infF}, {-Inf}).maxRel, Inf);
  EXPECT_EQ(compare({infF}, {3}).maxAbs, Inf);
  EXPECT_EQ(compare({3}, {-Inf}).maxRel, Inf);
  EXPECT_EQ(compare({nanF}, {Inf}).maxRel, Inf);
  EXPECT_EQ(compare({infF}, {NaN}).maxRel, Inf);
  EXPECT_FALSE(compare({3}, {NaN}).ok(1e300));
  EXPECT_FALSE(compare({3}, {NaN}).ok(Inf));
  EXPECT_FALSE(compare({3}, {3}).ok(NaN));
  // What overflows f32 is wrong, however near to the largest number.
  EXPECT_EQ(compare({infF}, {3.5e38}).maxRel, Inf);
  // Neither the sign of a NaN counts nor its place among the others.
  Comparison comparison = compare({-nanF, 2, 1, nanF}, {NaN, 2, 4, NaN});
  EXPECT_EQ(comparison.maxRel, 0.75);
  EXPECT_EQ(comparison.worst, 2);
  comparison = compare({1, nanF, 1}, {1, 2, 4});
  EXPECT_EQ(comparison.maxRel, Inf);
  EXPECT_EQ(comparison.worst, 1);
}

TEST_F(CompareTest, ZerosHaveNoScale) {
  EXPECT_EQ(compare({1e-30f}, {0}).maxRel, Inf);
}

TEST_F(CompareTest, Lengths) {
  Comparison comparison = compare({1, 2}, {1});
  EXPECT_EQ(comparison.maxRel, Inf);
  EXPECT_FALSE(comparison.ok(1e300));
}

TEST_F(CompareTest, ReductionLength) {
  func::FuncOp function = parse(R"(
    func.func @f(%x: tensor<?x8xf32>, %g: tensor<8xf32>, %w: tensor<12x8xf32>,
                 %k: tensor<?x4xf32>, %d: tensor<8x12xf32>) -> tensor<?x8xf32> {
      %n = llama.rms_norm %x, %g {eps = 0.0 : f64} : tensor<?x8xf32>, tensor<8xf32>
      %h = llama.linear %n, %w : tensor<?x8xf32>, tensor<12x8xf32> -> tensor<?x12xf32>
      %y = llama.linear %h, %d : tensor<?x12xf32>, tensor<8x12xf32> -> tensor<?x8xf32>
      %a = llama.attention %x, %k, %k {heads = 2 : i64, kv_heads = 1 : i64}
          : tensor<?x8xf32>, tensor<?x4xf32>, tensor<?x4xf32> -> tensor<?x8xf32>
      %s = llama.add %y, %a : tensor<?x8xf32>
      return %s : tensor<?x8xf32>
    })");
  ASSERT_TRUE(function);
  llvm::StringMap<Operation *> ops;
  for (Operation &op : function.getBody().front())
    ops[op.getName().stripDialect()] = &op;
  EXPECT_EQ(getReductionLength(ops["rms_norm"], 7), 8);
  // The last linear reads 12 columns.
  EXPECT_EQ(getReductionLength(ops["linear"], 7), 12);
  EXPECT_EQ(getReductionLength(ops["attention"], 7), 4 + 7);
  EXPECT_EQ(getReductionLength(ops["attention"], -1), 4);
  EXPECT_EQ(getReductionLength(ops["add"], 7), 0);
  // The longest way, not the sum of all ops: norm, linear, linear; or
  // attention.
  EXPECT_EQ(getReductionLength(function, 7), 8 + 8 + 12);
  EXPECT_EQ(getReductionLength(function, 100), 4 + 100);
  int64_t most = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(getReductionLength(function, most), most);
}

// Twice the error of one is four times as long; a factor without a sum adds
// nothing.
TEST_F(CompareTest, ReductionLengthOfProduct) {
  func::FuncOp function = parse(R"(
    func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x8xf32>) -> tensor<?x8xf32> {
      %g = llama.linear %x, %w : tensor<?x8xf32>, tensor<8x8xf32> -> tensor<?x8xf32>
      %s = llama.activation silu %g : tensor<?x8xf32>
      %p = llama.mul %s, %g : tensor<?x8xf32>
      return %p : tensor<?x8xf32>
    })");
  ASSERT_TRUE(function);
  EXPECT_EQ(getReductionLength(function, 1), 4 * 8);
  function = parse(R"(
    func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x8xf32>) -> tensor<?x8xf32> {
      %g = llama.linear %x, %w : tensor<?x8xf32>, tensor<8x8xf32> -> tensor<?x8xf32>
      %p = llama.mul %x, %g : tensor<?x8xf32>
      return %p : tensor<?x8xf32>
    })");
  ASSERT_TRUE(function);
  EXPECT_EQ(getReductionLength(function, 1), 8);
}

} // namespace
