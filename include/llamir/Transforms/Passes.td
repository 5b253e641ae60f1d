//===- Passes.td - Passes from llama to llama --------------*- tablegen -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every decision of a fusion pass, taken or declined, is a remark of the
// category "fusion" at the op's location: `--remarks-filter=fusion
// --remark-format=emitRemark` shows them. `--llamir-fuse` merges equal ops and
// drops dead ones first, so that neither keeps ops apart.
//
// The passes work on host functions: those that have a body and are not kernels.
// Modules within the module, and functions that are kernels already, stay as
// they are, so that the IR of every stage can be given to all of them again.
//
// How often a pass did what, `llamir-opt --mlir-pass-statistics` shows. The counts
// are LLVM's ALWAYS_ENABLED_STATISTIC, beside the passes: those of MLIR, declared
// here, count nothing in a packaged MLIR, which is built without assertions.
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TRANSFORMS_PASSES_TD
#define LLAMIR_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def LlamaEraseLayouts : Pass<"llama-erase-layouts", "::mlir::ModuleOp"> {
  let summary = "Takes what is known of heads out of types";
  let description = [{
    The encodings `#llama.pairing` and `#llama.rotary` of types say how the
    elements of heads are paired, and how they were rotated, so that the verifier
    can tell what does not fit. Kernels compute the same without them: this pass
    leaves plain types, which all passes behind it expect.

    ```mlir
    %r = llama.rope %q, %p by #r {heads = 4 : i64}
        : tensor<?x64xf32, #llama.pairing<half>>, tensor<?xi32> -> tensor<?x64xf32, #r>
    // becomes
    %r = llama.rope %q, %p by #r {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
    ```
  }];
  let dependentDialects = ["::llamir::llama::LlamaDialect"];
}

def LlamaExpandNorms : Pass<"llama-expand-norms", "::mlir::func::FuncOp"> {
  let summary = "Writes norms over the batch as statistics and normalization";
  let description = [{
    The statistics of a batch are known when all of it has been read: such a
    norm is two kernels, one that reads the batch and one that reads it again
    and writes it. This pass puts `llama.statistics` and `llama.normalize` in
    the place of each `llama.norm` with axis 0. Common subexpression elimination
    then merges equal statistics.

    ```mlir
    %y = llama.norm %x over [0, 2] centered gain %g bias %b along [1] {eps = 1.0e-5 : f64} : …
    // becomes
    %m, %v = llama.statistics %x over [0, 2] : tensor<?x12x35xf32> -> tensor<12xf32>, tensor<12xf32>
    %y = llama.normalize %x by %m, %v gain %g bias %b {eps = 1.0e-5 : f64} : …
    ```
  }];
  let dependentDialects = ["::llamir::llama::LlamaDialect"];
}

def LlamaFuseNorm : Pass<"llama-fuse-norm", "::mlir::func::FuncOp"> {
  let summary = "Puts a residual add and the norm that reads it in one kernel";
  let description = [{
    A norm reads every element of the residual stream just after an addition
    wrote it. One kernel adds, sums the squares while the row is in cache and
    writes both the sum and the normalized row, so that the row crosses memory
    once. Both results are kept: the sum is the residual of the next layer.

    Fires on an `llama.norm` whose input is an `llama.add` of the same
    block, whatever stands between them and whoever else reads the sum. Norms of
    one sum with the same statistics, gain, bias and epsilon become one. Declines
    when another norm of the same sum has others. With `leave-prologues`, also
    where the add can follow the projection or norm that it reads, and only a
    projection reads the norm: `--llama-fuse-epilogue` and
    `--llama-fuse-prologue` then leave no kernel between the two.

    ```mlir
    %h = llama.add %x, %y : tensor<?x64xf32>
    %n = llama.norm %h over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x64xf32>, tensor<64xf32>
    // becomes
    %h, %n = llama.kernel "add_norm" (%a = %x, %b = %y, %w = %g) : … {
      %s = llama.add %a, %b : tensor<?x64xf32>
      %r = llama.norm %s over [1] gain %w {eps = 1.0e-5 : f64} : tensor<?x64xf32>, tensor<64xf32>
      llama.yield %s, %r : tensor<?x64xf32>, tensor<?x64xf32>
    }
    ```
  }];
  let options = [
    Option<"leavePrologues", "leave-prologues", "bool", "false",
           "Leave norms that belong to the projection behind them">];
  let dependentDialects = ["::llamir::llama::LlamaDialect"];
}

