//===- HuggingFaceTest.cpp - Import of Hugging Face folders ---------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Import/HuggingFace.h"
#include "TestFiles.h"
#include "lib/Import/Families.h"
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
  EXPECT_EQ(say(R"(, "rope_scaling": {"type": "linear", "factor": 2})"),
            "no error");
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
  has(say(R"(, "rope_parameters": {"partial_rotary_factor": 0.5})"),
      "'partial_rotary_factor' is not supported");
  has(say(R"(, "rope_parameters": {"rope_type": "linear", "factor": 2}, "rope_scaling": {"type": "linear", "factor": 3})"),
      "contradicts rope_parameters");
  has(say(R"(, "rope_parameters": {"surprise": 1})"),
      "'surprise' is not supported");
  has(say(R"(, "rope_scaling": {"type": "xpos", "factor": 2})"),
      "only the types 'default', 'linear', 'dynamic', 'yarn', 'longrope' and "
      "'llama3' are supported");
  has(say(R"(, "rope_scaling": {"type": "dynamic", "factor": 2})"),
      "'max_position_embeddings' is missing");
  std::string positions = R"(, "max_position_embeddings": 64)";
  has(say(positions +
          R"(, "rope_scaling": {"type": "dynamic", "factor": 0.5})"),
      "factor must be from 1 to 16777216");
  EXPECT_EQ(
      say(positions + R"(, "rope_scaling": {"type": "dynamic", "factor": 2})"),
      "no error");
  has(say(positions +
          R"(, "rope_scaling": {"type": "longrope", "short_factor": [1, 2]})"),
      "'long_factor' must be a list of numbers");
  has(say(positions +
          R"(, "rope_scaling": {"type": "longrope", "short_factor": [1, 2], "long_factor": [1, -1]})"),
      "a number of long_factor must be a positive number");
  has(say(positions +
          R"(, "rope_scaling": {"type": "longrope", "short_factor": [1, 2], "long_factor": [1]})"),
      "there must be a factor for each of 2 pairs");
  has(say(R"(, "rope_scaling": {"type": "linear"})"), "'factor' is missing");
  has(say(R"(, "rope_scaling": {"type": "linear", "factor": 0})"),
      "factor must be a positive number that fits in f32");
  has(say(R"(, "rope_scaling": {"type": "yarn", "factor": 2})"),
      "'original_max_position_embeddings' is missing");
  has(say(R"(, "rope_theta": 1, "rope_scaling": {"type": "yarn", "factor": 2,
    "original_max_position_embeddings": 8})"),
      "yarn needs a rope_theta of more than 1");
  has(say(R"(, "rope_scaling": {"type": "yarn", "factor": 1e38, "mscale": 3e38,
    "mscale_all_dim": 1e-3, "original_max_position_embeddings": 8})"),
      "which does not fit in f32");
  has(say(R"(, "rope_scaling": {"type": "llama3", "factor": 2, "low_freq_factor": 4, "high_freq_factor": 4})"),
      "low_freq_factor must be less than high_freq_factor");
  has(say(R"(, "rope_scaling": {"type": "linear", "rope_type": "yarn"})"),
      "'type' contradicts 'rope_type'");
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
  // Numbers that are 0 or infinite in f32, and null where it is not a default.
  for (const char *number : {"1e39", "1e-300", "0", "null", "1e400", "true"}) {
    std::string wrong = number;
    has(say(", \"rms_norm_eps\": " + wrong), "rms_norm_eps = ");
    if (wrong != "null")
      has(say(", \"rope_theta\": " + wrong), "rope_theta = ");
    has(say(", \"rope_parameters\": {\"rope_theta\": " + wrong + "}"),
        "rope_theta must be a positive number that fits in f32");
  }
  has(say(R"(, "hidden_act": null)"), "hidden_act = null: is not supported");
  EXPECT_EQ(say(R"(, "head_dim": null, "num_key_value_heads": null,
    "rope_parameters": null, "attention_bias": null, "pretraining_tp": null)"),
            "no error");
  // The type of the rotation is told, whatever else stands beside it.
  has(say(R"(, "rope_scaling": {"factor": 2, "rope_type": "ntk", "beta": 1})"),
      "only the types 'default'");
  has(say(R"(, "rope_scaling": {"rope_type": null})"),
      "'rope_type' must be a text");
  EXPECT_EQ(say(R"(, "dtype": "float16", "torch_dtype": "float16")"),
            "no error");
  has(say(R"(, "dtype": "float16", "torch_dtype": "bfloat16")"),
      "torch_dtype = \"bfloat16\": contradicts dtype");
  has(say(R"(, "torch_dtype": "float8_e4m3fn")"),
      "only float64, float32, float16 and bfloat16 are supported");
  has(say(R"(, "dtype": "torch.float16", "torch_dtype": "bfloat16")"),
      "torch_dtype = \"bfloat16\": contradicts dtype");
  // What is shown of a value has an end.
  EXPECT_LT(
      say(", \"attention_bias\": \"" + std::string(10000, 'x') + "\"").size(),
      500u);
}

