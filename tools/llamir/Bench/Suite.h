//===- Suite.h - Programs that are timed one after the other ----*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TOOLS_LLAMIR_BENCH_SUITE_H
#define LLAMIR_TOOLS_LLAMIR_BENCH_SUITE_H

#include "Bench/BenchReport.h"
#include "Commands.h"

namespace llamir {

/// Compiles and times the functions of a suite, a file of Bench/Suites, or one
/// of them, and prints how near each comes to copying memory. `limits` is where
/// those of the target are left.
llvm::LogicalResult runSuite(const DriverOptions &options, llvm::StringRef name,
                             llvm::StringRef only, int64_t rounds,
                             std::unique_ptr<LimitMeter> &limits,
                             BenchRecords &records);

} // namespace llamir

#endif // LLAMIR_TOOLS_LLAMIR_BENCH_SUITE_H
