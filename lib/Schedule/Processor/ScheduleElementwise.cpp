//===- ScheduleElementwise.cpp - Element-wise kernels on processors -------===//
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

std::optional<Mismatch>
llamir::scheduleProcessorElementwise(ScheduleBuilder &s) {
  Value output = s.getFunc("output");
  boundOutput(s, output);
  Value row = scheduleRows(s, output, s.getOutputType().getShape());
  scheduleLength(s);
  // For all heads of a row, which is in cache.
  for (Value rotation : s.getFuncs("rotation")) {
    s.computeAt(rotation, row);
    s.vectorize(s.loops(rotation)[0], Tail::GuardWithIf);
  }
  for (Value scale : s.getFuncs("scale")) {
    s.computeRoot(scale);
    s.vectorize(s.loops(scale)[0], Tail::GuardWithIf);
  }
  return std::nullopt;
}
