//===- HuggingFaceConfig.cpp - config.json as its family reads it ---------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConfigReader.h"
#include "Families.h"
#include "llamir/Support/JSON.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include <cmath>

using namespace llamir;

namespace {
/// Reads a config.json as the description of its family says.
class FamilyReader {
public:
  FamilyReader(ConfigReader &reader, const llvm::json::Object &family,
               ModelConfig &config)
      : reader(reader), family(family), config(config) {}

  llvm::Error read();

private:
  llvm::Error readArchitecture();
  llvm::Error readSizes();
  llvm::Error readNorm();
  llvm::Error readActivation();
  llvm::Error readRotation();
  llvm::Error readScaledRotation(const llvm::json::Object &entry,
                                 llvm::StringRef thetaKey,
                                 llvm::StringRef fractionKey);
  llvm::Error readWindows();
  llvm::Error readTensors();
  llvm::Error readHeadNorms();
  llvm::Error readScores();
  void readStructure();
  void readMeanings();

  /// The value of an entry that is given, or that a key has: a flag.
  llvm::Error readFlag(const llvm::json::Value *entry, bool &flag);
  llvm::Error readSize(llvm::StringRef name, int64_t &size);
  /// A default: a number, or one that refers to other sizes.
  llvm::Error readDefault(const llvm::json::Value &entry, int64_t &size);
  /// The key of a size; empty if it has none.
  llvm::StringRef getSizeKey(llvm::StringRef name) const {
    return family.getObject("sizes")
        ->getObject(name)
        ->getString("key")
        .value_or("");
  }
  /// The number of a cap, which the config may leave out: 0 for none.
  llvm::Error readCap(llvm::StringRef name, double &cap);
  llvm::Error readLayerTypes(const llvm::json::Object &window,
                             std::vector<bool> &hasWindow);

  ConfigReader &reader;
  const llvm::json::Object &family;
  ModelConfig &config;
  std::map<std::string, int64_t> sizes;
};
} // namespace

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

static std::string quote(llvm::StringRef name) {
  return ("'" + name + "'").str();
}

llvm::Error FamilyReader::readArchitecture() {
  const llvm::json::Value *value = reader.take("architectures");
  if (value && !isEmpty(*value)) {
    const llvm::json::Object &known = *family.getObject("architectures");
    const llvm::json::Array *names = value->getAsArray();
    llvm::StringRef name = names && names->size() == 1
                               ? names->front().getAsString().value_or("")
                               : "";
    std::optional<llvm::StringRef> what = known.getString(name);
    if (!what) {
      std::vector<std::string> all;
      for (const auto &entry : known)
        all.push_back(quote(llvm::StringRef(entry.first)));
      llvm::sort(all);
      return reader.fail("architectures",
                         "only " + llvm::join(all, ", ") + " are supported");
    }
    config.hasHead = *what == "head";
  }
  value = reader.take("auto_map");
  if (value && !isEmpty(*value))
    return reader.fail("auto_map", "names code that comes with the model, "
                                   "which might compute something else");
  return llvm::Error::success();
}

llvm::Error FamilyReader::readFlag(const llvm::json::Value *entry, bool &flag) {
  if (!entry)
    return llvm::Error::success();
  if (std::optional<bool> given = entry->getAsBoolean()) {
    flag = *given;
    return llvm::Error::success();
  }
  const llvm::json::Object &object = *entry->getAsObject();
  flag = *object.getBoolean("default");
  return reader.readFlag(*object.getString("key"), flag);
}

llvm::Error FamilyReader::readDefault(const llvm::json::Value &entry,
                                      int64_t &size) {
  if (std::optional<int64_t> number = entry.getAsInteger()) {
    size = *number;
    return llvm::Error::success();
  }
  const llvm::json::Object &object = *entry.getAsObject();
  llvm::StringRef base = *object.getString("of");
  size = sizes.at(base.str()) * object.getInteger("times").value_or(1);
  std::optional<llvm::StringRef> divisor = object.getString("over");
  if (!divisor)
    return llvm::Error::success();
  int64_t parts = sizes.at(divisor->str());
  if (size % parts != 0)
    return reader.fail(getSizeKey(*divisor),
                       "does not divide " + getSizeKey(base));
  size /= parts;
  return llvm::Error::success();
}

