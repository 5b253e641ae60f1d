//===- RotaryConfig.cpp - What a config.json says of rotations ------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Source of the defaults: modeling_rope_utils.py of Hugging Face's
// transformers.

#include "ConfigReader.h"
#include <cmath>

using namespace llamir;

namespace {
/// One of the objects that say how heads are rotated: `rope_parameters`, or
/// `rope_scaling` of older versions.
class RotaryReader {
public:
  RotaryReader(ConfigReader &reader, llvm::StringRef key)
      : reader(reader), key(key), value(reader.take(key)) {}

  /// Goes on with what the object has for a type of layers.
  llvm::Error chooseLayers(const RotaryKeys &keys);

  bool isThere() const { return value; }
  /// Reads the object; what is not in it stays as it is.
  llvm::Error read(RotaryConfig &rotary, int64_t maximum);

  /// The base of the angles, and the part of a head that rotates.
  std::optional<double> theta, fraction;

private:
  llvm::Error fail(const llvm::Twine &message) {
    return reader.fail(key, message);
  }
  /// Null when the entry is not there, or null.
  const llvm::json::Value *take(llvm::StringRef name) {
    taken.insert(name);
    const llvm::json::Value *entry = object->get(name);
    return entry && entry->kind() != llvm::json::Value::Null ? entry : nullptr;
  }
  llvm::Error readNumber(llvm::StringRef name, double &number, bool required) {
    const llvm::json::Value *entry = take(name);
    if (!entry)
      return required ? fail("'" + name + "' is missing")
                      : llvm::Error::success();
    if (!isPositiveF32(*entry))
      return fail(name + " " + mustBePositive);
    number = *entry->getAsNumber();
    return llvm::Error::success();
  }
  llvm::Error readLength(int64_t maximum, int64_t &length);
  llvm::Expected<std::string> readType();
  llvm::Error readScaling(llvm::StringRef type, RotaryConfig &rotary,
                          int64_t maximum);
  llvm::Error readYarn(RotaryConfig &rotary, int64_t maximum);
  llvm::Error readBand(RotaryConfig &rotary, int64_t maximum);
  llvm::Error readFactor(RotaryConfig &rotary, int64_t maximum);
  llvm::Error checkMagnitude(double magnitude);
  llvm::Error readLong(RotaryConfig &rotary, int64_t maximum);
  llvm::Error readFactors(llvm::StringRef name, std::vector<double> &factors);

  ConfigReader &reader;
  llvm::StringRef key;
  const llvm::json::Value *value;
  const llvm::json::Object *object = nullptr;
  llvm::StringSet<> taken;
};
} // namespace

llvm::Expected<std::string> RotaryReader::readType() {
  std::optional<std::string> type;
  for (llvm::StringRef name : {"rope_type", "type"}) {
    taken.insert(name);
    const llvm::json::Value *entry = object->get(name);
    if (!entry)
      continue;
    std::optional<llvm::StringRef> text = entry->getAsString();
    if (!text)
      return fail("'" + name + "' must be a text");
    if (type && *type != *text)
      return fail("'type' contradicts 'rope_type'");
    type = text->str();
  }
  return type.value_or("default");
}

/// The positions that a model was trained for: beside the object, in it, those
/// of its family, or all that it is meant for.
llvm::Error RotaryReader::readLength(int64_t maximum, int64_t &length) {
  llvm::StringRef name = "original_max_position_embeddings";
  if (length == 0)
    length = maximum;
  if (const llvm::json::Value *entry = take(name)) {
    std::optional<int64_t> number = entry->getAsInteger();
    if (!number || *number <= 0 || *number > (1 << 24))
      return fail("'" + name + "' must be a number from 1 to 16777216");
    length = *number;
  }
  if (llvm::Error error = reader.readSize(name, length, false))
    return error;
  if (length == 0)
    return fail("'" + name + "' is missing");
  return llvm::Error::success();
}

/// The factor, or what the positions tell.
llvm::Error RotaryReader::readFactor(RotaryConfig &rotary, int64_t maximum) {
  rotary.factor = maximum ? double(maximum) / double(rotary.length) : 1;
  return readNumber("factor", rotary.factor, maximum == 0);
}

/// Checks a magnitude that was computed.
llvm::Error RotaryReader::checkMagnitude(double magnitude) {
  if (isPositiveF32(magnitude))
    return llvm::Error::success();
  return fail("asks for a magnitude of " + std::to_string(magnitude) +
              ", which does not fit in f32");
}

