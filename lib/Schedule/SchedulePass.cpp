//===- SchedulePass.cpp - Choose a schedule for every pipeline ------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScheduleBuilder.h"
#include "llamir/Schedule/Passes.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

namespace llamir {
#define GEN_PASS_DEF_HALIDESCHEDULE
#include "llamir/Schedule/Passes.h.inc"
} // namespace llamir

using Strategy = LogicalResult (*)(ScheduleBuilder &);

namespace {
struct HalideSchedulePass
    : llamir::impl::HalideScheduleBase<HalideSchedulePass> {
  using HalideScheduleBase::HalideScheduleBase;

  void schedule(PipelineOp pipeline, const TargetInfo &info) {
    auto kind =
        pipeline->getAttrOfType<StringAttr>(llama::LlamaDialect::kindAttrName);
    Strategy strategy =
        llvm::StringSwitch<Strategy>(kind ? kind.getValue() : "")
            .Case("linear", scheduleLinear)
            .Case("norm", scheduleNorm)
            .Case("attention", scheduleAttention)
            .Case("elementwise", scheduleElementwise)
            .Default(nullptr);
    auto builder = OpBuilder::atBlockEnd(&pipeline.getBody().front());
    auto op = ScheduleOp::create(builder, pipeline.getLoc(), info.name);
    builder.createBlock(&op.getBody());
    ScheduleBuilder schedule(op, info);
    ++numScheduled;
    if (strategy && succeeded(strategy(schedule)))
      return;
    remark::missed(
        pipeline.getLoc(),
        remark::RemarkOpts::name("halide-schedule").category("schedule"))
        << remark::reason("no strategy fits the kernel '{0}': every func is "
                          "computed once",
                          pipeline.getSymName());
    schedulePlainly(schedule);
  }

  void runOnOperation() override {
    llvm::Expected<TargetInfo> info = getTarget(target);
    if (!info) {
      getOperation().emitError() << llvm::toString(info.takeError());
      return signalPassFailure();
    }
    for (auto pipeline : getOperation().getOps<PipelineOp>())
      if (!pipeline.getSchedule(info->name))
        schedule(pipeline, *info);
  }
};
} // namespace