def LlamaFuseRotary : Pass<"llama-fuse-rotary", "::mlir::func::FuncOp"> {
  let summary = "Joins the projections of one input and rotates in their epilogue";
  let description = [{
    Queries, keys and values are projections of one input. Joined, they read it
    once; rotated in the epilogue, they are written once. The joined rows hold
    the heads that rotate first, then the values.

    Fires on every `llama.rope` of an `llama.linear` that nothing else reads.
    Rotations of projections of the same input, by the same positions and of the
    same kind and head size are joined, and with them the projection
    of the values of an attention that reads one of them. Declines when the
    unrotated projection is also read elsewhere, or only some of its heads
    rotate. Projections whose weights or biases have different element types are
    not joined; where only some have a bias, the others get one of zeros
    (`llama.zeros`). A value projection that the head size does not divide stays
    out.

    A projection that is written joined, one `llama.linear` that only a
    `llama.split` reads, is taken as it is: its first parts may rotate, the others
    pass the epilogue unchanged and may have any readers. It is joined with other
    projections where the rows that rotate still come first. Declines a rotation
    of a part behind one that stays unrotated or rotates otherwise, for rows of a
    stored weight are not moved; of a projection that is split twice or read as a
    whole; and where the head size does not divide the width of the projection.

    In a parallel block the feed-forward layer reads what the attention reads. Its
    first projection, if only an activation reads it, is joined, too, and comes
    last: the activation begins at its first column. So are gate and up, if only
    a projection reads their product: that is then computed before its products
    (`--llama-fuse-prologue`).

    ```mlir
    %q = llama.linear %x, %wq : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
    %qr = llama.rope %q, %pos {heads = 4 : i64, theta = 1.0e4 : f64, pairing = #llama.pairing<half>} : …
    %k = llama.linear %x, %wk : tensor<?x64xf32>, tensor<32x64xf32> -> tensor<?x32xf32>
    %kr = llama.rope %k, %pos {heads = 2 : i64, theta = 1.0e4 : f64, pairing = #llama.pairing<half>} : …
    %v = llama.linear %x, %wv : tensor<?x64xf32>, tensor<32x64xf32> -> tensor<?x32xf32>
    %a = llama.attention %qr, %kr, %v {heads = 4 : i64, kv_heads = 2 : i64, causal} : …
    // becomes
    %w = llama.join %wq, %wk, %wv : … -> tensor<128x64xf32>
    %qkv = llama.kernel "qkv_rope" (%b = %x, %c = %w, %p = %pos) : … -> tensor<?x128xf32> {
      %l = llama.linear %b, %c : tensor<?x64xf32>, tensor<128x64xf32> -> tensor<?x128xf32>
      %r = llama.rope %l, %p {heads = 8 : i64, rotated_heads = 6 : i64, …} : tensor<?x128xf32>, tensor<?xi32>
      llama.yield %r : tensor<?x128xf32>
    }
    %qr, %kr, %v = llama.split %qkv : tensor<?x128xf32> -> tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x32xf32>
    %a = llama.attention %qr, %kr, %v {heads = 4 : i64, kv_heads = 2 : i64, causal} : …
    ```
  }];
  let dependentDialects = ["::llamir::llama::LlamaDialect"];
}

