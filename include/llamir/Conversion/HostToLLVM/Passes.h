//===- Passes.h - Passes from host functions to LLVM ------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_CONVERSION_HOSTTOLLVM_PASSES_H
#define LLAMIR_CONVERSION_HOSTTOLLVM_PASSES_H

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir {
class ModuleOp;
namespace func {
class FuncOp;
} // namespace func
} // namespace mlir

namespace llamir {

#define GEN_PASS_DECL
#include "llamir/Conversion/HostToLLVM/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "llamir/Conversion/HostToLLVM/Passes.h.inc"

} // namespace llamir

#endif // LLAMIR_CONVERSION_HOSTTOLLVM_PASSES_H
