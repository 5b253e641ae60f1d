//===- WeightsTest.cpp - Weights in panels --------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Import/Weights.h"
#include "TestFiles.h"
#include "llamir/InitAll.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"
#include <cmath>

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
  )",
                                            &context);
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

/// Panels of any type, width, group and interleave, also of parts of different
/// types.
TEST_F(WeightsTest, PanelsFollowTheFormula) {
  struct Case {
    int64_t rows[2], columns, width, group, interleave;
    const char *types[2], *type;
  } cases[] = {{{7, 0}, 1, 3, 7, 1, {"f32", ""}, "f32"},
               {{5, 15}, 131, 6, 5, 1, {"bf16", "f32"}, "f32"},
               {{72, 72}, 100, 80, 72, 1, {"f16", "f16"}, "f16"},
               {{32, 64}, 67, 64, 32, 1, {"f32", "f32"}, "bf16"},
               {{100, 200}, 9, 16, 100, 1, {"bf16", "bf16"}, "bf16"},
               {{64, 0}, 70, 32, 64, 2, {"bf16", ""}, "bf16"},
               {{5, 15}, 131, 6, 5, 2, {"f32", "bf16"}, "bf16"},
               {{8, 8}, 7, 8, 8, 4, {"f16", "f16"}, "f16"}};
  for (const Case &c : cases) {
    int64_t rows = c.rows[0] + c.rows[1];
    std::string text, parts = "@w0";
    for (int i = 0; i < 2 && c.rows[i]; ++i)
      text += llvm::formatv("llama.weight @w{0} : tensor<{1}x{2}x{3}> = "
                            "#llama.random<seed = {0}, scale = 1.0 : f64>\n",
                            i, c.rows[i], c.columns, c.types[i]);
    if (c.rows[1])
      parts += ", @w1";
    text += llvm::formatv(
        "llama.weight @p : tensor<{0}x{1}x{2}, #llama.panels<width = {3}, "
        "group = {4}, interleave = {5}>> = #llama.packed<[{6}]>\n",
        rows, c.columns, c.type, c.width, c.group, c.interleave, parts);
    auto module = parseSourceString<ModuleOp>(text, &context);
    ASSERT_TRUE(module) << text;
    auto packed = module->lookupSymbol<llama::WeightOp>("p");
    llama::PanelsAttr panels = llama::getPanels(packed.getTensorType());
    WeightReader reader(*module, "");
    std::vector<char> bytes(getWeightBytes(packed.getTensorType()), 0x55);
    ASSERT_TRUE(succeeded(reader.read(packed, bytes)));
    ElementType type = llvm::StringRef(c.type) == "f32"   ? ElementType::F32
                       : llvm::StringRef(c.type) == "f16" ? ElementType::F16
                                                          : ElementType::BF16;
    std::vector<float> image(bytes.size() / getSize(type)),
        expected(image.size());
    convertToF32(type, bytes.data(), image.data(), image.size());
    std::vector<double> logical;
    for (int i = 0; i < 2 && c.rows[i]; ++i) {
      auto part = reader.readAsDouble(
          module->lookupSymbol<llama::WeightOp>("w" + std::to_string(i)));
      ASSERT_TRUE(succeeded(part));
      logical.insert(logical.end(), part->begin(), part->end());
    }
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t k = 0; k < c.columns; ++k) {
        float value = float(logical[row * c.columns + k]);
        if (type == ElementType::F16)
          value = fromF16(toF16(value));
        if (type == ElementType::BF16)
          value = fromBF16(toBF16(value));
        int64_t place = panels.getPackedRow(row);
        int64_t steps = (c.columns + c.interleave - 1) / c.interleave;
        int64_t step = place / c.width * steps + k / c.interleave;
        expected[(step * c.width + place % c.width) * c.interleave +
                 k % c.interleave] = value;
      }
    EXPECT_EQ(image, expected) << text;
    FailureOr<std::vector<double>> stored = reader.readAsDouble(packed);
    ASSERT_TRUE(succeeded(stored));
    EXPECT_EQ(
        stored->back(),
        expected[panels.getStoredIndex(rows - 1, c.columns - 1, c.columns)]);
  }
}

/// A weight of two rows, [a, b], converted from f32 to `type`.
static std::string getConversion(llvm::StringRef type, llvm::StringRef flag) {
  return llvm::formatv(R"(
    llama.weight @w : tensor<2x300xf32> = #llama.random<seed = 1, scale = 1.0e5 : f64>
    llama.weight @c : tensor<2x300x{0}> = #llama.packed<[@w]{1}>
    func.func @f() -> tensor<2x300x{0}> {{
      %0 = llama.get_weight @c : tensor<2x300x{0}>
      return %0 : tensor<2x300x{0}>
    }
  )",
                       type, flag);
}