def LlamaFuseGatedFFN : Pass<"llama-fuse-gated-ffn", "::mlir::func::FuncOp"> {
  let summary = "Joins gate and up and multiplies in their epilogue";
  let description = [{
    `activation(x · gateᵀ) · (x · upᵀ)`: joined, the two projections read the
    input once, and activation and product happen before anything is written.

    Fires on an `llama.mul` of an `llama.activation` of one projection and
    another projection, in either order, when both read the same input and
    nothing else reads what is in between. Gate and up may also be written joined,
    as the two parts, in either order, of a `llama.split` of one `llama.linear`
    that nothing else reads: the kernel then has these two ops. Declines, with the
    reason, on different inputs, shapes or element types, on one
    projection used as both, on a split that has other parts, and on an
    intermediate that is read elsewhere.

    ```mlir
    %g = llama.linear %x, %wg : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
    %u = llama.linear %x, %wu : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
    %s = llama.activation silu %g : tensor<?x96xf32>
    %m = llama.mul %s, %u : tensor<?x96xf32>
    // becomes
    %w = llama.join %wg, %wu : tensor<96x64xf32>, tensor<96x64xf32> -> tensor<192x64xf32>
    %m = llama.kernel "gated_ffn" (%a = %x, %b = %w) : … -> tensor<?x96xf32> {
      %l = llama.linear %a, %b : tensor<?x64xf32>, tensor<192x64xf32> -> tensor<?x192xf32>
      %g, %u = llama.split %l : tensor<?x192xf32> -> tensor<?x96xf32>, tensor<?x96xf32>
      %s = llama.activation silu %g : tensor<?x96xf32>
      %p = llama.mul %s, %u : tensor<?x96xf32>
      llama.yield %p : tensor<?x96xf32>
    }
    ```
  }];
  let dependentDialects = ["::llamir::llama::LlamaDialect"];
}

def LlamaJoinProjections : Pass<"llama-join-projections", "::mlir::func::FuncOp"> {
  let summary = "Makes one projection of those that read one input";
  let description = [{
    Projections of one input read it once when they are one, and one kernel keeps
    all of a machine busy where several would wait for each other. For queries,
    keys and values that no rotation joins, and whatever else is projected side
    by side.

    Fires on `llama.linear` ops of one block with one input, whose readers are no
    element-wise ops and no rotations: those become epilogues, which other
    passes see to. Where only some have a bias, the others get one of zeros.
    Declines where weights or biases have different element types, or one depends
    on another.

    ```mlir
    %q = llama.linear %x, %wq : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
    %k = llama.linear %x, %wk : tensor<?x64xf32>, tensor<32x64xf32> -> tensor<?x32xf32>
    // becomes
    %w = llama.join %wq, %wk : tensor<64x64xf32>, tensor<32x64xf32> -> tensor<96x64xf32>
    %l = llama.linear %x, %w : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
    %q, %k = llama.split %l : tensor<?x96xf32> -> tensor<?x64xf32>, tensor<?x32xf32>
    ```
  }];
  let dependentDialects = ["::llamir::llama::LlamaDialect"];
}

def LlamaFuseEpilogue : Pass<"llama-fuse-epilogue", "::mlir::func::FuncOp"> {
  let summary = "Puts element-wise ops in the kernel before them";
  let description = [{
    An activation, a factor, a vector or a residual that is added: each is
    computed where the projection or the normed row is in registers, so that its
    rows are written once, as what they become.

    Fires on an `llama.linear` or an `llama.norm` whose only reader computes each
    element of its result from the same element of its operands, and goes on with
    the only reader of that. Then on element-wise ops that are in no such kernel,
    on `llama.embedding` and on `llama.sinusoid`; there sums and products stay
    kernels of their own behind each other, for in one they could be taken in
    another order, which rounds otherwise. Behind a norm this may be a rotation, too, if the
    norm is that of whole rows or of the same heads. The kernel is called after
    its ops: `linear_gelu`, `norm_rope`. Declines where there are several
    readers. Ops that
    other passes took, a residual that a norm reads or the product of a gate, are
    in kernels already.

    ```mlir
    %l = llama.linear %x, %w bias %b : tensor<?x64xf32>, tensor<96x64xf32>, tensor<96xf32> -> tensor<?x96xf32>
    %g = llama.activation gelu %l : tensor<?x96xf32>
    // becomes
    %g = llama.kernel "linear_gelu" (%a = %x, %v = %w, %c = %b) : … -> tensor<?x96xf32> {
      %l = llama.linear %a, %v bias %c : tensor<?x64xf32>, tensor<96x64xf32>, tensor<96xf32> -> tensor<?x96xf32>
      %e = llama.activation gelu %l : tensor<?x96xf32>
      llama.yield %e : tensor<?x96xf32>
    }
    ```
  }];
  let dependentDialects = ["::llamir::llama::LlamaDialect"];
}