llvm::Error FamilyReader::readSize(llvm::StringRef name, int64_t &size) {
  const llvm::json::Object *entry = family.getObject("sizes")->getObject(name);
  if (!entry)
    return llvm::Error::success();
  const llvm::json::Value *standard = entry->get("default");
  if (llvm::StringRef key = getSizeKey(name); !key.empty())
    if (llvm::Error error = reader.readSize(key, size, !standard))
      return error;
  if (size == 0 && standard)
    if (llvm::Error error = readDefault(*standard, size))
      return error;
  sizes[name.str()] = size;
  return llvm::Error::success();
}

llvm::Error FamilyReader::readSizes() {
  // Each after those that its default refers to.
  for (auto [name, size] :
       {std::pair("hidden", &config.hidden),
        std::pair("intermediate", &config.intermediate),
        std::pair("layers", &config.layers), std::pair("heads", &config.heads),
        std::pair("vocabulary", &config.vocabulary),
        std::pair("kv_heads", &config.kvHeads),
        std::pair("head_dim", &config.headDim),
        std::pair("positions", &config.positions)})
    if (llvm::Error error = readSize(name, *size))
      return error;
  if (config.heads % config.kvHeads != 0)
    return reader.fail(getSizeKey("kv_heads"),
                       "does not divide " + getSizeKey("heads"));
  return llvm::Error::success();
}

llvm::Error FamilyReader::readNorm() {
  const llvm::json::Object &norm = *family.getObject("norm");
  config.isCentered = norm.getString("kind") == llvm::StringRef("layer");
  config.gainOffset = norm.getNumber("gain_offset").value_or(0);
  const llvm::json::Object &eps = *norm.getObject("eps");
  config.eps = *eps.getNumber("default");
  return reader.readNumber(*eps.getString("key"), config.eps,
                           /*mayBeNull=*/false);
}

llvm::Error FamilyReader::readActivation() {
  const llvm::json::Object &entry = *family.getObject("activation");
  llvm::StringRef key = *entry.getString("key");
  llvm::StringRef name = *entry.getString("default");
  const llvm::json::Object *names = entry.getObject("names");
  auto getName = [&](const llvm::json::Value &value) {
    llvm::StringRef given = value.getAsString().value_or("");
    return names ? names->getString(given).value_or(given) : given;
  };
  if (const llvm::json::Value *value = reader.take(key, false))
    name = getName(*value);
  // Another key for the same, which may be null.
  if (std::optional<llvm::StringRef> other = entry.getString("other"))
    if (const llvm::json::Value *value = reader.take(*other)) {
      if (reader.has(key) && getName(*value) != name)
        return reader.fail(*other, "contradicts " + key);
      name = getName(*value);
      key = *other;
    }
  using llama::ActivationKind;
  auto kind = llvm::StringSwitch<std::optional<ActivationKind>>(name)
                  .Cases({"silu", "swish"}, ActivationKind::Silu)
                  .Case("gelu", ActivationKind::Gelu)
                  .Cases({"gelu_new", "gelu_pytorch_tanh", "gelu_fast"},
                         ActivationKind::GeluTanh)
                  .Case("quick_gelu", ActivationKind::GeluQuick)
                  .Case("relu", ActivationKind::Relu)
                  .Case("sigmoid", ActivationKind::Sigmoid)
                  .Case("tanh", ActivationKind::Tanh)
                  .Default(std::nullopt);
  if (!kind)
    return reader.fail(key, "is not supported");
  config.activation = *kind;
  return llvm::Error::success();
}

/// The rotation of all layers, or of those without a window and those with one.
llvm::Error FamilyReader::readScaledRotation(const llvm::json::Object &entry,
                                             llvm::StringRef thetaKey,
                                             llvm::StringRef fractionKey) {
  RotaryKeys keys = {thetaKey, fractionKey};
  const llvm::json::Object *local = entry.getObject("local"),
                           *window = family.getObject("window");
  assert((!local || (window && window->getString("value"))) &&
         "layers with a window have no name");
  if (local) {
    keys.layerType = window->getString("other").value_or("full_attention");
    keys.otherType = *window->getString("value");
    config.localRotary = config.rotary;
    config.localRotary->theta = *local->getNumber("default");
  }
  if (llvm::Error error =
          readRotary(reader, keys, config.headDim, *config.rotary))
    return error;
  if (!local)
    return llvm::Error::success();
  return readRotary(reader,
                    {*local->getString("key"), fractionKey, keys.otherType,
                     keys.layerType, /*isOther=*/true},
                    config.headDim, *config.localRotary);
}