TEST(Config, Families) {
  TestFolder folder;
  auto read = [&](const std::string &keys) {
    return readConfig(folder.write("config.json", "{" + keys + "}"));
  };
  auto say = [&](const std::string &keys) -> std::string {
    auto config = read(keys);
    if (config)
      return "no error";
    std::string message = llvm::toString(config.takeError());
    return message.substr(message.find("config.json: ") + 13);
  };
  // Each description can be read, and asks for sizes first.
  for (const std::string &type : getFamilyTypes()) {
    std::string message = say("\"model_type\": \"" + type + "\"");
    EXPECT_NE(message.find(": is missing"), std::string::npos)
        << type << ": " << message;
  }
  std::string sizes = R"("hidden_size": 8, "intermediate_size": 16,
    "num_hidden_layers": 4, "num_attention_heads": 2, "vocab_size": 32)";
  auto with = [&](const std::string &type, const std::string &more) {
    return "\"model_type\": \"" + type + "\", " + sizes + more;
  };
  auto has = [](const std::string &text, const char *part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };

  // Windows: of all layers, of some that a list names, of those from one on.
  std::string window = R"(, "sliding_window": 3)";
  auto getWindows = [&](const std::string &keys) {
    auto config = read(keys);
    EXPECT_TRUE(bool(config)) << llvm::toString(config.takeError());
    return config->windows;
  };
  using Windows = std::vector<int64_t>;
  EXPECT_EQ(getWindows(with("mistral", window)), Windows({3, 3, 3, 3}));
  EXPECT_EQ(getWindows(with("mistral", R"(, "sliding_window": null)")),
            Windows());
  EXPECT_EQ(getWindows(with("qwen2", window)), Windows());
  std::string on = window + R"(, "use_sliding_window": true)";
  EXPECT_EQ(getWindows(with("qwen2", on + R"(, "max_window_layers": 3)")),
            Windows({0, 0, 0, 3}));
  EXPECT_EQ(
      getWindows(with("qwen2", on + R"(, "layer_types": ["sliding_attention",
      "full_attention", "full_attention", "sliding_attention"])")),
      Windows({3, 0, 0, 3}));
  has(say(with("qwen2", on + R"(, "layer_types": ["full_attention"])")),
      "must have an entry for each of the 4 layers");
  has(say(with("qwen2", on + R"(, "layer_types": ["a", "b", "c", "d"])")),
      "only 'full_attention' and 'sliding_attention' are supported");
  std::string neo = R"("model_type": "gpt_neo", "hidden_size": 8,
    "num_layers": 4, "num_heads": 2, "vocab_size": 32,
    "max_position_embeddings": 16, "window_size": 3)";
  EXPECT_EQ(
      getWindows(neo + R"(, "attention_types": [[["global", "local"], 2]])"),
      Windows({0, 3, 0, 3}));
  EXPECT_EQ(getWindows(neo), Windows({0, 3, 0, 3}));
  for (std::string wrong : {"[[[\"global\"], 2]]", "[[[\"global\"], 1000]]"})
    has(say(neo + ", \"attention_types\": " + wrong),
        "must have an entry for each of the 4 layers");
  for (std::string wrong :
       {"[[1, 2]]", "3", "[[[], 1000000000]]", "[[[\"global\"], \"x\"]]"})
    has(say(neo + ", \"attention_types\": " + wrong),
        "must be lists of types of layers, each with how often");
  has(say(neo + R"(, "attention_types": [[["global", "local"], 2]],
    "attention_layers": ["local", "local", "local", "local"])"),
      "contradicts attention_types");
  // All but each Nth layer, where no list says so.
  EXPECT_EQ(getWindows(with("gemma2", window)), Windows({3, 0, 3, 0}));
  EXPECT_EQ(getWindows(with("gemma3_text", window)), Windows({3, 3, 3, 3}));
  EXPECT_EQ(getWindows(with("gemma3_text",
                            window + R"(, "sliding_window_pattern": 3)")),
            Windows({3, 3, 0, 3}));
  // Keys that are not there have defaults, null has none.
  EXPECT_EQ(getWindows(with("mistral", "")), Windows({4096, 4096, 4096, 4096}));
  EXPECT_EQ(getWindows(with("qwen2", on)), Windows({0, 0, 0, 0}));
  // One key under two names.
  auto getActivation = [&](const std::string &keys) {
    auto config = read(with("gemma", keys));
    EXPECT_TRUE(bool(config)) << llvm::toString(config.takeError());
    return config->activation;
  };
  using llama::ActivationKind;
  EXPECT_EQ(getActivation(""), ActivationKind::GeluTanh);
  EXPECT_EQ(
      getActivation(R"(, "hidden_act": "gelu", "hidden_activation": null)"),
      ActivationKind::GeluTanh);
  EXPECT_EQ(getActivation(R"(, "hidden_act": "relu")"), ActivationKind::Relu);
  has(say(with("gemma",
               R"(, "hidden_act": "relu", "hidden_activation": "gelu")")),
      "hidden_activation = \"gelu\": contradicts hidden_act");

  // Scales and caps of scores and logits: null is no cap.
  auto capped = read(with("gemma2", R"(, "query_pre_attn_scalar": 16,
    "attn_logit_softcapping": null, "final_logit_softcapping": 2.5)"));
  ASSERT_TRUE(bool(capped)) << llvm::toString(capped.takeError());
  EXPECT_EQ(capped->attentionScale, 0.25);
  EXPECT_EQ(capped->attentionSoftcap, 0);
  EXPECT_EQ(capped->logitsSoftcap, 2.5);
  auto standard = read(with("gemma2", ""));
  ASSERT_TRUE(bool(standard)) << llvm::toString(standard.takeError());
  EXPECT_EQ(standard->attentionScale, 0.0625);
  EXPECT_EQ(standard->attentionSoftcap, 50);
  has(say(with("gemma2", R"(, "attn_logit_softcapping": -1)")),
      "attn_logit_softcapping = -1: must be a positive number");
  has(say(with("gemma2", R"(, "final_logit_softcapping": 1e-39)")),
      "final_logit_softcapping");
  has(say(with("gemma2", R"(, "query_pre_attn_scalar": 0)")),
      "query_pre_attn_scalar = 0: must be a positive number");
  has(say(with("llama", R"(, "final_logit_softcapping": 30.0)")),
      "final_logit_softcapping = 30");

  // Layers with a window rotate otherwise than those without: in objects by
  // types of layers, and as older versions wrote it.
  std::string newer = R"(, "rope_parameters": {
    "full_attention": {"rope_type": "linear", "rope_theta": 5e4, "factor": 8.0},
    "sliding_attention": {"rope_type": "default", "rope_theta": 2e3}})";
  std::string older = R"(, "rope_theta": 5e4, "rope_local_base_freq": 2e3,
    "rope_scaling": {"rope_type": "linear", "factor": 8.0})";
  for (const std::string &keys : {newer, older}) {
    auto config =
        read(with("gemma3_text", keys + R"(, "sliding_window_pattern": 2)"));
    ASSERT_TRUE(bool(config)) << llvm::toString(config.takeError());
    EXPECT_EQ(config->getRotary(1)->theta, 5e4);
    EXPECT_EQ(config->getRotary(1)->scaling, RotaryConfig::Linear);
    EXPECT_EQ(config->getRotary(1)->factor, 8);
    EXPECT_EQ(config->getRotary(0)->theta, 2e3);
    EXPECT_EQ(config->getRotary(0)->scaling, RotaryConfig::None);
  }
  auto unsaid = read(with("gemma3_text", ""));
  ASSERT_TRUE(bool(unsaid)) << llvm::toString(unsaid.takeError());
  EXPECT_EQ(unsaid->rotary->theta, 1e6);
  EXPECT_EQ(unsaid->localRotary->theta, 1e4);
  has(say(with("gemma3_text", R"(, "rope_parameters": {"full_attention": {},
    "chunked_attention": {}})")),
      "'chunked_attention' is not supported beside 'full_attention'");
  has(say(with("gemma3_text", newer + R"(, "rope_local_base_freq": 1e4)")),
      "rope_local_base_freq = 10000: contradicts rope_parameters");
  has(say(with("gemma3_text", R"(, "rope_parameters": {"full_attention": 3})")),
      "must be an object");
  has(say(with("gemma3_text", R"(, "sliding_window": null)")),
      "sliding_window = null: is missing");
  has(say(with("llama", newer)), "rope_parameters");

  // Rotations of a part of a head.
  auto stable = read(with("stablelm", R"(, "partial_rotary_factor": 0.5)"));
  ASSERT_TRUE(bool(stable)) << llvm::toString(stable.takeError());
  EXPECT_EQ(stable->rotary->dims, 2);
  has(say(with("stablelm", R"(, "partial_rotary_factor": 0.3)")),
      "must be even to rotate, not 1");
  has(say(with("stablelm", R"(, "partial_rotary_factor": 2)")),
      "a part of a head must be at most 1");
  has(say(with("stablelm", R"(, "partial_rotary_factor": 0.5,
    "rope_parameters": {"partial_rotary_factor": 1.0})")),
      "contradicts rope_parameters");
  has(say(R"("model_type": "gptj", "n_embd": 8, "n_layer": 1, "n_head": 2,
    "vocab_size": 32, "rotary_dim": 6)"),
      "is more than a head has, 4");
  has(say(R"("model_type": "gptj", "n_embd": 8, "n_layer": 1, "n_head": 2,
    "vocab_size": 32, "rotary_dim": 3)"),
      "rotary_dim = 3: must be even to rotate");

  // What a family has not.
  has(say(with("mistral", R"(, "qk_layernorm": true)")),
      "qk_layernorm = true: only null, false and 0 are supported");
  has(say(with("mistral", R"(, "attention_bias": true)")),
      "attention_bias = true: only null, false and 0 are supported");
  has(say(R"("model_type": "gpt2", "n_embd": 8, "n_layer": 1, "n_head": 2,
    "vocab_size": 32, "n_positions": 4, "scale_attn_weights": false)"),
      "scale_attn_weights = false: only true is supported");
  has(say(R"("model_type": "gpt2", "n_embd": 9, "n_layer": 1, "n_head": 2,
    "vocab_size": 32, "n_positions": 4)"),
      "n_head = 2: does not divide n_embd");
  has(say(with("mistral", R"(, "architectures": ["LlamaForCausalLM"])")),
      "only 'MistralForCausalLM', 'MistralModel' are supported");
}

