//===- TargetInfoTest.cpp - Targets and register tiles --------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Support/TargetInfo.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/TargetParser/X86TargetParser.h"
#include "gtest/gtest.h"

using namespace llamir;

TEST(TargetInfo, Names) {
  for (llvm::StringRef name : getTargetNames()) {
    auto target = getTarget(name);
    ASSERT_TRUE(bool(target)) << name.str();
    EXPECT_NE(target->name, "host");
  }
  auto unknown = getTarget("z80");
  ASSERT_FALSE(bool(unknown));
  EXPECT_NE(llvm::toString(unknown.takeError())
                .find("unknown target 'z80'; there are host"),
            std::string::npos);
}

// What LLVM may use for the target's processor is there on every processor that
// the target is the best one for.
TEST(TargetInfo, BestTargetRuns) {
  // What only the operating system or intrinsics use.
  llvm::StringSet<> unused = {
      "64bit",    "adx",       "aes",        "amx-bf16", "amx-int8",
      "amx-tile", "cldemote",  "clflushopt", "clwb",     "clzero",
      "enqcmd",   "fsgsbase",  "invpcid",    "mwaitx",   "pclmul",
      "pku",      "prfchw",    "ptwrite",    "rdpid",    "rdpru",
      "rdrnd",    "rdseed",    "serialize",  "sgx",      "sha",
      "shstk",    "tsxldtrk",  "uintr",      "vaes",     "vpclmulqdq",
      "waitpkg",  "wbnoinvd",  "xsave",      "xsavec",   "xsaveopt",
      "xsaves",   "movdir64b", "movdiri",    "sahf",     "cx16",
      "cmov"};
  auto featuresOf = [](llvm::StringRef cpu) {
    llvm::SmallVector<llvm::StringRef> names;
    llvm::X86::getFeaturesForCPU(cpu, names);
    llvm::StringMap<bool> features;
    for (llvm::StringRef name : names)
      features[name] = true;
    return features;
  };
  llvm::SmallVector<llvm::StringRef> processors;
  llvm::X86::fillValidCPUArchList(processors, /*Only64Bit=*/true);
  for (llvm::StringRef processor : processors) {
    // LLVM does not list all that these levels imply.
    if (processor.starts_with("x86-64"))
      continue;
    auto features = featuresOf(processor);
    auto target = getBestTarget(features);
    if (!target) {
      EXPECT_FALSE(features.lookup("sse4.1")) << processor.str();
      llvm::consumeError(target.takeError());
      continue;
    }
    for (const auto &feature : featuresOf(target->getProcessor().cpu))
      EXPECT_TRUE(unused.contains(feature.getKey()) ||
                  features.lookup(feature.getKey()))
          << "the best target for " << processor.str() << ", " << target->name
          << ", uses " << feature.getKey().str();
  }
  auto best = [&](llvm::StringRef processor) {
    return llvm::cantFail(getBestTarget(featuresOf(processor))).name;
  };
  EXPECT_EQ(best("nehalem"), "x86-64");
  EXPECT_EQ(best("haswell"), "x86-64-avx2");
  EXPECT_EQ(best("znver3"), "x86-64-avx2");
  EXPECT_EQ(best("icelake-server"), "x86-64-avx512");
  EXPECT_EQ(best("znver5"), "x86-64-avx512-zen4");
  EXPECT_EQ(best("graniterapids"), "x86-64-amx");
  // As virtual machines often have it.
  llvm::StringMap<bool> withoutTiles = featuresOf("sapphirerapids");
  withoutTiles["amx-tile"] = withoutTiles["amx-bf16"] = false;
  EXPECT_EQ(llvm::cantFail(getBestTarget(withoutTiles)).name,
            "x86-64-avx512-sapphirerapids");
}

TEST(TargetInfo, TilesFitTheRegisters) {
  for (llvm::StringRef name : getTargetNames()) {
    auto target = getTarget(name);
    ASSERT_TRUE(bool(target));
    if (target->isDevice())
      continue;
    int64_t registers = target->getProcessor().vectorLanes == 16 ? 32 : 16;
    for (const MatrixProduct &product : target->products)
      for (const RegisterTile &tile : product.tiles)
        if (product.instruction == ProductInstruction::TileBF16)
          // Eight tiles: sums, one of rows and one of the panel.
          EXPECT_LE(tile.vectors + 2, 8);
        else
          EXPECT_LE(tile.rows * tile.vectors + tile.vectors + 1, registers);
  }
}

TEST(TargetInfo, PaddingIsWeighed) {
  auto target = getTarget("x86-64-avx512");
  ASSERT_TRUE(bool(target));
  const MatrixProduct &product =
      target->getProduct(ElementType::F32, ElementType::F32);
  auto width = [&](int64_t group) {
    return product.chooseTile(group, 16).vectors * 16;
  };
  EXPECT_EQ(width(4096), 64);
  EXPECT_EQ(width(128), 64);
  EXPECT_EQ(width(72), 80);
  EXPECT_EQ(width(100), 112);
  EXPECT_EQ(width(32), 32);
  EXPECT_EQ(width(16), 16);
  for (int64_t group : {4096, 72, 100, 32, 16})
    EXPECT_EQ(product.findTile(width(group), 16),
              &product.chooseTile(group, 16));
  EXPECT_EQ(product.findTile(17, 16), nullptr);
}

/// The type that weights are packed in, and what multiplies them.
TEST(TargetInfo, WeightsKeepATypeThatCanBeRead) {
  struct Case {
    llvm::StringRef target;
    ElementType activations, weights, packed;
    int64_t interleave;
    ProductInstruction instruction = ProductInstruction::MultiplyAdd;
  } cases[] = {
      {"x86-64", ElementType::F32, ElementType::F32, ElementType::F32, 1},
      {"x86-64", ElementType::F32, ElementType::BF16, ElementType::BF16, 2},
      {"x86-64", ElementType::F32, ElementType::F16, ElementType::F32, 1},
      {"x86-64-avx2", ElementType::F16, ElementType::F16, ElementType::F16, 1},
      {"x86-64-avx512", ElementType::BF16, ElementType::BF16, ElementType::BF16,
       2},
      {"x86-64-avx512-zen4", ElementType::F32, ElementType::BF16,
       ElementType::BF16, 2},
      {"x86-64-avx512-zen4", ElementType::BF16, ElementType::BF16,
       ElementType::BF16, 2, ProductInstruction::DotBF16},
      {"x86-64-avx512-zen4", ElementType::BF16, ElementType::F16,
       ElementType::F16, 1},
      {"x86-64-avx512-sapphirerapids", ElementType::BF16, ElementType::BF16,
       ElementType::BF16, 2},
      {"x86-64-amx", ElementType::BF16, ElementType::BF16, ElementType::BF16, 2,
       ProductInstruction::TileBF16},
      {"x86-64-amx", ElementType::F32, ElementType::BF16, ElementType::BF16, 2,
       ProductInstruction::TileBF16},
      {"x86-64-amx", ElementType::F16, ElementType::BF16, ElementType::BF16,
       2}};
  for (const Case &c : cases) {
    auto target = getTarget(c.target);
    ASSERT_TRUE(bool(target));
    const MatrixProduct &product = target->getProduct(c.activations, c.weights);
    EXPECT_EQ(product.weights, c.packed) << c.target.str();
    EXPECT_EQ(product.interleave, c.interleave) << c.target.str();
    EXPECT_EQ(product.instruction, c.instruction) << c.target.str();
  }
}
