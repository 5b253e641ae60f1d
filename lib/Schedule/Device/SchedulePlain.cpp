//===- SchedulePlain.cpp - Any pipeline on devices ------------------------===//
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

/// Each func is computed once, in blocks of its own.
std::optional<Mismatch> llamir::scheduleDevicePlain(ScheduleBuilder &s) {
  SmallVector<Value> outputs(s.getPipeline().getOutput()->getOperands());
  for (auto func : s.getPipeline().getBody().front().getOps<halide::FuncOp>()) {
    if (cast<FuncType>(func.getResult().getType()).getRank() == 0)
      continue;
    if (!llvm::is_contained(outputs, func.getResult()))
      s.computeRoot(func);
    spreadFunc(s, func);
  }
  return std::nullopt;
}