TEST_F(WeightsTest, ConversionsAreRoundedAndTold) {
  auto module =
      parseSourceString<ModuleOp>(getConversion("bf16", ""), &context);
  ASSERT_TRUE(module);
  remark::RemarkCategories categories;
  categories.analysis = ".*";
  (void)remark::enableOptimizationRemarks(
      context, nullptr, std::make_unique<remark::RemarkEmittingPolicyAll>(),
      categories, /*printAsEmitRemarks=*/true);
  std::string told;
  context.getDiagEngine().registerHandler([&](Diagnostic &diagnostic) {
    llvm::raw_string_ostream(told) << diagnostic << '\n';
  });
  WeightReader reader(*module, "");
  WeightsLayout layout = layoutWeights(*module);
  std::vector<char> image(layout.totalBytes);
  ASSERT_TRUE(succeeded(reader.readAll(layout, image)));
  auto exact = reader.readAsDouble(module->lookupSymbol<llama::WeightOp>("w"));
  ASSERT_TRUE(succeeded(exact));
  double largest = 0, errors = 0, squares = 0;
  for (size_t i = 0; i < exact->size(); ++i) {
    double value = (*exact)[i];
    double stored = readElement(ElementType::BF16, image.data() + 2 * i);
    EXPECT_EQ(stored, fromBF16(toBF16(float(value))));
    largest = std::max(largest, std::abs(stored - value));
    errors += (stored - value) * (stored - value);
    squares += value * value;
  }
  EXPECT_GT(largest, 0);
  EXPECT_NE(
      told.find(
          llvm::formatv(
              "'w' was rounded from f32 to bf16: largest error {0:e2}, root "
              "mean square {1:f3} % of the numbers'",
              largest, 100 * std::sqrt(errors / squares))
              .str()),
      std::string::npos)
      << told;
}

TEST_F(WeightsTest, NumbersThatDoNotFitSaturateOrFail) {
  std::string message;
  context.getDiagEngine().registerHandler(
      [&](Diagnostic &diagnostic) { message = diagnostic.str(); });
  auto module = parseSourceString<ModuleOp>(getConversion("f16", ""), &context);
  ASSERT_TRUE(module);
  auto exact = WeightReader(*module, "")
                   .readAsDouble(module->lookupSymbol<llama::WeightOp>("w"));
  ASSERT_TRUE(succeeded(exact));
  double largest = 0;
  for (double value : *exact)
    largest = std::max(largest, std::abs(value));
  EXPECT_TRUE(
      failed(WeightReader(*module, "")
                 .readAsDouble(module->lookupSymbol<llama::WeightOp>("c"))));
  EXPECT_EQ(message,
            llvm::formatv("weight 'w' has numbers up to {0:e3}, which do not "
                          "fit in f16; convert it to another type, or let it "
                          "saturate",
                          largest)
                .str());
  module =
      parseSourceString<ModuleOp>(getConversion("f16", ", saturate"), &context);
  ASSERT_TRUE(module);
  auto stored = WeightReader(*module, "")
                    .readAsDouble(module->lookupSymbol<llama::WeightOp>("c"));
  ASSERT_TRUE(succeeded(stored));
  for (auto [value, half] : llvm::zip(*exact, *stored))
    EXPECT_EQ(half, std::abs(value) >= 65520 ? std::copysign(65504, value)
                                             : fromF16(toF16(float(value))));
}

TEST_F(WeightsTest, BiasesAreJoined) {
  auto module = parseSourceString<ModuleOp>(R"(
    llama.weight @a : tensor<3xbf16> = #llama.random<seed = 1, scale = 1.0 : f64>
    llama.weight @b : tensor<5xbf16> = #llama.random<seed = 2, scale = 1.0 : f64>
    llama.weight @p : tensor<8xf32> = #llama.packed<[@a, @b]>
  )",
                                            &context);
  ASSERT_TRUE(module);
  WeightReader reader(*module, "");
  float joined[8];
  ASSERT_TRUE(succeeded(
      reader.read(module->lookupSymbol<llama::WeightOp>("p"),
                  {reinterpret_cast<char *>(joined), sizeof(joined)})));
  auto a = reader.readAsDouble(module->lookupSymbol<llama::WeightOp>("a"));
  auto b = reader.readAsDouble(module->lookupSymbol<llama::WeightOp>("b"));
  ASSERT_TRUE(succeeded(a) && succeeded(b));
  a->insert(a->end(), b->begin(), b->end());
  EXPECT_EQ(std::vector<double>(joined, joined + 8), *a);
}

