//===- BoundsTest.cpp - What right kernels may compute --------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Each op computed in f32, in the orders that kernels have, is within its
// bounds, and with a mistake in it is not.
//
//===----------------------------------------------------------------------===//

#include "ReferenceTestBase.h"
#include "llamir/Reference/Compare.h"
#include "llamir/Support/ElementType.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <functional>

using namespace mlir;
using namespace llamir;
using namespace llamir::reference;

namespace {

using Floats = std::vector<float>;

/// The sum of `count` terms, in one of the orders that kernels have.
using Order = float (*)(size_t count, llvm::function_ref<float(size_t)> term);

float sumForward(size_t count, llvm::function_ref<float(size_t)> term) {
  float sum = 0;
  for (size_t i = 0; i < count; ++i)
    sum += term(i);
  return sum;
}

float sumReversed(size_t count, llvm::function_ref<float(size_t)> term) {
  float sum = 0;
  while (count > 0)
    sum += term(--count);
  return sum;
}

/// The longest blocks of a kernel, one after the other.
float sumBlocks(size_t count, llvm::function_ref<float(size_t)> term) {
  float sum = 0;
  for (size_t start = 0; start < count; start += 1024)
    sum += sumForward(std::min<size_t>(1024, count - start),
                      [&](size_t i) { return term(start + i); });
  return sum;
}

/// As the lanes of a vector.
float sumLanes(size_t count, llvm::function_ref<float(size_t)> term) {
  float lanes[16] = {};
  for (size_t i = 0; i < count; ++i)
    lanes[i % 16] += term(i);
  return sumForward(16, [&](size_t i) { return lanes[i]; });
}

struct BoundsTest : ReferenceTest {
  Type f32 = Float32Type::get(&context);

  /// In [-scale, scale).
  float random(float scale = 1) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return float(int32_t(state >> 32)) / 0x1p31f * scale;
  }
  Floats makeRandom(size_t count, float scale = 1) {
    Floats numbers(count);
    for (float &number : numbers)
      number = random(scale);
    return numbers;
  }

  /// The only result of `op` for these arguments, %0, %1, ... of these types.
  Tensor evaluate(const std::string &op, ArrayRef<std::string> types,
                  const std::string &result, ArrayRef<Tensor> arguments) {
    std::string parameters;
    for (auto [index, type] : llvm::enumerate(types))
      parameters +=
          (index ? ", %a" : "%a") + std::to_string(index) + ": " + type;
    SmallVector<Tensor> results =
        run("func.func @f(" + parameters + ") -> " + result + " {\n  " + op +
                "\n  return %r : " + result + "\n}",
            arguments);
    EXPECT_EQ(results.size(), 1u) << errors;
    return results.empty() ? Tensor() : results[0];
  }

  Tensor evaluateLinear(const Floats &x, const Floats &weight) {
    int64_t in = x.size(), out = weight.size() / x.size();
    std::string xType = "tensor<?x" + std::to_string(in) + "xf32>",
                wType = "tensor<" + std::to_string(out) + "x" +
                        std::to_string(in) + "xf32>",
                type = "tensor<?x" + std::to_string(out) + "xf32>";
    return evaluate("%r = llama.linear %a0, %a1 : " + xType + ", " + wType +
                        " -> " + type,
                    {xType, wType}, type,
                    {toTensor(x, {1, in}), toTensor(weight, {out, in})});
  }

  static Tensor toTensor(const Floats &numbers, ArrayRef<int64_t> shape) {
    return Tensor(shape, std::vector<double>(numbers.begin(), numbers.end()));
  }

  uint64_t state = 1;
};

/// The results of a linear in f32.
Floats project(const Floats &x, const Floats &weight, Order order) {
  Floats result;
  for (size_t start = 0; start < weight.size(); start += x.size())
    result.push_back(
        order(x.size(), [&](size_t k) { return x[k] * weight[start + k]; }));
  return result;
}

