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
#include "llamir/Conversion/HalideLowering.h"
#include "llamir/Conversion/Passes.h"
#include "llamir/Pipelines.h"
#include "llamir/Reference/Reference.h"
#include "llamir/Schedule/Passes.h"
#include "llamir/Target/Passes.h"
#include "llamir/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void llamir::registerAllDialects(DialectRegistry &registry) {
  registry
      .insert<halide::HalideDialect, llama::LlamaDialect, arith::ArithDialect,
              func::FuncDialect, LLVM::LLVMDialect, math::MathDialect>();
  registerHalideLowerings(registry);
  reference::registerReferenceModels(registry);
}

void llamir::registerAllPasses() {
  registerTransformsPasses();
  registerLlamirSchedulePasses();
  registerLlamirTargetPasses();
  registerLlamirTransformsPasses();
  registerLlamirConversionPasses();
  registerPipelines();
}
