//===- ScheduleElementwise.cpp - Element-wise kernels on devices ----------===//
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

/// An element a thread; the sines and cosines of a rotation are computed where
/// they are read, which takes less time than reading them.
std::optional<Mismatch> llamir::scheduleDeviceElementwise(ScheduleBuilder &s) {
  Value output = s.getFunc("output");
  boundOutput(s, output);
  spread(s, s.loops(output));
  return std::nullopt;
}
