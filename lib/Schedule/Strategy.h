//===- Strategy.h - How a machine computes a kind of kernel -----*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A strategy is a file: <Machine>/Schedule<Kernel>.cpp defines the function
// schedule<Machine><Kernel>, which writes the schedule of a pipeline of that
// kind, or nothing and says why. CMake finds the files and lists them in
// Strategies.inc. The kernel "Plain" is any pipeline.
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_SCHEDULE_STRATEGY_H
#define LLAMIR_LIB_SCHEDULE_STRATEGY_H

#include "Kernels.h"
#include "ScheduleBuilder.h"

namespace llamir {

/// The normed rows that a projection in the same kernel reads: a func of
/// (column, token). Null without a norm.
struct NormedOperand {
  mlir::Value operand = {};
  int64_t width = 0;
};

/// Finds the normed rows of a projection, by the funcs of its norm.
std::optional<Mismatch> findNormedOperand(ScheduleBuilder &schedule,
                                          NormedOperand &found);

#define STRATEGY(MACHINE, KERNEL)                                              \
  std::optional<Mismatch> schedule##MACHINE##KERNEL(ScheduleBuilder &schedule);
#include "Strategies.inc"
#undef STRATEGY

struct Strategy {
  /// Of the machine and the kind of kernel: "processor-linear".
  std::string name;
  std::optional<Mismatch> (*schedule)(ScheduleBuilder &schedule);
};

/// How a kind of machine computes a kind of kernel, or "plain" for any; null if
/// there is no strategy.
const Strategy *findStrategy(MachineKind machine, llvm::StringRef kernel);

} // namespace llamir

#endif // LLAMIR_LIB_SCHEDULE_STRATEGY_H
