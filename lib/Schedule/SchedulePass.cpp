//===- SchedulePass.cpp - Choose a schedule for every pipeline ------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Strategy.h"
#include "llamir/Schedule/DeviceLimits.h"
#include "llamir/Schedule/Passes.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/Statistic.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/InterleavedRange.h"

#define DEBUG_TYPE "halide-schedule"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

namespace llamir {
#define GEN_PASS_DEF_HALIDESCHEDULE
#include "llamir/Schedule/Passes.h.inc"
} // namespace llamir

ALWAYS_ENABLED_STATISTIC(numScheduled, "Schedules written");

/// The kind that a pipeline says it is of; null if it says none. An unknown one
/// gets a warning.
static const KernelShape *findShape(PipelineOp pipeline) {
  auto kind =
      pipeline->getAttrOfType<StringAttr>(llama::LlamaDialect::kindAttrName);
  if (!kind)
    return nullptr;
  ArrayRef<KernelShape> shapes = getKernelShapes();
  for (const KernelShape &shape : shapes)
    if (shape.kind == kind.getValue())
      return &shape;
  pipeline.emitWarning() << "is of the unknown kind " << kind << "; there are "
                         << llvm::interleaved(llvm::map_range(
                                shapes, [](const KernelShape &shape) {
                                  return shape.kind;
                                }));
  return nullptr;
}

/// Refuses llama ops that are no pipeline yet, and would stay without a
/// schedule. Splits remain in host functions.
static LogicalResult checkLowered(func::FuncOp function) {
  if (llama::isKernelFunction(function))
    return function.emitOpError()
           << "is a kernel of llama ops: run --convert-llama-to-halide first";
  WalkResult result = function.walk<WalkOrder::PreOrder>([](Operation *op) {
    if (!isa<llama::KernelOp, llama::ComputeOpInterface>(op) ||
        isa<llama::SplitOp>(op))
      return WalkResult::advance();
    op->emitOpError() << "is in no pipeline: run --llamir-kernels and "
                         "--convert-llama-to-halide first";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

/// Refuses a pipeline that is scheduled for other targets only: they may have
/// been written by hand, and its weights are packed for their registers.
static LogicalResult checkTargets(PipelineOp pipeline, StringRef target) {
  auto schedules = pipeline.getBody().getOps<ScheduleOp>();
  if (schedules.empty() || pipeline.getSchedule(target))
    return success();
  InFlightDiagnostic error = pipeline.emitOpError();
  error << "is scheduled for "
        << llvm::interleaved(llvm::map_range(
               schedules,
               [](ScheduleOp schedule) { return schedule.getTargetAttr(); }))
        << ", not for \"" << target << '"';
  error.attachNote((*schedules.begin()).getLoc())
      << "choose that target, or take the schedule away to have one made";
  return error;
}

/// From the beginning of a row of a tensor to that of the next, in elements, if
/// all begin at multiples of 16 bytes in memory; else 0.
static int64_t getRowStride(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  int64_t bits = type.getElementTypeBitWidth(), first = 0;
  while (auto split = tensor.getDefiningOp<llama::SplitOp>()) {
    for (Value part : split.getResults().take_front(
             cast<OpResult>(tensor).getResultNumber()))
      first += cast<RankedTensorType>(part.getType()).getShape().back();
    tensor = split->getOperand(0);
  }
  int64_t stride =
      llama::getStoredShape(cast<RankedTensorType>(tensor.getType())).back();
  bool isWhole = !ShapedType::isDynamic(stride) && stride * bits % 128 == 0 &&
                 first * bits % 128 == 0;
  return isWhole ? stride : 0;
}

/// The strides of rows of what launches give to each pipeline, by its name; 0
/// where they differ.
static llvm::StringMap<SmallVector<int64_t>> getRowStrides(ModuleOp module) {
  llvm::StringMap<SmallVector<int64_t>> all;
  module.walk([&](llama::LaunchOp launch) {
    SmallVector<int64_t> strides;
    for (Value operand : launch.getOperands())
      strides.push_back(getRowStride(operand));
    auto [known, isNew] = all.try_emplace(launch.getKernel(), strides);
    for (size_t i = 0; i < strides.size() && !isNew; ++i)
      if (known->second[i] != strides[i])
        known->second[i] = 0;
  });
  return all;
}

namespace {
struct HalideSchedulePass
    : llamir::impl::HalideScheduleBase<HalideSchedulePass> {
  using HalideScheduleBase::HalideScheduleBase;

  void schedule(PipelineOp pipeline, const TargetInfo &info,
                ArrayRef<int64_t> rowStrides) {
    auto builder = OpBuilder::atBlockEnd(&pipeline.getBody().front());
    auto op = ScheduleOp::create(builder, pipeline.getLoc(), info.name);
    builder.createBlock(&op.getBody());
    ScheduleBuilder schedule(op, info, rowStrides);
    ++numScheduled;
    std::string reason = "nothing says of what kind it is";
    MachineKind machine = info.getMachine();
    if (const KernelShape *shape = findShape(pipeline)) {
      std::optional<Mismatch> mismatch = findMismatch(pipeline, *shape);
      if (!mismatch)
        mismatch = findStrategy(machine, shape->kind)->schedule(schedule);
      if (!mismatch)
        return;
      reason = mismatch->reason;
      if (mismatch->isDamaged)
        pipeline.emitWarning()
            << "cannot be scheduled as '" << shape->kind << "': " << reason
            << "; every func is computed once";
    }
    remark::missed(
        pipeline.getLoc(),
        remark::RemarkOpts::name("halide-schedule").category("schedule"))
        << remark::reason("no strategy fits the kernel '{0}': {1}; every func "
                          "is computed once",
                          pipeline.getSymName(), reason);
    findStrategy(machine, "plain")->schedule(schedule);
  }

  void runOnOperation() override {
    FailureOr<TargetInfo> info = getTarget(target, getOperation());
    if (failed(info))
      return signalPassFailure();
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (failed(checkLowered(function)))
        return signalPassFailure();
    for (auto pipeline : getOperation().getOps<PipelineOp>())
      if (failed(checkTargets(pipeline, info->name)))
        return signalPassFailure();
    llvm::StringMap<SmallVector<int64_t>> rowStrides =
        getRowStrides(getOperation());
    for (auto pipeline : getOperation().getOps<PipelineOp>()) {
      if (!pipeline.getSchedule(info->name))
        schedule(pipeline, *info, rowStrides.lookup(pipeline.getSymName()));
      if (failed(checkDeviceLimits(pipeline.getSchedule(info->name), *info)))
        return signalPassFailure();
    }
  }
};
} // namespace