TEST_F(BoundsTest, Linear) {
  for (size_t in : {1, 2, 33, 192, 4096, 11008})
    for (float scale : {1e-15f, 0.01f, 1.0f, 1e6f}) {
      Floats x = makeRandom(in, scale), weight = makeRandom(8 * in);
      Tensor expected = evaluateLinear(x, weight);
      for (Order order : {sumForward, sumReversed, sumBlocks, sumLanes}) {
        Comparison comparison =
            compare(project(x, weight, order), expected, f32);
        EXPECT_LE(comparison.ofBound, 0.5) << in << " times " << scale;
        EXPECT_GT(in < 33 ? 1 : comparison.ofBound, 0);
      }
    }
}

TEST_F(BoundsTest, LinearOfEqualNumbers) {
  // Each step rounds the same way as the one before it.
  for (float number : {0.1f, 0.3f, 1.7f, 12345.678f, 0x1.555556p-3f})
    for (size_t in : {192, 1024, 4096, 11008, 14336}) {
      Floats x(in, number), weight(in, 0.1f);
      Tensor expected = evaluateLinear(x, weight);
      for (Order order : {sumBlocks, sumLanes})
        EXPECT_TRUE(compare(project(x, weight, order), expected, f32).ok())
            << in << " times " << number;
    }
}

TEST_F(BoundsTest, LinearWithoutOneProduct) {
  for (size_t in : {192, 4096, 11008, 14336}) {
    Floats x = makeRandom(in), weight = makeRandom(in);
    Tensor expected = evaluateLinear(x, weight);
    double mean = 0;
    for (size_t k = 0; k < in; ++k)
      mean += std::abs(x[k] * weight[k]) / double(in);
    // One of average size.
    size_t left = 0;
    while (std::abs(x[left] * weight[left]) < mean)
      ++left;
    for (Order order : {sumForward, sumBlocks, sumLanes}) {
      float got =
          order(in, [&](size_t k) { return k == left ? 0 : x[k] * weight[k]; });
      EXPECT_FALSE(compare({got}, expected, f32).ok()) << in;
    }
  }
}

TEST_F(BoundsTest, LinearWithoutSubnormals) {
  // A kernel may take them for zero, but nothing larger.
  Tensor expected = evaluateLinear({1e-39f, 1e-20f, 1}, {1e10f, 1e-20f, 1});
  EXPECT_TRUE(compare({1}, expected, f32).ok());
  expected = evaluateLinear({1e-39f, 0}, {1e10f, 0});
  EXPECT_TRUE(compare({0}, expected, f32).ok());
  EXPECT_TRUE(compare({1e-29f}, expected, f32).ok());
  EXPECT_FALSE(compare({2.1e-29f}, expected, f32).ok());
  expected = evaluateLinear({1e-37f, 0}, {1e10f, 0});
  EXPECT_FALSE(compare({0}, expected, f32).ok());
}

TEST_F(BoundsTest, SumsThatOverflow) {
  // Infinite in one order and not in another.
  Tensor expected = evaluateLinear({3e38f, 3e38f, -3e38f}, {1, 1, 1});
  float infinity = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(compare({3e38f}, expected, f32).ok());
  EXPECT_TRUE(compare({infinity}, expected, f32).ok());
  // Here it is not.
  expected = evaluateLinear({1e38f, 1e38f, -1e38f}, {1, 1, 1});
  EXPECT_FALSE(compare({infinity}, expected, f32).ok());
}

