//===- LlamaElementwiseOps.td - Ops on single elements -----*- tablegen -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LLAMA_ELEMENTWISEOPS_TD
#define LLAMIR_LLAMA_ELEMENTWISEOPS_TD

include "dialects/llama/LlamaOpBase.td"

def Llama_ActivationOp : Llama_ComputeOp<"activation", [AllTypesMatch<["x", "result"]>], ["getReach"]> {
  let summary = "An element-wise non-linear function";
  let description = [{
    | kind | result |
    |---|---|
    | `silu` | `x / (1 + exp(-x))` |
    | `gelu` | `x / 2 · (1 + erf(x / sqrt 2))` |
    | `gelu_tanh` | `x / 2 · (1 + tanh(sqrt(2/π) · (x + 0.044715 x³)))` |
    | `gelu_quick` | `x / (1 + exp(-1.702 x))` |
    | `relu` | `max(x, 0)` |
    | `sigmoid` | `1 / (1 + exp(-x))` |
    | `tanh` | `tanh x` |
    | `elu_plus_one` | `x + 1` for `x > 0`, else `exp(x)` |

    Operand and result are of rank 2 to 5 and of one type. NaN gives NaN in
    every kind, `relu` included. Rows `[tokens, width]` may pass unchanged up to
    a column, `from` which the function is applied: with it, what was projected
    together is activated by one op.

    Rounding: computed in f32, then rounded once. An infinite exponential in a
    denominator gives zero.

    Source: Hendrycks and Gimpel, GELU, 2016; Elfwing et al., SiLU, 2017;
    Katharopoulos et al., Transformers are RNNs, 2020, for `elu_plus_one`.

    - `activation_c1`: all sizes but the first are static and positive.
    - `activation_c2`: the first column lies in `1 .. width - 1`, of a matrix.

    ```mlir
    %s = llama.activation silu %g : tensor<?x11008xf32>
    %t = llama.activation gelu %p from 6144 : tensor<?x14336xf32>
    ```
  }];
  let arguments = (ins Llama_Activation:$kind, Llama_Rows:$x, OptionalAttr<I64Attr>:$first_column);
  let results = (outs Llama_Rows:$result);
  let assemblyFormat = "`` $kind $x (`from` $first_column^)? attr-dict `:` type($x)";
  let builders = [OpBuilder<(ins "::llamir::llama::ActivationKind":$kind, "::mlir::Value":$x), [{
    build($_builder, $_state, x.getType(), kind, x, ::mlir::IntegerAttr());
  }]>];
}

class Llama_BinaryOp<string mnemonic> : Llama_ComputeOp<mnemonic,
    [Commutative, AllTypesMatch<["lhs", "result"]>], ["isWeight", "getReach"]> {
  let arguments = (ins Llama_Rows:$lhs, AnyTypeOf<[Llama_Rows, Llama_Vector]>:$rhs);
  let results = (outs Llama_Rows:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` custom<Operands>(type($lhs), type($rhs))";
  let extraClassDeclaration = [{
    /// Whether the right operand is a vector, for all rows.
    bool hasVector() {
      return ::llvm::cast<::mlir::RankedTensorType>(getRhs().getType()).getRank() == 1;
    }
  }];
}

def Llama_AddOp : Llama_BinaryOp<"add"> {
  let summary = "Element-wise sum: the residual connection, or a bias";
  let description = [{
    `result = lhs + rhs`

    The operands and the result are of rank 2 to 5 and of one type. Or `lhs` and
    the result are `[tokens, width]` and `rhs` is a vector `[width]`, which is
    added to every row and may have another element type.

    Rounding: computed in f32, then rounded once.

    Source: He et al., Deep Residual Learning, 2015.

    - `binary_c1`: all sizes but the first are static and positive.
    - `binary_c2`: `rhs` has the type of `lhs`, or is a vector with as many
      elements as a row.

    ```mlir
    %h = llama.add %x, %a : tensor<?x4096xf32>
    %y = llama.add %x, %b : tensor<?x4096xf32>, tensor<4096xf32>
    ```
  }];
}

def Llama_MulOp : Llama_BinaryOp<"mul"> {
  let summary = "Element-wise product: the gate of a gated feed-forward layer, or a gain";
  let description = [{
    `result = lhs · rhs`

    The operands and the result are of rank 2 to 5 and of one type. Or `lhs` and
    the result are `[tokens, width]` and `rhs` is a vector `[width]`, which
    multiplies every row and may have another element type.

    Rounding: computed in f32, then rounded once.

    The product of a value and its `sigmoid` is canonicalized to its `silu`, in
    either order, where nothing else reads the sigmoid and the elements are f32.
    In bf16 and f16 it would leave out the rounding of the sigmoid.

    Source: Shazeer, GLU Variants Improve Transformer, 2020.

    - `binary_c1`: all sizes but the first are static and positive.
    - `binary_c2`: `rhs` has the type of `lhs`, or is a vector with as many
      elements as a row.

    ```mlir
    %y = llama.mul %s, %u : tensor<?x11008xf32>
    ```
  }];
  let hasCanonicalizeMethod = 1;
}

def Llama_ScaleOp : Llama_ComputeOp<"scale", [AllTypesMatch<["x", "result"]>], ["getReach"]> {
  let summary = "Multiplication by a number";
  let description = [{
    `result = factor · x`

    Operand and result are of rank 2 to 5 and of one type.

    Rounding: the factor is rounded to f32; computed in f32, then rounded once.

    Source: the embedding of Hugging Face's Gemma, multiplied by `sqrt(width)`.

    - `scale_c1`: all sizes but the first are static and positive.
    - `scale_c2`: the factor fits in f32.

    ```mlir
    %y = llama.scale %x by 45.25 : tensor<?x2048xf32>
    ```
  }];
  let arguments = (ins Llama_Rows:$x, F64Attr:$factor);
  let results = (outs Llama_Rows:$result);
  let assemblyFormat = "$x `by` $factor attr-dict `:` type($x)";
}

def Llama_ConvertOp : Llama_ComputeOp<"convert", [], ["getReach"]> {
  let summary = "The same numbers in another element type";
  let description = [{
    `result = x`, rounded to the element type of the result.

    Operand and result are of rank 2 to 5. To f32 nothing is lost.

    Rounding: once, to the nearest, ties to even; beyond the range to infinity.
    NaN stays NaN.

    A conversion to the type of its operand is folded, and so is one to f32 and
    back.

    - `convert_c1`: all sizes but the first are static and positive.
    - `convert_c2`: operand and result have one shape.

    ```mlir
    %y = llama.convert %x : tensor<?x4096xf32> -> tensor<?x4096xbf16>
    ```
  }];
  let arguments = (ins Llama_Rows:$x);
  let results = (outs Llama_Rows:$result);
  let assemblyFormat = "$x attr-dict `:` type($x) `->` type($result)";
  let hasFolder = 1;
}

#endif // LLAMIR_LLAMA_ELEMENTWISEOPS_TD
