//===- HalideDialect.td - The halide dialect and its types -*- tablegen -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_HALIDE_DIALECT_TD
#define LLAMIR_HALIDE_DIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"

def Halide_Dialect : Dialect {
  let name = "halide";
  let summary = "Halide's algorithms and schedules";
  let description = [{
    A `halide.pipeline` is one kernel: an algorithm, made of funcs that are
    defined by expressions over their indices, and schedules, one for each
    target, that say in which order and where the funcs are computed. A schedule
    cannot change what is computed. Expressions are upstream `arith` and `math`
    ops; directives have the names of Halide's C++ interface.

    Dimensions are counted from the innermost, as in Halide: the first index of
    a buffer is the one whose elements lie side by side.

    Source: Ragan-Kelley et al., Halide, 2013; Halide's `Func`, `Stage` and
    `RDom`.
  }];
  let cppNamespace = "::llamir::halide";
  let useDefaultTypePrinterParser = 1;
  let hasOperationAttrVerify = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

class Halide_Type<string name, string typeMnemonic, list<Trait> traits = []>
    : TypeDef<Halide_Dialect, name, traits> {
  let mnemonic = typeMnemonic;
}

def Halide_BufferType : Halide_Type<"Buffer", "buffer"> {
  let summary = "An array in memory";
  let description = [{
    Extents from the innermost dimension, static or `?`, and the element type.
    Every dimension starts at 0. All dimensions but the outermost are static and
    dense: the stride of a dimension is the product of the extents below it. The
    stride of the outermost is known when the kernel runs only, so that a buffer
    can be some columns of wider rows.

    - `buffer_c1`: rank 1 at least, and every extent but the outermost static
      and positive.
    - `buffer_c2`: the element type is an integer of 1, 8, 16, 32 or 64 bits, or
      f16, bf16, f32 or f64.
    - `buffer_c3`: the static extents make less than 2^31 elements, since
      Halide counts in 32 bits.

    Example: `!halide.buffer<128x32x?xf32>`
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape, "::mlir::Type":$elementType);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    unsigned getRank() const { return getShape().size(); }
  }];
}

def Halide_FuncType : Halide_Type<"Func", "func"> {
  let summary = "A func: values for every point of a space of some rank";
  let description = [{
    The number of its indices, 64 at most, and the types of its values: one or
    several, each an element type of buffers.

    Example: `!halide.func<3, f32>`
  }];
  let parameters = (ins "unsigned":$rank, ArrayRefParameter<"::mlir::Type">:$valueTypes);
  let assemblyFormat = "`<` $rank `,` $valueTypes `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// No func has more dimensions.
    static constexpr unsigned maximumRank = 64;
  }];
}

def Halide_VarType : Halide_Type<"Var", "var"> {
  let summary = "A loop of a stage, in a schedule";
  let description = [{
    What `halide.loops` gives, and the directives that replace loops by others.
  }];
}

//===----------------------------------------------------------------------===//
// Enumerations
//===----------------------------------------------------------------------===//

// Plain attributes of i32: those of a dialect print a space too many in an op.
class Halide_Enum<string name, string description, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, description, cases> {
  let cppNamespace = "::llamir::halide";
}

def Halide_TailStrategy : Halide_Enum<"TailStrategy",
    "what a split does where its factor does not divide the extent", [
      I32EnumAttrCase<"Auto", 0, "auto">,
      I32EnumAttrCase<"RoundUp", 1, "round_up">,
      I32EnumAttrCase<"GuardWithIf", 2, "guard_with_if">,
      I32EnumAttrCase<"Predicate", 3, "predicate">,
      I32EnumAttrCase<"PredicateLoads", 4, "predicate_loads">,
      I32EnumAttrCase<"PredicateStores", 5, "predicate_stores">,
      I32EnumAttrCase<"ShiftInwards", 6, "shift_inwards">]>;

def Halide_PrefetchBound : Halide_Enum<"PrefetchBound",
    "what a prefetch does past the end of what is read", [
      I32EnumAttrCase<"GuardWithIf", 0, "guard_with_if">,
      I32EnumAttrCase<"Clamp", 1, "clamp">,
      I32EnumAttrCase<"NonFaulting", 2, "non_faulting">]>;

def Halide_MemoryType : Halide_Enum<"MemoryType",
    "where a func's values are kept", [
      I32EnumAttrCase<"Auto", 0, "auto">,
      I32EnumAttrCase<"Heap", 1, "heap">,
      I32EnumAttrCase<"Stack", 2, "stack">,
      I32EnumAttrCase<"Register", 3, "register">,
      I32EnumAttrCase<"GPUShared", 4, "gpu_shared">]>;

#endif // LLAMIR_HALIDE_DIALECT_TD