/// A file of the weights can be mapped in place of the image, and other tools
/// see ordinary tensors in it.
TEST_F(WeightsTest, AFileHoldsTheImage) {
  auto module = parseSourceString<ModuleOp>(R"(
    llama.weight @w : tensor<36x50xf32> = #llama.random<seed = 1, scale = 1.0 : f64>
    llama.weight @b : tensor<7xbf16> = #llama.random<seed = 2, scale = 1.0 : f64>
    llama.weight @p : tensor<36x50xf32, #llama.panels<width = 8, group = 18>> = #llama.packed<[@w]>
    func.func @f() {
      %0 = llama.get_weight @b : tensor<7xbf16>
      %1 = llama.get_weight @p : tensor<36x50xf32, #llama.panels<width = 8, group = 18>>
      return
    }
  )",
                                            &context);
  ASSERT_TRUE(module);
  WeightsLayout layout = layoutWeights(*module);
  ASSERT_EQ(layout.slots.size(), 2u);
  std::vector<char> image(layout.totalBytes, 0);
  WeightReader reader(*module, "");
  ASSERT_TRUE(succeeded(reader.readAll(layout, image)));
  TestFolder folder;
  auto output = OutputFile::create(folder.file("w.safetensors"));
  ASSERT_TRUE(bool(output));
  ASSERT_TRUE(succeeded(reader.writeFile(layout, *output)));
  ASSERT_FALSE(bool(output->commit()));
  auto file = SafetensorsFile::open(folder.file("w.safetensors"));
  ASSERT_TRUE(bool(file)) << llvm::toString(file.takeError());
  EXPECT_EQ((*file)->getMetadata().lookup(weightsFormatKey),
            weightsFormatVersion);
  uint64_t fingerprint;
  ASSERT_FALSE(
      llvm::StringRef((*file)->getMetadata().lookup(weightsFingerprintKey))
          .getAsInteger(16, fingerprint));
  EXPECT_EQ(fingerprint, layout.fingerprint);
  const SafetensorsFile::Tensor *p = (*file)->find("p"),
                                *b = (*file)->find("b");
  ASSERT_TRUE(p && b);
  EXPECT_EQ(p->shape, (llvm::SmallVector<int64_t>{6, 50, 8}));
  EXPECT_EQ(b->offset, weightsFileAlignment);
  EXPECT_EQ(p->offset, weightsFileAlignment + layout.find("p")->offset);
  auto buffer = llvm::MemoryBuffer::getFile(folder.file("w.safetensors"));
  ASSERT_TRUE(bool(buffer));
  // The runtime library compares these bytes.
  std::string beginning = "{\"__metadata__\":{\"llamir.fingerprint\":\"" +
                          layout.getFingerprintText() +
                          "\",\"llamir.format\":\"1\"";
  EXPECT_EQ(layout.getFingerprintText().size(), 16u);
  EXPECT_TRUE((*buffer)->getBuffer().drop_front(8).starts_with(beginning))
      << (*buffer)->getBuffer().substr(8, 100).str();
  EXPECT_EQ((*buffer)->getBuffer().substr(weightsFileAlignment),
            llvm::StringRef(image.data(), image.size()));
}

TEST_F(WeightsTest, AFileThatCannotBeWritten) {
  auto module = parseSourceString<ModuleOp>(packedSource, &context);
  ASSERT_TRUE(module);
  std::string message;
  context.getDiagEngine().registerHandler(
      [&](Diagnostic &diagnostic) { message = diagnostic.str(); });
  WeightReader reader(*module, "");
  auto output = OutputFile::create("/dev/full");
  ASSERT_TRUE(bool(output));
  EXPECT_TRUE(failed(reader.writeFile(layoutWeights(*module), *output)));
  EXPECT_EQ(message, "/dev/full: cannot be written: Invalid argument");
}

