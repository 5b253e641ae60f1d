//===- LlamaNormOps.td - Norms and their statistics --------*- tablegen -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A norm is one op where each row has statistics of its own. Where samples of a
// batch share them, or are given some, the two halves of a norm stand apart:
// `llama.statistics` and `llama.normalize`.
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LLAMA_NORMOPS_TD
#define LLAMIR_LLAMA_NORMOPS_TD

include "dialects/llama/LlamaOpBase.td"

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
    | BatchNorm, training | `[N, C, H, W]` | `over [0, 2, 3] centered gain %g bias %b along [1]` |

    A norm over the batch, axis 0, is what `llama.statistics` and
    `llama.normalize` make together: write those where running statistics are
    read or updated, or statistics of several kinds are mixed.
    `--llama-expand-norms` puts them in its place.

    Rounding: computed in f32, sums in any order, as other implementations do:
    where the squares add up to more than 3.4e38, `(x - m)` is multiplied by
    zero. Each element is then rounded once to the element type of `x`.

    Source: Ioffe and Szegedy, Batch Normalization, 2015; Ba et al., Layer
    Normalization, 2016; Ulyanov et al., Instance Normalization, 2016; Wu and
    He, Group Normalization, 2018; Zhang and Sennrich, Root Mean Square Layer
    Normalization, 2019.

    - `norm_c1`: `axes` grow and lie in `0 .. rank - 1`; there is at least one.
    - `norm_c2`: `groups` is positive, divides the size of axis 1, and axis 1 is
      one of `axes`.
    - `norm_c3`: `affine_axes` grow and lie in `1 .. rank - 1`, and there is at
      least one; gain and bias
      have the sizes of `x` along them, or of a group along axis 1.
    - `norm_c4`: `eps` is zero or positive and fits in f32: it is neither
      infinite nor turned into zero there. `gain_offset` fits, too.
    - `norm_c5`: all sizes but the first are static and positive.
    - `norm_c6`: with axis 0, `axes` are all but axis 1, there are no groups,
      the norm is centred, and a gain has affine axes `[1]` and no offset.

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
    /// Whether samples share statistics.
    bool isOverBatch() { return getAxes().front() == 0; }
    /// Whether each row of a matrix has statistics of its own, and one pair.
    bool isOfWholeRows() {
      return getX().getType().getRank() == 2 && getNumGroups() == 1 &&
             !isOverBatch();
    }

    /// Indices of a row, from the first axis of `x` on, as extents of which
    /// some belong to a set of axes; neighbours that both do, or both do not,
    /// are one. Axis 1 is (group, index in the group).
    struct Extent {
      int64_t size;
      bool isMember;
    };
    /// The members are what statistics are over. Of all axes but the batch.
    ::llvm::SmallVector<Extent> getStatisticExtents();
    /// The members are what the gain or the bias has elements for.
    ::llvm::SmallVector<Extent> getAffineExtents(::mlir::RankedTensorType gain);
    /// Elements of a row that share statistics.
    int64_t getCount();
  }];
}

def Llama_StatisticsOp : Llama_ComputeOp<"statistics", [AttrSizedOperandSegments],
    ["isState", "hasActivations"]> {
  let summary = "Mean and variance of each channel";
  let description = [{
    Of `x` `[N, C, …]` of rank 2 to 5, the mean `m` and the variance, the mean
    of `(x - m)²`, of all elements of a channel: over the axes `[0, 2, …]` those
    of the batch, two vectors `[C]`; over `[2, …]` those of each sample, two
    tensors `[N, C]`. Of no elements, in an empty batch, both are zero.

    With running statistics, two more vectors follow, which are those moved a
    step towards the statistics of the batch:

        running + momentum · (statistic - running)

    where the variance is that of a population of which the batch is a sample,
    `n / (n - 1)` times as large for `n` elements, unless `biased` is given. Of
    one element or none the variance is zero in either form, where PyTorch
    refuses to train.

    Rounding: computed in f32, sums in any order; the variance is that of
    differences to the mean, so no digits are lost where the mean is large. Each
    number is rounded once to the element type of its result.

    Source: Ioffe and Szegedy, Batch Normalization, 2015; `momentum` as in
    PyTorch's `torch.nn.BatchNorm2d`; Chan et al., Algorithms for computing the
    sample variance, 1983.

    - `statistics_c1`: all sizes of `x` but the first are static and positive.
    - `statistics_c2`: `axes` are all but axis 1, or all but axes 0 and 1, and
      there is one.
    - `statistics_c3`: mean and variance are f32, with a number for each channel,
      or each channel of each sample.
    - `statistics_c4`: there are two running statistics or none, of one type, a
      number for each channel; updated ones have their type; they stand with
      axis 0 and a `momentum` in 0 .. 1, and so does `biased`.

    ```mlir
    %m, %v = llama.statistics %x over [0, 2, 3] : tensor<?x12x5x7xf32> -> tensor<12xf32>, tensor<12xf32>
    %n, %w, %r, %s = llama.statistics %x over [0, 2, 3] updating %p, %q {momentum = 0.1 : f64}
        : tensor<?x12x5x7xf32>, tensor<12xf32>, tensor<12xf32>
        -> tensor<12xf32>, tensor<12xf32>, tensor<12xf32>, tensor<12xf32>
    ```
  }];
  let arguments = (ins Llama_Rows:$x, Optional<Llama_Vector>:$running_mean,
                       Optional<Llama_Vector>:$running_variance, DenseI64ArrayAttr:$axes,
                       OptionalAttr<F64Attr>:$momentum, UnitAttr:$biased);
  let results = (outs Variadic<AnyTypeOf<[Llama_Vector, Llama_Matrix]>>:$statistics);
  let assemblyFormat = [{
    $x `over` $axes (`updating` $running_mean^ `,` $running_variance)? attr-dict
    `:` type($x) (`,` type($running_mean)^ `,` type($running_variance))? `->` type($statistics)
  }];
  let extraClassDeclaration = [{
    /// Whether samples share statistics.
    bool isOverBatch() { return !getAxes().empty() && getAxes().front() == 0; }
    int64_t getNumChannels() { return getX().getType().getDimSize(1); }
    /// Elements of one channel of one sample.
    int64_t getCount();
  }];
}

