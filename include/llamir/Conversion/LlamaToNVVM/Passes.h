//===- Passes.h - Passes from kernels to tensor cores ----------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_CONVERSION_LLAMATONVVM_PASSES_H
#define LLAMIR_CONVERSION_LLAMATONVVM_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir {
class ModuleOp;
class OpPassManager;
} // namespace mlir

namespace llamir {

/// What lowers a gpu.module to the LLVM and NVVM dialects.
void buildTensorKernelLowering(mlir::OpPassManager &pm);

#define GEN_PASS_DECL
#include "llamir/Conversion/LlamaToNVVM/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "llamir/Conversion/LlamaToNVVM/Passes.h.inc"

} // namespace llamir

#endif // LLAMIR_CONVERSION_LLAMATONVVM_PASSES_H
