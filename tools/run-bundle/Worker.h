//===- Worker.h - Runs of cases in a process ------------------ -*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A kernel can end the process that runs it, or leave its device in a state in
// which nothing runs any more. So cases run in a child; where it ends, another
// one goes on with the next case.
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TOOLS_RUNBUNDLE_WORKER_H
#define LLAMIR_TOOLS_RUNBUNDLE_WORKER_H

#include "Library.h"
#include "Numbers.h"
#include <functional>

namespace llamir {

/// The least and the median time of a run; 0 if nobody took them.
struct Seconds {
  double least = 0, median = 0;
};

/// What became of a case.
struct CaseResult {
  enum Status : int32_t {
    Right,
    Wrong,
    /// It did not run to its end.
    Failed,
  };
  Status status = Right;
  Comparison comparison;
  /// Of runs that are called one after the other, and that a graph has: then
  /// the process takes no part in it.
  Seconds called, inGraph;
  const Seconds &getSeconds() const {
    return inGraph.least > 0 ? inGraph : called;
  }
  char message[600] = "";
};

/// Runs cases one after the other, each for some seconds at most, and tells of
/// each.
void runCases(const std::vector<Library> &libraries,
              const std::vector<CaseId> &cases, int secondsOfCase,
              std::function<void(size_t, const CaseResult &)> done);

} // namespace llamir

#endif // LLAMIR_TOOLS_RUNBUNDLE_WORKER_H
