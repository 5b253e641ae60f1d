//===- HuggingFaceConfig.cpp - config.json of a LLaMA model ---------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Import/HuggingFace.h"
#include "llamir/Support/JSON.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cmath>

using namespace llamir;

namespace {
/// The keys of config.json, read one by one; what is left at the end is
/// unknown.
class ConfigReader {
public:
  ConfigReader(llvm::StringRef path, const llvm::json::Object &object)
      : path(path.str()), object(object) {}

  llvm::Error fail(llvm::StringRef key, const llvm::Twine &message) {
    std::string value;
    if (const llvm::json::Value *found = object.get(key)) {
      llvm::raw_string_ostream stream(value);
      stream << " = " << *found;
    }
    return llvm::createStringError(path + ": " + key + value + ": " + message);
  }
  const llvm::json::Value *take(llvm::StringRef key) {
    seen.insert(key);
    const llvm::json::Value *value = object.get(key);
    return value && value->kind() == llvm::json::Value::Null ? nullptr : value;
  }
  llvm::Error readSize(llvm::StringRef key, int64_t &size, bool required) {
    const llvm::json::Value *value = take(key);
    if (!value)
      return required ? fail(key, "is missing") : llvm::Error::success();
    std::optional<int64_t> number = value->getAsInteger();
    if (!number || *number <= 0 || *number > (1 << 24))
      return fail(key, "must be a number from 1 to 16777216");
    size = *number;
    return llvm::Error::success();
  }
  llvm::Error readNumber(llvm::StringRef key, double &number) {
    if (const llvm::json::Value *value = take(key)) {
      if (!value->getAsNumber() || !std::isfinite(*value->getAsNumber()) ||
          *value->getAsNumber() <= 0)
        return fail(key, "must be a positive number");
      number = *value->getAsNumber();
    }
    return llvm::Error::success();
  }
  llvm::Error readFlag(llvm::StringRef key, bool &flag) {
    if (const llvm::json::Value *value = take(key)) {
      if (!value->getAsBoolean())
        return fail(key, "must be true or false");
      flag = *value->getAsBoolean();
    }
    return llvm::Error::success();
  }
  llvm::Error checkAllSeen() {
    for (const auto &[key, value] : object)
      if (!seen.contains(llvm::StringRef(key)))
        return fail(llvm::StringRef(key),
                    "is not known, and might change what the model computes");
    return llvm::Error::success();
  }

private:
  std::string path;
  const llvm::json::Object &object;
  llvm::StringSet<> seen;
};
} // namespace

/// What does not change the numbers of one forward pass.
static constexpr llvm::StringLiteral harmlessKeys[] = {
    "_name_or_path",
    "architectures",
    "attention_dropout",
    "auto_map",
    "bos_token_id",
    "dtype",
    "eos_token_id",
    "initializer_range",
    "max_position_embeddings",
    "output_attentions",
    "output_hidden_states",
    "pad_token_id",
    "return_dict",
    "torch_dtype",
    "transformers_version",
    "unk_token_id",
    "use_cache"};

/// Reads what `key`, an object, says about rotations; `theta` stays as it is
/// when there is no base in it.
static llvm::Error readRotaryObject(ConfigReader &reader, llvm::StringRef key,
                                    std::optional<double> &theta) {
  const llvm::json::Value *value = reader.take(key);
  if (!value)
    return llvm::Error::success();
  const llvm::json::Object *object = value->getAsObject();
  if (!object)
    return reader.fail(key, "must be an object");
  for (const auto &[name, entry] : *object) {
    llvm::StringRef nameRef = name;
    if (nameRef == "rope_theta") {
      if (!entry.getAsNumber() || !(*entry.getAsNumber() > 0) ||
          !std::isfinite(*entry.getAsNumber()))
        return reader.fail(key, "rope_theta must be a positive number");
      theta = *entry.getAsNumber();
    } else if (nameRef == "rope_type" || nameRef == "type") {
      if (entry.getAsString() != llvm::StringRef("default"))
        return reader.fail(key, "only the type 'default' is supported");
    } else {
      return reader.fail(key, "'" + nameRef + "' is not supported");
    }
  }
  return llvm::Error::success();
}