llvm::Error FamilyReader::readRotation() {
  const llvm::json::Object *entry = family.getObject("rotary");
  if (!entry)
    return llvm::Error::success();
  RotaryConfig &rotary = config.rotary.emplace();
  if (entry->getString("pairing") == llvm::StringRef("interleaved"))
    rotary.pairing = llama::PairingKind::Interleaved;
  rotary.dims = config.headDim;
  llvm::StringRef thetaKey, fractionKey, dimsKey;
  rotary.length = entry->getInteger("trained").value_or(0);
  if (const llvm::json::Object *theta = entry->getObject("theta")) {
    thetaKey = *theta->getString("key");
    rotary.theta = *theta->getNumber("default");
  } else {
    rotary.theta = *entry->getNumber("theta");
  }
  if (const llvm::json::Object *fraction = entry->getObject("fraction")) {
    fractionKey = *fraction->getString("key");
    rotary.dims =
        int64_t(double(config.headDim) * *fraction->getNumber("default"));
  }
  if (const llvm::json::Object *dims = entry->getObject("dims")) {
    // Null is the whole head, in place of a part.
    dimsKey = *dims->getString("key");
    if (!reader.has(dimsKey))
      rotary.dims = *dims->getInteger("default");
    if (llvm::Error error = reader.readSize(dimsKey, rotary.dims, false))
      return error;
    if (rotary.dims > config.headDim)
      return reader.fail(dimsKey, "is more than a head has, " +
                                      llvm::Twine(config.headDim));
  }
  // Where the base is no key, nothing is scaled either.
  if (!thetaKey.empty())
    if (llvm::Error error = readScaledRotation(*entry, thetaKey, fractionKey))
      return error;
  if (rotary.dims <= 0 || rotary.dims % 2 != 0)
    return reader.fail(!dimsKey.empty()       ? dimsKey
                       : !fractionKey.empty() ? fractionKey
                                              : "head_dim",
                       "must be even to rotate, not " +
                           llvm::Twine(rotary.dims));
  return llvm::Error::success();
}

/// [[["global", "local"], 6]]: lists, and how often each is repeated. False for
/// anything else; ends where there are more than `most` types.
static bool expand(const llvm::json::Value &pattern, int64_t most,
                   std::vector<llvm::json::Value> &types) {
  const llvm::json::Array *parts = pattern.getAsArray();
  if (!parts)
    return false;
  for (const llvm::json::Value &part : *parts) {
    const llvm::json::Array *pair = part.getAsArray();
    const llvm::json::Array *list =
        pair && pair->size() == 2 ? (*pair)[0].getAsArray() : nullptr;
    if (!list || list->empty() || !(*pair)[1].getAsInteger())
      return false;
    for (int64_t i = 0;
         i < *(*pair)[1].getAsInteger() && int64_t(types.size()) <= most; ++i)
      llvm::append_range(types, *list);
  }
  return true;
}

