//===- LlamaRotary.td - How heads are rotated --------------*- tablegen -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Everything that tells one rotary embedding from another is one attribute,
// `#llama.rotary`. It stands on `llama.rope`, and as the encoding of what was
// rotated, so that an attention can see whether queries and keys fit. A scaling
// is an attribute with an interface: adding one is adding it here.
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LLAMA_ROTARY_TD
#define LLAMIR_LLAMA_ROTARY_TD

include "dialects/llama/LlamaAttributes.td"

//===----------------------------------------------------------------------===//
// Scalings
//===----------------------------------------------------------------------===//

def Llama_RotaryScaling : AttrInterface<"RotaryScaling"> {
  let cppNamespace = "::llamir::llama";
  let description = [{
    What changes the angles of a rotary embedding, for sequences that are longer
    than those a model was trained on.
  }];
  let methods = [
    InterfaceMethod<[{
      The angles of the pairs, by which a token turns for each position, in
      radians, in a sequence of so many positions: `frequencies` holds those
      without a scaling, `theta^(-2i/dims)` for pair `i` of
      `frequencies.size() = dims / 2`.
    }], "void", "scale",
      (ins "::llvm::MutableArrayRef<double>":$frequencies, "double":$theta,
           "int64_t":$length)>,
    InterfaceMethod<[{
      The number of positions of a sequence up to which all have the same angles;
      nothing where that is any. A sequence has as many as the largest position
      says.
    }], "::std::optional<int64_t>", "getTrainedLength", (ins), /*methodBody=*/"",
      /*defaultImplementation=*/"return ::std::nullopt;">,
    InterfaceMethod<[{
      What sines and cosines are multiplied by.
    }], "double", "getAmplitude", (ins), /*methodBody=*/"",
      /*defaultImplementation=*/"return 1;">,
    InterfaceMethod<[{
      Verifies the scaling of so many pairs.
    }], "::llvm::LogicalResult", "verifyPairs",
      (ins "int64_t":$pairs,
           "::llvm::function_ref<::mlir::InFlightDiagnostic()>":$emitError),
      /*methodBody=*/"", /*defaultImplementation=*/"return ::llvm::success();">,
  ];
}

