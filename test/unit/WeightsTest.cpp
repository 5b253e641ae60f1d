//===- WeightsTest.cpp - Weights in panels -------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestFiles.h"
#include "llamir/Import/Weights.h"
#include "llamir/InitAll.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace llamir;

namespace {
struct WeightsTest : ::testing::Test {
  WeightsTest() {
    DialectRegistry registry;
    registerAllDialects(registry);
    context.appendDialectRegistry(registry);
  }
  MLIRContext context;
};
} // namespace

static constexpr llvm::StringLiteral packedSource = R"(
  llama.weight @a : tensor<36x5xbf16> = #llama.random<seed = 1, scale = 1.0 : f64>
  llama.weight @b : tensor<18x5xbf16> = #llama.random<seed = 2, scale = 1.0 : f64>
  llama.weight @p : tensor<54x5xf32, #llama.panels<width = 8, group = 18>> = #llama.packed<[@a, @b]>
  func.func @f() -> tensor<54x5xf32, #llama.panels<width = 8, group = 18>> {
    %0 = llama.get_weight @p : tensor<54x5xf32, #llama.panels<width = 8, group = 18>>
    return %0 : tensor<54x5xf32, #llama.panels<width = 8, group = 18>>
  }
)";

TEST_F(WeightsTest, PanelsHoldTheRowsInOrder) {
  auto module = parseSourceString<ModuleOp>(packedSource, &context);
  ASSERT_TRUE(module);
  auto packed = module->lookupSymbol<llama::WeightOp>("p");
  llama::PanelsAttr panels = llama::getPanels(packed.getTensorType());
  WeightReader reader(*module, "");
  std::vector<char> bytes(getWeightBytes(packed.getTensorType()), 0x55);
  ASSERT_TRUE(succeeded(reader.read(packed, bytes)));
  auto *image = reinterpret_cast<const float *>(bytes.data());
  FailureOr<std::vector<double>> logical = reader.readAsDouble(packed);
  ASSERT_TRUE(succeeded(logical));
  ASSERT_EQ(logical->size(), 54u * 5);
  std::vector<bool> used(bytes.size() / 4);
  for (int64_t row = 0; row < 54; ++row)
    for (int64_t k = 0; k < 5; ++k) {
      int64_t place = panels.getPackedRow(row);
      int64_t at = (place / 8 * 5 + k) * 8 + place % 8;
      EXPECT_EQ(image[at], (*logical)[row * 5 + k]);
      used[at] = true;
    }
  // Padding is zero: a kernel multiplies it.
  for (size_t i = 0; i < used.size(); ++i)
    if (!used[i])
      EXPECT_EQ(image[i], 0.0f);
}

TEST_F(WeightsTest, OnlyWhatIsReadIsLaidOut) {
  auto module = parseSourceString<ModuleOp>(packedSource, &context);
  ASSERT_TRUE(module);
  WeightsLayout layout = layoutWeights(*module);
  ASSERT_EQ(layout.slots.size(), 1u);
  EXPECT_NE(layout.find("p"), nullptr);
  EXPECT_EQ(layout.find("a"), nullptr);
  EXPECT_EQ(layout.slots[0].offset % 64, 0);
  EXPECT_EQ(layout.fingerprint, layoutWeights(*module).fingerprint);
}

TEST_F(WeightsTest, RandomNumbersFollowTheSeed) {
  auto module = parseSourceString<ModuleOp>(R"(
    llama.weight @a : tensor<1000xf32> = #llama.random<seed = 1, scale = 0.5 : f64, mean = 1.0 : f64>
    llama.weight @b : tensor<1000xf32> = #llama.random<seed = 2, scale = 0.5 : f64, mean = 1.0 : f64>
  )", &context);
  ASSERT_TRUE(module);
  WeightReader reader(*module, "");
  auto a = reader.readAsDouble(module->lookupSymbol<llama::WeightOp>("a"));
  auto again = reader.readAsDouble(module->lookupSymbol<llama::WeightOp>("a"));
  auto b = reader.readAsDouble(module->lookupSymbol<llama::WeightOp>("b"));
  ASSERT_TRUE(succeeded(a) && succeeded(b) && succeeded(again));
  EXPECT_EQ(*a, *again);
  EXPECT_NE(*a, *b);
  double sum = 0;
  for (double value : *a) {
    EXPECT_GE(value, 0.5);
    EXPECT_LT(value, 1.5);
    sum += value;
  }
  EXPECT_NEAR(sum / 1000, 1.0, 0.05);
}

TEST_F(WeightsTest, FilesAreCheckedAgainstTheType) {
  TestFolder folder;
  std::string header = R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  std::string bytes(1, char(header.size()));
  bytes += std::string(7, '\0') + header + "12345678";
  folder.write("m.safetensors", bytes);
  auto module = parseSourceString<ModuleOp>(R"(
    llama.weight @good : tensor<2xf32> = #llama.file<"m.safetensors", "x">
    llama.weight @type : tensor<2xbf16> = #llama.file<"m.safetensors", "x">
    llama.weight @shape : tensor<3xf32> = #llama.file<"m.safetensors", "x">
    llama.weight @name : tensor<2xf32> = #llama.file<"m.safetensors", "y">
    llama.weight @file : tensor<2xf32> = #llama.file<"none.safetensors", "x">
  )", &context);
  ASSERT_TRUE(module);
  WeightReader reader(*module, folder.path);
  std::string message;
  context.getDiagEngine().registerHandler([&](Diagnostic &diagnostic) { message = diagnostic.str(); });
  auto read = [&](const char *name) {
    message = "no error";
    auto weight = module->lookupSymbol<llama::WeightOp>(name);
    std::vector<char> out(getWeightBytes(weight.getTensorType()));
    EXPECT_EQ(succeeded(reader.read(weight, out)), message == "no error");
    return message;
  };
  EXPECT_EQ(read("good"), "no error");
  EXPECT_NE(read("type").find("tensor 'x' is of 2 f32, the weight of 'tensor<2xbf16>'"),
            std::string::npos) << message;
  EXPECT_NE(read("shape").find("the weight of 'tensor<3xf32>'"), std::string::npos) << message;
  EXPECT_NE(read("name").find("there is no tensor 'y'"), std::string::npos) << message;
  EXPECT_NE(read("file").find("none.safetensors"), std::string::npos) << message;
}
