//===- Phase.h - What a model does when it is measured -------- -*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TOOLS_LLAMIR_BENCH_PHASE_H
#define LLAMIR_TOOLS_LLAMIR_BENCH_PHASE_H

#include "Session.h"
#include "llvm/ADT/StringMap.h"

namespace llamir {

/// What a model does when it is measured.
struct Phase {
  enum Kind { Prefill, Decode };
  Kind kind = Prefill;
  /// Prefill: the tokens. Decode: the keys that one token looks back on.
  int64_t size = 512;

  static constexpr int64_t largest = 1 << 24;

  llvm::StringRef getName() const {
    return kind == Prefill ? "prefill" : "decode";
  }
};

/// Reads "prefill:512" and "decode:512".
llvm::FailureOr<Phase> parsePhase(llvm::StringRef text);

/// What a phase means for a function.
struct PhaseSizes {
  llvm::StringMap<int64_t> byName;
  int64_t tokens = 0;
  bool looksBack = false; // There is a size that is not the tokens'.
};

/// The tokens are the size of that name, else the rows of the first argument,
/// which may be fixed. In a decode step they are one, and what other sizes
/// there are belong to what the token looks back on.
PhaseSizes getSizes(const HostSignature &host, Phase phase);

} // namespace llamir

#endif // LLAMIR_TOOLS_LLAMIR_BENCH_PHASE_H