TEST(Config, Architecture) {
  TestFolder folder;
  auto say = [&](const std::string &keys) {
    auto config = readConfig(folder.write("config.json", "{" + keys + "}"));
    EXPECT_FALSE(bool(config));
    std::string message = llvm::toString(config.takeError());
    return message.substr(message.find("config.json: ") + 13);
  };
  auto starts = [&](const std::string &keys, const std::string &message) {
    EXPECT_EQ(say(keys).substr(0, message.size()), message);
  };
  starts("", "model_type: is missing; there are '");
  starts(R"("model_type": null)", "model_type = null: is missing; there are '");
  for (std::string type : {"bert", "Llama", ""})
    starts("\"model_type\": \"" + type + "\", \"sliding_window\": 8",
           "model_type = \"" + type + "\": only '");
  std::string llama = R"("model_type": "llama", )";
  for (std::string names :
       {R"(["MistralForCausalLM"])", R"("LlamaForCausalLM")",
        R"(["LlamaForSequenceClassification"])",
        R"(["LlamaForCausalLM","LlamaModel"])"})
    EXPECT_EQ(say(llama + "\"architectures\": " + names),
              "architectures = " + names +
                  ": only 'LLaMAForCausalLM', 'LlamaForCausalLM', 'LlamaModel' "
                  "are supported");
  EXPECT_EQ(say(llama + R"("auto_map": {"AutoModel": "modeling.Mine"})"),
            "auto_map = {\"AutoModel\":\"modeling.Mine\"}: names code that "
            "comes with the model, which might compute something else");
  for (std::string names : {R"(["LlamaForCausalLM"])", R"(["LlamaModel"])",
                            R"(["LLaMAForCausalLM"])", "[]", "null"})
    EXPECT_EQ(say(llama + "\"architectures\": " + names),
              "hidden_size: is missing");
}
