//===- ConvertLlamaToHalide.cpp - Kernel functions to Halide pipelines ----===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoweringUtils.h"
#include "llamir/Conversion/LlamaToHalide/Passes.h"
#include "mlir/IR/DialectRegistry.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_CONVERTLLAMATOHALIDE
#include "llamir/Conversion/LlamaToHalide/Passes.h.inc"
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
} // namespace

template <typename OpTy, LogicalResult (*lower)(OpTy, HalideLowering &)>
static void attach(MLIRContext *context) {
  OpTy::template attachInterface<LoweringModel<OpTy, lower>>(*context);
}

void llamir::registerHalideLowerings(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, LlamaDialect *) {
    attach<ActivationOp, lowerActivation>(context);
    attach<AddOp, lowerAdd>(context);
    attach<ApplyStateOp, lowerApplyState>(context);
    attach<AttentionOp, lowerAttention>(context);
    attach<ConvertOp, lowerConvert>(context);
    attach<EmbeddingOp, lowerEmbedding>(context);
    attach<JoinOp, lowerJoin>(context);
    attach<LinearAttentionOp, lowerLinearAttention>(context);
    attach<LinearOp, lowerLinear>(context);
    attach<LinearStateOp, lowerLinearState>(context);
    attach<MixStatisticsOp, lowerMixStatistics>(context);
    attach<MulOp, lowerMul>(context);
    attach<NormalizeOp, lowerNormalize>(context);
    attach<NormOp, lowerNorm>(context);
    attach<PackOp, lowerPack>(context);
    attach<RopeOp, lowerRope>(context);
    attach<ScaleOp, lowerScale>(context);
    attach<SinusoidOp, lowerSinusoid>(context);
    attach<SplitOp, lowerSplit>(context);
    attach<StatisticsOp, lowerStatistics>(context);
  });
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

/// The buffer that holds a tensor: innermost dimension first. Null, with a
/// message at the kernel, when there is none.
static halide::BufferType getBufferType(func::FuncOp kernel,
                                        RankedTensorType type) {
  SmallVector<int64_t> shape =
      llvm::to_vector(llvm::reverse(getStoredShape(type)));
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
  case KernelKind::Statistics:
    return "statistics";
  case KernelKind::Recurrence:
    return "recurrence";
  case KernelKind::Linear:
    return "linear";
  case KernelKind::Attention:
    return "attention";
  }
  llvm_unreachable("unknown kind of kernel");
}

/// The buffers of a kernel's inputs; fails with a message when there is an
/// input without one.
static FailureOr<SmallVector<Type>> getInputBuffers(func::FuncOp kernel) {
  SmallVector<Type> buffers;
  for (Type type : kernel.getArgumentTypes()) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || tensor.getRank() < 1 || tensor.getRank() > 5)
      return kernel.emitOpError() << "an input of a kernel must be a tensor of "
                                     "rank 1 to 5, not "
                                  << type;
    buffers.push_back(getBufferType(kernel, tensor));
    if (!buffers.back())
      return failure();
  }
  return buffers;
}

/// Checks that there are results, and that each is something that ops compute.
static LogicalResult checkResults(func::FuncOp kernel) {
  if (kernel.getNumResults() == 0)
    return kernel.emitOpError() << "is a kernel without results";
  for (Type type : kernel.getResultTypes()) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    bool isComputed =
        tensor &&
        isa<Float32Type, BFloat16Type, Float16Type>(tensor.getElementType()) &&
        ((tensor.getRank() >= 2 && tensor.getRank() <= 5) ||
         (tensor.getRank() == 1 && tensor.hasStaticShape()));
    if (!isComputed)
      return kernel.emitOpError()
             << "a result of a kernel must be a tensor of rank 2 to 5, or of "
                "rank 1 and static, of f32, bf16 or f16, not "
             << type;
    if (!getBufferType(kernel, tensor))
      return failure();
  }
  return success();
}

namespace {
struct ConvertLlamaToHalidePass
    : llamir::impl::ConvertLlamaToHalideBase<ConvertLlamaToHalidePass> {
  LogicalResult convert(func::FuncOp kernel) {
    if (kernel.isDeclaration())
      return kernel.emitOpError() << "is a kernel without a body";
    FailureOr<SmallVector<Type>> buffers = getInputBuffers(kernel);
    if (failed(buffers) || failed(checkResults(kernel)))
      return failure();
    ImplicitLocOpBuilder builder(kernel.getLoc(), kernel);
    auto pipeline =
        halide::PipelineOp::create(builder, kernel.getName(), *buffers);
    pipeline->setAttr(LlamaDialect::kernelTypeAttrName,
                      TypeAttr::get(kernel.getFunctionType()));
    // What else may compute it.
    for (StringRef name :
         {LlamaDialect::productAttrName, LlamaDialect::tensorCoresAttrName})
      if (Attribute other = kernel->getAttr(name))
        pipeline->setAttr(name, other);
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
    Operation *end = kernel.front().getTerminator();
    for (Value result : end->getOperands())
      if (!lowering.getReader(result))
        return end->emitOpError()
               << "returns a packed weight that the kernel did not pack";
    lowering.addOutputs(end->getOperands());
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
