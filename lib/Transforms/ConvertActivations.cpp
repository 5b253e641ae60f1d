//===- ConvertActivations.cpp - Another element type between ops ---------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConvertTypes.h"
#include "Fusion.h"
#include "llamir/Transforms/Passes.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_LLAMACONVERTACTIVATIONS
#include "llamir/Transforms/Passes.h.inc"
} // namespace llamir

static bool isFloatTensor(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && isa<FloatType>(type.getElementType());
}

/// Projections that only leave the function, as logits do, and what is made of
/// one element by element before that.
static llvm::DenseSet<Value> getReturnedProjections(func::FuncOp function) {
  llvm::DenseSet<Value> projections;
  for (Value returned : function.front().getTerminator()->getOperands()) {
    if (!llvm::all_of(returned.getUsers(), llvm::IsaPred<func::ReturnOp>))
      continue;
    SmallVector<Value> chain = {returned};
    for (Operation *op = returned.getDefiningOp();
         isElementwise(op) && op->getNumOperands() == 1 &&
         op->getOperand(0).hasOneUse();
         op = op->getOperand(0).getDefiningOp())
      chain.push_back(op->getOperand(0));
    if (chain.back().getDefiningOp<LinearOp>())
      projections.insert_range(chain);
  }
  return projections;
}

namespace {
/// The activations of a function.
using Activations = llvm::SetVector<Value>;

struct ConvertActivationsPass
    : llamir::impl::LlamaConvertActivationsBase<ConvertActivationsPass> {
  using LlamaConvertActivationsBase::LlamaConvertActivationsBase;

  static LogicalResult add(Value value, Operation *op,
                           Activations &activations) {
    if (!isFloatTensor(value))
      return success();
    Operation *source = value.getDefiningOp();
    auto compute = dyn_cast_or_null<ComputeOpInterface>(source);
    if (source && (!compute || !compute.hasActivations())) {
      bool isWeight = !compute || isa<JoinOp, PackOp>(source);
      return op->emitOpError()
             << "reads " << (isWeight ? "a weight" : "statistics or a state")
             << " as an activation, whose type cannot change";
    }
    activations.insert(value);
    return success();
  }

  static LogicalResult collect(func::FuncOp function,
                               Activations &activations) {
    if (!function.getBody().hasOneBlock())
      return function.emitOpError() << "must have one block";
    for (Operation &op : function.front()) {
      if (isa<GetWeightOp, ZerosOp, func::ReturnOp>(op))
        continue;
      auto compute = dyn_cast<ComputeOpInterface>(op);
      if (!compute)
        return op.emitOpError()
               << "stands in the way of other types: convert activations "
                  "before kernels are formed, in functions without calls";
      for (OpOperand &operand : op.getOpOperands())
        if (!compute.isWeight(operand.getOperandNumber()) &&
            failed(add(operand.get(), &op, activations)))
          return failure();
      if (compute.hasActivations())
        activations.insert_range(op.getResults());
    }
    return success();
  }

  void runOnOperation() override {
    FloatType type = parseFloatType(getOperation(), "to", to);
    if (!type)
      return signalPassFailure();
    SmallVector<std::pair<func::FuncOp, Activations>> functions;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (!isHostFunction(function))
        continue;
      functions.emplace_back(function, Activations());
      if (failed(collect(function, functions.back().second)))
        return signalPassFailure();
    }
    for (auto &[function, activations] : functions) {
      llvm::DenseSet<Value> returned = getReturnedProjections(function);
      for (Value value : activations) {
        auto tensor = cast<RankedTensorType>(value.getType());
        if (!returned.contains(value) || !tensor.getElementType().isF32())
          value.setType(RankedTensorType::get(tensor.getShape(), type,
                                              tensor.getEncoding()));
      }
      function.setType(FunctionType::get(
          &getContext(), function.front().getArgumentTypes(),
          function.front().getTerminator()->getOperandTypes()));
    }
  }
};
} // namespace
