//===- ConfigReader.h - The keys of a config.json ---------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_IMPORT_CONFIGREADER_H
#define LLAMIR_LIB_IMPORT_CONFIGREADER_H

#include "ConfigKeys.h"
#include "llamir/Import/ModelConfig.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace llamir {

constexpr llvm::StringLiteral mustBePositive =
    "must be a positive number that fits in f32";

/// Whether it is a number that kernels can compute with in f32, where it must
/// be neither 0 nor infinite.
bool isPositiveF32(const llvm::json::Value &value);

/// The keys of config.json, read one by one; then the others.
class ConfigReader {
public:
  ConfigReader(llvm::StringRef path, const llvm::json::Object &object)
      : path(path.str()), object(object) {}

  llvm::Error fail(llvm::StringRef key, const llvm::Twine &message) const {
    return llvm::createStringError(describe(key) + ": " + message);
  }
  /// Reads a key. Null when it is not there, or is null where that means the
  /// same.
  const llvm::json::Value *take(llvm::StringRef key, bool mayBeNull = true);
  bool has(llvm::StringRef key) const { return object.get(key); }
  llvm::Error readSize(llvm::StringRef key, int64_t &size, bool required);
  llvm::Error readNumber(llvm::StringRef key, double &number, bool mayBeNull);
  llvm::Error readFlag(llvm::StringRef key, bool &flag);

  /// Says what a key means for the family at hand.
  void setMeaning(llvm::StringRef key, KeyMeaning meaning) {
    meanings[key] = meaning;
  }
  /// Checks the keys that were not read, of several mistakes always the same.
  llvm::Error checkOthers(const ImportOptions &options,
                          std::vector<std::string> &warnings);

private:
  std::string describe(llvm::StringRef key) const;
  /// What a key means that is not read; nothing if nobody knows it.
  std::optional<KeyMeaning> getMeaning(llvm::StringRef key) const;
  bool isSwitchedOff(llvm::StringRef key) const;
  llvm::Error checkIgnored(llvm::StringRef key) const;

  std::string path;
  const llvm::json::Object &object;
  llvm::StringSet<> taken;
  llvm::StringMap<KeyMeaning> meanings;
};

/// Where config.json says how heads are rotated.
struct RotaryKeys {
  /// Of the base, and of the part of a head that rotates, in older versions;
  /// empty if there is none.
  llvm::StringRef theta, fraction;
  /// The type of the layers, and another one: objects of newer versions may
  /// have an object for each type. Empty if all layers rotate alike.
  llvm::StringRef layerType = "", otherType = "";
  /// Objects without types of layers are for the others.
  bool isOther = false;
};

/// Reads how heads of `headDim` elements are rotated, from keys that newer and
/// older versions write; `rotary` has the defaults of the family.
llvm::Error readRotary(ConfigReader &reader, const RotaryKeys &keys,
                       int64_t headDim, RotaryConfig &rotary);

} // namespace llamir

#endif // LLAMIR_LIB_IMPORT_CONFIGREADER_H
