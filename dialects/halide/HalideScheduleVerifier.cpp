//===- HalideScheduleVerifier.cpp - Schedules as a whole ------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/halide/HalideLoops.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace llamir::halide;

namespace {
/// Checks the directives of a schedule one after the other, while it follows
/// what becomes of the loops.
class ScheduleVerifier {
public:
  explicit ScheduleVerifier(ScheduleOp schedule) : loops(schedule) {}

  LogicalResult check(Block &block);
  const ScheduleLoops &getLoops() const { return loops; }

private:
  LogicalResult check(Operation &op);
  LogicalResult checkOperands(Operation &op);
  LogicalResult checkStage(Operation &op);
  LogicalResult checkLoops(LoopsOp op);
  LogicalResult checkFactored(RFactorOp op);
  LogicalResult checkMapping(Operation &op);
  LogicalResult checkExtern(ExternOp op);
  LogicalResult checkStorage(ReorderStorageOp op);

  ScheduleLoops loops;
  /// Funcs that functions compute, and the first directive about a stage of
  /// each func.
  llvm::DenseMap<Value, ExternOp> externs;
  llvm::DenseMap<Value, Operation *> stages;
};
} // namespace

LogicalResult ScheduleVerifier::check(Block &block) {
  if (block.getNumArguments() != 0)
    return block.getParentOp()->emitOpError()
           << "schedule_c1: has block arguments";
  for (Operation &op : block)
    if (failed(check(op)))
      return failure();
  return success();
}

LogicalResult ScheduleVerifier::check(Operation &op) {
  bool isExpression = isa<ExtentOp, DivOp, ModOp>(op) ||
                      isa_and_nonnull<arith::ArithDialect>(op.getDialect());
  if (!isExpression && !op.hasTrait<Directive>())
    return op.emitOpError() << "schedule_c1: not a directive";
  if (failed(checkOperands(op)) || failed(checkStage(op)))
    return failure();
  LogicalResult result =
      llvm::TypeSwitch<Operation *, LogicalResult>(&op)
          .Case([&](ExternOp op) { return checkExtern(op); })
          .Case([&](ReorderStorageOp op) { return checkStorage(op); })
          .Case([&](LoopsOp op) { return checkLoops(op); })
          .Case([&](RFactorOp op) { return checkFactored(op); })
          .Case<VectorizeOp, UnrollOp, ParallelOp, GPUBlocksOp, GPUThreadsOp,
                GPULanesOp>([&](auto op) { return checkMapping(*op); })
          .Default(success());
  if (failed(result))
    return failure();
  loops.apply(op);
  for (Region &region : op.getRegions())
    for (Block &block : region)
      if (failed(check(block)))
        return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

LogicalResult ScheduleVerifier::checkOperands(Operation &op) {
  Stage *stage = nullptr;
  for (Value operand : op.getOperands()) {
    if (!isa<VarType>(operand.getType()))
      continue;
    Loop *loop = loops.lookup(operand);
    if (!loop)
      return op.emitOpError()
             << "schedule_c2: this is no loop of a directive above";
    if (loop->replacedBy) {
      InFlightDiagnostic diagnostic =
          op.emitOpError()
          << "schedule_c2: this loop was split, fused or factored before";
      diagnostic.attachNote(loop->replacedBy->getLoc()) << "here";
      return diagnostic;
    }
    if (stage && stage != loop->stage)
      return op.emitOpError() << "schedule_c3: loops of two stages";
    stage = loop->stage;
  }
  return success();
}

LogicalResult ScheduleVerifier::checkLoops(LoopsOp op) {
  size_t expected =
      loops.getStage(op, op.getFunc(), op.getUpdate()).named.size();
  if (op.getNumResults() != expected)
    return op.emitOpError() << "loops_c1: the stage has " << expected
                            << " loops, not " << op.getNumResults();
  return success();
}

LogicalResult ScheduleVerifier::checkFactored(RFactorOp op) {
  const Loop &loop = *loops.lookup(op.getLoop());
  if (!loop.isReduction)
    return op.emitOpError() << "rfactor_c2: not a reduction loop";
  auto func = cast<FuncType>(loop.stage->func.getType());
  auto partial = cast<FuncType>(op.getPartial().getType());
  if (partial.getRank() != func.getRank() + 1 ||
      partial.getValueTypes() != func.getValueTypes())
    return op.emitOpError() << "rfactor_c1: partial results of " << func
                            << " cannot be of " << partial;
  return success();
}

static bool isGPU(Operation *op) {
  return isa_and_nonnull<GPUBlocksOp, GPUThreadsOp, GPULanesOp>(op);
}

/// Whether an update writes each of its values in all steps of its reduction.
/// Where it computes indices it may not.
static bool sumsUp(const Stage &stage) {
  UpdateOp update = getUpdate(stage.func, *stage.update);
  return !update || getIndices(update).empty();
}

LogicalResult ScheduleVerifier::checkMapping(Operation &op) {
  const Loop &loop = *loops.lookup(op.getOperand(0));
  Operation *other = loop.isInherited ? nullptr : loop.mapping;
  if (other && (isGPU(&op) || isGPU(other))) {
    InFlightDiagnostic diagnostic =
        op.emitOpError() << "schedule_c4: the loop runs in another way already";
    diagnostic.attachNote(other->getLoc()) << "here";
    return diagnostic;
  }
  if (isGPU(&op) && loop.isReduction && !loop.stage->isAtomic &&
      sumsUp(*loop.stage))
    return op.emitOpError() << "schedule_c5: steps of a reduction write to the "
                               "same values; only halide.atomic lets them run "
                               "side by side";
  return success();
}

//===----------------------------------------------------------------------===//
// Funcs that functions compute
//===----------------------------------------------------------------------===//

/// Reports that a func has both loops and a function that computes it.
static LogicalResult refuseLoops(ExternOp op, Operation *stage) {
  InFlightDiagnostic diagnostic =
      op.emitOpError() << "extern_c4: the func has loops or other functions";
  diagnostic.attachNote(stage->getLoc()) << "here";
  return diagnostic;
}

LogicalResult ScheduleVerifier::checkStage(Operation &op) {
  if (!isa<LoopsOp, NeverPartitionOp, AtomicOp, SpecializeOp>(op))
    return success();
  Value func = op.getOperand(0);
  if (ExternOp found = externs.lookup(func))
    return refuseLoops(found, &op);
  stages.try_emplace(func, &op);
  return success();
}

LogicalResult ScheduleVerifier::checkExtern(ExternOp op) {
  if (Operation *stage = stages.lookup(op.getFunc()))
    return refuseLoops(op, stage);
  if (ExternOp other = externs.lookup(op.getFunc()))
    return refuseLoops(op, other);
  externs[op.getFunc()] = op;
  return success();
}

LogicalResult ScheduleVerifier::checkStorage(ReorderStorageOp op) {
  bool isTaken = llvm::any_of(op.getFunc().getUsers(), [&](Operation *user) {
    return isa<ExternOp>(user) &&
           user->getParentOp() == op->getParentOfType<ScheduleOp>();
  });
  if (isTaken && !op.getOrder().empty() && op.getOrder().front() != 0)
    return op.emitOpError() << "extern_c5: a function takes what has its "
                               "innermost dimension closest in memory";
  return success();
}

LogicalResult ScheduleOp::verifyRegions() {
  ScheduleVerifier verifier(*this);
  if (failed(verifier.check(getBody().front())))
    return failure();
  return verifyGPULoops(verifier.getLoops());
}
