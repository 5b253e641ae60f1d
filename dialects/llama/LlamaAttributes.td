//===- LlamaAttributes.td - Attributes of the llama dialect *- tablegen -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LLAMA_ATTRIBUTES_TD
#define LLAMIR_LLAMA_ATTRIBUTES_TD

include "dialects/llama/LlamaDialect.td"
include "mlir/IR/TensorEncoding.td"

//===----------------------------------------------------------------------===//
// Enumerations
//===----------------------------------------------------------------------===//

def Llama_PairingKind : I32EnumAttr<"PairingKind",
    "which two elements of a head rotate together", [
      I32EnumAttrCase<"Half", 0, "half">,
      I32EnumAttrCase<"Interleaved", 1, "interleaved">]> {
  let cppNamespace = "::llamir::llama";
  let genSpecializedAttr = 0;
}
def Llama_Pairing : EnumAttr<Llama_Dialect, Llama_PairingKind, "pairing"> {
  let summary = "Which two elements of a head rotate together";
  let description = [{
    With `r` rotary dimensions and pair `i` in `0 .. r/2 - 1`:
    `half` rotates elements `i` and `i + r/2` (GPT-NeoX, Hugging Face's LLaMA);
    `interleaved` rotates `2i` and `2i + 1` (RoFormer, GPT-J, Meta's LLaMA).

    As the encoding of a weight of queries or keys it says that the rows of each
    head are ordered for those pairs, and of rows of heads that their elements
    are: a checkpoint whose rows were permuted for one pairing gives gibberish
    with the other, which the verifier of `llama.rope` then tells.
  }];
  let assemblyFormat = "`<` $value `>`";
}

def Llama_ActivationKind : I32EnumAttr<"ActivationKind",
    "an element-wise non-linear function", [
      I32EnumAttrCase<"Silu", 0, "silu">,
      I32EnumAttrCase<"Gelu", 1, "gelu">,
      I32EnumAttrCase<"GeluTanh", 2, "gelu_tanh">,
      I32EnumAttrCase<"Relu", 3, "relu">,
      I32EnumAttrCase<"Sigmoid", 4, "sigmoid">,
      I32EnumAttrCase<"Tanh", 5, "tanh">,
      I32EnumAttrCase<"GeluQuick", 6, "gelu_quick">,
      I32EnumAttrCase<"EluPlusOne", 7, "elu_plus_one">]> {
  let cppNamespace = "::llamir::llama";
  let genSpecializedAttr = 0;
}
def Llama_Activation : EnumAttr<Llama_Dialect, Llama_ActivationKind, "activation"> {
  let summary = "An element-wise non-linear function";
  let description = "See `llama.activation` for the formulas.";
  let assemblyFormat = "$value";
}

//===----------------------------------------------------------------------===//
// Where a weight's bytes come from
//===----------------------------------------------------------------------===//

class Llama_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Llama_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def Llama_FileAttr : Llama_Attr<"File", "file"> {
  let summary = "A tensor in a safetensors file";
  let description = [{
    `path` is relative to the folder of the IR file that names it (the current
    folder when the IR comes from standard input). The tensor's type and shape
    are checked against the weight's when it is read.

    A tensor of f64 may stand behind a weight of f32: each number is rounded to
    the nearest, the even one of two, when it is read, for the kernels as for
    the reference. One that is too large for f32 is an error.

    A tensor may hold the weight in another form: `transposed`, its columns are
    the rows of the weight; and with `rows = [first, block, step]` the weight is a
    part of its rows: row `r` of the weight is row `first + r / block · step + r
    mod block` of the tensor, or of the transposed one. A joined weight of
    queries, keys and values is three such weights.

    Source: the safetensors format, https://github.com/huggingface/safetensors.

    - `file_c1`: `first` is not negative, `block` is positive, and `step` at
      least as large.

    Example: `#llama.file<"model.safetensors", "lm_head.weight">`,
    `#llama.file<"model.safetensors", "h.0.attn.c_attn.weight", transposed, rows = [768, 768, 768]>`
  }];
  let parameters = (ins StringRefParameter<"path of the file">:$path,
                        StringRefParameter<"name of the tensor">:$tensor,
                        DefaultValuedParameter<"bool", "false">:$transposed,
                        OptionalArrayRefParameter<"int64_t">:$rows);
  let assemblyFormat = "`<` $path `,` $tensor `` custom<FileRows>($transposed, $rows) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The row of the tensor that a row of the weight is.
    int64_t getStoredRow(int64_t row) const;
    /// How many rows from `row` on lie side by side, at most `count`.
    int64_t getRun(int64_t row, int64_t count) const;
  }];
}

def Llama_RandomAttr : Llama_Attr<"Random", "random"> {
  let summary = "Numbers from a seed";
  let description = [{
    Uniform numbers in `[mean - scale, mean + scale)` from a counter-based
    generator: element `i` depends on `seed` and `i` alone, so any part can be
    made without the rest, and the same on every machine. A kernel's speed on a
    shape is measured with such weights.

    `random_c1`: `scale` and `mean` (zero where it is left out) are finite, and
    `scale` is not negative.

    Example: `#llama.random<seed = 7, scale = 0.02 : f64>`
  }];
  let parameters = (ins "uint64_t":$seed, "::mlir::FloatAttr":$scale,
                        OptionalParameter<"::mlir::FloatAttr">:$mean);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    double getMeanOrZero() const;
    /// No number has a larger magnitude.
    double getLargest() const;
  }];
}