/// Which layers have a window, where a list says so.
llvm::Error FamilyReader::readLayerTypes(const llvm::json::Object &window,
                                         std::vector<bool> &hasWindow) {
  llvm::StringRef key = *window.getString("layers"),
                  with = *window.getString("value"),
                  without =
                      window.getString("other").value_or("full_attention");
  const llvm::json::Value *value = reader.take(key);
  std::vector<llvm::json::Value> types;
  if (value)
    if (const llvm::json::Array *array = value->getAsArray())
      types.assign(array->begin(), array->end());
  if (const llvm::json::Object *pattern = window.getObject("pattern")) {
    llvm::StringRef patternKey = *pattern->getString("key");
    const llvm::json::Value *written = reader.take(patternKey);
    std::vector<llvm::json::Value> expanded;
    // Without either key, the list that the family repeats for all layers.
    const llvm::json::Array &cycle = *pattern->getArray("default");
    if (!written && !value)
      for (int64_t layer = 0; layer < config.layers; ++layer)
        expanded.push_back(cycle[layer % cycle.size()]);
    if (written && !expand(*written, config.layers, expanded))
      return reader.fail(patternKey,
                         "must be lists of types of layers, each with how "
                         "often it is repeated");
    if (written && value && expanded != types)
      return reader.fail(key, "contradicts " + patternKey);
    if (!value) {
      types = std::move(expanded);
      key = patternKey;
      value = &*pattern->get("default");
    }
  }
  if (!value) {
    // The older ways to say it: from some layer on, and all but each Nth.
    int64_t first = 0;
    if (const llvm::json::Object *from = window.getObject("from")) {
      llvm::StringRef fromKey = *from->getString("key");
      first = *from->getInteger("default");
      if (const llvm::json::Value *number = reader.take(fromKey)) {
        if (!number->getAsInteger() || *number->getAsInteger() < 0)
          return reader.fail(fromKey, "must be a number that is not negative");
        first = *number->getAsInteger();
      }
    }
    int64_t period = 0;
    if (const llvm::json::Object *every = window.getObject("period")) {
      period = *every->getInteger("default");
      if (std::optional<llvm::StringRef> periodKey = every->getString("key"))
        if (llvm::Error error = reader.readSize(*periodKey, period, false))
          return error;
    }
    for (int64_t layer = 0; layer < config.layers; ++layer)
      hasWindow[layer] =
          layer >= first && (period == 0 || (layer + 1) % period != 0);
    return llvm::Error::success();
  }
  for (const char *older : {"from", "period"})
    if (const llvm::json::Object *entry = window.getObject(older))
      if (std::optional<llvm::StringRef> olderKey = entry->getString("key"))
        reader.take(*olderKey);
  if (int64_t(types.size()) != config.layers)
    return reader.fail(key, "must have an entry for each of the " +
                                llvm::Twine(config.layers) + " layers");
  for (auto [layer, type] : llvm::enumerate(types)) {
    std::optional<llvm::StringRef> name = type.getAsString();
    if (name != with && name != without)
      return reader.fail(key, "only " + quote(without) + " and " + quote(with) +
                                  " are supported");
    hasWindow[layer] = name == with;
  }
  return llvm::Error::success();
}

llvm::Error FamilyReader::readWindows() {
  const llvm::json::Object *window = family.getObject("window");
  if (!window)
    return llvm::Error::success();
  bool isOn = true;
  if (std::optional<llvm::StringRef> key = window->getString("if")) {
    isOn = false;
    if (llvm::Error error = reader.readFlag(*key, isOn))
      return error;
  }
  // A window that is switched off may have any size.
  llvm::StringRef key = *window->getString("key");
  int64_t size = 0;
  if (!reader.has(key))
    size = isOn ? window->getInteger("default").value_or(0) : 0;
  if (isOn) {
    if (llvm::Error error = reader.readSize(key, size, false))
      return error;
  } else {
    reader.take(key);
  }
  std::vector<bool> hasWindow(config.layers, true);
  if (window->getString("layers"))
    if (llvm::Error error = readLayerTypes(*window, hasWindow))
      return error;
  bool isNeeded = (window->getObject("pattern") || config.localRotary) &&
                  llvm::is_contained(hasWindow, true);
  if (isNeeded && size == 0)
    return reader.fail(key, "is missing");
  if (size == 0)
    return llvm::Error::success();
  for (bool has : hasWindow)
    config.windows.push_back(has ? size : 0);
  return llvm::Error::success();
}

llvm::Error FamilyReader::readTensors() {
  config.prefix = family.getString("prefix")->str();
  for (const auto &[role, name] : *family.getObject("tensors"))
    config.tensors[llvm::StringRef(role).str()] = name.getAsString()->str();
  if (const llvm::json::Object *biases = family.getObject("biases"))
    for (const auto &[role, entry] : *biases) {
      bool flag = false;
      if (llvm::Error error = readFlag(&entry, flag))
        return error;
      (flag ? config.biases : config.unbiased)
          .insert(llvm::StringRef(role).str());
    }
  if (const llvm::json::Array *roles = family.getArray("transposed"))
    for (const llvm::json::Value &role : *roles)
      config.transposed.insert(role.getAsString()->str());
  return llvm::Error::success();
}

/// What the norms of queries and keys are for; none where a key says so.
llvm::Error FamilyReader::readHeadNorms() {
  std::optional<llvm::StringRef> kind = family.getString("head_norms");
  if (const llvm::json::Object *entry = family.getObject("head_norms")) {
    bool hasNorms = false;
    if (llvm::Error error = readFlag(family.get("head_norms"), hasNorms))
      return error;
    kind = entry->getString("kind");
    if (!hasNorms)
      for (const char *role : {"q_norm", "k_norm"})
        config.tensors.erase(role);
  }
  config.hasNormOfEachHead = kind == llvm::StringRef("each");
  config.normsHeads =
      config.hasNormOfEachHead || kind == llvm::StringRef("head");
  return llvm::Error::success();
}