def Llama_MixStatisticsOp : Llama_ComputeOp<"mix_statistics",
    [AttrSizedOperandSegments, AllTypesMatch<["mean", "variance", "mixed_mean", "mixed_variance"]>], ["isWeight", "hasActivations"]> {
  let summary = "Statistics of samples, layers and the batch, mixed";
  let description = [{
    From `mean` and `variance` of each channel of each sample, `[N, C]`, those of
    all channels of a sample, and those of a channel in all samples:

        result = w[0] · own + w[1] · (over the channels) + w[2] · (over the samples)
        w = softmax(logits)

    for the mean by `mean_logits` and for the variance by `variance_logits`, both
    of 3 numbers. The variance over several is the mean of the variances and of
    the squared distances of the means to their mean: each channel counts alike.
    With `running` statistics `[C]`, those stand for the batch's.

    Together with `llama.statistics` and `llama.normalize` this is SwitchableNorm.

    Rounding: computed in f32, sums in any order; each number is rounded once.

    Source: Luo et al., Differentiable Learning-to-Normalize via Switchable
    Normalization, 2018.

    Operands and results `[N, C]` are of one type.

    - `mix_statistics_c1`: the width of `mean` is static and positive.
    - `mix_statistics_c2`: there are 3 logits of either kind.
    - `mix_statistics_c3`: there are two running statistics, with a number for
      each channel, or none.

    ```mlir
    %m, %v = llama.mix_statistics %mi, %vi by %ml, %vl
        : tensor<?x12xf32>, tensor<3xf32>, tensor<3xf32> -> tensor<?x12xf32>
    ```
  }];
  let arguments = (ins Llama_Matrix:$mean, Llama_Matrix:$variance, Llama_Vector:$mean_logits,
                       Llama_Vector:$variance_logits, Optional<Llama_Vector>:$running_mean,
                       Optional<Llama_Vector>:$running_variance);
  let results = (outs Llama_Matrix:$mixed_mean, Llama_Matrix:$mixed_variance);
  let assemblyFormat = [{
    $mean `,` $variance `by` $mean_logits `,` $variance_logits
    (`running` $running_mean^ `,` $running_variance)? attr-dict
    `:` type($mean) `,` type($mean_logits) `,` type($variance_logits)
    (`,` type($running_mean)^ `,` type($running_variance))?
  }];
}

def Llama_NormalizeOp : Llama_ComputeOp<"normalize",
    [AttrSizedOperandSegments, AllTypesMatch<["x", "result"]>], ["isWeight", "getReach"]> {
  let summary = "Normalization by given statistics of the channels";
  let description = [{
    `result = (x - mean) / sqrt(variance + eps) · gain + bias`

    for `x` and a result `[N, C, …]` of one type and of rank 2 to 5, statistics
    of each channel `[C]` or of each channel of each sample `[N, C]`, and gain
    and bias `[C]`, which may be left out. It is the inference of BatchNorm, with
    running statistics, and the second half of other norms: see
    `llama.statistics`.

    Rounding: computed in f32, each element then rounded once to the element type
    of `x`.

    Source: Ioffe and Szegedy, Batch Normalization, 2015.

    - `normalize_c1`: all sizes of `x` but the first are static and positive.
    - `normalize_c2`: mean and variance are of one shape, `[C]` or `[N, C]`.
    - `normalize_c3`: gain and bias have a number for each channel.
    - `normalize_c4`: `eps` is zero or positive and fits in f32.

    ```mlir
    %y = llama.normalize %x by %m, %v gain %g bias %b {eps = 1.0e-5 : f64}
        : tensor<?x12x5x7xf32>, tensor<12xf32>, tensor<12xf32>, tensor<12xf32>, tensor<12xf32>
    ```
  }];
  let arguments = (ins Llama_Rows:$x, AnyTypeOf<[Llama_Vector, Llama_Matrix]>:$mean,
                       AnyTypeOf<[Llama_Vector, Llama_Matrix]>:$variance,
                       Optional<Llama_Vector>:$gain, Optional<Llama_Vector>:$bias, F64Attr:$eps);
  let results = (outs Llama_Rows:$result);
  let assemblyFormat = [{
    $x `by` $mean `,` $variance (`gain` $gain^ (`bias` $bias^)?)? attr-dict
    `:` type($x) `,` type($mean) `,` type($variance) (`,` type($gain)^ (`,` type($bias)^)?)?
  }];
  let extraClassDeclaration = [{
    /// Whether each sample has statistics of its own.
    bool hasSamples() {
      return ::llvm::cast<::mlir::RankedTensorType>(getMean().getType()).getRank() == 2;
    }
  }];
}

#endif // LLAMIR_LLAMA_NORMOPS_TD
