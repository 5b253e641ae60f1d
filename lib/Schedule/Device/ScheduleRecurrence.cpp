//===- ScheduleRecurrence.cpp - Linear attention on devices ---------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Strategy.h"
#include "Grid.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

/// A thread for each element of what the chunks are made of, func by func: all
/// of them together take memory that grows with the tokens, not with their
/// square. What is only read is read where it lies.
std::optional<Mismatch> llamir::scheduleDeviceRecurrence(ScheduleBuilder &s) {
  Value output = s.getFunc("output");
  boundOutput(s, output);
  for (StringRef role : {"chunk_state", "carried", "chunk_keys", "carried_keys",
                         "scores", "numerator", "prefix", "denominator",
                         "state", "state_keys", "applied", "applied_keys"})
    if (Value func = s.getFunc(role)) {
      s.computeRoot(func);
      spreadFunc(s, func);
    }
  spreadFunc(s, output);
  return std::nullopt;
}
