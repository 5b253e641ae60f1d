//===- ReferenceTest.cpp - Each op against numbers made by hand -----------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReferenceTestBase.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::reference;

namespace {

struct OpTest : ReferenceTest {
  /// The result of the op `text` of %x, %y and %z, which have these types.
  SmallVector<Tensor> runOp(const std::string &text, const std::string &result,
                            ArrayRef<StringRef> types,
                            ArrayRef<Tensor> arguments) {
    std::string parameters;
    const char *names[] = {"%x", "%y", "%z"};
    for (size_t i = 0; i < types.size(); ++i)
      parameters +=
          (i ? ", " : "") + std::string(names[i]) + ": " + types[i].str();
    return run("func.func @f(" + parameters + ") -> " + result +
                   " {\n  %0 = " + text + "\n  return %0 : " + result + "\n}",
               arguments);
  }
};

TEST_F(OpTest, Embedding) {
  const char *text = "llama.embedding %x, %y : tensor<?xi32>, "
                     "tensor<3x2xf32> -> tensor<?x2xf32>";
  Tensor table({3, 2}, {1, 2, 3, 4, 5, 6});
  auto look = [&](std::vector<double> ids) {
    int64_t count = ids.size();
    return runOp(text, "tensor<?x2xf32>", {"tensor<?xi32>", "tensor<3x2xf32>"},
                 {Tensor({count}, std::move(ids)), table});
  };
  expectResult(look({2, 0, 2}), {3, 2}, {5, 6, 1, 2, 5, 6});
  expectResult(look({}), {0, 2}, {});
  EXPECT_TRUE(look({0, 3}).empty());
  EXPECT_NE(errors.find("id 3 at place 1 is outside of 0 .. 2"),
            std::string::npos)
      << errors;
  errors.clear();
  EXPECT_TRUE(look({-1}).empty());
  EXPECT_NE(errors.find("id -1 at place 0"), std::string::npos) << errors;
}

TEST_F(OpTest, RMSNorm) {
  // Mean square 12.5 and 0; with eps 12.5 the roots are 5 and sqrt(12.5).
  expectResult(runOp("llama.norm %x over [1] gain %y {eps = 12.5 : f64} : "
                     "tensor<?x2xf32>, tensor<2xf32>",
                     "tensor<?x2xf32>", {"tensor<?x2xf32>", "tensor<2xf32>"},
                     {Tensor({2, 2}, {3, 4, 0, 0}), Tensor({2}, {10, 100})}),
               {2, 2}, {6, 80, 0, 0});
}

TEST_F(OpTest, Linear) {
  Tensor x({2, 3}, {1, 2, 3, -1, 0, 1});
  Tensor w({2, 3}, {1, 0, 2, 0.5, -1, 1});
  expectResult(
      runOp("llama.linear %x, %y : tensor<?x3xf32>, tensor<2x3xf32> -> "
            "tensor<?x2xf32>",
            "tensor<?x2xf32>", {"tensor<?x3xf32>", "tensor<2x3xf32>"}, {x, w}),
      {2, 2}, {7, 1.5, 1, 0.5});
  expectResult(
      runOp("llama.linear %x, %y bias %z : tensor<?x3xf32>, tensor<2x3xf32>, "
            "tensor<2xf32> -> tensor<?x2xf32>",
            "tensor<?x2xf32>",
            {"tensor<?x3xf32>", "tensor<2x3xf32>", "tensor<2xf32>"},
            {x, w, Tensor({2}, {10, 20})}),
      {2, 2}, {17, 21.5, 11, 20.5});
}

TEST_F(OpTest, RopePairs) {
  // theta 1 turns every pair by the position itself.
  double c = std::cos(2.0), s = std::sin(2.0);
  auto rope = [&](const std::string &more) {
    return runOp(
        "llama.rope %x, %y by #llama.rotary<" + more +
            "> {heads = 1 : i64} : tensor<?x4xf32>, tensor<?xi32> -> "
            "tensor<?x4xf32>",
        "tensor<?x4xf32>", {"tensor<?x4xf32>", "tensor<?xi32>"},
        {Tensor({2, 4}, {1, 2, 3, 5, 1, 2, 3, 5}), Tensor({2}, {0, 2})});
  };
  // Position 0 turns nothing.
  expectResult(
      rope("half, theta = 1.0 : f64"), {2, 4},
      {1, 2, 3, 5, c - 3 * s, 2 * c - 5 * s, 3 * c + s, 5 * c + 2 * s});
  expectResult(
      rope("interleaved, theta = 1.0 : f64"), {2, 4},
      {1, 2, 3, 5, c - 2 * s, 2 * c + s, 3 * c - 5 * s, 5 * c + 3 * s});
  // The elements beyond the rotary ones pass.
  expectResult(rope("half, theta = 1.0 : f64, dims = 2"), {2, 4},
               {1, 2, 3, 5, c - 2 * s, 2 * c + s, 3, 5});
}

TEST_F(OpTest, RopeAnglesAndHeads) {
  // The angle of pair 1 of a head of 4 is position / sqrt(theta) = 3 / 10; the
  // second head does not rotate.
  double c0 = std::cos(3.0), s0 = std::sin(3.0);
  double c1 = std::cos(0.3), s1 = std::sin(0.3);
  expectResult(
      runOp("llama.rope %x, %y by #llama.rotary<half, theta = 100.0 : f64> "
            "{heads = 2 : i64, rotated_heads = 1 : i64} : "
            "tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>",
            "tensor<?x8xf32>", {"tensor<?x8xf32>", "tensor<?xi32>"},
            {Tensor({1, 8}, {1, 1, 0, 0, 1, 2, 3, 4}), Tensor({1}, {3})}),
      {1, 8}, {c0, c1, s0, s1, 1, 2, 3, 4});
}

TEST_F(OpTest, Activations) {
  Tensor x({1, 5}, {0, 1, -1, -1000, NaN});
  auto activate = [&](const std::string &kind) {
    return runOp("llama.activation " + kind + " %x : tensor<?x5xf32>",
                 "tensor<?x5xf32>", {"tensor<?x5xf32>"}, {x});
  };
  double sigmoid = 0.7310585786300049; // 1 / (1 + 1/e)
  expectResult(activate("sigmoid"), {1, 5},
               {0.5, sigmoid, 1 - sigmoid, 0, NaN});
  expectResult(activate("silu"), {1, 5}, {0, sigmoid, sigmoid - 1, 0, NaN});
  expectResult(activate("relu"), {1, 5}, {0, 1, 0, 0, NaN});
  double tanh1 = 0.7615941559557649;
  expectResult(activate("tanh"), {1, 5}, {0, tanh1, -tanh1, -1, NaN});
  // The normal distribution function at 1.
  double phi = 0.8413447460685429;
  expectResult(activate("gelu"), {1, 5}, {0, phi, phi - 1, 0, NaN});
  // Half of 1 + tanh(0.7978845608028654 · 1.044715).
  double half = 0.8411919906082768;
  expectResult(activate("gelu_tanh"), {1, 5}, {0, half, half - 1, 0, NaN});
}

TEST_F(OpTest, Elements) {
  Tensor x({2, 2}, {1, -2, 3, Inf}), y({2, 2}, {5, 7, -3, 1});
  expectResult(runOp("llama.add %x, %y : tensor<?x2xf32>", "tensor<?x2xf32>",
                     {"tensor<?x2xf32>", "tensor<?x2xf32>"}, {x, y}),
               {2, 2}, {6, 5, 0, Inf});
  expectResult(runOp("llama.mul %x, %y : tensor<?x2xf32>", "tensor<?x2xf32>",
                     {"tensor<?x2xf32>", "tensor<?x2xf32>"}, {x, y}),
               {2, 2}, {5, -14, -9, Inf});
}

TEST_F(OpTest, JoinSplitPack) {
  expectResult(runOp("llama.join %x, %y : tensor<1x2xf32>, tensor<2x2xf32> -> "
                     "tensor<3x2xf32>",
                     "tensor<3x2xf32>", {"tensor<1x2xf32>", "tensor<2x2xf32>"},
                     {Tensor({1, 2}, {1, 2}), Tensor({2, 2}, {3, 4, 5, 6})}),
               {3, 2}, {1, 2, 3, 4, 5, 6});
  // A packed weight keeps its numbers in the order of its shape.
  std::string panels = "tensor<3x2xf32, #llama.panels<width = 8, group = 3>>";
  expectResult(runOp("llama.pack %x : tensor<3x2xf32> -> " + panels, panels,
                     {"tensor<3x2xf32>"}, {Tensor({3, 2}, {1, 2, 3, 4, 5, 6})}),
               {3, 2}, {1, 2, 3, 4, 5, 6});
  SmallVector<Tensor> parts = run(R"(
    func.func @f(%x: tensor<?x3xf32>) -> (tensor<?x1xf32>, tensor<?x2xf32>) {
      %0:2 = llama.split %x : tensor<?x3xf32> -> tensor<?x1xf32>, tensor<?x2xf32>
      return %0#0, %0#1 : tensor<?x1xf32>, tensor<?x2xf32>
    })",
                                  {Tensor({2, 3}, {1, 2, 3, 4, 5, 6})});
  ASSERT_EQ(parts.size(), 2u);
  expectResult(parts[0], {2, 1}, {1, 4});
  expectResult(parts[1], {2, 2}, {2, 3, 5, 6});
}

} // namespace
