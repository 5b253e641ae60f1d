//===- CheckpointTensorsTest.cpp - Tensors beside a model's weights -------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Import/CheckpointTensors.h"
#include "TestFiles.h"
#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace llamir;

TEST(CheckpointTensors, LeftOvers) {
  auto isLeft = [](llvm::StringRef name, llvm::SmallVector<int64_t> shape) {
    return isLeftOver(name, {"F32", ElementType::F32, std::move(shape), 0, 0});
  };
  for (std::string attention : {"self_attn", "attn", "attention"})
    for (std::string prefix : {"model.", ""}) {
      std::string name = prefix + "layers.31." + attention + ".";
      EXPECT_TRUE(isLeft(name + "rotary_emb.inv_freq", {16}));
      EXPECT_TRUE(isLeft(name + "rotary_emb.cos_cached", {1, 1, 64, 32}));
      EXPECT_TRUE(isLeft(name + "rotary_emb.sin_cached", {64, 32}));
      EXPECT_TRUE(isLeft(name + "masked_bias", {}));
      EXPECT_TRUE(isLeft(name + "bias", {1, 1, 64, 64}));
      // That of a layer, which changes numbers.
      EXPECT_FALSE(isLeft(name + "bias", {64}));
      EXPECT_FALSE(isLeft(name + "q_proj.bias", {64}));
      EXPECT_FALSE(isLeft(name + "q_norm.weight", {64}));
    }
  // As GPT-2, GPT-J, GPT-Neo and GPT-NeoX were saved.
  EXPECT_TRUE(isLeft("h.0.attn.bias", {1, 1, 64, 64}));
  EXPECT_TRUE(isLeft("transformer.h.0.attn.masked_bias", {}));
  EXPECT_TRUE(isLeft("transformer.h.0.attn.attention.bias", {1, 1, 64, 64}));
  EXPECT_TRUE(isLeft("gpt_neox.layers.0.attention.bias", {1, 1, 64, 64}));
  EXPECT_TRUE(isLeft("gpt_neox.layers.0.attention.rotary_emb.inv_freq", {16}));
  EXPECT_TRUE(isLeft("model.rotary_emb.inv_freq", {16}));
  EXPECT_TRUE(isLeft("anything", {0}));
  EXPECT_TRUE(isLeft("anything", {3, 0}));
  EXPECT_FALSE(isLeft("anything", {}));
  EXPECT_FALSE(isLeft("model.bias", {1, 1, 64, 64}));
  EXPECT_FALSE(isLeft("model.layers.x.attn.bias", {1, 1, 64, 64}));
  EXPECT_FALSE(isLeft("my.model.layers.0.attn.bias", {1, 1, 64, 64}));
}

template <typename T> static std::string toBytes(std::vector<T> numbers) {
  return std::string(reinterpret_cast<const char *>(numbers.data()),
                     numbers.size() * sizeof(T));
}

/// Where a tensor of such bytes differs from the floats 1, NaN, 3 and 4 in two
/// rows.
static std::string compare(const char *type, const char *shape,
                           const std::string &bytes) {
  TestFolder folder;
  std::string floats = toBytes<float>({1, NAN, 3, 4});
  std::string header = llvm::formatv(
      R"({{"a":{{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},)"
      R"("b":{{"dtype":"{0}","shape":{1},"data_offsets":[16,{2}]}})",
      type, shape, 16 + bytes.size());
  folder.write("model.safetensors",
               toBytes<uint64_t>({header.size()}) + header + floats + bytes);
  auto checkpoint = Checkpoint::open(folder.path);
  if (!checkpoint)
    return llvm::toString(checkpoint.takeError());
  auto difference =
      describeDifference(*checkpoint->find("a"), *checkpoint->find("b"));
  return difference ? *difference : llvm::toString(difference.takeError());
}

TEST(CheckpointTensors, Differences) {
  EXPECT_EQ(compare("F32", "[2,2]", toBytes<float>({1, NAN, 3, 4})), "");
  EXPECT_EQ(compare("F64", "[2,2]", toBytes<double>({1, NAN, 3, 4})), "");
  EXPECT_EQ(compare("BF16", "[2,2]",
                    toBytes<uint16_t>({0x3f80, 0x7fc0, 0x4040, 0x4080})),
            "");
  EXPECT_EQ(compare("F32", "[2,2]", toBytes<float>({1, NAN, 3.5, 4})),
            "at [1, 0]");
  EXPECT_EQ(compare("F32", "[2,2]", toBytes<float>({1, 2, 3, 4})), "at [0, 1]");
  // What only f64 can tell apart.
  EXPECT_EQ(compare("F64", "[2,2]", toBytes<double>({1, NAN, 3, 4 + 1e-12})),
            "at [1, 1]");
  EXPECT_EQ(compare("F32", "[4]", toBytes<float>({1, NAN, 3, 4})),
            "in shape: [2, 2] and [4]");
  EXPECT_EQ(compare("I32", "[2,2]", toBytes<int32_t>({1, 2, 3, 4})),
            "in type: F32 and I32");
  EXPECT_EQ(compare("F8_E4M3", "[2,2]", "abcd"), "in type: F32 and F8_E4M3");
}

/// Places are right beyond the first piece that is read.
TEST(CheckpointTensors, DifferencesOfLargeTensors) {
  TestFolder folder;
  std::vector<float> left(600000, 0.5f), right = left;
  right[599999] = 0.25f;
  std::string header =
      R"({"a":{"dtype":"F32","shape":[3000,200],"data_offsets":[0,2400000]},)"
      R"("b":{"dtype":"F32","shape":[3000,200],"data_offsets":[2400000,4800000]}})";
  folder.write("model.safetensors", toBytes<uint64_t>({header.size()}) +
                                        header + toBytes(left) +
                                        toBytes(right));
  auto checkpoint = Checkpoint::open(folder.path);
  ASSERT_TRUE(bool(checkpoint)) << llvm::toString(checkpoint.takeError());
  auto difference =
      describeDifference(*checkpoint->find("a"), *checkpoint->find("b"));
  ASSERT_TRUE(bool(difference));
  EXPECT_EQ(*difference, "at [2999, 199]");
}
