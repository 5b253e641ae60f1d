//===- LlamaCostTest.cpp - What the llama ops say that they cost ----------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/llama/LlamaCost.h"
#include "Reference/ReferenceTestBase.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;
using namespace llamir::reference;

namespace {

using Shape = SmallVector<int64_t>;

struct LlamaCostTest : ReferenceTest {
  /// The only compute op of a function with this body; null, and a failure,
  /// when there is none.
  ComputeOpInterface get(const std::string &signature, const std::string &op,
                         int results = 1) {
    func::FuncOp function = parse("func.func @f(" + signature +
                                  ") {\n  %0:" + std::to_string(results) +
                                  " = llama." + op + "\n  return\n}");
    if (!function)
      return {};
    return *function.getOps<ComputeOpInterface>().begin();
  }

  /// Its operations for operands of these shapes.
  double count(const std::string &signature, const std::string &op,
               ArrayRef<Shape> shapes, int results = 1) {
    ComputeOpInterface compute = get(signature, op, results);
    return compute ? compute.getFlops(shapes) : -1;
  }
};

TEST_F(LlamaCostTest, Embedding) {
  ComputeOpInterface op = get("%i: tensor<?xi32>, %t: tensor<9x4xbf16>",
                              "embedding %i, %t : tensor<?xi32>, "
                              "tensor<9x4xbf16> -> tensor<?x4xf32>");
  ASSERT_TRUE(op);
  EXPECT_EQ(op.getFlops({{5}, {9, 4}}), 0);
  // Of the table a row for each id, at most all of it.
  EXPECT_EQ(op.getReadShape(0, {{5}, {9, 4}}), Shape({5}));
  EXPECT_EQ(op.getReadShape(1, {{5}, {9, 4}}), Shape({5, 4}));
  EXPECT_EQ(op.getReadShape(1, {{50}, {9, 4}}), Shape({9, 4}));
  EXPECT_EQ(op.getIndexLimit(0), 9);
  EXPECT_EQ(op.getIndexLimit(1), std::nullopt);
}

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

TEST_F(LlamaCostTest, Norm) {
  ComputeOpInterface op = get("%x: tensor<?x8xf32>, %g: tensor<8xf32>",
                              "norm %x over [1] gain %g {eps = 1.0e-5 : f64} : "
                              "tensor<?x8xf32>, tensor<8xf32>");
  ASSERT_TRUE(op);
  EXPECT_EQ(op.getFlops({{5, 8}, {8}}), 5 * (4 * 8 + 3));
  EXPECT_EQ(op.getReadShape(0, {{5, 8}, {8}}), Shape({5, 8}));
  // Six groups a sample, each of 20 elements with a mean.
  EXPECT_EQ(count("%x: tensor<?x12x5x2xf32>, %g: tensor<12xf32>",
                  "norm %x over [1, 2, 3] groups 6 centered gain %g bias %g "
                  "along [1] {eps = 1.0e-5 : f64} : tensor<?x12x5x2xf32>, "
                  "tensor<12xf32>, tensor<12xf32>",
                  {{3, 12, 5, 2}, {12}, {12}}),
            3 * (120 * 7 + 6 * 4));
}

TEST_F(LlamaCostTest, Rope) {
  auto rotate = [&](const std::string &dims, const std::string &attributes) {
    return count("%x: tensor<?x24xf32>, %p: tensor<?xi32>",
                 "rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64" +
                     dims + "> {heads = 3 : i64" + attributes +
                     "} : tensor<?x24xf32>, tensor<?xi32> -> tensor<?x24xf32>",
                 {{5, 24}, {5}});
  };
  // Each token has the angles of 4 pairs, for 3 heads.
  EXPECT_EQ(rotate("", ""), 5 * 4 * (3 + 6 * 3));
  EXPECT_EQ(rotate(", dims = 2", ", rotated_heads = 2 : i64"),
            5 * 1 * (3 + 6 * 2));

  ComputeOpInterface op = get("%x: tensor<?x8xf32>, %p: tensor<?xi32>",
                              "rope %x, %p by #llama.rotary<half, theta = "
                              "1.0e4 : f64> {heads = 2 : i64} : "
                              "tensor<?x8xf32>, tensor<?xi32> -> "
                              "tensor<?x8xf32>");
  ASSERT_TRUE(op);
  EXPECT_TRUE(failed(op.inferShapes({{5, 8}, {4}})));
  EXPECT_NE(errors.find("rope_c4: tokens and positions differ: 5 and 4 tokens"),
            std::string::npos);
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
  // In a window of two keys.
  std::string window = ", causal, window = 2 : i64";
  EXPECT_EQ(attend(window, 3, 5), (2 + 2 + 2) * pair);
  EXPECT_EQ(attend(window, 5, 3), (1 + 2 + 2) * pair);
  EXPECT_EQ(attend(window, 5, 5), (1 + 2 + 2 + 2 + 2) * pair);
  EXPECT_EQ(attend("", 5, 0), 0);
  EXPECT_EQ(attend("", 0, 5), 0);
}

TEST_F(LlamaCostTest, Activation) {
  auto activate = [&](const std::string &kind) {
    return count("%x: tensor<?x8xf32>",
                 "activation " + kind + " %x : tensor<?x8xf32>", {{5, 8}});
  };
  EXPECT_EQ(activate("relu"), 5 * 8 * 1);
  EXPECT_EQ(activate("tanh"), 5 * 8 * 1);
  EXPECT_EQ(activate("sigmoid"), 5 * 8 * 3);
  EXPECT_EQ(activate("silu"), 5 * 8 * 4);
  EXPECT_EQ(activate("gelu"), 5 * 8 * 4);
  EXPECT_EQ(activate("gelu_tanh"), 5 * 8 * 8);
}

TEST_F(LlamaCostTest, AddAndMul) {
  std::string x = "%x: tensor<?x8xf32>";
  ComputeOpInterface add = get(x, "add %x, %x : tensor<?x8xf32>");
  ASSERT_TRUE(add);
  EXPECT_EQ(add.getFlops({{5, 8}, {5, 8}}), 5 * 8);
  ComputeOpInterface mul = get(x, "mul %x, %x : tensor<?x8xf32>");
  ASSERT_TRUE(mul);
  EXPECT_EQ(mul.getFlops({{5, 8}, {5, 8}}), 5 * 8);
}

// What only moves numbers computes nothing.
TEST_F(LlamaCostTest, Moves) {
  EXPECT_EQ(count("%w: tensor<4x8xf32>",
                  "join %w, %w : tensor<4x8xf32>, tensor<4x8xf32> -> "
                  "tensor<8x8xf32>",
                  {{4, 8}, {4, 8}}),
            0);
  EXPECT_EQ(
      count("%x: tensor<?x8xf32>",
            "split %x : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x6xf32>",
            {{5, 8}}, 2),
      0);
  EXPECT_EQ(count("%w: tensor<4x8xf32>",
                  "pack %w : tensor<4x8xf32> -> tensor<4x8xbf16, "
                  "#llama.panels<width = 8, group = 4>>",
                  {{4, 8}}),
            0);
}

// Each argument is read once, as far as it is read; each result is written.
TEST_F(LlamaCostTest, Kernel) {
  func::FuncOp kernel = parse(R"(
    func.func private @f(%i: tensor<?xi32>, %t: tensor<9x4xbf16>, %g: tensor<4xf32>, %unused: tensor<?x4xf32>)
        -> (tensor<?x4xf32>, tensor<?x4xf32>) attributes {llama.kernel} {
      %x = llama.embedding %i, %t : tensor<?xi32>, tensor<9x4xbf16> -> tensor<?x4xf32>
      %y = llama.add %x, %x : tensor<?x4xf32>
      %n = llama.norm %y over [1] gain %g {eps = 0.0 : f64} : tensor<?x4xf32>, tensor<4xf32>
      return %y, %n : tensor<?x4xf32>, tensor<?x4xf32>
    })");
  ASSERT_TRUE(kernel);
  FailureOr<KernelCost> cost =
      getKernelCost(kernel, {{5}, {9, 4}, {4}, {5, 4}});
  ASSERT_TRUE(succeeded(cost));
  EXPECT_EQ(cost->flops, 5 * 4 + 5 * (4 * 4 + 3));
  EXPECT_EQ(cost->argumentBytes,
            SmallVector<double>({5 * 4, 5 * 4 * 2, 4 * 4, 0}));
  EXPECT_EQ(cost->resultBytes, 2 * 5 * 4 * 4);
  EXPECT_EQ(cost->getBytes(), 20 + 40 + 16 + 160);
}

// A part of the table would do for one op, but the other reads all of it.
TEST_F(LlamaCostTest, KernelReadsAll) {
  func::FuncOp kernel = parse(R"(
    func.func private @f(%i: tensor<?xi32>, %t: tensor<9x4xf32>) -> (tensor<?x4xf32>, tensor<9x4xf32>)
        attributes {llama.kernel} {
      %x = llama.embedding %i, %t : tensor<?xi32>, tensor<9x4xf32> -> tensor<?x4xf32>
      %y = llama.add %t, %t : tensor<9x4xf32>
      return %x, %y : tensor<?x4xf32>, tensor<9x4xf32>
    })");
  ASSERT_TRUE(kernel);
  FailureOr<KernelCost> cost = getKernelCost(kernel, {{2}, {9, 4}});
  ASSERT_TRUE(succeeded(cost));
  EXPECT_EQ(cost->argumentBytes, SmallVector<double>({2 * 4, 9 * 4 * 4}));
}

TEST_F(LlamaCostTest, KernelOfOtherShapes) {
  func::FuncOp kernel = parse(R"(
    func.func private @f(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>) -> tensor<?x4xf32> attributes {llama.kernel} {
      %s = llama.add %x, %y : tensor<?x4xf32>
      return %s : tensor<?x4xf32>
    })");
  ASSERT_TRUE(kernel);
  EXPECT_TRUE(failed(getKernelCost(kernel, {{2, 4}, {3, 4}})));
  EXPECT_NE(errors.find("the operands differ: 2 and 3 tokens"),
            std::string::npos);
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