def LlamaFusePrologue : Pass<"llama-fuse-prologue", "::mlir::func::FuncOp"> {
  let summary = "Puts what only a projection reads in the kernel of the projection";
  let description = [{
    The norm before a projection, or the product of a gate that was projected
    with other things: one kernel computes its rows once, before the products,
    so that there is one launch where there were two.

    Fires on a norm of whole rows, on an op that computes each element of its
    result from the same element of its operands, and on a kernel of such ops,
    if the only reader is a projection, alone or as the one projection of a
    kernel, which reads it as what it multiplies. Goes on with what is read by
    that alone. The kernel is called after both: `norm_qkv_rope`. A norm of
    parts of rows, and one with other readers, stays, with the reason.

    ```mlir
    %n = llama.norm %x over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x64xf32>, tensor<64xf32>
    %y = llama.kernel "linear_gelu" (%a = %n, %b = %w) : … -> tensor<?x96xf32> {
      %l = llama.linear %a, %b : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
      %e = llama.activation gelu %l : tensor<?x96xf32>
      llama.yield %e : tensor<?x96xf32>
    }
    // becomes
    %y = llama.kernel "norm_linear_gelu" (%a = %x, %c = %g, %b = %w) : … -> tensor<?x96xf32> {
      %n = llama.norm %a over [1] gain %c {eps = 1.0e-5 : f64} : tensor<?x64xf32>, tensor<64xf32>
      %l = llama.linear %n, %b : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
      %e = llama.activation gelu %l : tensor<?x96xf32>
      llama.yield %e : tensor<?x96xf32>
    }
    ```
  }];
  let dependentDialects = ["::llamir::llama::LlamaDialect"];
}

def LlamaConvertWeights : Pass<"llama-convert-weights", "::mlir::ModuleOp"> {
  let summary = "Gives weights another element type";
  let description = [{
    Each weight whose name contains a match of `match`, and none of `except`, is
    replaced by one of the element type `to` with a `#llama.packed` source, so
    that its numbers are rounded when it is packed or read: to nearest, ties to
    even. With `saturate`, numbers beyond the range of the type become its
    largest; without, they are an error then, which names the weight.

    Each conversion is a remark of the category "weights"; how far the numbers
    moved is another one, when they are read. A weight that an op reads as an
    activation keeps its type, with a remark, and so does one that a kernel
    reads already: the pass belongs before the fusions.

    Refused are a type other than f32, bf16 and f16, patterns that are no POSIX
    extended regular expressions or match no weight, and a `llama.join` of
    weights of which only some are converted.

    ```mlir
    llama.weight @w : tensor<96x64xf32> = #llama.file<"model.safetensors", "w">
    %w = llama.get_weight @w : tensor<96x64xf32>
    %y = llama.linear %x, %w : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
    // becomes, with to=bf16
    llama.weight @w : tensor<96x64xf32> = #llama.file<"model.safetensors", "w">
    llama.weight @w.bf16 : tensor<96x64xbf16> = #llama.packed<[@w]>
    %w = llama.get_weight @w.bf16 : tensor<96x64xbf16>
    %y = llama.linear %x, %w : tensor<?x64xf32>, tensor<96x64xbf16> -> tensor<?x96xf32>
    ```
  }];
  let options = [
    Option<"to", "to", "std::string", "\"bf16\"", "The element type: f32, bf16 or f16">,
    Option<"match", "match", "std::string", "\"\"",
           "A regular expression for the names of weights; all by default">,
    Option<"except", "except", "std::string", "\"\"",
           "A regular expression for those that keep their type">,
    Option<"saturate", "saturate", "bool", "false",
           "Numbers beyond the type's range become its largest">];
  let dependentDialects = ["::llamir::llama::LlamaDialect"];
}

