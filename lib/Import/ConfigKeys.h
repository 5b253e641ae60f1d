//===- ConfigKeys.h - What keys of config.json mean -------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_IMPORT_CONFIGKEYS_H
#define LLAMIR_LIB_IMPORT_CONFIGKEYS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/JSON.h"

namespace llamir {

/// Which values of a key leave the numbers of a forward pass as they are.
enum class KeyMeaning {
  Harmless,         // Any value.
  OffWhenEmpty,     // What `isEmpty` holds for.
  OffWhenOne,       // Null, and 1: a factor.
  OffWhenTrue,      // Null, and true.
  OffWhenFullLayers // Null, and "full_attention" for every layer.
};

/// A key that Hugging Face's configurations, or tools that write them, know,
/// and what it means for families that do not read it.
struct ConfigKey {
  llvm::StringLiteral name;
  KeyMeaning meaning;
  /// A key that switches this one off: when it is there and off itself, any
  /// value of this one is. Empty when there is none.
  llvm::StringLiteral onlyWith = "";
};

/// All of them.
llvm::ArrayRef<ConfigKey> getConfigKeys();

/// The row of a table for a key; null when nobody knows it.
const ConfigKey *findKey(llvm::ArrayRef<ConfigKey> keys, llvm::StringRef name);

/// Whether a value says nothing: null, false, 0, or a text, an array or an
/// object with nothing in it.
bool isEmpty(const llvm::json::Value &value);

/// Whether a key may have this value without a change of the numbers.
bool isOff(KeyMeaning meaning, const llvm::json::Value &value);

/// What of a key is supported, for the message about a value that is not off:
/// "only 1 is supported".
llvm::StringRef describeOff(KeyMeaning meaning);

} // namespace llamir

#endif // LLAMIR_LIB_IMPORT_CONFIGKEYS_H
