//===- LlamaOps.td - Ops of the llama dialect --------------*- tablegen -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A constraint has a label (rope_c2). The label stands here, in the verifier
// and in the test of the verifier. Ranks, element types and encodings are those
// of the operands' types (LlamaOpBase.td), which tablegen checks.
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LLAMA_OPS_TD
#define LLAMIR_LLAMA_OPS_TD

include "dialects/llama/LlamaAttentionOps.td"
include "dialects/llama/LlamaElementwiseOps.td"
include "dialects/llama/LlamaKernelOps.td"
include "dialects/llama/LlamaNormOps.td"
include "dialects/llama/LlamaOpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

def Llama_WeightOp : Llama_Op<"weight",
    [Symbol, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "A named weight of the model";
  let description = [{
    A constant tensor of static shape that lives outside of the IR. `source`
    tells where its numbers come from: `#llama.file`, `#llama.random` or
    `#llama.packed`. A linear's weight is `[out, in]`, a gain or bias `[width]`,
    a table `[vocabulary, width]`, as in Hugging Face's checkpoints.

    - `weight_c1`: the type is static, of rank 1 to 4, of f32, bf16 or f16, plain,
      with the pairs of heads or in panels, with less than 2^40 elements.
    - `weight_c2`: a weight with a `#llama.panels` encoding has a
      `#llama.packed` source. The parts of such a source are weights of the same
      rank and with as many columns, not packed themselves, and their rows add
      up.
    - `weight_c3`: the numbers of an `#llama.random` source are finite in the
      element type.
    - `weight_c4`: the source is one of those three attributes.

    A file is opened when the weight is read, and refused then if the tensor is
    missing, or of another type or shape.

    ```mlir
    llama.weight @wq : tensor<4096x4096xbf16> = #llama.file<"model.safetensors", "q_proj.weight">
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<AnyRankedTensor>:$type,
                       AnyAttr:$source);
  let assemblyFormat = "$sym_name `:` $type `=` $source attr-dict";
  let extraClassDeclaration = [{
    ::mlir::RankedTensorType getTensorType() {
      return ::llvm::cast<::mlir::RankedTensorType>(getType());
    }
  }];
  let hasVerifier = 1;
}

def Llama_GetWeightOp : Llama_Op<"get_weight",
    [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "The value of a named weight";
  let description = [{
    The tensor that the `llama.weight` of that name stands for, with its shape,
    element type and encoding.

    - `get_weight_c1`: the symbol is a `llama.weight` of the result's type.

    ```mlir
    %wq = llama.get_weight @wq : tensor<4096x4096xbf16>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$weight);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$weight attr-dict `:` type($result)";
}

def Llama_ZerosOp : Llama_Op<"zeros", [Pure]> {
  let summary = "A weight of zeros";
  let description = [{
    The bias of a projection that has none, where it is joined with others that
    have one: adding zero changes nothing. `--llama-pack-weights` makes a
    `llama.weight` of it, which makes a file of weights even where all others are
    arguments. Like `llama.get_weight` it stands outside of kernels, which read
    it.

    - `zeros_c1`: there are less than 2^40 elements.

    ```mlir
    %b = llama.zeros : tensor<4096xbf16>
    ```
  }];
  let results = (outs Llama_PlainWeight:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Layer operations
//===----------------------------------------------------------------------===//

def Llama_EmbeddingOp : Llama_ComputeOp<"embedding", [],
    ["getReadShape", "getIndexLimit", "isWeight"]> {
  let summary = "Rows of a table";
  let description = [{
    `result[t, d] = table[ids[t], d]`

    for ids `[tokens]` of i32, a table `[vocabulary, width]` and a result
    `[tokens, width]`. The elements are converted to the element type of the
    result, which need not be that of the table.

    Rounding: each element once, to the nearest number of the result's element
    type, ties to even; nothing changes where that type is as wide.

    An id outside of `0 .. vocabulary - 1` is an error when the function runs,
    reported before anything is computed.

    Source: the embedding layer of Hugging Face's LLaMA (`embed_tokens`).

    - `embedding_c1`: the result has a row for each id, as wide as the table's.

    ```mlir
    %x = llama.embedding %ids, %table : tensor<?xi32>, tensor<2048x192xbf16> -> tensor<?x192xf32>
    ```
  }];
  let arguments = (ins Llama_Indices:$ids, Llama_PlainMatrix:$table);
  let results = (outs Llama_Matrix:$result);
  let assemblyFormat = [{
    $ids `,` $table attr-dict `:` type($ids) `,` type($table) `->` type($result)
  }];
}

def Llama_LinearOp : Llama_ComputeOp<"linear", [], ["isWeight"]> {
  let summary = "Projection by a weight matrix, with an optional bias";
  let description = [{
    `result[t, n] = sum over k of x[t, k] · weight[n, k]  (+ bias[n])`

    for `x` `[tokens, in]`, a weight `[out, in]`, as in a checkpoint, a bias
    `[out]` and a result `[tokens, out]`. The weight may be packed
    (`#llama.panels`), which changes where its elements lie and nothing else. One
    whose rows are ordered in pairs (`#llama.pairing`) makes heads that are.
    The result has the element type of `x`, or is left in f32, while weight and
    bias may have others.

    Rounding: products are summed in f32 in any order, the bias is added, and
    the result is rounded once. A product, or a factor of one, that is less than
    2^-126 may count as zero.

    Source: the linear layer of PyTorch (`torch.nn.Linear`), `x · weightᵀ + bias`.

    - `linear_c1`: the weight has as many columns as `x`.
    - `linear_c2`: the bias has as many elements as the weight has rows.
    - `linear_c3`: the width of `x` is static and positive.
    - `linear_c4`: the result has the tokens of `x`, a column for each row of the
      weight, and the element type of `x` or f32.
    - `linear_c5`: the result is of pairs if the weight is, of the same ones.

    ```mlir
    %q = llama.linear %x, %wq : tensor<?x4096xf32>, tensor<4096x4096xbf16> -> tensor<?x4096xf32>
    %k = llama.linear %x, %wk bias %bk : tensor<?x64xf32>, tensor<32x64xf32>, tensor<32xf32> -> tensor<?x32xf32>
    ```
  }];
  let arguments = (ins Llama_Matrix:$x, Llama_WeightMatrix:$weight,
                       Optional<Llama_Vector>:$bias);
  let results = (outs Llama_PairedMatrix:$result);
  let assemblyFormat = [{
    $x `,` $weight (`bias` $bias^)? attr-dict `:`
    type($x) `,` type($weight) (`,` type($bias)^)? `->` type($result)
  }];
  let builders = [
    // With a result of the element type of `x`; no bias where it is null.
    OpBuilder<(ins "::mlir::Value":$x, "::mlir::Value":$weight, "::mlir::Value":$bias)>];
}

def Llama_RopeOp : Llama_ComputeOp<"rope", [], ["getReach"]> {
  let summary = "Rotary position embedding";
  let description = [{
    `x` and the result are `[tokens, width]` and of one element type, the
    positions `[tokens]` of i32, of either sign.

    A row of `x` holds `heads` heads of `width / heads` elements. In each of the
    first `rotated_heads` heads (all by default), the pairs that `rotary` makes
    of its elements turn by the angle `a` that it has for the token's position:

        (u, v) -> (u · cos a - v · sin a, v · cos a + u · sin a)

    The elements of a head that make no pair, and the heads from `rotated_heads`
    on, pass unchanged; with the latter, queries, keys and values that were
    projected together are rotated by one op. Where a scaling has a magnitude,
    sines and cosines are multiplied by it.

    A scaling that looks at the length of the sequence takes it from the largest
    of the positions: the angles of one call go together.

    The type of the result is that of `x`, or has the rotation as its encoding
    beside: then an attention can tell whether queries and keys were rotated
    alike. An encoding of `x` says for which pairs its heads are ordered.

    Rounding: the angle is computed in f64, sine, cosine and the rest in f32;
    each turned element is rounded once, the others stay as they are.

    Source: Su et al., RoFormer, 2021, equation 34.

    - `rope_c1`: `heads` is positive and divides the width, which is static and
      positive.
    - `rope_c2`: the rotary width is even, positive, at most a head's, and that
      of the sections, if there are some.
    - `rope_c3`: the pairs are those of the encoding of `x`, if it has one.
    - `rope_c4`: there is one position for each token, or with sections one for
      each axis: `[tokens, axes]`.
    - `rope_c5`: `rotated_heads` lies in `1 .. heads`; the result has no encoding
      where that is not all of them.
    - `rope_c6`: the result has the shape and element type of `x`, and no
      encoding but the rotation.

    ```mlir
    #rotary = #llama.rotary<half, theta = 1.0e4 : f64>
    %qr = llama.rope %q, %positions by #rotary {heads = 32 : i64}
        : tensor<?x4096xf32>, tensor<?xi32> -> tensor<?x4096xf32, #rotary>
    ```
  }];
  let arguments = (ins Llama_PairedMatrix:$x, Llama_Positions:$positions, Llama_RotaryAttr:$rotary,
                       I64Attr:$heads, OptionalAttr<I64Attr>:$rotated_heads);
  let results = (outs Llama_HeadMatrix:$result);
  let assemblyFormat = [{
    $x `,` $positions `by` $rotary attr-dict `:` type($x) `,` type($positions) `->` type($result)
  }];
  let extraClassDeclaration = [{
    /// Elements of one head.
    int64_t getHeadDim() { return getX().getType().getDimSize(1) / getHeads(); }
    /// Elements of a head that rotate.
    int64_t getRotaryWidth() { return getRotary().getWidth(getHeadDim()); }
    /// Heads that rotate.
    int64_t getNumRotated() { return getRotatedHeads().value_or(getHeads()); }
  }];
}

def Llama_SinusoidOp : Llama_ComputeOp<"sinusoid"> {
  let summary = "Sines and cosines of positions: an absolute encoding";
  let description = [{
    For the pairs that `rotary` makes of the elements of a row, and the angle
    `a` that it has for the token's position:

        (u, v) = (sin a, cos a)

    An `interleaved` pairing is that of the Transformer, sine next to cosine, a
    `half` one that of Transformer-XL, all sines first. The result `[tokens,
    width]` has the rotary width, and is added to what a token is embedded to, or
    projected to encode distances. Learned positions are a `llama.embedding`.

    Rounding: the angle is computed in f64, sine and cosine in f32, then rounded
    once.

    Source: Vaswani et al., Attention Is All You Need, 2017, section 3.5; Dai et
    al., Transformer-XL, 2019.

    - `sinusoid_c1`: the width is static, positive and the rotary width: even,
      and that of the sections, if there are some.
    - `sinusoid_c2`: there is a row for each position, and with sections a
      position for each axis.

    ```mlir
    %e = llama.sinusoid by #llama.rotary<interleaved, theta = 1.0e4 : f64> of %positions
        : tensor<?xi32> -> tensor<?x512xf32>
    ```
  }];
  let arguments = (ins Llama_Positions:$positions, Llama_RotaryAttr:$rotary);
  let results = (outs Llama_Matrix:$result);
  let assemblyFormat = "`by` $rotary `of` $positions attr-dict `:` type($positions) `->` type($result)";
}

//===----------------------------------------------------------------------===//
// Joining and splitting
//===----------------------------------------------------------------------===//

def Llama_JoinOp : Llama_ComputeOp<"join",
    [InferTypeOpAdaptor, SameOperandsAndResultElementType], ["isWeight", "hasActivations"]> {
  let summary = "Weights one after the other along their rows";
  let description = [{
    `result[n] = parts[i][n - rows of the parts before i]`

    The weights (or biases) of several projections of one input, as one:
    `[out, in]` from parts `[out_i, in]`, or `[out]` from parts `[out_i]`, where
    `out` is the sum of all `out_i`. All have one element type. On weights of the
    model it costs nothing: `--llama-pack-weights` turns it into the source of a
    packed weight.

    Rounding: none.

    - `join_c1`: at least one part; all of the same rank and with the same number
      of columns. Their rows together fit 63 bits.

    The type of the result is inferred, and another one refused.

    ```mlir
    %w = llama.join %wq, %wk : tensor<64x64xf32>, tensor<32x64xf32> -> tensor<96x64xf32>
    ```
  }];
  let arguments = (ins Variadic<Llama_PlainWeight>:$parts);
  let results = (outs Llama_PlainWeight:$result);
  let assemblyFormat = "$parts attr-dict `:` type($parts) `->` type($result)";
  let hasFolder = 1;
}

def Llama_SplitOp : Llama_ComputeOp<"split", [], ["getReach"]> {
  let summary = "Columns of each token as several tensors";
  let description = [{
    `parts[i][t, d] = x[t, d + width of the parts before i]`

    The reverse of projecting with joined weights: result `i` is the next
    columns of `x` `[tokens, width]`, as many as its type says. Between kernels it moves nothing:
    the next kernel reads a part of the wider rows.

    Rounding: none.

    - `split_c1`: there is at least one result; the results have the tokens and
      the element type of `x`, and their widths, all static and positive, add up
      to its width.

    ```mlir
    %q, %k, %v = llama.split %qkv : tensor<?x96xf32> -> tensor<?x64xf32>, tensor<?x16xf32>, tensor<?x16xf32>
    ```
  }];
  let arguments = (ins Llama_Matrix:$x);
  let results = (outs Variadic<Llama_Matrix>:$parts);
  let assemblyFormat = "$x attr-dict `:` type($x) `->` type($parts)";
  let hasCanonicalizeMethod = 1;
}

def Llama_PackOp : Llama_ComputeOp<"pack", [], ["isWeight", "hasActivations"]> {
  let summary = "A weight in the layout of the kernels";
  let description = [{
    `result[n, k] = weight[n, k]`

    The same numbers `[out, in]`, converted to the element type of the result, in
    the layout of its `#llama.panels` encoding. On a weight of the model this is
    done once, when the model is compiled; on an argument of the function it is
    done in every call.

    Rounding: a conversion to a narrower element type rounds to the nearest
    number, ties to even; beyond its range is infinity.

    - `pack_c1`: the shapes are equal.

    ```mlir
    %p = llama.pack %w : tensor<96x64xbf16> -> tensor<96x64xf32, #llama.panels<width = 64, group = 96>>
    ```
  }];
  let arguments = (ins Llama_PlainMatrix:$weight);
  let results = (outs Llama_PackedMatrix:$result);
  let assemblyFormat = "$weight attr-dict `:` type($weight) `->` type($result)";
}

#endif // LLAMIR_LLAMA_OPS_TD