def LlamaConvertActivations : Pass<"llama-convert-activations", "::mlir::ModuleOp"> {
  let summary = "Gives what crosses between ops another element type";
  let description = [{
    The matrices that ops read and compute, other than weights, get the element
    type `to`: arguments and results of functions, too, which is what their
    callers see. Every op then rounds its result to it; sums within an op stay
    f32. A projection that a function returns and nothing else reads, as logits
    are, keeps f32, and so does what is made of it element by element, as capped
    logits are.

    Refused are a type other than f32, bf16 and f16, an activation that is a
    weight or a constant of another kind, and functions with calls, kernels or
    several blocks: the pass belongs before the fusions.

    ```mlir
    func.func @f(%x: tensor<?x64xf32>, %w: tensor<64xf32>) -> tensor<?x64xf32> {
      %n = llama.norm %x over [1] gain %w {eps = 1.0e-5 : f64} : tensor<?x64xf32>, tensor<64xf32>
      return %n : tensor<?x64xf32>
    }
    // becomes, with to=bf16
    func.func @f(%x: tensor<?x64xbf16>, %w: tensor<64xf32>) -> tensor<?x64xbf16> {
      %n = llama.norm %x over [1] gain %w {eps = 1.0e-5 : f64} : tensor<?x64xbf16>, tensor<64xf32>
      return %n : tensor<?x64xbf16>
    }
    ```
  }];
  let options = [
    Option<"to", "to", "std::string", "\"bf16\"", "The element type: f32, bf16 or f16">];
  let dependentDialects = ["::llamir::llama::LlamaDialect", "::mlir::func::FuncDialect"];
}

def LlamaCacheArguments : Pass<"llama-cache-arguments", "::mlir::ModuleOp"> {
  let summary = "Lets attentions read keys and values from arguments";
  let description = [{
    Turns a function that computes the keys and values of its tokens into one
    step over a cache, as far as time and memory go: each attention reads two
    new arguments whose number of rows is a size of its own, `context`, and what
    it read before becomes two new results. `llamir bench` measures decoding
    with it. The function means something else afterwards, for the new rows are
    not among those that are read: it is not part of any pipeline that compiles.

    Runs after the fusions, which see the projections of one attention. Declines
    an attention whose kernel computes the keys or the values itself or reads them
    elsewhere too, one whose keys or values are arguments already, and functions
    that others call or that have several blocks.

    ```mlir
    %a = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 2 : i64, causal} : …
    return %a : tensor<?x8xf32>
    // becomes, with the arguments %keys_0 and %values_0: tensor<?x8xf32>
    %a = llama.attention %q, %keys_0, %values_0 {heads = 2 : i64, kv_heads = 2 : i64, causal} : …
    return %a, %k, %v : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>
    ```
  }];
  let dependentDialects = ["::llamir::llama::LlamaDialect", "::mlir::func::FuncDialect"];
}

def LlamaFormKernels : Pass<"llama-form-kernels", "::mlir::func::FuncOp"> {
  let summary = "Puts every op that no fusion took in a kernel of its own";
  let description = [{
    After this pass a function consists of kernels, weights and the splits
    between kernels. Joins of weights stay outside: they are done when the
    model is compiled. A split whose result the function returns becomes a
    kernel that copies. Nothing is refused.

    ```mlir
    %y = llama.add %x, %x : tensor<?x8xf32>
    // becomes
    %y = llama.kernel "add" (%a = %x) : (tensor<?x8xf32>) -> tensor<?x8xf32> {
      %s = llama.add %a, %a : tensor<?x8xf32>
      llama.yield %s : tensor<?x8xf32>
    }
    ```
  }];
  let dependentDialects = ["::llamir::llama::LlamaDialect"];
}

