//===- SerializeTensorKernels.cpp - From gpu.modules to PTX ---------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../UnloweredOps.h"
#include "llamir/Conversion/LlamaToNVVM/Passes.h"
#include "mlir/Conversion/ConvertToLLVM/ToLLVMPass.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace llamir;

namespace llamir {
#define GEN_PASS_DEF_SERIALIZETENSORKERNELS
#include "llamir/Conversion/LlamaToNVVM/Passes.h.inc"
} // namespace llamir

void llamir::buildTensorKernelLowering(OpPassManager &pm) {
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createConvertToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
}

/// What could not be lowered would fail without its place.
static LogicalResult checkLowered(gpu::GPUModuleOp module) {
  WalkResult result = module.walk([&](Operation *op) {
    if (op == module ||
        isa<LLVM::LLVMDialect, NVVM::NVVMDialect>(op->getDialect()))
      return WalkResult::advance();
    refuseUnlowered(op, "a function for tensor cores");
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

/// They tell how long it took: the same input gives the same IR without.
static void dropProperties(gpu::BinaryOp binary) {
  SmallVector<Attribute> objects;
  for (Attribute attribute : binary.getObjects()) {
    auto object = cast<gpu::ObjectAttr>(attribute);
    objects.push_back(gpu::ObjectAttr::get(
        binary.getContext(), object.getTarget(), object.getFormat(),
        object.getObject(), DictionaryAttr(), gpu::KernelTableAttr()));
  }
  binary.setObjectsAttr(ArrayAttr::get(binary.getContext(), objects));
}

namespace {
struct SerializeTensorKernelsPass
    : llamir::impl::SerializeTensorKernelsBase<SerializeTensorKernelsPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (module.getOps<gpu::GPUModuleOp>().empty())
      return;
    OpPassManager lower(gpu::GPUModuleOp::getOperationName());
    buildTensorKernelLowering(lower);
    for (auto kernels : module.getOps<gpu::GPUModuleOp>())
      if (failed(runPipeline(lower, kernels)) || failed(checkLowered(kernels)))
        return signalPassFailure();
    OpPassManager serialize(ModuleOp::getOperationName());
    GpuModuleToBinaryPassOptions options;
    options.compilationTarget = "assembly";
    serialize.addPass(createGpuModuleToBinaryPass(options));
    if (failed(runPipeline(serialize, module)))
      return signalPassFailure();
    for (auto binary : module.getOps<gpu::BinaryOp>())
      dropProperties(binary);
  }
};
} // namespace
