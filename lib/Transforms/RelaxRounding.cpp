//===- RelaxRounding.cpp - f32 within kernels -----------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fusion.h"
#include "llamir/Support/TargetInfo.h"
#include "llamir/Transforms/Passes.h"
#include "llvm/ADT/Statistic.h"

#define DEBUG_TYPE "llama-relax-rounding"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_LLAMARELAXROUNDING
#include "llamir/Transforms/Passes.h.inc"
} // namespace llamir

ALWAYS_ENABLED_STATISTIC(numKept, "Values that are not rounded");
ALWAYS_ENABLED_STATISTIC(numRounded, "Operands that are rounded");

/// Rows of numbers, which a weight is not.
static bool isActivation(ComputeOpInterface op, OpOperand &operand) {
  auto type = cast<RankedTensorType>(operand.get().getType());
  return type.getRank() >= 2 && isa<FloatType>(type.getElementType()) &&
         !op.isWeight(operand.getOperandNumber());
}

static RankedTensorType withElement(Type type, Type element) {
  return RankedTensorType::get(cast<RankedTensorType>(type).getShape(),
                               element);
}

static bool mayReadF32(Operation *op) {
  auto compute = dyn_cast<ComputeOpInterface>(op);
  return compute && compute.getReach() < Reach::Rows;
}
/// An op that gives numbers of f32 for numbers of f32. Projections and
/// attentions multiply what they read, which is cheaper in the narrow type.
static bool keepsF32(Operation *op) {
  return mayReadF32(op) && !isa<ConvertOp>(op);
}
static bool mayGiveF32(Operation *op) {
  return keepsF32(op) || isa<LinearOp>(op);
}

namespace {
struct RelaxRoundingPass
    : llamir::impl::LlamaRelaxRoundingBase<RelaxRoundingPass> {
  using LlamaRelaxRoundingBase::LlamaRelaxRoundingBase;

  static bool isReadIn(KernelOp kernel, Value value) {
    return llvm::any_of(value.getUsers(), [&](Operation *user) {
      return mayReadF32(user) && user->getParentOp() == kernel;
    });
  }

  /// Whether the op is to compute with f32: its result is read by another op of
  /// the kernel, or what it reads is f32 already.
  static bool isToRelax(KernelOp kernel, Operation *op) {
    if (!mayGiveF32(op))
      return false;
    auto isNarrow = [](Value value) {
      Type element = cast<RankedTensorType>(value.getType()).getElementType();
      return isa<BFloat16Type, Float16Type>(element);
    };
    if (llvm::none_of(op->getResults(), isNarrow))
      return false;
    auto isReadHere = [&](Value value) { return isReadIn(kernel, value); };
    if (llvm::any_of(op->getResults(), isReadHere))
      return true;
    auto compute = cast<ComputeOpInterface>(op);
    return keepsF32(op) &&
           llvm::any_of(op->getOpOperands(), [&](OpOperand &operand) {
             return isActivation(compute, operand) && !isNarrow(operand.get());
           });
  }

  static void relax(KernelOp kernel, ComputeOpInterface op) {
    OpBuilder builder(op);
    Type f32 = builder.getF32Type();
    if (keepsF32(op))
      for (OpOperand &operand : op->getOpOperands())
        if (isActivation(op, operand))
          operand.set(builder.createOrFold<ConvertOp>(
              op.getLoc(), withElement(operand.get().getType(), f32),
              operand.get()));
    builder.setInsertionPointAfter(op);
    for (Value result : op->getResults()) {
      auto narrow = cast<RankedTensorType>(result.getType());
      // A split rounds nothing itself.
      bool isKept = isReadIn(kernel, result) && !isa<SplitOp>(op);
      result.setType(withElement(narrow, f32));
      if (isKept) {
        ++numKept;
        remark::passed(
            op.getLoc(),
            remark::RemarkOpts::name("RoundingLeftOut").category("rounding"))
            << remark::add("{0} in {1} is not rounded to {2} before other ops "
                           "of the kernel read it",
                           op->getName().getStringRef(), kernel.getName(),
                           narrow.getElementType());
      }
      SmallVector<OpOperand *> rounded;
      for (OpOperand &use : result.getUses())
        if (!mayReadF32(use.getOwner()))
          rounded.push_back(&use);
      if (rounded.empty())
        continue;
      Value number =
          ConvertOp::create(builder, op.getLoc(), narrow, result).getResult();
      for (OpOperand *use : rounded)
        use->set(number);
    }
  }

  /// Rounds what a projection reads to bf16, where that makes its products
  /// cheaper and its weight is no better.
  static void roundOperand(KernelOp kernel, LinearOp linear,
                           const TargetInfo &target) {
    Type weight = linear.getWeight().getType().getElementType();
    if (!linear.getX().getType().getElementType().isF32() ||
        !isa<BFloat16Type>(weight) ||
        !multipliesBF16(target.getProduct(ElementType::BF16, ElementType::BF16)
                            .instruction))
      return;
    OpBuilder builder(linear);
    linear.getXMutable().set(ConvertOp::create(
        builder, linear.getLoc(),
        withElement(linear.getX().getType(), builder.getBF16Type()),
        linear.getX()));
    ++numRounded;
    remark::passed(
        linear.getLoc(),
        remark::RemarkOpts::name("OperandRounded").category("rounding"))
        << remark::add("what llama.linear in {0} reads is rounded to bf16, for "
                       "dot products of bf16",
                       kernel.getName());
  }

  void runOnOperation() override {
    FailureOr<TargetInfo> info = getTarget(target, getOperation());
    if (failed(info))
      return signalPassFailure();
    for (KernelOp kernel : getHostOps<KernelOp>(getOperation())) {
      for (Operation &op : llvm::make_early_inc_range(kernel.getBody().front()))
        if (isToRelax(kernel, &op))
          relax(kernel, cast<ComputeOpInterface>(op));
      for (auto linear : llvm::make_early_inc_range(
               kernel.getBody().front().getOps<LinearOp>()))
        roundOperand(kernel, linear, *info);
    }
  }
};
} // namespace