TEST_F(BoundsTest, RMSNorm) {
  for (size_t width : {1, 33, 192, 4096})
    for (float scale : {1e-5f, 0.01f, 1.0f, 1e4f}) {
      Floats x = makeRandom(width, scale), gain = makeRandom(width);
      std::string type = "tensor<?x" + std::to_string(width) + "xf32>",
                  gainType = "tensor<" + std::to_string(width) + "xf32>";
      int64_t size = width;
      Tensor expected = evaluate(
          "%r = llama.norm %a0 over [1] gain %a1 {eps = 1.0e-5 : f64} : " +
              type + ", " + gainType,
          {type, gainType}, type,
          {toTensor(x, {1, size}), toTensor(gain, {size})});
      auto normalize = [&](Order order, float eps) {
        float squares = order(width, [&](size_t d) { return x[d] * x[d]; });
        float factor = 1 / std::sqrt(squares * (1 / float(width)) + eps);
        Floats result;
        for (size_t d = 0; d < width; ++d)
          result.push_back(x[d] * factor * gain[d]);
        return result;
      };
      for (Order order : {sumForward, sumReversed, sumLanes}) {
        EXPECT_LE(compare(normalize(order, 1e-5f), expected, f32).ofBound, 0.9);
        if (scale <= 1)
          EXPECT_FALSE(compare(normalize(order, 1e-3f), expected, f32).ok());
      }
    }
}

/// One query head in f32, with `keys` rows of `width` keys and values.
Floats attend(const Floats &q, const Floats &k, const Floats &v, size_t width,
              float scale, Order order) {
  size_t keys = k.size() / width;
  Floats weights;
  float largest = -std::numeric_limits<float>::infinity();
  for (size_t s = 0; s < keys; ++s) {
    weights.push_back(order(
        width, [&](size_t d) { return q[d] * scale * k[s * width + d]; }));
    largest = std::max(largest, weights.back());
  }
  for (float &weight : weights)
    weight = std::exp(weight - largest);
  float total = order(keys, [&](size_t s) { return weights[s]; });
  Floats result;
  for (size_t d = 0; d < width; ++d)
    result.push_back(
        order(keys, [&](size_t s) { return weights[s] * v[s * width + d]; }) /
        total);
  return result;
}

TEST_F(BoundsTest, Attention) {
  const int64_t width = 64;
  std::string type = "tensor<?x64xf32>";
  for (int64_t keys : {1, 40, 600})
    for (float scores : {0.1f, 5.0f, 50.0f, 500.0f}) {
      // Random products add up to a few times 64 / 9.
      Floats q = makeRandom(width, scores / 8), k = makeRandom(keys * width, 8),
             v = makeRandom(keys * width);
      float scale = 0.4f;
      Tensor expected = evaluate(
          "%r = llama.attention %a0, %a1, %a2 {heads = 1 : i64, kv_heads = 1 : "
          "i64, scale = 0.4 : f64} : " +
              type + ", " + type + ", " + type + " -> " + type,
          {type, type, type}, type,
          {toTensor(q, {1, width}), toTensor(k, {keys, width}),
           toTensor(v, {keys, width})});
      for (Order order : {sumForward, sumReversed, sumLanes})
        EXPECT_LE(compare(attend(q, k, v, width, scale, order), expected, f32)
                      .ofBound,
                  0.5)
            << keys << " keys, scores of " << scores;
      // The largest scores leave the other keys no weight.
      if (keys == 1 || scores > 5)
        continue;
      // Where scores are small, so is what the scale does to them.
      float wrong = scores < 1 ? scale * 1.1f : scale * 1.001f;
      EXPECT_FALSE(
          compare(attend(q, k, v, width, wrong, sumForward), expected, f32)
              .ok())
          << keys << " keys, scores of " << scores;
      // The key with the most weight left out.
      auto getScore = [&](int64_t s) {
        return sumForward(width,
                          [&](size_t d) { return q[d] * k[s * width + d]; });
      };
      int64_t most = 0;
      for (int64_t s = 0; s < keys; ++s)
        if (getScore(s) > getScore(most))
          most = s;
      for (Floats *rows : {&k, &v})
        rows->erase(rows->begin() + most * width,
                    rows->begin() + (most + 1) * width);
      EXPECT_FALSE(
          compare(attend(q, k, v, width, scale, sumForward), expected, f32)
              .ok())
          << keys << " keys, scores of " << scores;
    }
}