def LlamaRelaxRounding : Pass<"llama-relax-rounding", "::mlir::ModuleOp"> {
  let summary = "Leaves out roundings within kernels, and rounds for dot products";
  let description = [{
    What `--fp=fast` adds. Kernels compute in f32; that each op rounds its result
    to its element type keeps a fused kernel equal to the ops it was made of. This
    pass gives up that equality where it costs time:

    - A value of bf16 or f16 that other ops of its kernel read becomes f32. What
      leaves the kernel, and what a projection or an attention multiplies, is
      rounded as before, by a `llama.convert`.
    - What a projection with a weight of bf16 reads in f32 is rounded to bf16
      where the target has a dot product of bf16: a `llama.convert`, again. The
      sums stay f32.

    So the IR says what is rounded, and the reference follows it. Each change is
    a remark of the category "rounding". Runs between `--llama-form-kernels` and
    `--llama-pack-weights`, since the layout of a weight depends on what it is
    multiplied by. An unknown target is refused.

    ```mlir
    %y = llama.kernel "gated" (%a = %x, %b = %u) : (tensor<?x8xbf16>, tensor<?x8xbf16>) -> tensor<?x8xbf16> {
      %s = llama.activation silu %a : tensor<?x8xbf16>
      %p = llama.mul %s, %b : tensor<?x8xbf16>
      llama.yield %p : tensor<?x8xbf16>
    }
    // becomes
    %y = llama.kernel "gated" (%a = %x, %b = %u) : … {
      %0 = llama.convert %a : tensor<?x8xbf16> -> tensor<?x8xf32>
      %s = llama.activation silu %0 : tensor<?x8xf32>
      %1 = llama.convert %b : tensor<?x8xbf16> -> tensor<?x8xf32>
      %p = llama.mul %s, %1 : tensor<?x8xf32>
      %2 = llama.convert %p : tensor<?x8xf32> -> tensor<?x8xbf16>
      llama.yield %2 : tensor<?x8xbf16>
    }
    ```
  }];
  let options = [
    Option<"target", "target", "std::string", "\"host\"",
           "The target whose dot products count">];
  let dependentDialects = ["::llamir::llama::LlamaDialect"];
}

def LlamaPackWeights : Pass<"llama-pack-weights", "::mlir::ModuleOp"> {
  let summary = "Gives the weights of linears the layout the kernels read";
  let description = [{
    The weight of each `llama.linear` in a kernel gets a `#llama.panels`
    encoding. A weight of the model, or a join of such weights, becomes a new
    weight with a `#llama.packed` source, packed when the model is compiled;
    anything else (an argument of the function) is packed by a kernel in every
    call. A weight that the kernel itself computes, or reads more than once,
    keeps its layout. Both have a remark of the category "packing". The parts of
    a weight that has a `#llama.packed` source stand for it, unless that leaves
    out a rounding. Weights that are packed already are used again. `llama.zeros`
    becomes a weight of zeros.

    A weight keeps its element type where the target has an instruction that
    reads it: bf16 on all, in pairs of inputs, f16 on those with F16C. Others
    are widened to f32, with a remark of the category "packing".

    The group of a layout is what an epilogue combines: a head under a rotation,
    one part of joined projections that are split again, else all rows. The
    width is that of the target's register tile which wastes least on padding.
    An unknown target is refused.

    ```mlir
    llama.weight @a : tensor<64x8xbf16> = #llama.file<"model.safetensors", "a">
    llama.weight @b : tensor<64x8xbf16> = #llama.file<"model.safetensors", "b">
    %a = llama.get_weight @a : tensor<64x8xbf16>
    %b = llama.get_weight @b : tensor<64x8xbf16>
    %w = llama.join %a, %b : tensor<64x8xbf16>, tensor<64x8xbf16> -> tensor<128x8xbf16>
    %y = llama.kernel "linear" (%c = %x, %d = %w) : … {
      %l = llama.linear %c, %d : tensor<?x8xf32>, tensor<128x8xbf16> -> tensor<?x128xf32>
      …
    }
    // becomes, for x86-64-avx512
    llama.weight @"packed.a+b" : tensor<128x8xbf16, #llama.panels<width = 64, group = 128, interleave = 2>>
        = #llama.packed<[@a, @b]>
    %w = llama.get_weight @"packed.a+b" : tensor<128x8xbf16, #llama.panels<…>>
    %y = llama.kernel "linear" (%c = %x, %d = %w) : … {
      %l = llama.linear %c, %d : tensor<?x8xf32>, tensor<128x8xbf16, #llama.panels<…>> -> tensor<?x128xf32>
      …
    }
    ```
  }];
  let options = [
    Option<"target", "target", "std::string", "\"host\"",
           "The target whose kernels read the weights">];
  let dependentDialects = ["::llamir::llama::LlamaDialect"];
}

