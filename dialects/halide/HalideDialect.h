//===- HalideDialect.h - The halide dialect ---------------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Everything of the halide dialect: include this file. It does not include
// libHalide's own headers; only lib/Target does.
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_DIALECTS_HALIDE_HALIDEDIALECT_H
#define LLAMIR_DIALECTS_HALIDE_HALIDEDIALECT_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace llamir::halide {
class OutputOp;
class ScheduleOp;

/// A number that buffers and funcs can hold: an integer of 1, 8, 16, 32 or 64
/// bits, or f16, bf16, f32 or f64.
bool isValueType(mlir::Type type);

/// A letter, and then letters, digits and underscores.
bool isName(llvm::StringRef string);

/// The attribute of a function that `halide.extern` calls: the target, a
/// string, that it is for.
constexpr llvm::StringLiteral externAttrName = "halide.extern";

/// A memref as functions that `halide.extern` calls take it: the outermost
/// dimension first, and strides that are known when it is there, but for 1 of
/// the innermost.
mlir::MemRefType getExternMemRef(llvm::ArrayRef<int64_t> shape,
                                 mlir::Type element);

/// An op that a schedule is made of.
template <typename ConcreteType>
class Directive : public mlir::OpTrait::TraitBase<ConcreteType, Directive> {};
} // namespace llamir::halide

#include "dialects/halide/HalideDialect.h.inc"
#include "dialects/halide/HalideEnums.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/halide/HalideTypes.h.inc"

#define GET_OP_CLASSES
#include "dialects/halide/HalideOps.h.inc"

#endif // LLAMIR_DIALECTS_HALIDE_HALIDEDIALECT_H
