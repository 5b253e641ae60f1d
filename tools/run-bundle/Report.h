//===- Report.h - Tables and JSON of results ------------------ -*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TOOLS_RUNBUNDLE_REPORT_H
#define LLAMIR_TOOLS_RUNBUNDLE_REPORT_H

#include "Worker.h"

namespace llamir {

/// What became of all cases, in their order.
struct Results {
  const std::vector<Library> &libraries;
  const std::vector<CaseId> &cases;
  std::vector<CaseResult> results;
  std::string machine;
  double seconds = 0;

  int64_t countWrong() const;
};

/// Prints what failed, then the times, then what was checked.
void printReport(const Results &results);

/// Writes all of it. False, with a message, if the file cannot be written.
bool writeJSON(const Results &results, const std::string &path);

} // namespace llamir

#endif // LLAMIR_TOOLS_RUNBUNDLE_REPORT_H
