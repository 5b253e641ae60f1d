//===- AttentionTest.cpp - The attention of the reference -----------------===//
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

struct AttentionTest : ReferenceTest {
  SmallVector<Tensor> attend(const std::string &attributes, const Tensor &q,
                             const Tensor &k, const Tensor &v, int64_t width) {
    auto type = [](int64_t columns) {
      return "tensor<?x" + std::to_string(columns) + "xf32>";
    };
    std::string qt = type(q.shape[1]), kt = type(k.shape[1]),
                vt = type(v.shape[1]), rt = type(width);
    return run("func.func @f(%q: " + qt + ", %k: " + kt + ", %v: " + vt +
                   ") -> " + rt + " {\n  %0 = llama.attention %q, %k, %v {" +
                   attributes + "} : " + qt + ", " + kt + ", " + vt + " -> " +
                   rt + "\n  return %0 : " + rt + "\n}",
               {q, k, v});
  }
};

constexpr const char *oneHead = "heads = 1 : i64, kv_heads = 1 : i64";
constexpr const char *causalHead =
    "heads = 1 : i64, kv_heads = 1 : i64, causal";

TEST_F(AttentionTest, Weights) {
  // Scores 0 and ln 3: weights 1/4 and 3/4.
  Tensor q({1, 1}, {1}), k({2, 1}, {0, std::log(3.0)}), v({2, 1}, {4, 8});
  expectResult(attend(oneHead, q, k, v, 1), {1, 1}, {7});
  // Twice the scale: weights 1/10 and 9/10.
  expectResult(attend(std::string(oneHead) + ", scale = 2.0 : f64", q, k, v, 1),
               {1, 1}, {7.6});
}

TEST_F(AttentionTest, DefaultScale) {
  // A head of 4 elements: the score 2 ln 3 becomes ln 3.
  Tensor q({1, 4}, {1, 0, 0, 1});
  Tensor k({2, 4}, {0, 5, 5, 0, std::log(3.0), 0, 0, std::log(3.0)});
  expectResult(attend(oneHead, q, k, Tensor({2, 1}, {4, 8}), 1), {1, 1}, {7});
}

TEST_F(AttentionTest, LargeScores) {
  // exp(1000) is infinite; the difference to the largest score is not.
  Tensor q({1, 1}, {1}), k({2, 1}, {1000, 1000 + std::log(3.0)});
  SmallVector<Tensor> result = attend(oneHead, q, k, Tensor({2, 1}, {4, 8}), 1);
  ASSERT_EQ(result.size(), 1u);
  EXPECT_NEAR(result[0].data[0], 7, 1e-11);
}

TEST_F(AttentionTest, Causal) {
  // Scores of zero: the mean of the visible values.
  Tensor two({2, 1}, {0, 0}), three({3, 1}, {0, 0, 0});
  Tensor v2({2, 1}, {2, 4}), v3({3, 1}, {3, 5, 10});
  expectResult(attend(causalHead, two, two, v2, 1), {2, 1}, {2, 3});
  // The last query sees every key also when there are more keys.
  expectResult(attend(causalHead, two, three, v3, 1), {2, 1}, {4, 6});
  // With fewer keys the first query sees none.
  expectResult(attend(causalHead, three, two, v2, 1), {3, 1}, {0, 2, 3});
  expectResult(attend(oneHead, three, two, v2, 1), {3, 1}, {3, 3, 3});
}

TEST_F(AttentionTest, NoTokens) {
  Tensor none({0, 1}, {}), one({1, 1}, {1});
  expectResult(attend(oneHead, one, none, none, 1), {1, 1}, {0});
  expectResult(attend(causalHead, one, none, none, 1), {1, 1}, {0});
  expectResult(attend(oneHead, none, one, one, 1), {0, 1}, {});
}

TEST_F(AttentionTest, GroupedHeads) {
  // Four query heads of one element; heads 0 and 1 read the first key head and
  // the first two columns of the values, heads 2 and 3 the others.
  double l = std::log(3.0);
  Tensor q({1, 4}, {0, 1, 0, -1}), k({2, 2}, {0, 0, l, l});
  Tensor v({2, 4}, {4, 0, 40, 0, 8, 4, 80, 40});
  expectResult(attend("heads = 4 : i64, kv_heads = 2 : i64", q, k, v, 8),
               {1, 8}, {6, 2, 7, 3, 60, 20, 50, 10});
}

TEST_F(AttentionTest, NotNumbers) {
  Tensor two({2, 1}, {1, 1}), v({2, 1}, {2, 4});
  // A NaN key spoils what sees it, wherever it stands, and nothing else.
  expectResult(attend(oneHead, two, Tensor({2, 1}, {NaN, 0}), v, 1), {2, 1},
               {NaN, NaN});
  expectResult(attend(causalHead, two, Tensor({2, 1}, {0, NaN}), v, 1), {2, 1},
               {2, NaN});
  // A masked value is not read.
  expectResult(attend(causalHead, two, two, Tensor({2, 1}, {2, NaN}), 1),
               {2, 1}, {2, NaN});
  // A score of minus infinity has no weight; one of plus infinity, or nothing
  // but minus infinity, has no quotient.
  expectResult(attend(oneHead, two, Tensor({2, 1}, {0, -Inf}), v, 1), {2, 1},
               {2, 2});
  expectResult(attend(oneHead, two, Tensor({2, 1}, {-Inf, -Inf}), v, 1), {2, 1},
               {NaN, NaN});
  expectResult(attend(oneHead, two, Tensor({2, 1}, {0, Inf}), v, 1), {2, 1},
               {NaN, NaN});
}

TEST_F(AttentionTest, TokensDiffer) {
  EXPECT_TRUE(attend(oneHead, Tensor({1, 1}, {1}), Tensor({2, 1}, {1, 1}),
                     Tensor({3, 1}, {1, 1, 1}), 1)
                  .empty());
  EXPECT_NE(errors.find("keys and values differ: 2 and 3 tokens"),
            std::string::npos)
      << errors;
}

} // namespace