TEST_F(BoundsTest, AttentionOfLargeScores) {
  // Two keys whose scores are 500 and 501: a score that is off by a hundredth
  // is seen.
  std::string type = "tensor<?x1xf32>";
  auto getSecond = [](double score) {
    return float(1 / (1 + std::exp(500 - score)));
  };
  Tensor expected = evaluate(
      "%r = llama.attention %a0, %a1, %a2 {heads = 1 : i64, kv_heads = 1 : "
      "i64} : " +
          type + ", " + type + ", " + type + " -> " + type,
      {type, type, type}, type,
      {Tensor({1, 1}, {10}), Tensor({2, 1}, {50, 50.1f}),
       Tensor({2, 1}, {0, 1})});
  double score = 10 * double(50.1f);
  EXPECT_TRUE(compare({getSecond(score)}, expected, f32).ok());
  EXPECT_TRUE(compare({getSecond(float(score))}, expected, f32).ok());
  EXPECT_FALSE(compare({getSecond(score + 0.01)}, expected, f32).ok());
}

TEST_F(BoundsTest, Rope) {
  std::string type = "tensor<?x2xf32>";
  for (int64_t position : {0, 1, -7, 100000}) {
    Floats x = makeRandom(2, 100);
    Tensor expected = evaluate(
        "%r = llama.rope %a0, %a1 by #llama.rotary<half, theta = 1.0e4 : f64> "
        "{heads = 1 : i64} : " +
            type + ", tensor<?xi32> -> " + type,
        {type, "tensor<?xi32>"}, type,
        {toTensor(x, {1, 2}), Tensor({1}, {double(position)})});
    auto turn = [&](double angle) {
      float c = float(std::cos(angle)), s = float(std::sin(angle));
      return Floats{x[0] * c - x[1] * s, x[1] * c + x[0] * s};
    };
    EXPECT_LE(compare(turn(double(position)), expected, f32).ofBound, 0.7);
    EXPECT_FALSE(compare(turn(double(position) + 1e-5), expected, f32).ok());
  }
}

TEST_F(BoundsTest, Activations) {
  auto gate = [](float x, float y) { return x / (1 + std::exp(-y)); };
  auto gelu = [](float x) {
    return x * 0.5f * (1 + std::erf(x * 0.70710678f));
  };
  auto geluTanh = [&](float x) {
    return gate(x, 1.5957691f * (x + 0.044715f * x * x * x));
  };
  Floats x;
  for (float scale : {1e-30f, 1e-3f, 1.0f, 5.0f, 20.0f, 100.0f})
    for (float number : makeRandom(200, scale))
      x.push_back(number);
  int64_t width = x.size();
  std::string type = "tensor<?x" + std::to_string(width) + "xf32>";
  std::pair<const char *, std::function<float(float)>> kinds[] = {
      {"silu", [&](float x) { return gate(x, x); }},
      {"gelu", gelu},
      {"gelu_tanh", geluTanh},
      {"relu", [](float x) { return std::max(x, 0.0f); }},
      {"sigmoid", [&](float x) { return gate(1, x); }},
      {"tanh", [](float x) { return std::tanh(x); }}};
  for (const auto &[kind, function] : kinds) {
    Tensor expected = evaluate("%r = llama.activation " + std::string(kind) +
                                   " %a0 : " + type,
                               {type}, type, {toTensor(x, {1, width})});
    Floats got, wrong;
    for (float number : x) {
      got.push_back(function(number));
      wrong.push_back(function(number) * 1.000002f);
    }
    EXPECT_TRUE(compare(got, expected, f32).ok()) << kind;
    EXPECT_FALSE(compare(wrong, expected, f32).ok()) << kind;
  }
  // The other function of the name is seen.
  Tensor expected = evaluate("%r = llama.activation gelu %a0 : " + type, {type},
                             type, {toTensor(x, {1, width})});
  Floats other;
  for (float number : x)
    other.push_back(geluTanh(number));
  EXPECT_FALSE(compare(other, expected, f32).ok());
}

