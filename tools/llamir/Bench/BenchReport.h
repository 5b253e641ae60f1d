//===- BenchReport.h - Tables and files of measurements ---------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TOOLS_LLAMIR_BENCH_BENCHREPORT_H
#define LLAMIR_TOOLS_LLAMIR_BENCH_BENCHREPORT_H

#include "Bench/Measure.h"
#include "Bench/Phase.h"
#include "Check.h"
#include "llvm/Support/JSON.h"

namespace llamir {

/// The limits, a line.
void printLimits(const LimitMeter &limits);

/// Prints the titles of columns, bold on a terminal.
void printHeading(const llvm::Twine &text);

/// Prints how much of a limit was reached, and what follows, in a colour on a
/// terminal.
void printReached(double percent, const llvm::Twine &behind);

/// Each kernel and the whole function beside what bounds it.
void printTimes(const Runner &runner, const LimitMeter &limits);

/// The same in fewer columns, with the largest error of each kernel.
void printTimesAndErrors(const Runner &runner, const LimitMeter &limits,
                         llvm::ArrayRef<KernelError> errors);

/// The same function compiled in another way.
struct Variant {
  std::string name;
  const Runner *runner;
};

/// The time of each variant next to the first one's, and which kernels it has
/// in place of others.
void printVariants(llvm::ArrayRef<Variant> variants);

/// The records of `--json`.
class BenchRecords {
public:
  /// Adds each kernel and the block.
  void add(const Runner &runner, const LimitMeter &limits, Phase phase,
           llvm::StringRef target);
  /// Adds one record under this name.
  void add(llvm::StringRef name, const Times &times, const LimitMeter &limits,
           Phase phase, llvm::StringRef target);
  /// Adds the record of a function whose limit is copying memory.
  void addCopy(llvm::StringRef name, const Times &times,
               const LimitMeter &limits, llvm::StringRef target);
  /// The whole file.
  std::string getText(const LimitMeter &limits);

private:
  llvm::json::Array results;
};

} // namespace llamir

#endif // LLAMIR_TOOLS_LLAMIR_BENCH_BENCHREPORT_H