def Llama_PackedAttr : Llama_Attr<"Packed", "packed"> {
  let summary = "Other weights, joined row after row, converted and laid in panels";
  let description = [{
    The rows of `parts` one after the other, converted to the element type of
    the weight; where its type has a `#llama.panels` encoding, laid out as that
    says.

    A conversion rounds to the nearest number, ties to even. A NaN that has to
    be converted is an error, and so is a finite number beyond the range of the
    element type, unless `saturate` says that it becomes the largest one of its
    sign.

    There is at least one part; what a part must be, `weight_c2` of
    `llama.weight` says.

    Example: `#llama.packed<[@wq, @wk, @wv]>`, `#llama.packed<[@w], saturate>`
  }];
  let parameters = (ins ArrayRefParameter<"::mlir::FlatSymbolRefAttr">:$parts,
                        DefaultValuedParameter<"bool", "false">:$saturate);
  let assemblyFormat = "`<` `[` $parts `]` `` custom<Saturate>($saturate) `>`";
}

//===----------------------------------------------------------------------===//
// How a packed weight lies in memory
//===----------------------------------------------------------------------===//

def Llama_PanelsAttr : Llama_Attr<"Panels", "panels",
    [DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let summary = "The layout of a packed linear weight";
  let description = [{
    The encoding of a weight `[out, in]` that lies in memory as
    `[panels][in / interleave][width][interleave]`: a panel holds `width` rows
    of the weight, and for each input column, or each `interleave` neighbouring
    columns, the elements of those rows side by side. That is the order in which
    the inner kernel reads them: with an interleave of 2, the default being 1, a
    vector holds a pair of inputs for each row, as the processors' dot products
    of bf16 take them. Where `interleave` does not divide the columns, the last
    of them are filled with zeros.

    The rows are divided into groups of `group` rows (a head, or one of the
    joined projections). A group starts on a panel boundary and its last panel
    is filled with zeros.

    - `panels_c1`: `width`, `group` and `interleave` are positive and `group`
      divides `out`.
    - `panels_c2`: the shape of the weight is static and of rank 2.

    Example: `tensor<512x192xbf16, #llama.panels<width = 64, group = 32, interleave = 2>>`
  }];
  let parameters = (ins "int64_t":$width, "int64_t":$group,
                        DefaultValuedParameter<"int64_t", "1">:$interleave);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Rows of panel space from the start of one group to the next: the group
    /// rounded up to panels.
    int64_t getPaddedGroup() const;
    /// Number of panels that a weight with `rows` rows has.
    int64_t getNumPanels(int64_t rows) const;
    /// Steps in which a panel of a weight with `columns` columns is read, each
    /// of `interleave` of them.
    int64_t getNumSteps(int64_t columns) const;
    /// Where a row of the weight lies: panel * width + lane.
    int64_t getPackedRow(int64_t row) const;
    /// Where an element of a weight with `columns` columns lies: elements from
    /// the start.
    int64_t getStoredIndex(int64_t row, int64_t column, int64_t columns) const;
  }];
}

//===----------------------------------------------------------------------===//
// Kernels for tensor cores
//===----------------------------------------------------------------------===//

def Llama_TensorKernelAttr : Llama_Attr<"TensorKernel", "tensor_kernel"> {
  let summary = "A function of a gpu.module that computes what a kernel does";
  let description = [{
    `function` is a function of a `gpu.module`, whose arguments are, for each
    argument and result of the kernel, its address, the number of its rows and
    the distance of two rows in elements, both i32. It is run for results of
    `least` rows and more, in blocks of `threads` threads, each for `rows` rows
    and one of `parts` parts of a row: the first dimension of the grid goes over
    parts, the second over rows.

    - `tensor_kernel_c1`: `function` is the name of a module and that of a
      function in it.
    - `tensor_kernel_c2`: `threads` lies in 1 .. 1024, the other numbers are
      positive.

    Example: `#llama.tensor_kernel<@attention_tensor_cores::@attention, parts = 32, rows = 64, threads = 128, least = 2>`
  }];
  let parameters = (ins "::mlir::SymbolRefAttr":$function, "int64_t":$parts,
                        "int64_t":$rows, "int64_t":$threads, "int64_t":$least);
  let assemblyFormat = "`<` $function `,` struct($parts, $rows, $threads, $least) `>`";
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// Products of a library
//===----------------------------------------------------------------------===//

def Llama_ProductAttr : Llama_Attr<"Product", "product"> {
  let summary = "The parts of a kernel around a product that a library may compute";
  let description = [{
    On a kernel whose only projection multiplies rows by a weight: a library of
    the device may compute that product, with a bias, the operand behind the
    weight, if it is `biased`. `before` is the kernel that computes the rows from
    the operands before the weight, without it the first operand is the rows.
    `rest` is the kernel that computes what is left from the product and the
    operands behind weight and bias, without it the product is the result.

    Example: `#llama.product<before = @ffn_before, rest = @ffn_rest>`
  }];
  let parameters = (ins OptionalParameter<"::mlir::FlatSymbolRefAttr">:$before,
                        OptionalParameter<"::mlir::FlatSymbolRefAttr">:$rest,
                        DefaultValuedParameter<"bool", "false">:$biased);
  let assemblyFormat = "`<` struct(params) `>`";
}

#endif // LLAMIR_LLAMA_ATTRIBUTES_TD
