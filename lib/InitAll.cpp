//===- InitAll.cpp - Register everything of llamir ------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/InitAll.h"
#include "dialects/halide/HalideDialect.h"
#include "dialects/llama/LlamaDialect.h"
#include "llamir/Conversion/HostToLLVM/Passes.h"
#include "llamir/Conversion/LlamaToHalide/HalideLowering.h"
#include "llamir/Conversion/LlamaToHalide/Passes.h"
#include "llamir/Conversion/LlamaToNVVM/Passes.h"
#include "llamir/Pipelines.h"
#include "llamir/Reference/Reference.h"
#include "llamir/Schedule/Passes.h"
#include "llamir/Target/Passes.h"
#include "llamir/Transforms/Passes.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/AMX/Transforms.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Target/LLVM/NVVM/Target.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void llamir::registerAllDialects(DialectRegistry &registry) {
  registry
      .insert<halide::HalideDialect, llama::LlamaDialect, arith::ArithDialect,
              func::FuncDialect, LLVM::LLVMDialect, math::MathDialect>();
  // What functions that kernels call are written in, and how it is lowered.
  registry
      .insert<affine::AffineDialect, amx::AMXDialect, cf::ControlFlowDialect,
              memref::MemRefDialect, scf::SCFDialect, vector::VectorDialect>();
  // Kernels for tensor cores, and how they become PTX.
  registry.insert<gpu::GPUDialect, NVVM::NVVMDialect>();
  NVVM::registerNVVMTargetInterfaceExternalModels(registry);
  registerGPUDialectTranslation(registry);
  registerNVVMDialectTranslation(registry);
  // Those, and host functions, become LLVM IR.
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  arith::registerConvertArithToLLVMInterface(registry);
  cf::registerConvertControlFlowToLLVMInterface(registry);
  registerConvertAMXToLLVMInterface(registry);
  registerConvertFuncToLLVMInterface(registry);
  registerConvertMathToLLVMInterface(registry);
  registerConvertMemRefToLLVMInterface(registry);
  vector::registerConvertVectorToLLVMInterface(registry);
  registerHalideLowerings(registry);
  reference::registerReferenceModels(registry);
}

void llamir::registerAllPasses() {
  registerTransformsPasses();
  registerLlamirSchedulePasses();
  registerLlamirTargetPasses();
  registerLlamirTransformsPasses();
  registerLlamirHostToLLVMPasses();
  registerLlamirLlamaToHalidePasses();
  registerLlamirLlamaToNVVMPasses();
  registerPipelines();
}
