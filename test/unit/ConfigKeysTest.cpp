//===- ConfigKeysTest.cpp - What keys of config.json mean -----------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Import/ConfigKeys.h"
#include "TestFiles.h"
#include "llamir/Import/HuggingFace.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "gtest/gtest.h"

using namespace llamir;

namespace {
/// A config.json with more keys in it.
struct ConfigKeys : ::testing::Test {
  /// The warnings about it, or the error, without the path.
  std::string say(const std::string &more, const ImportOptions &options = {}) {
    auto config = readConfig(folder.write("config.json", R"({
      "model_type": "llama", "hidden_size": 8, "intermediate_size": 16,
      "num_hidden_layers": 2, "num_attention_heads": 2, "vocab_size": 32, )" +
                                                             more + "}"),
                             options);
    std::string message = config ? llvm::join(config->warnings, "\n")
                                 : llvm::toString(config.takeError());
    std::string path = folder.file("config.json") + ": ";
    for (size_t at; (at = message.find(path)) != std::string::npos;)
      message.erase(at, path.size());
    return message;
  }
  std::string ignoring(const std::string &more,
                       std::vector<std::string> ignoredKeys) {
    ImportOptions options;
    options.ignoredKeys = std::move(ignoredKeys);
    return say(more, options);
  }
  TestFolder folder;
};
} // namespace

/// What tools write into the config.json of models that are LLaMAs all the
/// same.
static constexpr llvm::StringLiteral harmless[] = {
    R"("is_llama_config": true)",
    R"("rope_interleaved": false)",
    R"("rope_traditional": false)",
    R"("transformers.js_config": {"dtype": "q4", "kv_cache_dtype": {"q4f16": "float16"}})",
    R"("unsloth_version": "2025.1.1")",
    R"("unsloth_fixed": true)",
    R"("quantization_config": null)",
    R"("quantization": {})",
    R"("sliding_window": null)",
    R"("sliding_window": 4096, "use_sliding_window": false, "max_window_layers": 1)",
    R"("use_sliding_window": false)",
    R"("layer_types": ["full_attention", "full_attention"])",
    R"("use_qk_norm": false)",
    R"("partial_rotary_factor": 1.0)",
    R"("partial_rotary_factor": 1)",
    R"("rope_parameters": {"partial_rotary_factor": 1.0, "rope_type": "default"})",
    R"("rope_parameters": {"rope_type": "linear", "factor": 1.0})",
    R"("rope_scaling": {"type": "linear", "factor": 1})",
    R"("rope_scaling": {"type": "default", "mrope_section": null})",
    R"("rope_scaling": {})",
    R"("rope_theta": null)",
    R"("model_max_length": 2048)",
    R"("max_sequence_length": 2048)",
    R"("tokenizer_class": "LlamaTokenizer")",
    R"("_attn_implementation_autoset": true)",
    R"("_flash_attn_2_enabled": true)",
    R"("_anything": {"at": ["all"]})",
    R"("id2label": {"0": "LABEL_0"}, "label2id": {"LABEL_0": 0})",
    R"("neftune_noise_alpha": 5)",
    R"("torchscript": false)",
    R"("use_bfloat16": false)",
    R"("chunk_size_feed_forward": 0)",
    R"("is_decoder": false)",
    R"("is_causal": true)",
    R"("is_encoder_decoder": false, "add_cross_attention": false)",
    R"("tie_encoder_decoder": false, "cross_attention_hidden_size": null)",
    R"("pruned_heads": {})",
    R"("temperature": 1.0, "top_k": 50, "top_p": 1.0, "do_sample": false)",
    R"("max_length": 20, "min_length": 0, "num_beams": 1, "typical_p": 1.0)",
    R"("repetition_penalty": 1.0, "length_penalty": 1.0, "early_stopping": false)",
    R"("bad_words_ids": null, "forced_eos_token_id": null, "begin_suppress_tokens": null)",
    R"("architectures": [])",
    R"("auto_map": {})",
    R"("torch_dtype": "torch.bfloat16")",
    R"("torch_dtype": "bfloat16", "dtype": "torch.bfloat16")",
    R"("torch_dtype": "float64")",
    R"("num_key_value_heads": null)",
    R"("surprise": null, "mystery": false, "enigma": 0, "riddle": "")",
    R"("surprise": [], "mystery": {})",
};

TEST_F(ConfigKeys, WhatChangesNothingIsTakenSilently) {
  ImportOptions strict;
  strict.strict = true;
  for (llvm::StringRef keys : harmless)
    EXPECT_EQ(say(keys.str(), strict), "") << keys.str();
}

TEST_F(ConfigKeys, NullIsTheDefault) {
  auto config = readConfig(folder.write("config.json", R"({
      "model_type": "llama", "hidden_size": 8, "intermediate_size": 16,
      "num_hidden_layers": 2, "num_attention_heads": 2, "vocab_size": 32,
      "num_key_value_heads": null, "rope_theta": null})"));
  ASSERT_TRUE(bool(config)) << llvm::toString(config.takeError());
  EXPECT_EQ(config->kvHeads, 2);
  EXPECT_EQ(config->rotary->theta, 10000.0);
  EXPECT_TRUE(config->hasHead);
}