/// The base of the angles stands in one of three places, or in several alike.
static llvm::Error readRotary(ConfigReader &reader, double &theta) {
  double old = 0;
  if (llvm::Error error = reader.readNumber("rope_theta", old))
    return error;
  std::optional<double> parameters, scaling;
  if (llvm::Error error =
          readRotaryObject(reader, "rope_parameters", parameters))
    return error;
  if (llvm::Error error = readRotaryObject(reader, "rope_scaling", scaling))
    return error;
  if (parameters && scaling && *parameters != *scaling)
    return reader.fail("rope_scaling", "contradicts rope_parameters");
  if (old > 0 && parameters && old != *parameters)
    return reader.fail("rope_theta", "contradicts rope_parameters");
  if (old > 0 && scaling && old != *scaling)
    return reader.fail("rope_theta", "contradicts rope_scaling");
  theta = parameters ? *parameters
          : scaling  ? *scaling
          : old > 0  ? old
                     : 10000.0;
  return llvm::Error::success();
}

static llvm::Error readKeys(ConfigReader &reader, ModelConfig &config) {
  const llvm::json::Value *type = reader.take("model_type");
  if (!type || type->getAsString() != llvm::StringRef("llama"))
    return reader.fail("model_type", "only 'llama' is supported");
  for (auto [key, size] : {std::pair("hidden_size", &config.hidden),
                           std::pair("intermediate_size", &config.intermediate),
                           std::pair("num_hidden_layers", &config.layers),
                           std::pair("num_attention_heads", &config.heads),
                           std::pair("vocab_size", &config.vocabulary)})
    if (llvm::Error error = reader.readSize(key, *size, true))
      return error;
  config.kvHeads = config.heads;
  if (llvm::Error error =
          reader.readSize("num_key_value_heads", config.kvHeads, false))
    return error;
  if (config.heads % config.kvHeads != 0)
    return reader.fail("num_key_value_heads",
                       "does not divide num_attention_heads");
  if (llvm::Error error = reader.readSize("head_dim", config.headDim, false))
    return error;
  if (config.headDim == 0) {
    if (config.hidden % config.heads != 0)
      return reader.fail("num_attention_heads", "does not divide hidden_size");
    config.headDim = config.hidden / config.heads;
  }
  if (config.headDim % 2 != 0)
    return reader.fail("head_dim", "must be even to rotate");
  if (llvm::Error error = reader.readNumber("rms_norm_eps", config.eps))
    return error;
  for (auto [key, flag] : {std::pair("tie_word_embeddings", &config.tied),
                           std::pair("attention_bias", &config.attentionBias),
                           std::pair("mlp_bias", &config.mlpBias)})
    if (llvm::Error error = reader.readFlag(key, *flag))
      return error;
  if (const llvm::json::Value *name = reader.take("hidden_act")) {
    auto kind = llvm::StringSwitch<std::optional<llama::ActivationKind>>(
                    name->getAsString().value_or(""))
                    .Cases({"silu", "swish"}, llama::ActivationKind::Silu)
                    .Case("gelu", llama::ActivationKind::Gelu)
                    .Cases({"gelu_new", "gelu_pytorch_tanh"},
                           llama::ActivationKind::GeluTanh)
                    .Case("relu", llama::ActivationKind::Relu)
                    .Case("sigmoid", llama::ActivationKind::Sigmoid)
                    .Case("tanh", llama::ActivationKind::Tanh)
                    .Default(std::nullopt);
    if (!kind)
      return reader.fail("hidden_act", "is not supported");
    config.activation = *kind;
  }
  // The number of slices that Meta's training cut products in; only 1 gives
  // the numbers of the products as they are.
  int64_t slices = 1;
  if (llvm::Error error = reader.readSize("pretraining_tp", slices, false))
    return error;
  if (slices != 1)
    return reader.fail("pretraining_tp", "only 1 is supported");
  if (llvm::Error error = readRotary(reader, config.theta))
    return error;
  for (llvm::StringRef key : harmlessKeys)
    reader.take(key);
  return reader.checkAllSeen();
}

llvm::Expected<ModelConfig> llamir::readConfig(llvm::StringRef path) {
  llvm::Expected<llvm::json::Value> json = readJSON(path, 16);
  if (!json)
    return json.takeError();
  const llvm::json::Object *object = json->getAsObject();
  if (!object)
    return llvm::createStringError(path + ": not a JSON object");
  ModelConfig config;
  ConfigReader reader(path, *object);
  if (llvm::Error error = readKeys(reader, config))
    return error;
  return config;
}
