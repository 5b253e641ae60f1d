//===- HalideBase.td - What ops of the halide dialect share *- tablegen -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_HALIDE_BASE_TD
#define LLAMIR_HALIDE_BASE_TD

include "dialects/halide/HalideDialect.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/CallInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

// How libHalide is told of a func, a loop or a table; its own names have other
// characters in them.
def Halide_IsName : AttrConstraint<
    CPred<"::llamir::halide::isName(::llvm::cast<::mlir::StringAttr>($_self).getValue())">,
    "that is a name: a letter, and then letters, digits and underscores">;
def Halide_Name : ConfinedAttr<StrAttr, [Halide_IsName]>;
def Halide_Names : TypedArrayAttrBase<Halide_Name,
    "array of names: each a letter, and then letters, digits and underscores">;

// Halide counts in 32 bits.
def Halide_Positive : ConfinedAttr<I32Attr, [IntPositive]>;
// The number of a dimension or an update.
def Halide_Ordinal : ConfinedAttr<I32Attr, [IntNonNegative]>;

class Halide_Op<string mnemonic, list<Trait> traits = []> : Op<Halide_Dialect, mnemonic, traits>;

#endif // LLAMIR_HALIDE_BASE_TD
