//===- ScheduleNorm.cpp - Norms on processors -----------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Strategy.h"
#include "Rows.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

using Tail = ScheduleBuilder::Tail;

std::optional<Mismatch> llamir::scheduleProcessorNorm(ScheduleBuilder &s) {
  Value output = s.getFunc("output");
  boundOutput(s, output);
  scheduleNormRows(s, output, s.getOutputType().getShape());
  scheduleLength(s);
  if (Value rotation = s.getFunc("rotation")) {
    s.computeRoot(rotation);
    s.vectorize(s.loops(rotation)[0], Tail::GuardWithIf);
  }
  return std::nullopt;
}