TEST_F(WeightsTest, FilesAreCheckedAgainstTheType) {
  TestFolder folder;
  std::string header =
      R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  std::string bytes(1, char(header.size()));
  bytes += std::string(7, '\0') + header + "12345678";
  folder.write("m.safetensors", bytes);
  auto module = parseSourceString<ModuleOp>(R"(
    llama.weight @good : tensor<2xf32> = #llama.file<"m.safetensors", "x">
    llama.weight @type : tensor<2xbf16> = #llama.file<"m.safetensors", "x">
    llama.weight @shape : tensor<3xf32> = #llama.file<"m.safetensors", "x">
    llama.weight @name : tensor<2xf32> = #llama.file<"m.safetensors", "y">
    llama.weight @file : tensor<2xf32> = #llama.file<"none.safetensors", "x">
  )",
                                            &context);
  ASSERT_TRUE(module);
  WeightReader reader(*module, folder.path);
  std::string message;
  context.getDiagEngine().registerHandler(
      [&](Diagnostic &diagnostic) { message = diagnostic.str(); });
  auto read = [&](const char *name) {
    message = "no error";
    auto weight = module->lookupSymbol<llama::WeightOp>(name);
    std::vector<char> out(getWeightBytes(weight.getTensorType()));
    EXPECT_EQ(succeeded(reader.read(weight, out)), message == "no error");
    return message;
  };
  EXPECT_EQ(read("good"), "no error");
  EXPECT_NE(read("type").find(
                "tensor 'x' is of [2] F32, the weight of 'tensor<2xbf16>'"),
            std::string::npos)
      << message;
  EXPECT_NE(read("shape").find("the weight of 'tensor<3xf32>'"),
            std::string::npos)
      << message;
  EXPECT_NE(read("name").find("there is no tensor 'y'"), std::string::npos)
      << message;
  EXPECT_NE(read("file").find("none.safetensors"), std::string::npos)
      << message;
}

/// Numbers of f64 are rounded once, for the image as for the reference.
TEST_F(WeightsTest, DoublesAreRounded) {
  TestFolder folder;
  // Beside 1, halfway between two floats twice, below and above that.
  double ulp = std::ldexp(1.0, -23);
  std::vector<double> numbers = {
      0.1,   1 + ulp / 2, 1 + 1.5 * ulp, 1 + 0.4999 * ulp, 1 + 0.5001 * ulp,
      1e-50, -3.0,        INFINITY};
  std::vector<float> rounded = {
      0.1f, 1, float(1 + 2 * ulp), 1, float(1 + ulp), 0, -3, INFINITY};
  // More rows than are read at once.
  constexpr int64_t rows = 5000;
  std::string header = llvm::formatv(
      R"({{"x":{{"dtype":"F64","shape":[{0},8],"data_offsets":[0,{1}]},)"
      R"("large":{{"dtype":"F64","shape":[1],"data_offsets":[{1},{2}]}})",
      rows, rows * 64, rows * 64 + 8);
  uint64_t headerSize = header.size();
  std::string bytes(reinterpret_cast<const char *>(&headerSize), 8);
  bytes += header;
  for (int64_t i = 0; i < rows; ++i)
    bytes.append(reinterpret_cast<const char *>(numbers.data()), 64);
  double large = 1e39;
  bytes.append(reinterpret_cast<const char *>(&large), 8);
  folder.write("m.safetensors", bytes);
  auto module = parseSourceString<ModuleOp>(R"(
    llama.weight @x : tensor<5000x8xf32> = #llama.file<"m.safetensors", "x">
    llama.weight @p : tensor<5000x8xf32, #llama.panels<width = 8, group = 5000>> = #llama.packed<[@x]>
    llama.weight @half : tensor<5000x8xf16> = #llama.file<"m.safetensors", "x">
    llama.weight @large : tensor<1xf32> = #llama.file<"m.safetensors", "large">
  )",
                                            &context);
  ASSERT_TRUE(module);
  WeightReader reader(*module, folder.path);
  auto get = [&](const char *name) {
    return module->lookupSymbol<llama::WeightOp>(name);
  };
  std::vector<float> image(rows * 8), panels(rows * 8);
  auto read = [&](const char *name, std::vector<float> &to) {
    return succeeded(reader.read(
        get(name), {reinterpret_cast<char *>(to.data()), to.size() * 4}));
  };
  ASSERT_TRUE(read("x", image) && read("p", panels));
  auto logical = reader.readAsDouble(get("x"));
  auto packed = reader.readAsDouble(get("p"));
  ASSERT_TRUE(succeeded(logical) && succeeded(packed));
  for (int64_t i = 0; i < rows * 8; ++i) {
    ASSERT_EQ(image[i], rounded[i % 8]);
    ASSERT_EQ((*logical)[i], double(rounded[i % 8]));
    ASSERT_EQ((*packed)[i], double(rounded[i % 8]));
    ASSERT_EQ(panels[(i / 64 * 8 + i % 8) * 8 + i / 8 % 8], rounded[i % 8]);
  }

  std::string message;
  context.getDiagEngine().registerHandler(
      [&](Diagnostic &diagnostic) { message = diagnostic.str(); });
  std::vector<float> one(1);
  EXPECT_FALSE(read("large", one));
  EXPECT_NE(message.find("a number of f64 does not fit in f32: 1.00e+39"),
            std::string::npos)
      << message;
  std::vector<char> half(rows * 16);
  EXPECT_TRUE(failed(reader.read(get("half"), half)));
  EXPECT_NE(message.find("is of [5000, 8] F64, the weight of"),
            std::string::npos)
      << message;
}