TEST_F(ConfigKeys, WhatMattersIsRefused) {
  struct Case {
    llvm::StringLiteral key, message;
  } cases[] = {
      {R"("rope_interleaved": true)",
       "rope_interleaved = true: only null, false and 0 are supported"},
      {R"("rope_traditional": true)",
       "rope_traditional = true: only null, false and 0 are supported"},
      {R"("quantization_config": {"bits": 4})",
       R"(quantization_config = {"bits":4}: only null, false and 0 are supported)"},
      {R"("sliding_window": 4096)",
       "sliding_window = 4096: only null, false and 0 are supported"},
      {R"("sliding_window": 4096, "use_sliding_window": true)",
       "sliding_window = 4096: only null, false and 0 are supported"},
      {R"("layer_types": ["full_attention", "sliding_attention"])",
       R"(layer_types = ["full_attention","sliding_attention"]: only 'full_attention' is supported)"},
      {R"("layer_types": "full_attention")",
       R"(layer_types = "full_attention": only 'full_attention' is supported)"},
      {R"("use_qk_norm": true)",
       "use_qk_norm = true: only null, false and 0 are supported"},
      {R"("partial_rotary_factor": 0.5)",
       "partial_rotary_factor = 0.5: only 1 is supported"},
      {R"("partial_rotary_factor": 0)",
       "partial_rotary_factor = 0: only 1 is supported"},
      {R"("is_causal": false)", "is_causal = false: only true is supported"},
      {R"("per_layer_config": {"0": {"num_attention_heads": 1}})",
       R"(per_layer_config = {"0":{"num_attention_heads":1}}: only null, false and 0 are supported)"},
  };
  for (const Case &c : cases)
    EXPECT_EQ(say(c.key.str()), c.message.str());
}

TEST_F(ConfigKeys, WhatNobodyKnowsIsAWarning) {
  std::string keys = R"("zeta": 3, "alpha": [1])";
  EXPECT_EQ(say(keys), "alpha = [1]: is not known, and was ignored\n"
                       "zeta = 3: is not known, and was ignored");
  EXPECT_EQ(ignoring(keys, {"alpha"}),
            "zeta = 3: is not known, and was ignored");
  EXPECT_EQ(ignoring(keys, {"zeta", "alpha"}), "");
  ImportOptions strict;
  strict.strict = true;
  EXPECT_EQ(say(keys, strict), "alpha = [1]: is not known, and might change "
                               "what the model computes");
  strict.ignoredKeys = {"alpha"};
  EXPECT_EQ(say(keys, strict), "zeta = 3: is not known, and might change what "
                               "the model computes");
}

TEST_F(ConfigKeys, OnlyWhatNobodyKnowsIsIgnored) {
  EXPECT_EQ(ignoring(R"("zeta": 3)", {"alpha"}),
            "there is no key 'alpha' to ignore");
  EXPECT_EQ(ignoring(R"("temperature": 3)", {"temperature"}),
            "temperature = 3: need not be ignored, it changes nothing");
  EXPECT_EQ(ignoring(R"("zeta": null)", {"zeta"}),
            "zeta = null: need not be ignored, it changes nothing");
  EXPECT_EQ(ignoring(R"("_zeta": 3)", {"_zeta"}),
            "_zeta = 3: need not be ignored, it changes nothing");
  EXPECT_EQ(ignoring(R"("sliding_window": 3)", {"sliding_window"}),
            "sliding_window = 3: cannot be ignored, it may change what the "
            "model computes");
  EXPECT_EQ(ignoring(R"("rope_theta": 3)", {"rope_theta"}),
            "rope_theta = 3: cannot be ignored, it may change what the model "
            "computes");
}

/// Every row of the table: what is off is taken, what is on is not.
TEST_F(ConfigKeys, RowsAreWhatTheySay) {
  llvm::StringSet<> seen;
  for (const ConfigKey &key : getConfigKeys()) {
    EXPECT_TRUE(seen.insert(key.name).second) << key.name.str();
    if (!key.onlyWith.empty())
      EXPECT_NE(findKey(getConfigKeys(), key.onlyWith), nullptr);
    // What a LLaMA has, others may not have.
    if (llvm::is_contained({"attention_bias", "mlp_bias", "pretraining_tp",
                            "rope_parameters", "rope_scaling",
                            "max_position_embeddings"},
                           key.name))
      continue;
    std::string quoted = ("\"" + key.name + "\": ").str();
    EXPECT_EQ(say(quoted + "null"), "") << key.name.str();
    std::string message = say(quoted + "0.25");
    if (key.meaning == KeyMeaning::Harmless)
      EXPECT_EQ(message, "") << key.name.str();
    else
      EXPECT_EQ(message,
                (key.name + " = 0.25: " + describeOff(key.meaning)).str());
  }
  EXPECT_GT(seen.size(), 150u);
}
