//===- TensorKernelTest.cpp - What kernels for tensor cores compute -------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WarpEmulator.h"
#include "dialects/llama/LlamaDialect.h"
#include "llamir/Conversion/LlamaToNVVM/Passes.h"
#include "llamir/InitAll.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"
#include <cmath>
#include <random>

using namespace mlir;
using namespace llamir;

namespace {
struct Shape {
  int64_t tokens, keys, heads, keyHeads, width, valueWidth, window;
  bool causal, isHalf;
};

// GoogleTest finds it by its name, beside the type.
// NOLINTNEXTLINE(readability-identifier-naming,llvm-prefer-static-over-anonymous-namespace)
void PrintTo(const Shape &shape, std::ostream *os) {
  *os << shape.tokens << " tokens, " << shape.keys << " keys, heads of "
      << shape.width << (shape.isHalf ? " in f16" : " in bf16");
}

/// Rows with a gap between them. What no row has is NaN, and so is all behind
/// the last row.
struct Rows {
  Rows(int64_t rows, int64_t width) : rows(rows), width(width) {
    elements.assign((rows + 70) * getStride(), encode(NAN, false));
    // A NaN of bf16 is one of f16, too.
  }
  int64_t getStride() const { return width + 8; }
  uint16_t &at(int64_t row, int64_t column) {
    return elements[row * getStride() + column];
  }
  void fill(std::mt19937 &random, bool isHalf) {
    std::normal_distribution<float> normal;
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t column = 0; column < width; ++column)
        at(row, column) = encode(normal(random), isHalf);
  }
  int64_t rows, width;
  std::vector<uint16_t> elements;
};

struct TensorKernel : testing::TestWithParam<Shape> {};
} // namespace

static std::string writeProgram(const Shape &shape) {
  const char *type = shape.isHalf ? "f16" : "bf16";
  std::string mask = shape.causal ? ", causal" : "";
  if (shape.window)
    mask += llvm::formatv(", window = {0} : i64", shape.window);
  auto tensor = [&](int64_t width) {
    return llvm::formatv("tensor<?x{0}x{1}>", width, type).str();
  };
  std::string q = tensor(shape.heads * shape.width),
              k = tensor(shape.keyHeads * shape.width),
              v = tensor(shape.keyHeads * shape.valueWidth),
              result = tensor(shape.heads * shape.valueWidth);
  return llvm::formatv(
             "func.func private @f(%q: {0}, %k: {1}, %v: {2}) -> {3} "
             "attributes {{llama.kernel} {{\n"
             "%0 = llama.attention %q, %k, %v {{heads = {4} : i64, kv_heads = "
             "{5} : i64{6}} : {0}, {1}, {2} -> {3}\n"
             "return %0 : {3} }",
             q, k, v, result, shape.heads, shape.keyHeads, mask)
      .str();
}

/// A row of a head in double precision.
static std::vector<double> attend(const Shape &shape, Rows &q, Rows &k, Rows &v,
                                  int64_t token, int64_t head) {
  int64_t keyHead = head / (shape.heads / shape.keyHeads);
  int64_t end = shape.keys, begin = 0;
  if (shape.causal)
    end = std::min(end, token + shape.keys - shape.tokens + 1);
  if (shape.window)
    begin = std::max<int64_t>(0, end - shape.window);
  std::vector<double> result(shape.valueWidth), weights;
  double total = 0, most = -INFINITY;
  for (int64_t key = begin; key < end; ++key) {
    double score = 0;
    for (int64_t d = 0; d < shape.width; ++d)
      score +=
          double(decode(q.at(token, head * shape.width + d), shape.isHalf)) *
          decode(k.at(key, keyHead * shape.width + d), shape.isHalf);
    weights.push_back(score / std::sqrt(double(shape.width)));
    most = std::max(most, weights.back());
  }
  for (double &weight : weights)
    total += weight = std::exp(weight - most);
  for (int64_t key = begin; key < end; ++key)
    for (int64_t d = 0; d < shape.valueWidth; ++d)
      result[d] +=
          weights[key - begin] / total *
          decode(v.at(key, keyHead * shape.valueWidth + d), shape.isHalf);
  return result;
}

