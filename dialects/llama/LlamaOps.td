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

include "dialects/llama/LlamaElementwiseOps.td"
include "dialects/llama/LlamaKernelOps.td"
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

def Llama_NormOp : Llama_ComputeOp<"norm", [AttrSizedOperandSegments, AllTypesMatch<["x", "result"]>],
    ["isWeight", "getReach"]> {
  let summary = "Normalization by statistics over some axes";
  let description = [{
    The elements of `x` whose indices differ only along `axes` have one mean `m`
    and one variance `v`:

        m = mean of x                 with `centered`, else zero
        v = mean of (x - m)²
        result = (x - m) / sqrt(v + eps) · (gain + gain_offset) + bias

    With `groups`, axis 1 is divided into so many equal parts, each with
    statistics of its own. Gain and bias have an element for each index along
    `affine_axes`, which are `axes` where they are left out; along axis 1 they
    may have those of one group only, which serve all groups. Without a gain
    nothing is multiplied, without a bias nothing added. `gain_offset`, zero
    where it is left out, is added to gains that are stored as their difference
    to a number, as Gemma's are to 1.

    `x` and the result are `[tokens, width]` or `[N, C, …]`, of rank 2 to 5 and
    of one type; only the first size may be dynamic. Gain and bias may have
    other element types. The norms of the literature are

    | norm | `x` | written |
    |---|---|---|
    | RMSNorm | `[tokens, width]` | `over [1] gain %g` |
    | RMSNorm of each of h heads | `[tokens, h · d]` | `over [1] groups h gain %g`, `%g` of `d` |
    | LayerNorm | `[tokens, width]` | `over [1] centered gain %g bias %b` |
    | LayerNorm of C×H×W | `[N, C, H, W]` | `over [1, 2, 3] centered gain %g bias %b` |
    | GroupNorm | `[N, C, H, W]` | `over [1, 2, 3] groups n centered gain %g bias %b along [1]` |
    | InstanceNorm | `[N, C, H, W]` | `over [2, 3] centered gain %g bias %b along [1]` |

    Rounding: computed in f32, sums in any order, as other implementations do:
    where the squares add up to more than 3.4e38, `(x - m)` is multiplied by
    zero. Each element is then rounded once to the element type of `x`.

    Source: Ba et al., Layer Normalization, 2016; Ulyanov et al., Instance
    Normalization, 2016; Wu and He, Group Normalization, 2018; Zhang and
    Sennrich, Root Mean Square Layer Normalization, 2019.

    - `norm_c1`: `axes` grow and lie in `1 .. rank - 1`; there is at least one.
    - `norm_c2`: `groups` is positive, divides the size of axis 1, and axis 1 is
      one of `axes`.
    - `norm_c3`: `affine_axes` grow and lie in `1 .. rank - 1`, and there is at
      least one; gain and bias
      have the sizes of `x` along them, or of a group along axis 1.
    - `norm_c4`: `eps` is zero or positive and fits in f32: it is neither
      infinite nor turned into zero there. `gain_offset` fits, too.
    - `norm_c5`: all sizes but the first are static and positive.

    ```mlir
    %n = llama.norm %x over [1] gain %w {eps = 1.0e-5 : f64} : tensor<?x4096xf32>, tensor<4096xf32>
    %g = llama.norm %y over [1, 2, 3] groups 3 centered gain %v bias %b along [1] {eps = 1.0e-5 : f64}
        : tensor<?x12x5x7xf32>, tensor<12xf32>, tensor<12xf32>
    ```
  }];
  let arguments = (ins Llama_Rows:$x, Optional<Llama_Gain>:$gain, Optional<Llama_Gain>:$bias,
                       DenseI64ArrayAttr:$axes, OptionalAttr<I64Attr>:$groups, UnitAttr:$centered,
                       OptionalAttr<F64Attr>:$gain_offset,
                       OptionalAttr<DenseI64ArrayAttr>:$affine_axes, F64Attr:$eps);
  let results = (outs Llama_Rows:$result);
  let assemblyFormat = [{
    $x `over` $axes (`groups` $groups^)? (`centered` $centered^)?
    (`gain` $gain^ (`plus` $gain_offset^)? (`bias` $bias^)?)? (`along` $affine_axes^)? attr-dict
    `:` type($x) (`,` type($gain)^ (`,` type($bias)^)?)?
  }];
  let extraClassDeclaration = [{
    ::llvm::ArrayRef<int64_t> getAffineAxesOrDefault() {
      return getAffineAxes().value_or(getAxes());
    }
    int64_t getNumGroups() { return getGroups().value_or(1); }

    /// Indices of a row, from the first axis of `x` on, as extents of which
    /// some belong to a set of axes; neighbours that both do, or both do not,
    /// are one. Axis 1 is (group, index in the group).
    struct Extent {
      int64_t size;
      bool isMember;
    };
    /// The members are what statistics are over.
    ::llvm::SmallVector<Extent> getStatisticExtents();
    /// The members are what the gain or the bias has elements for.
    ::llvm::SmallVector<Extent> getAffineExtents(::mlir::RankedTensorType gain);
    /// Elements that share statistics.
    int64_t getCount();
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
    - `rope_c2`: the rotary width is even, positive and at most a head's.
    - `rope_c3`: the pairs are those of the encoding of `x`, if it has one.
    - `rope_c4`: there is one position for each token.
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
  let arguments = (ins Llama_PairedMatrix:$x, Llama_Indices:$positions, Llama_RotaryAttr:$rotary,
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

def Llama_AttentionOp : Llama_ComputeOp<"attention",
    [InferTypeOpAdaptor]> {
  let summary = "Scaled dot-product attention: causal, full or in a window, with grouped queries";
  let description = [{
    Queries `[T, heads · h]`, keys `[S, kv_heads · h]`, values
    `[S, kv_heads · v]`. Query head `n` reads key and value head
    `n / (heads / kv_heads)`:

        p[t, s] = exp(scale · sum over d of q[t, d] · k[s, d])
        result[t, d] = sum over s of p[t, s] · v[s, d]  /  sum over s of p[t, s]

    over all keys, or with `causal` over `s <= t + S - T`: the last query sees
    every key. With a `window` besides, a query sees the last so many of those,
    its own among them: `t + S - T - window < s`. A query that sees no key gives
    zeros, one of the first `T - S` where there are fewer keys than queries, and
    every one where there are no keys at all. `scale` is `1 / sqrt(h)` where it
    is left out. With a `softcap` `c` a score `x`, scaled, becomes `c · tanh(x /
    c)`.

    The result is `[T, heads · v]`. Queries, keys, values and result have one
    element type; `T` and `S` may be dynamic.

    Generated kernels work on blocks of keys, in which keys that a query does
    not see have the weight 0: an infinity or NaN among the values of one of
    them still makes NaN, as in other implementations that mask scores.

    Rounding: scores, exponentials and both sums are computed in f32, the sums
    in any order, and only the quotient is rounded to the element type. An
    exponential that is less than 2^-126 may count as zero.

    Source: Vaswani et al., Attention Is All You Need, 2017; Ainslie et al.,
    GQA, 2023; Beltagy et al., Longformer, 2020, for the window; Gemma Team,
    Gemma 2, 2024, for the soft cap.

    - `attention_c1`: `heads` divides the width of the queries, `kv_heads` that
      of the keys and of the values, and `kv_heads` divides `heads`; all static
      and positive.
    - `attention_c2`: a head of the queries is as wide as a head of the keys.
    - `attention_c3`: keys and values have as many tokens; all three have the
      same element type.
    - `attention_c4`: `scale` fits in f32, and so does `softcap`, which is
      positive.
    - `attention_c5`: a `window` is positive, at most 2^30, and stands with
      `causal`.
    - `attention_c6`: queries and keys have the same encoding: they were rotated
      alike, or none of them was.

    The type of the result is inferred, and another one refused.

    ```mlir
    %a = llama.attention %q, %k, %v {heads = 32 : i64, kv_heads = 8 : i64, causal}
        : tensor<?x4096xf32>, tensor<?x1024xf32>, tensor<?x1024xf32> -> tensor<?x4096xf32>
    ```
  }];
  let arguments = (ins Llama_HeadMatrix:$q, Llama_HeadMatrix:$k, Llama_Matrix:$v,
                       I64Attr:$heads, I64Attr:$kv_heads, UnitAttr:$causal,
                       OptionalAttr<I64Attr>:$window, OptionalAttr<F64Attr>:$scale,
                       OptionalAttr<F64Attr>:$softcap);
  let results = (outs Llama_Matrix:$result);
  let assemblyFormat = [{
    $q `,` $k `,` $v attr-dict `:` type($q) `,` type($k) `,` type($v) `->` type($result)
  }];
  let extraClassDeclaration = [{
    int64_t getHeadDim() { return getQ().getType().getDimSize(1) / getHeads(); }
    int64_t getValueDim() { return getV().getType().getDimSize(1) / getKvHeads(); }
    double getScaleOrDefault();
  }];
}

//===----------------------------------------------------------------------===//
// Joining and splitting
//===----------------------------------------------------------------------===//

def Llama_JoinOp : Llama_ComputeOp<"join",
    [InferTypeOpAdaptor, SameOperandsAndResultElementType], ["isWeight"]> {
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

def Llama_PackOp : Llama_ComputeOp<"pack", [], ["isWeight"]> {
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
