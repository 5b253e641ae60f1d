//===- JSON.h - JSON that others wrote --------------------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_SUPPORT_JSON_H
#define LLAMIR_SUPPORT_JSON_H

#include "llvm/Support/JSON.h"

namespace llamir {

/// Parses JSON that cannot be trusted. Besides what is not JSON, rejects what
/// nests deeper than `depth` (LLVM's parser would run out of stack) and an
/// object with the same key twice (readers disagree about which one counts).
/// Messages tell the byte.
llvm::Expected<llvm::json::Value> parseJSON(llvm::StringRef text,
                                            unsigned depth);

/// The same for a file; messages begin with its path.
llvm::Expected<llvm::json::Value> readJSON(llvm::StringRef path,
                                           unsigned depth);

/// A value as text for a message, cut when it is long.
std::string formatForMessage(const llvm::json::Value &value);

} // namespace llamir

#endif // LLAMIR_SUPPORT_JSON_H