llvm::Error FamilyReader::readCap(llvm::StringRef name, double &cap) {
  const llvm::json::Object *entry = family.getObject(name);
  if (!entry)
    return llvm::Error::success();
  llvm::StringRef key = *entry->getString("key");
  // Null is no cap.
  cap = reader.has(key) ? 0 : entry->getNumber("default").value_or(0);
  if (llvm::Error error = reader.readNumber(key, cap, /*mayBeNull=*/true))
    return error;
  // What is capped is divided by it.
  if (cap != 0 && !isPositiveF32(1 / cap))
    return reader.fail(key, "is too small to divide by");
  return llvm::Error::success();
}

/// What scores are multiplied by, and the caps of scores and logits.
llvm::Error FamilyReader::readScores() {
  config.attentionScale = family.getNumber("attention_scale");
  if (const llvm::json::Object *scale = family.getObject("attention_scale")) {
    double number = *scale->getNumber("default");
    if (llvm::Error error = reader.readNumber(*scale->getString("key"), number,
                                              /*mayBeNull=*/false))
      return error;
    config.attentionScale = 1 / std::sqrt(number);
  }
  if (llvm::Error error = readCap("attention_softcap", config.attentionSoftcap))
    return error;
  return readCap("logits_softcap", config.logitsSoftcap);
}

void FamilyReader::readStructure() {
  config.joinsByHead =
      family.getString("qkv_order") == llvm::StringRef("heads");
  if (family.getString("embedding_scale") == llvm::StringRef("sqrt_hidden"))
    config.embeddingScale = std::sqrt(double(config.hidden));
  if (config.isParallel && family.getBoolean("shared_norm").value_or(false))
    config.tensors.erase("ffn_norm");
}

void FamilyReader::readMeanings() {
  const llvm::json::Object *keys = family.getObject("keys");
  if (!keys)
    return;
  for (const auto &[key, entry] : *keys)
    reader.setMeaning(key, llvm::StringSwitch<KeyMeaning>(*entry.getAsString())
                               .Case("empty", KeyMeaning::OffWhenEmpty)
                               .Case("one", KeyMeaning::OffWhenOne)
                               .Case("true", KeyMeaning::OffWhenTrue)
                               .Default(KeyMeaning::Harmless));
}

llvm::Error FamilyReader::read() {
  readMeanings();
  if (llvm::Error error = readArchitecture())
    return error;
  if (llvm::Error error = readElementType(reader))
    return error;
  for (auto step : {&FamilyReader::readSizes, &FamilyReader::readNorm,
                    &FamilyReader::readActivation, &FamilyReader::readTensors,
                    &FamilyReader::readHeadNorms, &FamilyReader::readScores,
                    &FamilyReader::readRotation, &FamilyReader::readWindows})
    if (llvm::Error error = (this->*step)())
      return error;
  if (llvm::Error error = readFlag(family.get("tied"), config.isTied))
    return error;
  if (llvm::Error error = readFlag(family.get("parallel"), config.isParallel))
    return error;
  readStructure();
  return llvm::Error::success();
}

llvm::Expected<ModelConfig> llamir::readConfig(const llvm::json::Object &object,
                                               llvm::StringRef path,
                                               const ImportOptions &options) {
  ConfigReader reader(path, object);
  const llvm::json::Value *type = reader.take("model_type");
  const llvm::json::Object *family =
      type ? findFamily(type->getAsString().value_or("")) : nullptr;
  if (!family)
    return reader.fail(
        "model_type",
        (type ? "only " : "is missing; there are ") +
            llvm::join(llvm::map_range(getFamilyTypes(), quote), ", ") +
            (type ? " are supported" : ""));
  ModelConfig config;
  if (llvm::Error error = FamilyReader(reader, *family, config).read())
    return error;
  if (llvm::Error error = reader.checkOthers(options, config.warnings))
    return error;
  return config;
}

llvm::Expected<ModelConfig> llamir::readConfig(llvm::StringRef path,
                                               const ImportOptions &options) {
  llvm::Expected<llvm::json::Value> json = readJSON(path, 16);
  if (!json)
    return json.takeError();
  const llvm::json::Object *object = json->getAsObject();
  if (!object)
    return llvm::createStringError(path + ": not a JSON object");
  return readConfig(*object, path, options);
}
