//===- ConvertLlamaToHalide.cpp - Kernel functions to Halide pipelines ----===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoweringUtils.h"
#include "llamir/Conversion/Passes.h"
#include "mlir/IR/DialectRegistry.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_CONVERTLLAMATOHALIDE
#include "llamir/Conversion/Passes.h.inc"
} // namespace llamir

//===----------------------------------------------------------------------===//
// The lowering of each op
//===----------------------------------------------------------------------===//

namespace {
template <typename OpTy, LogicalResult (*lower)(OpTy, HalideLowering &)>
struct LoweringModel
    : HalideLoweringOpInterface::ExternalModel<LoweringModel<OpTy, lower>,
                                               OpTy> {
  LogicalResult lowerToHalide(Operation *op, HalideLowering &lowering) const {
    return lower(cast<OpTy>(op), lowering);
  }
};
template <typename OpTy, LogicalResult (*lower)(OpTy, HalideLowering &)>
void attach(MLIRContext *context) {
  OpTy::template attachInterface<LoweringModel<OpTy, lower>>(*context);
}
} // namespace

void llamir::registerHalideLowerings(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, LlamaDialect *) {
    attach<ActivationOp, lowerActivation>(context);
    attach<AddOp, lowerAdd>(context);
    attach<AttentionOp, lowerAttention>(context);
    attach<EmbeddingOp, lowerEmbedding>(context);
    attach<JoinOp, lowerJoin>(context);
    attach<LinearOp, lowerLinear>(context);
    attach<MulOp, lowerMul>(context);
    attach<PackOp, lowerPack>(context);
    attach<RMSNormOp, lowerRMSNorm>(context);
    attach<RopeOp, lowerRope>(context);
    attach<SplitOp, lowerSplit>(context);
  });
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

/// The buffer that holds a tensor: innermost dimension first. Null, with a
/// message at the kernel, when there is none.
static halide::BufferType getBufferType(func::FuncOp kernel,
                                        RankedTensorType type) {
  SmallVector<int64_t> shape;
  if (PanelsAttr panels = getPanels(type))
    shape = {panels.getWidth(), type.getDimSize(1),
             panels.getNumPanels(type.getDimSize(0))};
  else
    shape.assign(type.getShape().rbegin(), type.getShape().rend());
  auto emitError = [&] {
    return kernel.emitOpError() << "has " << type << ", which is no buffer: ";
  };
  return halide::BufferType::getChecked(emitError, type.getContext(),
                                        ArrayRef<int64_t>(shape),
                                        type.getElementType());
}

static StringRef getKindName(KernelKind kind) {
  switch (kind) {
  case KernelKind::Elementwise:
    return "elementwise";
  case KernelKind::Norm:
    return "norm";
  case KernelKind::Linear:
    return "linear";
  case KernelKind::Attention:
    return "attention";
  }
  llvm_unreachable("unknown kind of kernel");
}

namespace {
struct ConvertLlamaToHalidePass
    : llamir::impl::ConvertLlamaToHalideBase<ConvertLlamaToHalidePass> {
  LogicalResult convert(func::FuncOp kernel) {
    if (kernel.isDeclaration())
      return kernel.emitOpError() << "is a kernel without a body";
    SmallVector<Type> types;
    for (Type type : kernel.getArgumentTypes()) {
      auto tensor = dyn_cast<RankedTensorType>(type);
      if (!tensor || tensor.getRank() < 1 || tensor.getRank() > 2)
        return kernel.emitOpError()
               << "an input of a kernel must be a tensor of "
                  "rank 1 or 2, not "
               << type;
      types.push_back(getBufferType(kernel, tensor));
      if (!types.back())
        return failure();
    }
    for (Type type : kernel.getResultTypes())
      if (auto tensor = dyn_cast<RankedTensorType>(type);
          tensor && !getBufferType(kernel, tensor))
        return failure();
    ImplicitLocOpBuilder builder(kernel.getLoc(), kernel);
    auto pipeline =
        halide::PipelineOp::create(builder, kernel.getName(), types);
    pipeline->setAttr(LlamaDialect::kernelTypeAttrName,
                      TypeAttr::get(kernel.getFunctionType()));
    Block &body = pipeline.getBody().front();
    builder.setInsertionPointToEnd(&body);
    HalideLowering lowering(pipeline, builder);
    for (auto [tensor, buffer] :
         llvm::zip(kernel.getArguments(), body.getArguments()))
      lowering.addArgument(tensor, buffer);
    for (Operation &op : kernel.front().without_terminator()) {
      auto lowered = dyn_cast<HalideLoweringOpInterface>(op);
      if (!lowered)
        return op.emitOpError() << "has no lowering to Halide";
      builder.setLoc(op.getLoc());
      if (failed(lowered.lowerToHalide(lowering)))
        return failure();
    }
    pipeline->setAttr(LlamaDialect::kindAttrName,
                      builder.getStringAttr(getKindName(lowering.getKind())));
    builder.setLoc(kernel.getLoc());
    lowering.addOutputs(kernel.front().getTerminator()->getOperands());
    kernel.erase();
    return success();
  }

  void runOnOperation() override {
    SmallVector<func::FuncOp> kernels;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (isKernelFunction(function))
        kernels.push_back(function);
    for (func::FuncOp kernel : kernels)
      if (failed(convert(kernel)))
        return signalPassFailure();
  }
};
} // namespace
