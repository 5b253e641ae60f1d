//===- LlamaCostTest.cpp - The operations that the llama ops count --------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Reference/ReferenceTestBase.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;
using namespace llamir::reference;

namespace {

struct LlamaCostTest : ReferenceTest {
  /// What the only compute op of a function with this body counts for operands
  /// of these shapes.
  double count(const std::string &signature, const std::string &op,
               ArrayRef<SmallVector<int64_t>> shapes) {
    func::FuncOp function = parse("func.func @f(" + signature +
                                  ") {\n  %0 = llama." + op + "\n  return\n}");
    if (!function)
      return -1;
    for (auto compute : function.getOps<ComputeOpInterface>())
      return compute.getFlops(shapes);
    return -1;
  }
};

TEST_F(LlamaCostTest, Linear) {
  EXPECT_EQ(count("%x: tensor<?x8xf32>, %w: tensor<12x8xf32>",
                  "linear %x, %w : tensor<?x8xf32>, tensor<12x8xf32> "
                  "-> tensor<?x12xf32>",
                  {{5, 8}, {12, 8}}),
            5 * 12 * 8 * 2);
  EXPECT_EQ(count("%x: tensor<?x8xf32>, %w: tensor<12x8xf32>, "
                  "%b: tensor<12xf32>",
                  "linear %x, %w bias %b : tensor<?x8xf32>, tensor<12x8xf32>, "
                  "tensor<12xf32> -> tensor<?x12xf32>",
                  {{5, 8}, {12, 8}, {12}}),
            5 * 12 * (8 * 2 + 1));
}

TEST_F(LlamaCostTest, RMSNorm) {
  EXPECT_EQ(count("%x: tensor<?x8xf32>, %g: tensor<8xf32>",
                  "rms_norm %x, %g {eps = 1.0e-5 : f64} : tensor<?x8xf32>, "
                  "tensor<8xf32>",
                  {{5, 8}, {8}}),
            5 * (4 * 8 + 3));
}

TEST_F(LlamaCostTest, Attention) {
  auto attend = [&](StringRef causal, int64_t queries, int64_t keys) {
    return count("%q: tensor<?x8xf32>, %k: tensor<?x4xf32>",
                 ("attention %q, %k, %k {heads = 2 : i64, kv_heads = 1 : i64" +
                  causal +
                  "} : tensor<?x8xf32>, tensor<?x4xf32>, tensor<?x4xf32> -> "
                  "tensor<?x8xf32>")
                     .str(),
                 {{queries, 8}, {keys, 4}, {keys, 4}});
  };
  double pair = 2 * (4 * 2 + 4 * 2 + 3);
  EXPECT_EQ(attend("", 3, 5), 15 * pair);
  EXPECT_EQ(attend(", causal", 3, 5), (3 + 4 + 5) * pair);
  // The first two queries see no key.
  EXPECT_EQ(attend(", causal", 5, 3), (1 + 2 + 3) * pair);
  EXPECT_EQ(attend(", causal", 5, 0), 0);
  EXPECT_EQ(attend("", 5, 0), 0);
  EXPECT_EQ(attend("", 0, 5), 0);
}

// Sizes whose product no integer holds, as a type may have them.
TEST_F(LlamaCostTest, LargerThanAnInteger) {
  int64_t many = int64_t(1) << 62;
  std::string x = "tensor<4611686018427387904x4611686018427387904xf32>";
  SmallVector<int64_t> shape{many, many};
  double elements = std::ldexp(1.0, 124);
  EXPECT_EQ(count("%x: " + x, "add %x, %x : " + x, {shape, shape}), elements);
  EXPECT_EQ(count("%x: " + x, "activation relu %x : " + x, {shape}), elements);
  EXPECT_EQ(count("%x: " + x, "linear %x, %x : " + x + ", " + x + " -> " + x,
                  {shape, shape}),
            std::ldexp(1.0, 62 * 3 + 1));
  double attention =
      count("%x: " + x,
            "attention %x, %x, %x {heads = 1 : i64, kv_heads = 1 : i64, "
            "causal} : " +
                x + ", " + x + ", " + x + " -> " + x,
            {shape, shape, shape});
  EXPECT_EQ(attention, std::ldexp(1.0, 123 + 64));
}

} // namespace
