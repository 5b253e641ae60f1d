//===- Bench.h - What the command bench is asked for ------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TOOLS_LLAMIR_BENCH_H
#define LLAMIR_TOOLS_LLAMIR_BENCH_H

#include "Session.h"

namespace llamir {

/// What a model does when it is measured.
struct Phase {
  enum Kind { Prefill, Decode };
  Kind kind = Prefill;
  /// Prefill: the tokens. Decode: the keys that one token looks back on.
  int64_t size = 512;

  llvm::StringRef getName() const {
    return kind == Prefill ? "prefill" : "decode";
  }
};

/// Reads "prefill:512" and "decode:512".
llvm::FailureOr<Phase> parsePhase(llvm::StringRef text);

/// Fails for an element type of weights that kernels cannot read.
llvm::LogicalResult checkDType(llvm::StringRef name);

struct BenchOptions {
  std::string function, json;
  std::vector<Phase> phases;
  /// Rounds of measurement; 0 for as many as fit a short time.
  int64_t rounds = 0;
  /// Measure with each fusion off, and with all.
  bool compareFusion = false;
};

int runBench(DriverOptions options, llvm::StringRef input,
             const BenchOptions &bench);

/// Measures one phase of a compiled session and prints a table.
llvm::LogicalResult benchSession(Session &session, mlir::func::FuncOp function,
                                 Phase phase);

} // namespace llamir

#endif // LLAMIR_TOOLS_LLAMIR_BENCH_H