class Llama_ScalingAttr<string name, string attrMnemonic, list<string> methods = []>
    : Llama_Attr<name, attrMnemonic,
                 [DeclareAttrInterfaceMethods<Llama_RotaryScaling, methods>]> {
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Llama_LinearScalingAttr : Llama_ScalingAttr<"LinearScaling", "linear_scaling"> {
  let summary = "All angles divided by a factor";
  let description = [{
    Positions are divided by `factor`, and so are angles.

    Source: Chen et al., Extending Context Window of Large Language Models via
    Positional Interpolation, 2023; `linear` in Hugging Face's `rope_parameters`.

    - `linear_scaling_c1`: `factor` is positive and fits in f32.

    Example: `#llama.linear_scaling<factor = 4.0 : f64>`
  }];
  let parameters = (ins "::mlir::FloatAttr":$factor);
}

def Llama_YarnScalingAttr : Llama_ScalingAttr<"YarnScaling", "yarn_scaling", ["getAmplitude"]> {
  let summary = "Slow angles divided by a factor, fast ones kept";
  let description = [{
    With `length` the positions that the model was trained for, a pair that turns
    more than `fast` times within them keeps its angle, one that turns less than
    `slow` times has it divided by `factor`, and between the two, over the
    numbers of pairs, the one goes over into the other. The numbers of the first
    and the last such pair are whole unless `exact` is given. Sines and cosines
    are multiplied by `magnitude`.

    Source: Peng et al., YaRN, 2023; `yarn` in Hugging Face's `rope_parameters`.

    - `yarn_scaling_c1`: `factor`, `fast`, `slow` and `magnitude` are positive
      and fit in f32; `length` is positive and has 31 bits.

    Example: `#llama.yarn_scaling<factor = 4.0 : f64, length = 2048, fast = 32.0 : f64,
    slow = 1.0 : f64, magnitude = 1.138 : f64>`
  }];
  let parameters = (ins "::mlir::FloatAttr":$factor, "int64_t":$length, "::mlir::FloatAttr":$fast,
                        "::mlir::FloatAttr":$slow, "::mlir::FloatAttr":$magnitude,
                        DefaultValuedParameter<"bool", "false">:$exact);
}

def Llama_BandScalingAttr : Llama_ScalingAttr<"BandScaling", "band_scaling"> {
  let summary = "Long waves divided by a factor, short ones kept";
  let description = [{
    With `length` the positions that the model was trained for, a pair that turns
    more than `high` times within them keeps its angle, one that turns less than
    `low` times has it divided by `factor`, and between the two the share of
    either goes with the number of turns.

    Source: Meta's Llama 3.1; `llama3` in Hugging Face's `rope_parameters`.

    - `band_scaling_c1`: `factor`, `low` and `high` are positive and fit in f32;
      `low` is less than `high`; `length` is positive and has 31 bits.

    Example: `#llama.band_scaling<factor = 8.0 : f64, low = 1.0 : f64, high = 4.0 : f64, length = 8192>`
  }];
  let parameters = (ins "::mlir::FloatAttr":$factor, "::mlir::FloatAttr":$low,
                        "::mlir::FloatAttr":$high, "int64_t":$length);
}

def Llama_DynamicScalingAttr
    : Llama_ScalingAttr<"DynamicScaling", "dynamic_scaling", ["getTrainedLength", "verifyPairs"]> {
  let summary = "A base that grows with the sequence";
  let description = [{
    In a sequence of `L` positions, more than the `length` that the model was
    trained for, `theta` is multiplied by `s^(dims / (dims - 2))` with `s = factor
    · L / length - (factor - 1)`: slow pairs turn less, the fastest as before.

    Source: "Dynamically scaled RoPE", which uses bloc97's NTK-aware scaling,
    2023; `dynamic` in Hugging Face's `rope_parameters`.

    - `dynamic_scaling_c1`: `factor` lies in 1 .. 2^24; `length` is positive and
      has 31 bits.
    - `dynamic_scaling_c2`: there are two pairs at least.

    Example: `#llama.dynamic_scaling<factor = 2.0 : f64, length = 2048>`
  }];
  let parameters = (ins "::mlir::FloatAttr":$factor, "int64_t":$length);
}

def Llama_LongScalingAttr
    : Llama_ScalingAttr<"LongScaling", "long_scaling",
                        ["getAmplitude", "getTrainedLength", "verifyPairs"]> {
  let summary = "A divisor for each pair, for short and for long sequences";
  let description = [{
    Angles are divided by the numbers of `short`, or in a sequence of more
    positions than `length` by those of `long`. Sines and cosines are multiplied
    by `magnitude`.

    Source: Ding et al., LongRoPE, 2024; `longrope` in Hugging Face's
    `rope_parameters`.

    - `long_scaling_c1`: all numbers and `magnitude` are positive and fit in f32;
      `length` is positive and has 31 bits.
    - `long_scaling_c2`: there is a number for each pair.

    Example: `#llama.long_scaling<short = [1.0, 1.5], long = [1.0, 4.0],
    length = 4096, magnitude = 1.19 : f64>`
  }];
  let parameters = (ins "::mlir::DenseF64ArrayAttr":$short_factors, "::mlir::DenseF64ArrayAttr":$long_factors,
                        "int64_t":$length, "::mlir::FloatAttr":$magnitude);
  let assemblyFormat = [{
    `<` `short` `=` $short_factors `,` `long` `=` $long_factors `,` struct($length, $magnitude) `>`
  }];
}

//===----------------------------------------------------------------------===//
// The rotation
//===----------------------------------------------------------------------===//

def Llama_RotaryAttr : Llama_Attr<"Rotary", "rotary",
    [DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let summary = "How the elements of a head are rotated";
  let description = [{
    The first `dims` elements of a head, all where it is left out, are pairs as
    `pairing` says. Pair `i` of `dims / 2` turns with position `p` by the angle
    `p · theta^(-2i/dims)`, which a `scaling` changes.

    With `sections`, a token has a position along each of several axes, and so
    many pairs turn with each: the first ones with the first axis, and so on.
    With `axial` besides, each section of a head is a rotation of its own, whose
    elements lie side by side and whose angles begin with the largest: pair `i`
    of `n` in a section turns by `p · theta^(-i/n)`.

    As the encoding of a tensor `[tokens, width]` it says that the heads of its
    rows were rotated so.

    Source: Su et al., RoFormer, 2021, equation 34; partial rotary dimensions as
    in GPT-NeoX; sections as in Qwen2-VL (`mrope_section`); axial rotation as in
    Heo et al., Rotary Position Embedding for Vision Transformer, 2024.

    - `rotary_c1`: `theta` is positive and fits in f32; with a
      `#llama.yarn_scaling` it is more than 1.
    - `rotary_c2`: `dims` is even and positive.
    - `rotary_c3`: `scaling` is one of the attributes that scale rotations.
    - `rotary_c4`: there are 2 to 4 `sections`, all positive, and a head has the
      pairs of all; `axial` stands with them, and without a `scaling`. One that
      looks at the length of the sequence stands without sections.

    Example: `#llama.rotary<half, theta = 5.0e5 : f64>`,
    `#llama.rotary<interleaved, theta = 1.0e4 : f64, dims = 16, scaling = #llama.linear_scaling<factor = 2.0 : f64>>`,
    `#llama.rotary<half, theta = 1.0e6 : f64, sections = [16, 24, 24]>`
  }];
  let parameters = (ins EnumParameter<Llama_PairingKind>:$pairing, "::mlir::FloatAttr":$theta,
                        OptionalParameter<"::std::optional<int64_t>">:$dims,
                        OptionalParameter<"::mlir::Attribute">:$scaling,
                        OptionalParameter<"::mlir::DenseI64ArrayAttr">:$sections,
                        DefaultValuedParameter<"bool", "false">:$axial);
  let assemblyFormat = "`<` $pairing `,` struct($theta, $dims, $scaling, $sections, $axial) `>`";
  let builders = [AttrBuilder<(ins "::llamir::llama::PairingKind":$pairing, "::mlir::FloatAttr":$theta,
                                   "::std::optional<int64_t>":$dims, "::mlir::Attribute":$scaling), [{
    return $_get($_ctxt, pairing, theta, dims, scaling, ::mlir::DenseI64ArrayAttr(), false);
  }]>];
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Elements of a head of `headDim` elements that rotate.
    int64_t getWidth(int64_t headDim) const { return getDims().value_or(headDim); }
    /// Pairs that turn with each axis of positions, of `width` elements: all of
    /// them with the only axis where there are no sections.
    ::llvm::SmallVector<int64_t> getPairsOfAxes(int64_t width) const;
    /// The two elements that pair `i` of `width / 2` turns.
    std::pair<int64_t, int64_t> getPair(int64_t i, int64_t width) const;
    /// By how much each pair of `width` elements turns for each position, in a
    /// sequence of `length` positions.
    ::llvm::SmallVector<double> getFrequencies(int64_t width, int64_t length = 0) const;
    /// Up to how many positions that is the same; nothing where it always is.
    ::std::optional<int64_t> getTrainedLength() const;
    /// What sines and cosines are multiplied by.
    double getAmplitude() const;
  }];
}

#endif // LLAMIR_LLAMA_ROTARY_TD