llvm::Error RotaryReader::readYarn(RotaryConfig &rotary, int64_t maximum) {
  rotary.scaling = RotaryConfig::Yarn;
  rotary.fast = 32;
  rotary.slow = 1;
  if (llvm::Error error = readLength(maximum, rotary.length))
    return error;
  if (llvm::Error error = readFactor(rotary, maximum))
    return error;
  double scale = 0, allScale = 0;
  for (auto [name, number] :
       {std::pair("beta_fast", &rotary.fast),
        std::pair("beta_slow", &rotary.slow), std::pair("mscale", &scale),
        std::pair("mscale_all_dim", &allScale)})
    if (llvm::Error error = readNumber(name, *number, false))
      return error;
  auto getMagnitude = [&](double weight) {
    return rotary.factor > 1 ? 0.1 * weight * std::log(rotary.factor) + 1 : 1;
  };
  rotary.magnitude = scale > 0 && allScale > 0
                         ? getMagnitude(scale) / getMagnitude(allScale)
                         : getMagnitude(1);
  if (llvm::Error error =
          readNumber("attention_factor", rotary.magnitude, false))
    return error;
  if (const llvm::json::Value *entry = take("truncate")) {
    if (!entry->getAsBoolean())
      return fail("'truncate' must be true or false");
    rotary.exact = !*entry->getAsBoolean();
  }
  return checkMagnitude(rotary.magnitude);
}

llvm::Error RotaryReader::readBand(RotaryConfig &rotary, int64_t maximum) {
  rotary.scaling = RotaryConfig::Band;
  for (auto [name, number] : {std::pair("factor", &rotary.factor),
                              std::pair("low_freq_factor", &rotary.slow),
                              std::pair("high_freq_factor", &rotary.fast)})
    if (llvm::Error error = readNumber(name, *number, true))
      return error;
  if (rotary.slow >= rotary.fast)
    return fail("low_freq_factor must be less than high_freq_factor");
  return readLength(maximum, rotary.length);
}

llvm::Error RotaryReader::readFactors(llvm::StringRef name,
                                      std::vector<double> &factors) {
  const llvm::json::Value *entry = take(name);
  const llvm::json::Array *array = entry ? entry->getAsArray() : nullptr;
  if (!array || array->empty())
    return fail("'" + name + "' must be a list of numbers");
  for (const llvm::json::Value &factor : *array) {
    if (!isPositiveF32(factor))
      return fail("a number of " + name + " " + mustBePositive);
    factors.push_back(*factor.getAsNumber());
  }
  return llvm::Error::success();
}

llvm::Error RotaryReader::readLong(RotaryConfig &rotary, int64_t maximum) {
  rotary.scaling = RotaryConfig::Long;
  for (auto [name, factors] : {std::pair("short_factor", &rotary.shortFactors),
                               std::pair("long_factor", &rotary.longFactors)})
    if (llvm::Error error = readFactors(name, *factors))
      return error;
  if (llvm::Error error = readLength(maximum, rotary.length))
    return error;
  if (llvm::Error error = readFactor(rotary, maximum))
    return error;
  rotary.magnitude = rotary.factor > 1
                         ? std::sqrt(1 + std::log(rotary.factor) /
                                             std::log(double(rotary.length)))
                         : 1;
  if (llvm::Error error =
          readNumber("attention_factor", rotary.magnitude, false))
    return error;
  return checkMagnitude(rotary.magnitude);
}

llvm::Error RotaryReader::readScaling(llvm::StringRef type,
                                      RotaryConfig &rotary, int64_t maximum) {
  if (type == "default")
    return llvm::Error::success();
  if (type == "linear") {
    rotary.scaling = RotaryConfig::Linear;
    if (llvm::Error error = readNumber("factor", rotary.factor, true))
      return error;
    if (rotary.factor == 1)
      rotary.scaling = RotaryConfig::None;
    return llvm::Error::success();
  }
  if (type == "dynamic") {
    rotary.scaling = RotaryConfig::Dynamic;
    rotary.length = maximum;
    if (maximum == 0)
      return fail("'max_position_embeddings' is missing");
    if (llvm::Error error = readNumber("factor", rotary.factor, true))
      return error;
    return rotary.factor >= 1 && rotary.factor <= 0x1p24
               ? llvm::Error::success()
               : fail("factor must be from 1 to 16777216");
  }
  if (type == "longrope" || type == "su")
    return readLong(rotary, maximum);
  if (type == "yarn")
    return readYarn(rotary, maximum);
  if (type == "llama3")
    return readBand(rotary, maximum);
  return fail("only the types 'default', 'linear', 'dynamic', 'yarn', "
              "'longrope' and 'llama3' are supported");
}

llvm::Error RotaryReader::chooseLayers(const RotaryKeys &keys) {
  const llvm::json::Object *all = value ? value->getAsObject() : nullptr;
  if (!all || keys.layerType.empty())
    return llvm::Error::success();
  if (!all->get(keys.layerType) && !all->get(keys.otherType)) {
    value = keys.isOther ? nullptr : value;
    return llvm::Error::success();
  }
  for (const auto &[nameKey, entry] : *all)
    if (llvm::StringRef name = nameKey;
        name != keys.layerType && name != keys.otherType)
      return fail("'" + name + "' is not supported beside '" + keys.layerType +
                  "'");
  value = all->get(keys.layerType);
  if (value && value->kind() == llvm::json::Value::Null)
    value = nullptr;
  return llvm::Error::success();
}

