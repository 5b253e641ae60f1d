//===- HalideAlgorithm.td - Algorithms of the halide dialect *- tablegen -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_HALIDE_ALGORITHM_TD
#define LLAMIR_HALIDE_ALGORITHM_TD

include "dialects/halide/HalideBase.td"

def Halide_PipelineOp : Halide_Op<"pipeline",
    [FunctionOpInterface, IsolatedFromAbove, SingleBlock, NoTerminator]> {
  let summary = "One kernel: an algorithm and its schedules";
  let description = [{
    The arguments are buffers and scalars. The body holds funcs and their
    updates, one `halide.output`, and any number of schedules for different
    targets. It becomes a C function of its name that takes the arguments and
    then the outputs.

    What funcs and updates yield are expressions: `arith` and `math` ops,
    `halide.at`, `halide.extent`, `halide.div` and `halide.mod` over scalars. An
    index has 32 bits, as in Halide, and integers of 32 and 64 bits must not
    overflow. Of a NaN and a number, `maxnumf` and `minnumf` give either.
    Functions are right to a few units in the last place, also of infinities and
    NaN; what libHalide has no such function for is refused when code is
    generated, and so is arithmetic on truth values other than `andi`, `ori`,
    `xori`, equality and selections.

    - `pipeline_c1`: an argument is a buffer or a number that a buffer can hold;
      no results.
    - `pipeline_c2`: exactly one `halide.output`, in the body itself, after the
      funcs and updates; at most one schedule for each target.
    - `pipeline_c3`: funcs and constants have different names.
    - `pipeline_c4`: the operands and results of an op of another dialect are
      indices or numbers that a buffer can hold: not vectors, not funcs, loops
      or buffers.
    - `pipeline_c5`: a constant of type index fits into 32 bits.
    - `pipeline_c6`: a constant shift is by less than there are bits.

    ```mlir
    halide.pipeline @scale(%x: !halide.buffer<?xf32>) {
      %y = halide.func "y" ["i"] : !halide.func<1, f32> {
      ^bb0(%i: index):
        %two = arith.constant 2.0 : f32
        %v = halide.at %x[%i] : !halide.buffer<?xf32> -> f32
        %s = arith.mulf %v, %two : f32
        halide.yield %s : f32
      }
      halide.output %y : !halide.func<1, f32> as [!halide.buffer<?xf32>]
      halide.schedule for "x86-64-avx2" {
        %i = halide.loops %y : !halide.func<1, f32>
        %o, %v = halide.split %i by 8
        halide.vectorize %v
      }
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name,
                       TypeAttrOf<FunctionType>:$function_type,
                       OptionalAttr<StrAttr>:$sym_visibility,
                       OptionalAttr<DictArrayAttr>:$arg_attrs,
                       OptionalAttr<DictArrayAttr>:$res_attrs);
  let regions = (region AnyRegion:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let builders = [OpBuilder<(ins "::llvm::StringRef":$name, "::mlir::TypeRange":$arguments)>];
  let skipDefaultBuilders = 1;
  let extraClassDeclaration = [{
    ::llvm::ArrayRef<::mlir::Type> getArgumentTypes() { return getFunctionType().getInputs(); }
    ::llvm::ArrayRef<::mlir::Type> getResultTypes() { return getFunctionType().getResults(); }
    ::mlir::Region *getCallableRegion() { return &getBody(); }
    OutputOp getOutput();
    /// The schedule for a target, or null.
    ScheduleOp getSchedule(::llvm::StringRef target);
    /// Types of all buffers that the C function takes: arguments, outputs.
    ::llvm::SmallVector<::mlir::Type> getParameterTypes();
  }];
}

def Halide_FuncOp : Halide_Op<"func",
    [HasParent<"PipelineOp">, SingleBlock, DeclareOpInterfaceMethods<OpAsmOpInterface,
     ["getAsmResultNames", "getAsmBlockArgumentNames"]>]> {
  let summary = "A func and its pure definition";
  let description = [{
    Values for every point of a space: `name(vars...) = yielded values`. The
    block's arguments are the indices, innermost first; `vars` names their
    loops. What is yielded is one number or several, of types that a buffer can
    hold. A func of rank 0 has one point.

    - `func_c1`: one name and one index argument for each dimension; the names
      are different from each other.
    - `func_c2`: what is yielded has the value types, without index or
      predicate.

    ```mlir
    %y = halide.func "y" ["i", "t"] : !halide.func<2, f32> {
    ^bb0(%i: index, %t: index):
      %v = halide.at %x[%i, %t] : !halide.buffer<64x?xf32> -> f32
      halide.yield %v : f32
    }
    ```
  }];
  let arguments = (ins Halide_Name:$name, Halide_Names:$vars);
  let results = (outs Halide_FuncType:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$name $vars attr-dict `:` type($result) $body";
  let hasVerifier = 1;
}

def Halide_UpdateOp : Halide_Op<"update",
    [HasParent<"PipelineOp">, SingleBlock, AttrSizedOperandSegments,
     DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmBlockArgumentNames"]>]> {
  let summary = "An update of a func, over a reduction domain";
  let description = [{
    For each point of the reduction domain, the outermost variable slowest, the
    func at an index gets new values that may read its old ones. The block's
    arguments are the func's indices and then the variables of the domain,
    innermost first: variable `i` runs from `mins[i]` over `extents[i]` values.
    `halide.yield` may name other indices to write to (`at`), and a predicate
    that leaves points of the domain out (`where`). The updates of a func are
    numbered from 0 in their order, and come before another func reads it.

    - `update_c1`: one name, minimum and extent for each reduction variable, and
      one index argument for each of the func's indices and variables.
    - `update_c2`: what is yielded has the value types of the func.

    ```mlir
    halide.update %sum over ["k"] from %zero extent %n : !halide.func<1, f32> {
    ^bb0(%t: index, %k: index):
      %old = halide.at %sum[%t] : !halide.func<1, f32> -> f32
      …
      halide.yield %new : f32
    }
    ```
  }];
  let arguments = (ins Halide_FuncType:$func, Halide_Names:$rvars,
                       Variadic<Index>:$mins, Variadic<Index>:$extents);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $func `over` $rvars (`from` $mins^)? (`extent` $extents^)? attr-dict `:` type($func) $body
  }];
  let hasVerifier = 1;
}

def Halide_YieldOp : Halide_Op<"yield",
    [Terminator, ReturnLike, Pure, ParentOneOf<["FuncOp", "UpdateOp"]>, AttrSizedOperandSegments]> {
  let summary = "The values of a definition";
  let description = [{
    One value for each value type of the func. In an update, `at` names the
    index that is written, with one index for each of the func's, and `where`
    the condition under which a point of the reduction domain counts; without
    them every point of the domain writes to the index that the block has.

    ```mlir
    halide.yield %v : f32
    halide.yield %v at (%i, %t) where %p : f32
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$values, Variadic<Index>:$indices, Optional<I1>:$predicate);
  let assemblyFormat = [{
    $values (`at` `(` $indices^ `)`)? (`where` $predicate^)? attr-dict `:` type($values)
  }];
  let builders = [OpBuilder<(ins "::mlir::ValueRange":$values), [{
    build($_builder, $_state, values, ::mlir::ValueRange(), ::mlir::Value());
  }]>];
}

def Halide_AtOp : Halide_Op<"at", [Pure, ParentOneOf<["FuncOp", "UpdateOp"]>]> {
  let summary = "The values of a func or an element of a buffer at an index";
  let description = [{
    Of a func, all its values; of a buffer argument or a `halide.constant`, one.
    The indices are the innermost first. Nothing checks that they lie in a
    buffer: a kernel is called with buffers that have all it reads.

    - `at_c1`: one index for each dimension; the results have the value types.

    ```mlir
    %m, %s = halide.at %merged[%t] : !halide.func<1, f32, f32> -> f32, f32
    ```
  }];
  let arguments = (ins AnyTypeOf<[Halide_FuncType, Halide_BufferType]>:$source,
                       Variadic<Index>:$indices);
  let results = (outs Variadic<AnyType>:$results);
  let assemblyFormat = "$source `[` $indices `]` attr-dict `:` type($source) `->` type($results)";
  let hasVerifier = 1;
}

def Halide_ExtentOp : Halide_Op<"extent", [Pure]> {
  let summary = "The extent of a dimension of a buffer argument";
  let description = [{
    Known when the kernel runs, for static extents, too.

    - `extent_c1`: the buffer has the dimension, and is an argument of the
      pipeline.

    ```mlir
    %tokens = halide.extent %x, 1 : !halide.buffer<64x?xf32>
    ```
  }];
  let arguments = (ins Halide_BufferType:$buffer, Halide_Ordinal:$dim);
  let results = (outs Index:$result);
  let assemblyFormat = "$buffer `,` $dim attr-dict `:` type($buffer)";
  let hasVerifier = 1;
}

def Halide_Integer : AnyTypeOf<[Index, I8, I16, I32, I64]>;

class Halide_IntegerOp<string mnemonic>
    : Halide_Op<mnemonic, [Pure, SameOperandsAndResultType]> {
  let arguments = (ins Halide_Integer:$lhs, Halide_Integer:$rhs);
  let results = (outs Halide_Integer:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($result)";
}
def Halide_DivOp : Halide_IntegerOp<"div"> {
  let summary = "Quotient of integers, with the remainder of `halide.mod`";
  let description = [{
    For a positive divisor it is rounded down, for a negative one up; by zero it
    is zero. This is Halide's division: what it knows of the ranges of indices
    rests on it, and `arith` has none like it.

    ```mlir
    %panel = halide.div %i, %c16 : index
    ```
  }];
}
def Halide_ModOp : Halide_IntegerOp<"mod"> {
  let summary = "Remainder of integers that is never negative";
  let description = [{
    From 0 to the divisor's absolute value, exclusive; by zero it is zero.

    ```mlir
    %lane = halide.mod %i, %c16 : index
    ```
  }];
}

def Halide_ConstantOp : Halide_Op<"constant", [Pure, HasParent<"PipelineOp">,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "A table that is part of the kernel's code";
  let description = [{
    - `constant_c1`: the value is dense, lies in the IR itself, and has the
      extents of the buffer, outermost first, and its element type, f32, f64 or
      i32.

    ```mlir
    %freq = halide.constant "freq" dense<[1.0, 0.1]> : tensor<2xf64> -> !halide.buffer<2xf64>
    ```
  }];
  let arguments = (ins Halide_Name:$name, ElementsAttr:$value);
  let results = (outs Halide_BufferType:$result);
  let assemblyFormat = "$name $value attr-dict `->` type($result)";
  let hasVerifier = 1;
}

def Halide_OutputOp : Halide_Op<"output", [HasParent<"PipelineOp">]> {
  let summary = "The funcs that the kernel writes to memory";
  let description = [{
    Each value of each func goes to a buffer of its own, in order; `buffers`
    gives their types. The indices that are computed are those of the first
    buffer of each func; its others have the same extents.

    - `output_c1`: one buffer type for each value of each func, with its rank
      and element type.

    ```mlir
    halide.output %y : !halide.func<1, f32> as [!halide.buffer<?xf32>]
    ```
  }];
  let arguments = (ins Variadic<Halide_FuncType>:$funcs, TypeArrayAttr:$buffers);
  let assemblyFormat = "$funcs `:` type($funcs) `as` $buffers attr-dict";
  let hasVerifier = 1;
}

#endif // LLAMIR_HALIDE_ALGORITHM_TD