def LlamaOutlineKernels : Pass<"llama-outline-kernels", "::mlir::ModuleOp"> {
  let summary = "Moves each kernel into a function of its own and launches it";
  let description = [{
    The body of an `llama.kernel` becomes a private `func.func` with the unit
    attribute `llama.kernel`, and the kernel an `llama.launch` of it. Where the
    kernel's name is taken the function gets another. Nothing is refused.

    ```mlir
    %y = llama.kernel "twice" (%a = %x) : (tensor<?x8xf32>) -> tensor<?x8xf32> {
      %s = llama.add %a, %a : tensor<?x8xf32>
      llama.yield %s : tensor<?x8xf32>
    }
    // becomes
    %y = llama.launch @twice(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
    // and, in the module,
    func.func private @twice(%a: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {llama.kernel} {
      %s = llama.add %a, %a : tensor<?x8xf32>
      return %s : tensor<?x8xf32>
    }
    ```
  }];
  let dependentDialects = ["::llamir::llama::LlamaDialect", "::mlir::func::FuncDialect"];
}

def LlamaDedupKernels : Pass<"llama-dedup-kernels", "::mlir::ModuleOp"> {
  let summary = "Merges kernels that are the same";
  let description = [{
    Two kernel functions with the same type, attributes and body, up to locations
    and names of values, become one, and whatever names the other names the
    first: a model of equal layers has the kernels of one layer. Public kernels
    and those without a body stay. Nothing is refused.

    ```mlir
    %y = llama.launch @twice(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
    %z = llama.launch @twice_0(%y) : (tensor<?x8xf32>) -> tensor<?x8xf32>
    // becomes, where @twice_0 is as @twice is, and gone then
    %y = llama.launch @twice(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
    %z = llama.launch @twice(%y) : (tensor<?x8xf32>) -> tensor<?x8xf32>
    ```
  }];
  let dependentDialects = ["::llamir::llama::LlamaDialect"];
}

def LlamaExtractProducts : Pass<"llama-extract-products", "::mlir::ModuleOp"> {
  let summary = "Lets a library compute the product of a kernel";
  let description = [{
    For a target of CUDA, a kernel with one projection, by a weight that lies in
    rows, of the same element type as what it multiplies, gets the attribute
    `llama.product`. With it the runtime has cuBLASLt compute the product of many
    tokens, where the machine has it, and else runs the kernel. What the kernel
    computes before the product, and what it computes from it, are kernels of
    their own that the attribute names: the product has been rounded as the op
    rounds it. A bias is part of what is rounded: the library adds one of the
    same element type. Kernels with another one stay as they are, and so do those
    of other targets, and those that read an operand both before and behind the
    product. Nothing is refused but an unknown target.

    ```mlir
    func.func private @gate(%x: tensor<?x64xbf16>, %w: tensor<32x64xbf16, #llama.panels<width = 1, group = 32, interleave = 8>>)
        -> tensor<?x32xbf16> attributes {llama.kernel} {
      %0 = llama.linear %x, %w : …
      %1 = llama.activation silu %0 : tensor<?x32xbf16>
      return %1 : tensor<?x32xbf16>
    }
    // becomes
    func.func private @gate(…) -> tensor<?x32xbf16> attributes {llama.kernel, llama.product = #llama.product<rest = @gate_rest>} { … }
    func.func private @gate_rest(%0: tensor<?x32xbf16>) -> tensor<?x32xbf16> attributes {llama.kernel} {
      %1 = llama.activation silu %0 : tensor<?x32xbf16>
      return %1 : tensor<?x32xbf16>
    }
    ```
  }];
  let options = [
    Option<"target", "target", "std::string", "\"host\"",
           "The target that kernels are for">];
  let dependentDialects = ["::llamir::llama::LlamaDialect", "::mlir::func::FuncDialect"];
}

#endif // LLAMIR_TRANSFORMS_PASSES_TD
