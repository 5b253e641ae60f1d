//===- LlamaAttentionOps.td - Attention --------------------*- tablegen -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LLAMA_ATTENTIONOPS_TD
#define LLAMIR_LLAMA_ATTENTIONOPS_TD

include "dialects/llama/LlamaOpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"

def Llama_AttentionOp : Llama_ComputeOp<"attention",
    [InferTypeOpAdaptor, AttrSizedOperandSegments], ["isWeight"]> {
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
    c)`. With `slopes`, one for each query head, its head's slope times the
    distance `|t + S - T - s|` of query and key is taken from a score then: that
    is ALiBi, in which nothing else tells where tokens are.

    The result is `[T, heads · v]`. Queries, keys, values and result have one
    element type; `T` and `S` may be dynamic.

    With `relative` encodings `r` of distances and two biases `u` and `w`, which
    are as wide as the queries, a score is

        scale · (sum over d of (q[t, d] + u[d]) · k[s, d] + (q[t, d] + w[d]) · r[i, d])

    instead, each head with its part of a row, for as many heads of keys as of
    queries. Row `i` is that of the distance `t + S - T - s`: with `causal` the
    distance itself, else the middle row is that of distance zero, and those
    before it are of keys that come later. A distance beyond the rows has that of
    the last one on its side; without any row all encodings are zero. The encodings are those of a `llama.sinusoid`
    behind a projection in Transformer-XL and XLNet, or learned.

    Generated kernels work on blocks of keys, in which keys that a query does
    not see have the weight 0: an infinity or NaN among the values of one of
    them still makes NaN, as in other implementations that mask scores.

    Rounding: scores, exponentials and both sums are computed in f32, the sums
    in any order, and only the quotient is rounded to the element type. Of 16
    bits, an exponential may be multiplied by its value as the sum of two
    elements: with an error of 2^-18 of it in bf16, in f16 of 2^-24 of it and
    2^-25. One that is less than 2^-126 may count as zero.

    Source: Vaswani et al., Attention Is All You Need, 2017; Ainslie et al.,
    GQA, 2023; Beltagy et al., Longformer, 2020, for the window; Gemma Team,
    Gemma 2, 2024, for the soft cap; Press et al., Train Short, Test Long, 2022,
    for slopes; Dai et al., Transformer-XL, 2019, and Yang et al., XLNet, 2019,
    for relative encodings.

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
    - `attention_c7`: there is a slope for each head of queries; all fit in f32.
    - `attention_c8`: relative encodings `[distances, width]` have the width and
      the element type of the queries, and at least one row, if that is known;
      so have the biases the width; there are as many heads of keys as of
      queries.

    The type of the result is inferred, and another one refused.

    ```mlir
    %a = llama.attention %q, %k, %v {heads = 32 : i64, kv_heads = 8 : i64, causal}
        : tensor<?x4096xf32>, tensor<?x1024xf32>, tensor<?x1024xf32> -> tensor<?x4096xf32>
    ```
  }];
  let arguments = (ins Llama_HeadMatrix:$q, Llama_HeadMatrix:$k, Llama_Matrix:$v,
                       Optional<Llama_Matrix>:$relative, Optional<Llama_Vector>:$content_bias,
                       Optional<Llama_Vector>:$position_bias,
                       I64Attr:$heads, I64Attr:$kv_heads, UnitAttr:$causal,
                       OptionalAttr<I64Attr>:$window, OptionalAttr<F64Attr>:$scale,
                       OptionalAttr<F64Attr>:$softcap,
                       OptionalAttr<DenseF64ArrayAttr>:$slopes);
  let results = (outs Llama_Matrix:$result);
  let assemblyFormat = [{
    $q `,` $k `,` $v (`relative` $relative^ `by` $content_bias `,` $position_bias)? attr-dict
    `:` type($q) `,` type($k) `,` type($v)
    (`,` type($relative)^ `,` type($content_bias) `,` type($position_bias))? `->` type($result)
  }];
  let extraClassDeclaration = [{
    int64_t getHeadDim() { return getQ().getType().getDimSize(1) / getHeads(); }
    int64_t getValueDim() { return getV().getType().getDimSize(1) / getKvHeads(); }
    double getScaleOrDefault();
  }];
}

//===----------------------------------------------------------------------===//
// Linear attention
//===----------------------------------------------------------------------===//

class Llama_KeyValueOp<string mnemonic, list<string> costs>
    : Llama_ComputeOp<mnemonic, [AttrSizedOperandSegments], costs> {
  let extraClassDeclaration = [{
    /// Elements of a head of keys, and of values.
    int64_t getHeadDim() { return getK().getType().getDimSize(1) / getHeads(); }
    int64_t getValueDim() { return getV().getType().getDimSize(1) / getHeads(); }
  }];
}

def Llama_LinearAttentionOp : Llama_KeyValueOp<"linear_attention", ["isState"]> {
  let summary = "Causal attention whose cost for each token does not grow";
  let description = [{
    For queries and keys `[T, heads · h]` and values `[T, heads · v]`, each head
    by itself:

        result[t] = sum over s <= t of (q'[t] · k'[s]) · v[s]  /  sum over s <= t of q[t] · k[s]

    Queries and keys are what a feature map made of them: positive, so that the
    denominator is, as `llama.activation elu_plus_one`. With `rotated` ones, `q'`
    and `k'` are those, else they are `q` and `k`: a rotation keeps lengths, so
    the denominator does without. A `from` state stands for the tokens before
    the first: see `llama.linear_state`, which tells how the state goes on.

    All tokens are computed at once, in chunks of 64: the scores within a chunk,
    and the sums of those before it. Time and memory grow with the tokens, not
    with their square. Attention over all tokens is `llama.apply_state` of all of
    them; so is that of one token after another, of the state up to it.

    Rounding: computed in f32, sums in any order, the quotient rounded once.

    Source: Katharopoulos et al., Transformers are RNNs, 2020; Su et al.,
    RoFormer, 2021, equation 19.

    - `linear_attention_c1`: `heads` is positive and divides all widths, which
      are static and positive; keys and rotated ones are as wide as queries.
    - `linear_attention_c2`: all have as many tokens and one element type.
    - `linear_attention_c3`: rotated queries and keys stand together, are like
      the queries, and were rotated alike.
    - `linear_attention_c4`: the state is f32 `[heads · h, v + 1]`.
    - `linear_attention_c5`: the result is `[T, heads · v]` of that element type.

    ```mlir
    %a = llama.linear_attention %q, %k, %v rotated %qr, %kr {heads = 4 : i64}
        : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32> -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins Llama_Matrix:$q, Llama_Matrix:$k, Llama_Matrix:$v,
                       Optional<Llama_HeadMatrix>:$rotated_q, Optional<Llama_HeadMatrix>:$rotated_k,
                       Optional<Llama_PlainMatrix>:$state, I64Attr:$heads);
  let results = (outs Llama_Matrix:$result);
  let assemblyFormat = [{
    $q `,` $k `,` $v (`rotated` $rotated_q^ `,` $rotated_k)? (`from` $state^)? attr-dict
    `:` type($q) `,` type($k) `,` type($v) (`,` type($rotated_q)^ `,` type($rotated_k))?
    (`from` type($state)^)? `->` type($result)
  }];
}

def Llama_LinearStateOp : Llama_KeyValueOp<"linear_state", ["isState", "hasActivations"]> {
  let summary = "What linear attention remembers of tokens";
  let description = [{
    For keys `[T, heads · h]` and values `[T, heads · v]` the state, for element
    `d` of each head:

        result[d, e] = from[d, e] + sum over t of k'[t, d] · v[t, e]     for e < v
        result[d, v] = from[d, v] + sum over t of k[t, d]

    with a state `from` that stands for earlier tokens, and `k'` as in
    `llama.linear_attention`. Its size does not depend on the number of tokens.

    Rounding: computed in f32, sums in any order.

    Source: Katharopoulos et al., Transformers are RNNs, 2020, section 3.4.

    - `linear_state_c1`: `heads` is positive and divides all widths, which are
      static and positive; rotated keys are as wide as keys.
    - `linear_state_c2`: all have as many tokens and one element type.
    - `linear_state_c3`: the states are f32 `[heads · h, v + 1]`.

    ```mlir
    %s = llama.linear_state %k, %v rotated %kr from %before {heads = 4 : i64}
        : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32> from tensor<64x17xf32> -> tensor<64x17xf32>
    ```
  }];
  let arguments = (ins Llama_Matrix:$k, Llama_Matrix:$v, Optional<Llama_HeadMatrix>:$rotated_k,
                       Optional<Llama_PlainMatrix>:$state, I64Attr:$heads);
  let results = (outs Llama_PlainMatrix:$result);
  let assemblyFormat = [{
    $k `,` $v (`rotated` $rotated_k^)? (`from` $state^)? attr-dict
    `:` type($k) `,` type($v) (`,` type($rotated_k)^)? (`from` type($state)^)? `->` type($result)
  }];
}

