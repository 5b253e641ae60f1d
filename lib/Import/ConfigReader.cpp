//===- ConfigReader.cpp - The keys of a config.json -----------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConfigReader.h"
#include "llamir/Support/JSON.h"
#include <cmath>
#include <map>

using namespace llamir;

bool llamir::isPositiveF32(const llvm::json::Value &value) {
  std::optional<double> number = value.getAsNumber();
  return number && float(*number) > 0 && std::isfinite(float(*number));
}

std::string ConfigReader::describe(llvm::StringRef key) const {
  const llvm::json::Value *value = object.get(key);
  return path + ": " + key.str() +
         (value ? " = " + formatForMessage(*value) : "");
}

const llvm::json::Value *ConfigReader::take(llvm::StringRef key,
                                            bool mayBeNull) {
  taken.insert(key);
  const llvm::json::Value *value = object.get(key);
  return value && mayBeNull && value->kind() == llvm::json::Value::Null
             ? nullptr
             : value;
}

llvm::Error ConfigReader::readSize(llvm::StringRef key, int64_t &size,
                                   bool required) {
  const llvm::json::Value *value = take(key);
  if (!value)
    return required ? fail(key, "is missing") : llvm::Error::success();
  std::optional<int64_t> number = value->getAsInteger();
  if (!number || *number <= 0 || *number > (1 << 24))
    return fail(key, "must be a number from 1 to 16777216");
  size = *number;
  return llvm::Error::success();
}

llvm::Error ConfigReader::readNumber(llvm::StringRef key, double &number,
                                     bool mayBeNull) {
  if (const llvm::json::Value *value = take(key, mayBeNull)) {
    if (!isPositiveF32(*value))
      return fail(key, mustBePositive);
    number = *value->getAsNumber();
  }
  return llvm::Error::success();
}

llvm::Error ConfigReader::readFlag(llvm::StringRef key, bool &flag) {
  if (const llvm::json::Value *value = take(key)) {
    if (!value->getAsBoolean())
      return fail(key, "must be true or false");
    flag = *value->getAsBoolean();
  }
  return llvm::Error::success();
}

/// Whether a key that nobody knows says nothing: by its value, or because it is
/// a private one of the program that wrote it.
static bool saysNothing(llvm::StringRef key, const llvm::json::Value &value) {
  return key.starts_with("_") || isEmpty(value);
}

std::optional<KeyMeaning> ConfigReader::getMeaning(llvm::StringRef key) const {
  if (auto own = meanings.find(key); own != meanings.end())
    return own->second;
  const ConfigKey *known = findKey(getConfigKeys(), key);
  return known ? std::optional(known->meaning) : std::nullopt;
}

bool ConfigReader::isSwitchedOff(llvm::StringRef key) const {
  const ConfigKey *known = findKey(getConfigKeys(), key);
  const llvm::json::Value *other =
      !known || known->onlyWith.empty() ? nullptr : object.get(known->onlyWith);
  return other && isOff(*getMeaning(known->onlyWith), *other);
}

llvm::Error ConfigReader::checkIgnored(llvm::StringRef key) const {
  const llvm::json::Value *value = object.get(key);
  if (!value)
    return llvm::createStringError(path + ": there is no key '" + key +
                                   "' to ignore");
  std::optional<KeyMeaning> meaning = getMeaning(key);
  if (taken.contains(key) || (meaning && *meaning != KeyMeaning::Harmless))
    return fail(key,
                "cannot be ignored, it may change what the model computes");
  if (meaning || saysNothing(key, *value))
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
    if (!taken.contains(key))
      sorted[key] = &value;
  for (auto [key, value] : sorted) {
    if (std::optional<KeyMeaning> meaning = getMeaning(key)) {
      if (!isOff(*meaning, *value) && !isSwitchedOff(key))
        return fail(key, describeOff(*meaning));
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
