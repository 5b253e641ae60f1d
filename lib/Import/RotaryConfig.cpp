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
  llvm::Error readBand(RotaryConfig &rotary);

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

/// The positions that a model was trained for.
llvm::Error RotaryReader::readLength(int64_t maximum, int64_t &length) {
  length = maximum;
  llvm::StringRef name = "original_max_position_embeddings";
  if (const llvm::json::Value *entry = take(name)) {
    std::optional<int64_t> number = entry->getAsInteger();
    if (!number || *number <= 0)
      return fail("'" + name + "' must be a positive number");
    length = *number;
  }
  if (length == 0)
    return fail("'" + name + "' is missing");
  return llvm::Error::success();
}

llvm::Error RotaryReader::readYarn(RotaryConfig &rotary, int64_t maximum) {
  rotary.scaling = RotaryConfig::Yarn;
  rotary.fast = 32;
  rotary.slow = 1;
  if (llvm::Error error = readNumber("factor", rotary.factor, true))
    return error;
  if (llvm::Error error = readLength(maximum, rotary.length))
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
  return llvm::Error::success();
}

llvm::Error RotaryReader::readBand(RotaryConfig &rotary) {
  rotary.scaling = RotaryConfig::Band;
  for (auto [name, number] : {std::pair("factor", &rotary.factor),
                              std::pair("low_freq_factor", &rotary.slow),
                              std::pair("high_freq_factor", &rotary.fast)})
    if (llvm::Error error = readNumber(name, *number, true))
      return error;
  if (rotary.slow >= rotary.fast)
    return fail("low_freq_factor must be less than high_freq_factor");
  return readLength(0, rotary.length);
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
  if (type == "yarn")
    return readYarn(rotary, maximum);
  if (type == "llama3")
    return readBand(rotary);
  return fail("only the types 'default', 'linear', 'yarn' and 'llama3' are "
              "supported");
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

llvm::Error llamir::readRotary(ConfigReader &reader, llvm::StringRef thetaKey,
                               llvm::StringRef fractionKey, int64_t headDim,
                               RotaryConfig &rotary) {
  // What scalings refer to: how many positions the model is meant for.
  int64_t maximum = 0;
  if (llvm::Error error =
          reader.readSize("max_position_embeddings", maximum, false))
    return error;
  double oldTheta = 0, fraction = 0;
  for (auto [key, number] :
       {std::pair(thetaKey, &oldTheta), std::pair(fractionKey, &fraction)})
    if (!key.empty())
      if (llvm::Error error =
              reader.readNumber(key, *number, /*mayBeNull=*/true))
        return error;
  RotaryReader parameters(reader, "rope_parameters"),
      scaling(reader, "rope_scaling");
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
    return reader.fail(thetaKey, "contradicts rope_parameters");
  if (oldTheta > 0 && oldTheta != scaling.theta.value_or(oldTheta))
    return reader.fail(thetaKey, "contradicts rope_scaling");
  rotary.theta = parameters.theta ? *parameters.theta
                 : scaling.theta  ? *scaling.theta
                 : oldTheta > 0   ? oldTheta
                                  : rotary.theta;
  if (std::optional<double> part =
          parameters.fraction ? parameters.fraction : scaling.fraction) {
    if (fraction > 0 && fraction != *part)
      return reader.fail(fractionKey, "contradicts rope_parameters");
    if (fractionKey.empty() && *part != 1)
      return reader.fail(parameters.fraction ? "rope_parameters"
                                             : "rope_scaling",
                         "'partial_rotary_factor' is not supported");
    fraction = *part;
  }
  if (fraction > 0) {
    if (fraction > 1)
      return reader.fail(fractionKey, "must be at most 1");
    rotary.dims = int64_t(double(headDim) * fraction);
  }
  return llvm::Error::success();
}
