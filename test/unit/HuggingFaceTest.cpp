//===- HuggingFaceTest.cpp - Import of Hugging Face folders ---------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Import/HuggingFace.h"
#include "TestFiles.h"
#include "gtest/gtest.h"

using namespace llamir;

TEST(Config, Keys) {
  TestFolder folder;
  std::string good =
      R"({"model_type": "llama", "hidden_size": 8, "intermediate_size": 16,
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
  has(say(R"(, "rope_scaling": {"type": "linear", "factor": 2})"),
      "rope_scaling");
  has(say(R"(, "rope_theta": 1e4, "rope_parameters": {"rope_type": "default", "rope_theta": 2e4})"),
      "contradicts rope_parameters");
  has(say(R"(, "rope_theta": 1e4, "rope_scaling": {"rope_theta": 2e4})"),
      "contradicts rope_scaling");
  // The older and the newer name of the same object.
  has(say(R"(, "rope_parameters": {"rope_theta": 1e4}, "rope_scaling": {"rope_theta": 2e4})"),
      "rope_scaling = {\"rope_theta\":20000}: contradicts rope_parameters");
  EXPECT_EQ(
      say(R"(, "rope_parameters": {"rope_theta": 2e4}, "rope_scaling": {"rope_theta": 2e4})"),
      "no error");
  has(say(R"(, "rope_parameters": {"rope_type": "default", "factor": 2})"),
      "'factor' is not supported");
  has(say(R"(, "rope_parameters": {"rope_theta": "1e4"})"),
      "rope_theta must be a positive number");
  has(say(R"(, "rope_parameters": 1e4)"), "must be an object");
  has(say(R"(, "rope_theta": "1e4")"), "must be a positive number");
  has(say(R"(, "partial_rotary_factor": 0.5)"), "is not known");
  has(say(R"(, "quantization_config": {"bits": 4})"),
      "quantization_config = {\"bits\":4}: is not known");
  has(say(R"(, "attention_bias": 1)"), "must be true or false");
  has(say(R"(, "head_dim": 4.5)"), "must be a number from 1 to");
  has(say(R"(, "head_dim": 16777218)"), "must be a number from 1 to");
  has(say(R"(, "use_cache": false)"), "the key 'use_cache' is there twice");
  has(say(R"(, "num_key_value_heads": 3)"), "does not divide");
  has(say(R"(, "hidden_act": "swoosh")"),
      "hidden_act = \"swoosh\": is not supported");
  has(say(R"(, "pretraining_tp": 2)"), "only 1 is supported");
  has(say(R"(, "head_dim": 3)"), "must be even");
  has(say(R"(, "rms_norm_eps": -1)"), "must be a positive number");
  good.replace(good.find("llama"), 5, "gemma");
  has(say(""), "only 'llama' is supported");
}
