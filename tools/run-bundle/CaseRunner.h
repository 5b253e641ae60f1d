//===- CaseRunner.h - A library on its device ----------------- -*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TOOLS_RUNBUNDLE_CASERUNNER_H
#define LLAMIR_TOOLS_RUNBUNDLE_CASERUNNER_H

#include "GuardedMemory.h"
#include "Worker.h"

namespace llamir {

/// Runs cases of a library, whose weights it places on the device.
class CaseRunner {
public:
  explicit CaseRunner(const Library &library) : library(library) {}
  ~CaseRunner();

  /// Runs a case, compares its results, and times it.
  CaseResult run(const llamir_bundle_function &function,
                 const llamir_bundle_case &of);

private:
  bool placeWeights();
  bool allocate(const llamir_bundle_function &function,
                const llamir_bundle_case &of);
  bool launch(size_t copyOfWeights);
  void check(CaseResult &result);
  bool checkArguments(CaseResult &result);
  bool checkGuards(CaseResult &result);
  void time(CaseResult &result);
  size_t countCopies() const;
  bool timeGraph(double secondsOfRun, Seconds &seconds);
  bool fail(CaseResult &result, const char *what);

  const Library &library;
  llamir_device getDevice() const { return library.description->device; }

  /// Copies of the weights, so that runs one after the other read others than
  /// those that caches have.
  std::vector<GuardedMemory> weights;
  llamir_weights *file = nullptr;

  // The case that runs.
  const llamir_bundle_function *function = nullptr;
  const llamir_bundle_case *current = nullptr;
  std::vector<GuardedMemory> arrays; // Then the arena.
  std::vector<llamir_array> addresses;
  std::vector<std::vector<char>> arguments; // As they were made.
};

} // namespace llamir

#endif // LLAMIR_TOOLS_RUNBUNDLE_CASERUNNER_H
