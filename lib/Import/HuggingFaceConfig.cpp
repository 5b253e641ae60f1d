//===- HuggingFaceConfig.cpp - config.json of a LLaMA model ---------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConfigKeys.h"
#include "llamir/Import/HuggingFace.h"
#include "llamir/Support/JSON.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cmath>
#include <map>

using namespace llamir;

static constexpr llvm::StringLiteral mustBePositive =
    "must be a positive number that fits in f32";

/// Kernels compute with it in f32, where it must be neither 0 nor infinite.
static bool isPositiveF32(const llvm::json::Value &value) {
  std::optional<double> number = value.getAsNumber();
  return number && float(*number) > 0 && std::isfinite(float(*number));
}

namespace {
/// The keys of config.json, read one by one; then the others.
class ConfigReader {
public:
  ConfigReader(llvm::StringRef path, const llvm::json::Object &object)
      : path(path.str()), object(object) {}

  llvm::Error fail(llvm::StringRef key, const llvm::Twine &message) const {
    return llvm::createStringError(describe(key) + ": " + message);
  }
  /// Null when the key is not there, or is null where that means the same.
  const llvm::json::Value *take(llvm::StringRef key, bool mayBeNull = true) {
    assert(findKey(getConfigKeys(), key)->meaning == KeyMeaning::Read);
    const llvm::json::Value *value = object.get(key);
    return value && mayBeNull && value->kind() == llvm::json::Value::Null
               ? nullptr
               : value;
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
  llvm::Error readNumber(llvm::StringRef key, double &number, bool mayBeNull) {
    if (const llvm::json::Value *value = take(key, mayBeNull)) {
      if (!isPositiveF32(*value))
        return fail(key, mustBePositive);
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
  /// Checks the keys that are not read, of several mistakes always the same.
  llvm::Error checkOthers(const ImportOptions &options,
                          std::vector<std::string> &warnings);

private:
  std::string describe(llvm::StringRef key) const {
    const llvm::json::Value *value = object.get(key);
    return path + ": " + key.str() +
           (value ? " = " + formatForMessage(*value) : "");
  }
  bool isSwitchedOff(const ConfigKey &key) const;
  llvm::Error checkIgnored(llvm::StringRef key) const;

  std::string path;
  const llvm::json::Object &object;
};
} // namespace

/// Whether a key that nobody knows says nothing: by its value, or because it is
/// a private one of the program that wrote it.
static bool saysNothing(llvm::StringRef key, const llvm::json::Value &value) {
  return key.starts_with("_") || isEmpty(value);
}

bool ConfigReader::isSwitchedOff(const ConfigKey &key) const {
  const llvm::json::Value *other =
      key.onlyWith.empty() ? nullptr : object.get(key.onlyWith);
  return other &&
         isOff(findKey(getConfigKeys(), key.onlyWith)->meaning, *other);
}

/// Whether it makes a difference that a key is to be ignored.
llvm::Error ConfigReader::checkIgnored(llvm::StringRef key) const {
  const llvm::json::Value *value = object.get(key);
  if (!value)
    return llvm::createStringError(path + ": there is no key '" + key +
                                   "' to ignore");
  const ConfigKey *known = findKey(getConfigKeys(), key);
  if (known && known->meaning != KeyMeaning::Harmless)
    return fail(key,
                "cannot be ignored, it may change what the model computes");
  if (known || saysNothing(key, *value))
    return fail(key, "need not be ignored, it changes nothing");
  return llvm::Error::success();
}

llvm::Error ConfigReader::checkOthers(const ImportOptions &options,
                                      std::vector<std::string> &warnings) {
  for (llvm::StringRef key : options.ignoredKeys)
    if (llvm::Error error = checkIgnored(key))
      return error;
  std::map<llvm::StringRef, const llvm::json::Value *> sorted;
  for (const auto &[key, value] : object)
    sorted[key] = &value;
  for (auto [key, value] : sorted) {
    if (const ConfigKey *known = findKey(getConfigKeys(), key)) {
      if (known->meaning != KeyMeaning::Read &&
          !isOff(known->meaning, *value) && !isSwitchedOff(*known))
        return fail(key, describeOff(known->meaning));
      continue;
    }
    if (saysNothing(key, *value) ||
        llvm::is_contained(options.ignoredKeys, key))
      continue;
    if (options.strict)
      return fail(key, "is not known, and might change what the model "
                       "computes");
    warnings.push_back(describe(key) + ": is not known, and was ignored");
  }
  return llvm::Error::success();
}

/// What says whose code the model is for.
static llvm::Error readArchitecture(ConfigReader &reader, bool &hasHead) {
  const llvm::json::Value *type = reader.take("model_type");
  if (!type)
    return reader.fail("model_type", "is missing; only 'llama' is supported");
  if (type->getAsString() != llvm::StringRef("llama"))
    return reader.fail("model_type", "only 'llama' is supported");
  if (const llvm::json::Value *value = reader.take("architectures");
      value && !isEmpty(*value)) {
    const llvm::json::Array *names = value->getAsArray();
    llvm::StringRef name = names && names->size() == 1
                               ? names->front().getAsString().value_or("")
                               : "";
    // Some early checkpoints have the second name.
    if (name != "LlamaForCausalLM" && name != "LLaMAForCausalLM" &&
        name != "LlamaModel")
      return reader.fail("architectures", "only 'LlamaForCausalLM' and "
                                          "'LlamaModel' are supported");
    hasHead = name != "LlamaModel";
  }
  if (const llvm::json::Value *value = reader.take("auto_map");
      value && !isEmpty(*value))
    return reader.fail("auto_map", "names code that comes with the model, "
                                   "which might compute something else");
  return llvm::Error::success();
}

/// What the weights were saved as, under its newer and its older name. Each
/// tensor's own type is what counts.
static llvm::Error readElementType(ConfigReader &reader) {
  std::optional<llvm::StringRef> seen;
  for (llvm::StringRef key : {"dtype", "torch_dtype"}) {
    const llvm::json::Value *value = reader.take(key);
    if (!value)
      continue;
    std::optional<llvm::StringRef> name = value->getAsString();
    if (name)
      name->consume_front("torch.");
    if (!name || !llvm::is_contained(
                     {"float64", "float32", "float16", "bfloat16"}, *name))
      return reader.fail(key, "only float64, float32, float16 and bfloat16 are "
                              "supported");
    if (seen && *seen != *name)
      return reader.fail(key, "contradicts dtype");
    seen = name;
  }
  return llvm::Error::success();
}

/// Whether a type of rotation leaves the angles as they are: a linear one does
/// if it divides positions by 1.
static bool isPlainRotation(const llvm::json::Value &type,
                            const llvm::json::Object &object) {
  if (type.getAsString() == llvm::StringRef("linear"))
    return object.getNumber("factor") == 1.0;
  return type.getAsString() == llvm::StringRef("default");
}

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
  // The type first: it tells what the other entries are for.
  for (llvm::StringRef name : {"rope_type", "type"})
    if (const llvm::json::Value *type = object->get(name);
        type && !isPlainRotation(*type, *object))
      return reader.fail(key, "only the type 'default' is supported");
  for (const auto &[nameKey, entry] : *object) {
    llvm::StringRef name = nameKey;
    const ConfigKey *known = findKey(getRotaryKeys(), name);
    if (name == "rope_theta") {
      if (!isPositiveF32(entry))
        return reader.fail(key, "rope_theta " + mustBePositive);
      theta = *entry.getAsNumber();
    } else if (!known ? !isEmpty(entry)
                      : known->meaning != KeyMeaning::Read &&
                            !isOff(known->meaning, entry)) {
      return reader.fail(key, "'" + name + "' is not supported");
    }
  }
  return llvm::Error::success();
}

/// The base of the angles stands in one of three places, or in several alike.
static llvm::Error readRotary(ConfigReader &reader, double &theta) {
  double old = 0;
  if (llvm::Error error =
          reader.readNumber("rope_theta", old, /*mayBeNull=*/true))
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
  if (llvm::Error error = readArchitecture(reader, config.hasHead))
    return error;
  if (llvm::Error error = readElementType(reader))
    return error;
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
  if (llvm::Error error =
          reader.readNumber("rms_norm_eps", config.eps, /*mayBeNull=*/false))
    return error;
  for (auto [key, flag] : {std::pair("tie_word_embeddings", &config.tied),
                           std::pair("attention_bias", &config.attentionBias),
                           std::pair("mlp_bias", &config.mlpBias)})
    if (llvm::Error error = reader.readFlag(key, *flag))
      return error;
  if (const llvm::json::Value *name = reader.take("hidden_act", false)) {
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
  return readRotary(reader, config.theta);
}

llvm::Expected<ModelConfig> llamir::readConfig(llvm::StringRef path,
                                               const ImportOptions &options) {
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
  if (llvm::Error error = reader.checkOthers(options, config.warnings))
    return error;
  return config;
}
