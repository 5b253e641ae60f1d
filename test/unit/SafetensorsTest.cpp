//===- SafetensorsTest.cpp - Tensors in safetensors files ----------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestFiles.h"
#include "llamir/Import/HuggingFace.h"
#include "llamir/Support/Safetensors.h"
#include "gtest/gtest.h"

using namespace llamir;

static std::string makeFile(llvm::StringRef header, llvm::StringRef data) {
  std::string bytes;
  for (int i = 0; i < 8; ++i)
    bytes += char(uint64_t(header.size()) >> (8 * i));
  return bytes + header.str() + data.str();
}

static std::string open(const TestFolder &folder, const std::string &bytes) {
  auto file = SafetensorsFile::open(folder.write("model.safetensors", bytes));
  return file ? "no error" : llvm::toString(file.takeError());
}

TEST(Safetensors, ReadsTensors) {
  TestFolder folder;
  auto file = SafetensorsFile::open(folder.write(
      "a.safetensors",
      makeFile(R"({"__metadata__":{"a":"b"},"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
               R"("y":{"dtype":"BF16","shape":[],"data_offsets":[8,10]}})",
               "1234567890")));
  ASSERT_TRUE(bool(file)) << llvm::toString(file.takeError());
  const SafetensorsFile::Tensor *x = (*file)->find("x");
  ASSERT_NE(x, nullptr);
  EXPECT_EQ(x->shape, llvm::SmallVector<int64_t>{2});
  EXPECT_EQ(llvm::StringRef(x->bytes.data(), x->bytes.size()), "12345678");
  EXPECT_EQ((*file)->find("z"), nullptr);
}

TEST(Safetensors, Lies) {
  TestFolder folder;
  auto say = [&](llvm::StringRef header, llvm::StringRef data = "12345678") {
    return open(folder, makeFile(header, data));
  };
  auto has = [](const std::string &text, const char *part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  has(open(folder, "1234"), "too short");
  has(open(folder, std::string(8, '\x7f') + "{}"), "the header says it has");
  has(say("{"), "header:");
  has(say("[]"), "not an object");
  has(say(std::string(100, '[')), "nested deeper");
  has(say(R"({"x":1})"), "needs dtype, shape and data_offsets");
  has(say(R"({"x":{"dtype":"Q4","shape":[2],"data_offsets":[0,8]}})"), "'Q4' are not supported");
  has(say(R"({"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})"), "a size is not a number");
  has(say(R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})"), "do not lie in the file");
  has(say(R"({"x":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}})"), "do not lie in the file");
  has(say(R"({"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})"), "does not have 8 bytes");
  has(say(R"({"x":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,8]}})"),
      "does not have 8 bytes");
  has(say(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
          R"("y":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})"),
      "overlap");
  has(say(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})"), "no tensor has the bytes");
  has(say(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})"), "behind the last tensor");
  has(say(R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
          R"("x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})"),
      "is there twice");
}

TEST(Checkpoint, Shards) {
  TestFolder folder;
  folder.write("a.safetensors",
               makeFile(R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", "12345678"));
  auto open = [&](llvm::StringRef index) {
    folder.write("model.safetensors.index.json", index);
    auto checkpoint = Checkpoint::open(folder.path);
    return checkpoint ? "no error" : llvm::toString(checkpoint.takeError());
  };
  EXPECT_EQ(open(R"({"weight_map":{"x":"a.safetensors"}})"), "no error");
  auto has = [](const std::string &text, const char *part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  has(open("{}"), "there is no weight_map");
  has(open(R"({"weight_map":{"x":"../a.safetensors"}})"), "not in a file of the folder");
  has(open(R"({"weight_map":{"x":"b.safetensors"}})"), "b.safetensors");
  has(open(R"({"weight_map":{"x":"a.safetensors","y":"a.safetensors"}})"),
      "tensor 'y' is not in a.safetensors");
  TestFolder empty;
  auto nothing = Checkpoint::open(empty.path);
  ASSERT_FALSE(bool(nothing));
  has(llvm::toString(nothing.takeError()), "neither model.safetensors nor");
}

TEST(Config, Keys) {
  TestFolder folder;
  std::string good = R"({"model_type": "llama", "hidden_size": 8, "intermediate_size": 16,
    "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": 32, "use_cache": true)";
  auto say = [&](const std::string &more) {
    auto config = readConfig(folder.write("config.json", good + more + "}"));
    return config ? "no error" : llvm::toString(config.takeError());
  };
  auto has = [](const std::string &text, const char *part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  EXPECT_EQ(say(""), "no error");
  EXPECT_EQ(say(R"(, "rope_theta": 5e5, "rope_scaling": null)"), "no error");
  has(say(R"(, "surprise": 3)"), "surprise = 3: is not known");
  has(say(R"(, "rope_scaling": {"type": "linear", "factor": 2})"), "rope_scaling");
  has(say(R"(, "rope_theta": 1e4, "rope_parameters": {"rope_type": "default", "rope_theta": 2e4})"),
      "contradicts rope_parameters");
  has(say(R"(, "num_key_value_heads": 3)"), "does not divide");
  has(say(R"(, "hidden_act": "swoosh")"), "hidden_act = \"swoosh\": is not supported");
  has(say(R"(, "pretraining_tp": 2)"), "only 1 is supported");
  has(say(R"(, "head_dim": 3)"), "must be even");
  has(say(R"(, "rms_norm_eps": -1)"), "must be a positive number");
  good.replace(good.find("llama"), 5, "gemma");
  has(say(""), "only 'llama' is supported");
}
