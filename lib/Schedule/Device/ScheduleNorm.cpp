//===- ScheduleNorm.cpp - Norms on devices --------------------------------===//
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

std::optional<Mismatch> llamir::scheduleDeviceNorm(ScheduleBuilder &s) {
  Value output = s.getFunc("output");
  boundOutput(s, output);
  spreadLength(s);
  s.setWholeRows();
  spreadNormRows(s, output, s.getOutputType().getShape());
  return std::nullopt;
}