def Llama_ApplyStateOp : Llama_ComputeOp<"apply_state", [], ["isState"]> {
  let summary = "Linear attention to what a state remembers";
  let description = [{
    For queries `[T, heads · h]` and a state `[heads · h, v + 1]`, each head by
    itself:

        result[t, e] = sum over d of q'[t, d] · state[d, e]  /  sum over d of q[t, d] · state[d, v]

    With the state of all tokens it is linear attention over all of them; with
    that of the tokens up to one, the recurrent form of causal attention, whose
    cost does not depend on their number.

    Rounding: computed in f32, sums in any order, the quotient rounded once.

    Source: Katharopoulos et al., Transformers are RNNs, 2020, section 3.4.

    - `apply_state_c1`: `heads` is positive and divides the width of the queries,
      which is static and positive; rotated ones have their shape and element
      type. A state does not tell how its keys were rotated.
    - `apply_state_c2`: the state is f32 `[heads · h, v + 1]`.
    - `apply_state_c3`: the result is `[T, heads · v]` of the queries' element
      type.

    ```mlir
    %a = llama.apply_state %q, %s rotated %qr {heads = 4 : i64}
        : tensor<?x64xf32>, tensor<64x17xf32>, tensor<?x64xf32> -> tensor<?x64xf32>
    ```
  }];
  let arguments = (ins Llama_Matrix:$q, Llama_PlainMatrix:$state,
                       Optional<Llama_HeadMatrix>:$rotated_q, I64Attr:$heads);
  let results = (outs Llama_Matrix:$result);
  let assemblyFormat = [{
    $q `,` $state (`rotated` $rotated_q^)? attr-dict
    `:` type($q) `,` type($state) (`,` type($rotated_q)^)? `->` type($result)
  }];
  let extraClassDeclaration = [{
    int64_t getHeadDim() { return getQ().getType().getDimSize(1) / getHeads(); }
    int64_t getValueDim() { return getState().getType().getDimSize(1) - 1; }
  }];
}

#endif // LLAMIR_LLAMA_ATTENTIONOPS_TD