llvm::Error RotaryReader::read(RotaryConfig &rotary, int64_t maximum) {
  object = value->getAsObject();
  if (!object)
    return fail("must be an object");
  // The type first: it tells what the other entries are for.
  llvm::Expected<std::string> type = readType();
  if (!type)
    return type.takeError();
  if (llvm::Error error = readScaling(*type, rotary, maximum))
    return error;
  for (auto [name, number] : {std::pair("rope_theta", &theta),
                              std::pair("partial_rotary_factor", &fraction)}) {
    taken.insert(name);
    const llvm::json::Value *entry = object->get(name);
    if (!entry)
      continue;
    if (!isPositiveF32(*entry))
      return fail(llvm::Twine(name) + " " + mustBePositive);
    *number = *entry->getAsNumber();
  }
  for (const auto &[nameKey, entry] : *object) {
    llvm::StringRef name = nameKey;
    if (taken.contains(name) || isEmpty(entry) ||
        name == "original_max_position_embeddings" ||
        (name == "factor" && entry.getAsNumber() == 1.0))
      continue;
    return fail("'" + name + "' is not supported");
  }
  return llvm::Error::success();
}

llvm::Error llamir::readRotary(ConfigReader &reader, const RotaryKeys &keys,
                               int64_t headDim, RotaryConfig &rotary) {
  // What scalings refer to: how many positions the model is meant for.
  int64_t maximum = 0;
  if (llvm::Error error =
          reader.readSize("max_position_embeddings", maximum, false))
    return error;
  double oldTheta = 0, fraction = 0;
  for (auto [key, number] :
       {std::pair(keys.theta, &oldTheta), std::pair(keys.fraction, &fraction)})
    if (!key.empty())
      if (llvm::Error error =
              reader.readNumber(key, *number, /*mayBeNull=*/true))
        return error;
  RotaryReader parameters(reader, "rope_parameters"),
      scaling(reader, "rope_scaling");
  for (RotaryReader *objects : {&parameters, &scaling})
    if (llvm::Error error = objects->chooseLayers(keys))
      return error;
  RotaryConfig other = rotary;
  if (parameters.isThere())
    if (llvm::Error error = parameters.read(rotary, maximum))
      return error;
  if (scaling.isThere())
    if (llvm::Error error =
            scaling.read(parameters.isThere() ? other : rotary, maximum))
      return error;
  bool differ =
      parameters.isThere() && scaling.isThere() &&
      other.scaling != RotaryConfig::None &&
      (other.scaling != rotary.scaling || other.factor != rotary.factor);
  if (differ ||
      (parameters.theta && scaling.theta && parameters.theta != scaling.theta))
    return reader.fail("rope_scaling", "contradicts rope_parameters");
  // The base stands in one of three places, or in several alike.
  if (oldTheta > 0 && oldTheta != parameters.theta.value_or(oldTheta))
    return reader.fail(keys.theta, "contradicts rope_parameters");
  if (oldTheta > 0 && oldTheta != scaling.theta.value_or(oldTheta))
    return reader.fail(keys.theta, "contradicts rope_scaling");
  rotary.theta = parameters.theta ? *parameters.theta
                 : scaling.theta  ? *scaling.theta
                 : oldTheta > 0   ? oldTheta
                                  : rotary.theta;
  if (std::optional<double> part =
          parameters.fraction ? parameters.fraction : scaling.fraction) {
    if (fraction > 0 && fraction != *part)
      return reader.fail(keys.fraction, "contradicts rope_parameters");
    if (keys.fraction.empty() && *part != 1)
      return reader.fail(parameters.fraction ? "rope_parameters"
                                             : "rope_scaling",
                         "'partial_rotary_factor' is not supported");
    fraction = *part;
  }
  if (fraction > 0) {
    if (fraction > 1)
      return reader.fail(parameters.fraction ? "rope_parameters"
                         : scaling.fraction  ? "rope_scaling"
                                             : keys.fraction,
                         "a part of a head must be at most 1");
    rotary.dims = int64_t(double(headDim) * fraction);
  }
  llvm::StringRef key =
      parameters.isThere() ? "rope_parameters" : "rope_scaling";
  int64_t pairs = rotary.dims / 2;
  if (rotary.scaling == RotaryConfig::Yarn && rotary.theta <= 1)
    return reader.fail(key, "yarn needs a rope_theta of more than 1");
  if (rotary.scaling == RotaryConfig::Dynamic && pairs < 2)
    return reader.fail(key, "a head must have two pairs at least");
  if (rotary.scaling == RotaryConfig::Long &&
      (int64_t(rotary.shortFactors.size()) != pairs ||
       int64_t(rotary.longFactors.size()) != pairs))
    return reader.fail(key, "there must be a factor for each of " +
                                llvm::Twine(pairs) + " pairs");
  return llvm::Error::success();
}
