//===- LlamaDialect.h - The llama dialect -----------------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Everything of the llama dialect: include this file.
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_DIALECTS_LLAMA_LLAMADIALECT_H
#define LLAMIR_DIALECTS_LLAMA_LLAMADIALECT_H

#include "llamir/Support/ElementType.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/TensorEncoding.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace llamir {
class HalideLowering;
namespace reference {
struct Tensor;
} // namespace reference
} // namespace llamir

namespace llamir::llama {

/// What an op reads of an operand for an element of its result, the least
/// first: the same element; some of the same head; some of the same row; any.
enum class Reach { Element, Head, Row, Rows };

/// Whether kernels can compute with a number: it is finite in f32, and zero
/// there only if it is zero.
bool fitsF32(llvm::APFloat value);

/// Verifies that an op has no attributes but its own and those of dialects.
llvm::LogicalResult verifyNoUnknownAttributes(mlir::Operation *op);

/// Verifies that the sizes of a row are static and positive, and can be counted
/// with; `label` names the constraint.
llvm::LogicalResult verifyRows(mlir::Operation *op, llvm::StringRef label,
                               mlir::RankedTensorType type);

/// True when two dimensions may be equal when the program runs.
bool mayBeEqual(int64_t a, int64_t b);

template <typename OpTy>
struct NoUnknownAttributes
    : mlir::OpTrait::TraitBase<OpTy, NoUnknownAttributes> {
  static llvm::LogicalResult verifyTrait(mlir::Operation *op) {
    return verifyNoUnknownAttributes(op);
  }
};

} // namespace llamir::llama

#include "dialects/llama/LlamaInterfaces.h.inc"

#include "dialects/llama/LlamaDialect.h.inc"
#include "dialects/llama/LlamaEnums.h.inc"
#include "dialects/llama/LlamaRotary.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/llama/LlamaAttributes.h.inc"

#define GET_OP_CLASSES
#include "dialects/llama/LlamaOps.h.inc"

namespace llamir::llama {

/// True for a func.func that is one kernel.
bool isKernelFunction(mlir::Operation *op);

/// True for a function that is compiled to host code: it has a body, is not a
/// kernel, and no kernel calls it (`halide.extern`).
bool isHostFunction(mlir::func::FuncOp function);

/// The encoding of a packed weight, or null for a plain tensor type.
PanelsAttr getPanels(mlir::Type type);

/// The type in arrays of an element, or of the elements of a tensor: a
/// floating-point type, i64, i32, or i8 for bytes.
ElementType getArrayType(mlir::Type type);

/// Elements of a tensor with the same first index: those of a row, or 1 for a
/// vector. Dynamic where one of the sizes is, the largest number where there
/// are too many to count.
int64_t getRowWidth(mlir::RankedTensorType type);

/// The sizes of the array in memory that holds a tensor, outermost first: its
/// shape, or what its encoding makes of it, padding included. More than two
/// dimensions are rows: all but the first are one.
llvm::SmallVector<int64_t> getStoredShape(mlir::RankedTensorType type);

} // namespace llamir::llama

#endif // LLAMIR_DIALECTS_LLAMA_LLAMADIALECT_H
