//===- SchedulePlain.cpp - Any pipeline on processors ---------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Strategy.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

using Tail = ScheduleBuilder::Tail;

/// Each func is computed once, rows are vectors.
std::optional<Mismatch> llamir::scheduleProcessorPlain(ScheduleBuilder &s) {
  Operation *outputOp = s.getPipeline().getOutput();
  SmallVector<Value> outputs(outputOp->getOperands());
  for (auto func : s.getPipeline().getBody().front().getOps<halide::FuncOp>())
    if (!llvm::is_contained(outputs, func.getResult()))
      s.computeRoot(func);
  for (Value output : outputs) {
    SmallVector<Value> loops = s.loops(output);
    s.vectorize(loops[0], Tail::GuardWithIf);
    if (loops.size() > 1)
      s.parallel(loops.back());
  }
  return std::nullopt;
}