TEST_P(TensorKernel, IsAttention) {
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
  GTEST_SKIP() << "the sanitizer knows one stack of a thread";
#endif
#endif
  const Shape &shape = GetParam();
  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry);
  OwningOpRef<ModuleOp> module =
      parseSourceString<ModuleOp>(writeProgram(shape), &context);
  ASSERT_TRUE(module);
  PassManager passes(&context);
  ConvertLlamaToNVVMOptions options;
  options.target = "cuda";
  passes.addPass(createConvertLlamaToNVVM(options));
  ASSERT_TRUE(succeeded(passes.run(*module)));
  auto kernel = (*module->getOps<func::FuncOp>().begin())
                    ->getAttrOfType<llama::TensorKernelAttr>(
                        llama::LlamaDialect::tensorCoresAttrName);
  ASSERT_TRUE(kernel);
  auto emulator =
      WarpEmulator::create(*module->getOps<gpu::GPUModuleOp>().begin(), "f");
  ASSERT_TRUE(emulator);

  std::mt19937 random(7);
  Rows q(shape.tokens, shape.heads * shape.width),
      k(shape.keys, shape.keyHeads * shape.width),
      v(shape.keys, shape.keyHeads * shape.valueWidth),
      result(shape.tokens, shape.heads * shape.valueWidth);
  for (Rows *rows : {&q, &k, &v})
    rows->fill(random, shape.isHalf);
  Rows before = result;
  using Array = uint16_t *;
  using Function = void (*)(Array, int32_t, int32_t, Array, int32_t, int32_t,
                            Array, int32_t, int32_t, Array, int32_t, int32_t);
  auto call = [&](void *function) {
    auto get = [](Rows &rows) { return rows.elements.data(); };
    reinterpret_cast<Function>(function)(
        get(q), q.rows, q.getStride(), get(k), k.rows, k.getStride(), get(v),
        v.rows, v.getStride(), get(result), result.rows, result.getStride());
  };
  int64_t blocks = (shape.tokens + kernel.getRows() - 1) / kernel.getRows();
  EXPECT_EQ(kernel.getParts(), shape.heads);
  ASSERT_TRUE(
      emulator->run(kernel.getParts(), blocks, kernel.getThreads(), call));

  // Half of the last bit, and what weights are off by.
  double unit = shape.isHalf ? 0x1p-11 : 0x1p-8, weightError = 2e-5;
  for (int64_t token = 0; token < shape.tokens; ++token)
    for (int64_t head = 0; head < shape.heads; ++head) {
      std::vector<double> expected = attend(shape, q, k, v, token, head);
      for (int64_t d = 0; d < shape.valueWidth; ++d) {
        uint16_t &place = result.at(token, head * shape.valueWidth + d);
        double error = decode(place, shape.isHalf) - expected[d];
        ASSERT_LE(std::abs(error), std::abs(expected[d]) * unit + weightError)
            << "token " << token << ", head " << head << ", element " << d;
        place = before.at(token, head * shape.valueWidth + d);
      }
    }
  // Nothing else was written.
  EXPECT_EQ(result.elements, before.elements);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, TensorKernel,
    testing::Values(Shape{2, 2, 2, 1, 128, 128, 0, true, false},
                    Shape{65, 130, 4, 2, 32, 48, 0, true, false},
                    Shape{70, 66, 2, 2, 16, 16, 0, true, true},
                    Shape{3, 200, 2, 1, 80, 16, 0, false, true},
                    Shape{66, 150, 1, 1, 64, 64, 40, true, false},
                    Shape{2, 0, 1, 1, 16, 16, 0, false, false}));
