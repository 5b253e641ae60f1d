//===- EvaluateTest.cpp - Functions, kernels and launches -----------------===//
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

struct EvaluateTest : ReferenceTest {
  /// Expects a failure whose message contains `message`.
  void expectError(StringRef text, ArrayRef<Tensor> arguments,
                   const char *message) {
    errors.clear();
    EXPECT_TRUE(run(text, arguments).empty());
    EXPECT_NE(errors.find(message), std::string::npos) << errors;
  }
};

constexpr const char *square = R"(
  func.func @f(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
    %0 = llama.mul %x, %x : tensor<?x2xf32>
    return %0 : tensor<?x2xf32>
  })";

TEST_F(EvaluateTest, KernelsLaunchesAndWeights) {
  weight = Tensor({2, 2}, {1, 1, 0, 2});
  std::vector<std::string> seen;
  SmallVector<Tensor> results = run(
      R"(
    llama.weight @w : tensor<2x2xbf16> = #llama.file<"f", "t">
    func.func private @twice(%a: tensor<?x2xf32>) -> tensor<?x2xf32> attributes {llama.kernel} {
      %0 = llama.add %a, %a : tensor<?x2xf32>
      return %0 : tensor<?x2xf32>
    }
    func.func @f(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
      %w = llama.get_weight @w : tensor<2x2xbf16>
      %0 = llama.kernel "k" (%a = %x, %b = %w) : (tensor<?x2xf32>, tensor<2x2xbf16>) -> tensor<?x2xf32> {
        %y = llama.linear %a, %b : tensor<?x2xf32>, tensor<2x2xbf16> -> tensor<?x2xf32>
        llama.yield %y : tensor<?x2xf32>
      }
      %1 = llama.launch @twice(%0) : (tensor<?x2xf32>) -> tensor<?x2xf32>
      %2 = llama.launch @twice(%1) : (tensor<?x2xf32>) -> tensor<?x2xf32>
      %3 = llama.add %2, %x : tensor<?x2xf32>
      return %3 : tensor<?x2xf32>
    })",
      {Tensor({1, 2}, {1, 2})}, [&](Operation *op, ArrayRef<Tensor> values) {
        seen.push_back(op->getName().stripDialect().str());
        EXPECT_EQ(values.size(), 1u);
      });
  expectResult(results, {1, 2}, {13, 18});
  // Inner ops first.
  EXPECT_EQ(seen,
            (std::vector<std::string>{"get_weight", "linear", "kernel", "add",
                                      "launch", "add", "launch", "add"}));
}

TEST_F(EvaluateTest, ArgumentsAsResults) {
  SmallVector<Tensor> results = run(R"(
    func.func @f(%x: tensor<?x1xf32>) -> (tensor<?x1xf32>, tensor<?x1xf32>) {
      return %x, %x : tensor<?x1xf32>, tensor<?x1xf32>
    })",
                                    {Tensor({2, 1}, {3, 4})});
  ASSERT_EQ(results.size(), 2u);
  expectResult(results[0], {2, 1}, {3, 4});
  expectResult(results[1], {2, 1}, {3, 4});
}

TEST_F(EvaluateTest, Arguments) {
  expectResult(run(square, {Tensor({1, 2}, {3, 4})}), {1, 2}, {9, 16});
  expectError(square, {}, "takes 1 arguments, got 0");
  expectError(square, {Tensor({2}, {1, 2})}, "argument 0 has shape [2]");
  expectError(square, {Tensor({1, 3}, {1, 2, 3})},
              "argument 0 has shape [1, 3], which is not of 'tensor<?x2xf32>'");
  expectError(square, {Tensor({-1, 2}, {})}, "argument 0 has shape [-1, 2]");
  expectError(square, {Tensor({2, 2}, {1, 2})},
              "argument 0 has 2 elements, not 4");
  const char *ids = R"(
    func.func @f(%x: tensor<?xi32>) -> tensor<?xi32> {
      return %x : tensor<?xi32>
    })";
  expectResult(run(ids, {Tensor({2}, {-0x1p31, 0x1p31 - 1})}), {2},
               {-0x1p31, 0x1p31 - 1});
  for (double value : {0.5, 0x1p31, -0x1p31 - 1, Inf, NaN})
    expectError(ids, {Tensor({2}, {1, value})},
                "element 1 of argument 0 is not an i32");
}

TEST_F(EvaluateTest, Shapes) {
  expectError(R"(
    func.func @f(%x: tensor<?x1xf32>, %y: tensor<?x1xf32>) -> tensor<?x1xf32> {
      %0 = llama.add %x, %y : tensor<?x1xf32>
      return %0 : tensor<?x1xf32>
    })",
              {Tensor({1, 1}, {1}), Tensor({2, 1}, {1, 2})},
              "the operands differ: 1 and 2 tokens");
  // The type promises four rows, the ids are three.
  expectError(R"(
    func.func @f(%i: tensor<?xi32>, %w: tensor<2x1xf32>) -> tensor<4x1xf32> {
      %0 = llama.embedding %i, %w : tensor<?xi32>, tensor<2x1xf32> -> tensor<4x1xf32>
      return %0 : tensor<4x1xf32>
    })",
              {Tensor({3}, {0, 0, 0}), Tensor({2, 1}, {1, 2})},
              "result 0 has shape [3, 1], which is not of 'tensor<4x1xf32>'");
  // A weight of another shape than its type.
  weight = Tensor({3}, {1, 2, 3});
  expectError(R"(
    llama.weight @w : tensor<2xf32> = #llama.file<"f", "t">
    func.func @f() -> tensor<2xf32> {
      %0 = llama.get_weight @w : tensor<2xf32>
      return %0 : tensor<2xf32>
    })",
              {}, "the weight has shape [3]");
}

TEST_F(EvaluateTest, NotEvaluated) {
  expectError("func.func private @f()", {}, "it must have one block");
  expectError(R"(
    func.func @f() -> i32 {
      %0 = func.constant @f : () -> i32
      %1 = func.call_indirect %0() : () -> i32
      return %1 : i32
    })",
              {}, "'func.constant' op cannot be evaluated");
  expectError(R"(
    func.func @f(%x: tensor<?x1xf32>) -> tensor<?x1xf32> attributes {llama.kernel} {
      %0 = llama.launch @f(%x) : (tensor<?x1xf32>) -> tensor<?x1xf32>
      return %0 : tensor<?x1xf32>
    })",
              {Tensor({1, 1}, {1})}, "@f launches itself");
}

TEST_F(EvaluateTest, SizesThatNoMemoryHolds) {
  EXPECT_TRUE(failed(Tensor::getZeros({int64_t(1) << 40, int64_t(1) << 40})));
  EXPECT_TRUE(failed(Tensor::getZeros({int64_t(1) << 41})));
  EXPECT_TRUE(failed(Tensor::getZeros({-1, 2})));
  FailureOr<Tensor> zeros = Tensor::getZeros({2, 3});
  ASSERT_TRUE(succeeded(zeros));
  EXPECT_EQ(zeros->data, std::vector<double>(6));
}

} // namespace
