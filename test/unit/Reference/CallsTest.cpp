//===- CallsTest.cpp - Functions that run functions -----------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Calls, named sizes, and rows that are worked on together.
//
//===----------------------------------------------------------------------===//

#include "ReferenceTestBase.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::reference;

namespace {

struct CallsTest : ReferenceTest {
  void expectError(StringRef text, ArrayRef<Tensor> arguments,
                   const char *message) {
    errors.clear();
    EXPECT_TRUE(run(text, arguments).empty());
    EXPECT_NE(errors.find(message), std::string::npos) << errors;
  }
};

TEST_F(CallsTest, Calls) {
  std::vector<std::string> seen;
  SmallVector<Tensor> results = run(
      R"(
    func.func @f(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
      %0:2 = call @g(%x, %x) : (tensor<?x2xf32>, tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>)
      %1:2 = call @g(%0#0, %0#1) : (tensor<?x2xf32>, tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>)
      return %1#1 : tensor<?x2xf32>
    }
    func.func private @g(%a: tensor<?x2xf32>, %b: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
      %0 = llama.add %a, %b : tensor<?x2xf32>
      return %b, %0 : tensor<?x2xf32>, tensor<?x2xf32>
    })",
      {Tensor({1, 2}, {1, 10})}, [&](Operation *op, ArrayRef<Tensor> values) {
        seen.push_back(op->getName().stripDialect().str());
        EXPECT_EQ(values.size(), size_t(op->getNumResults()));
      });
  // x and 2x, then 2x and 3x.
  expectResult(results, {1, 2}, {3, 30});
  EXPECT_EQ(seen, (std::vector<std::string>{"add", "call", "add", "call"}));
}

TEST_F(CallsTest, Recursion) {
  expectError(R"(
    func.func @f(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
      %0 = call @g(%x) : (tensor<?x1xf32>) -> tensor<?x1xf32>
      return %0 : tensor<?x1xf32>
    }
    func.func private @g(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
      %0 = call @f(%x) : (tensor<?x1xf32>) -> tensor<?x1xf32>
      return %0 : tensor<?x1xf32>
    })",
              {Tensor({1, 1}, {1})}, "@f calls itself");
  // A function without a body has nothing to evaluate.
  expectError(R"(
    func.func @f(%x: tensor<?x1xf32>) -> tensor<?x1xf32> {
      %0 = call @g(%x) : (tensor<?x1xf32>) -> tensor<?x1xf32>
      return %0 : tensor<?x1xf32>
    }
    func.func private @g(tensor<?x1xf32>) -> tensor<?x1xf32>)",
              {Tensor({1, 1}, {1})}, "it must have one block");
}

TEST_F(CallsTest, NamedSizes) {
  const char *text = R"(
    func.func @f(%x: tensor<?x1xf32> {llama.dims = ["tokens"]},
                 %k: tensor<?x?xf32> {llama.dims = ["keys", "tokens"]},
                 %y: tensor<?x1xf32>) -> tensor<?x1xf32> {
      return %x : tensor<?x1xf32>
    })";
  Tensor two({2, 1}, {1, 2}), three({3, 1}, {1, 2, 3});
  // An argument without names may have any size.
  expectResult(run(text, {two, Tensor({1, 2}, {0, 0}), three}), {2, 1}, {1, 2});
  expectError(text, {two, Tensor({2, 1}, {0, 0}), two},
              "'tokens' is 2 in argument 0 and 1 in argument 1");
  // Two dimensions of one argument.
  const char *square = R"(
    func.func @f(%x: tensor<?x?xf32> {llama.dims = ["n", "n"]}) -> tensor<?x?xf32> {
      return %x : tensor<?x?xf32>
    })";
  expectResult(run(square, {Tensor({1, 1}, {5})}), {1, 1}, {5});
  expectError(square, {two}, "'n' is 2 in argument 0 and 1 in argument 0");
  // Also where one function runs another.
  expectError(R"(
    func.func @f(%x: tensor<?x1xf32>, %y: tensor<?x1xf32>) -> tensor<?x1xf32> {
      %0 = llama.launch @g(%x, %y) : (tensor<?x1xf32>, tensor<?x1xf32>) -> tensor<?x1xf32>
      return %0 : tensor<?x1xf32>
    }
    func.func private @g(%x: tensor<?x1xf32> {llama.dims = ["n"]},
                         %y: tensor<?x1xf32> {llama.dims = ["n"]}) -> tensor<?x1xf32>
        attributes {llama.kernel} {
      return %x : tensor<?x1xf32>
    })",
              {two, three}, "'n' is 2 in argument 0 and 3 in argument 1");
}

TEST_F(CallsTest, ElementCountsDoNotOverflow) {
  // 2^64 elements are not zero of them.
  int64_t many = int64_t(1) << 32;
  expectError(R"(
    func.func @f(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
      return %x : tensor<?x?xf32>
    })",
              {Tensor({many, many}, {})}, "argument 0 has 0 elements, not");
}

TEST_F(CallsTest, TokensInGroups) {
  // Numbers of tokens around those that the linear works on at once: each sum
  // is that of a loop over the row, to the last bit.
  const int64_t in = 33, out = 5;
  auto number = [](int64_t i) { return std::sin(double(i) * 1.7) / 3; };
  Tensor w({out, in}, std::vector<double>(in * out));
  for (int64_t i = 0; i < in * out; ++i)
    w.data[i] = number(i + 1000);
  for (int64_t tokens : {1, 7, 8, 9, 17}) {
    Tensor x({tokens, in}, std::vector<double>(tokens * in));
    for (int64_t i = 0; i < tokens * in; ++i)
      x.data[i] = number(i);
    SmallVector<Tensor> results = run(R"(
      func.func @f(%x: tensor<?x33xf32>, %w: tensor<5x33xf32>) -> tensor<?x5xf32> {
        %0 = llama.linear %x, %w : tensor<?x33xf32>, tensor<5x33xf32> -> tensor<?x5xf32>
        return %0 : tensor<?x5xf32>
      })",
                                      {x, w});
    ASSERT_EQ(results.size(), 1u) << errors;
    for (int64_t t = 0; t < tokens; ++t)
      for (int64_t n = 0; n < out; ++n) {
        double sum = 0;
        for (int64_t k = 0; k < in; ++k)
          sum += x.data[t * in + k] * w.data[n * in + k];
        EXPECT_EQ(results[0].data[t * out + n], sum) << t << ", " << n;
      }
  }
}

TEST_F(CallsTest, NotNumbersStayInTheirRow) {
  // Tokens that are worked on together share nothing.
  std::vector<double> data(9 * 2, 1);
  data[2 * 3] = NaN;
  data[2 * 8 + 1] = -Inf;
  expectResult(run(R"(
    func.func @f(%x: tensor<?x2xf32>, %w: tensor<1x2xf32>) -> tensor<?x1xf32> {
      %0 = llama.linear %x, %w : tensor<?x2xf32>, tensor<1x2xf32> -> tensor<?x1xf32>
      return %0 : tensor<?x1xf32>
    })",
                   {Tensor({9, 2}, data), Tensor({1, 2}, {2, 3})}),
               {9, 1}, {5, 5, 5, NaN, 5, 5, 5, 5, -Inf});
}

} // namespace