TEST_F(BoundsTest, RoundingsBetweenOps) {
  // A sum of bf16 that is normalized: the sum is rounded, too.
  const size_t width = 192;
  auto round = [](float number) { return fromBF16(toBF16(number)); };
  Floats a = makeRandom(width), b = makeRandom(width), gain = makeRandom(width);
  for (Floats *numbers : {&a, &b})
    for (float &number : *numbers)
      number = round(number);
  Tensor expected =
      evaluate("%s = llama.add %a0, %a1 : tensor<?x192xbf16>\n"
               "  %r = llama.norm %s over [1] gain %a2 {eps = 1.0e-5 : f64} : "
               "tensor<?x192xbf16>, tensor<192xf32>",
               {"tensor<?x192xbf16>", "tensor<?x192xbf16>", "tensor<192xf32>"},
               "tensor<?x192xbf16>",
               {toTensor(a, {1, width}), toTensor(b, {1, width}),
                toTensor(gain, {width})});
  auto normalize = [&](bool roundsSum, bool roundsResult) {
    Floats sum, result;
    for (size_t d = 0; d < width; ++d)
      sum.push_back(roundsSum ? round(a[d] + b[d]) : a[d] + b[d]);
    float squares = sumLanes(width, [&](size_t d) { return sum[d] * sum[d]; });
    float factor = 1 / std::sqrt(squares * (1 / float(width)) + 1e-5f);
    for (size_t d = 0; d < width; ++d) {
      float number = sum[d] * factor * gain[d];
      result.push_back(roundsResult ? round(number) : number);
    }
    return result;
  };
  Type bf16 = BFloat16Type::get(&context);
  EXPECT_TRUE(compare(normalize(true, true), expected, bf16).ok());
  EXPECT_FALSE(compare(normalize(false, true), expected, bf16).ok());
  EXPECT_FALSE(compare(normalize(true, false), expected, bf16).ok());
}

TEST_F(BoundsTest, ErrorsOfOperands) {
  // Sums that are read again bring their bounds along, through every op.
  const int64_t in = 256;
  Floats x = makeRandom(in), weight = makeRandom(8 * in);
  std::string text =
      "%s = llama.linear %a0, %a1 : tensor<?x256xf32>, tensor<8x256xf32> -> "
      "tensor<?x8xf32>\n  %r = ";
  Floats sums = project(x, weight, sumReversed);
  std::pair<const char *, std::function<Floats()>> ops[] = {
      {"llama.mul %s, %s : tensor<?x8xf32>",
       [&] {
         Floats result;
         for (float sum : sums)
           result.push_back(sum * sum);
         return result;
       }},
      {"llama.activation tanh %s : tensor<?x8xf32>",
       [&] {
         Floats result;
         for (float sum : sums)
           result.push_back(std::tanh(sum));
         return result;
       }},
      {"llama.attention %s, %s, %s {heads = 1 : i64, kv_heads = 1 : i64} : "
       "tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>",
       [&] { return sums; }}};
  for (const auto &[op, compute] : ops) {
    Tensor expected = evaluate(
        text + op, {"tensor<?x256xf32>", "tensor<8x256xf32>"},
        "tensor<?x8xf32>", {toTensor(x, {1, in}), toTensor(weight, {8, in})});
    EXPECT_TRUE(compare(compute(), expected, f32).ok()) << op;
    Floats before = sums;
    sums = project(x, weight, [](size_t count, auto term) {
      return sumForward(count - 1, term);
    });
    EXPECT_FALSE(compare(compute(), expected, f32).ok()) << op;
    sums = before;
  }
}

TEST_F(BoundsTest, NotNumbersHaveNoBound) {
  Tensor expected = evaluateLinear({1, 2}, {1, 1});
  EXPECT_GT(expected.getBound(0), 0);
  float infinity = std::numeric_limits<float>::infinity();
  for (float number : {infinity, -infinity, infinity * 0}) {
    expected = evaluateLinear({1, number}, {1, 1});
    EXPECT_TRUE(compare({1 + number}, expected, f32).ok()) << number;
    for (float got : {1.0f, infinity, -infinity, infinity * 0})
      if (got != number && !(std::isnan(got) && std::isnan(number)))
        EXPECT_FALSE(compare({got}, expected, f32).ok())
            << got << " for " << number;
  }
}

} // namespace
