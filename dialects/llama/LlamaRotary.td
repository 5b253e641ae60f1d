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
      radians: `frequencies` holds those without a scaling, `theta^(-2i/dims)`
      for pair `i` of `frequencies.size() = dims / 2`.
    }], "void", "scale",
      (ins "::llvm::MutableArrayRef<double>":$frequencies, "double":$theta)>,
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
      and fit in f32; `length` is positive.

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
      `low` is less than `high`; `length` is positive.

    Example: `#llama.band_scaling<factor = 8.0 : f64, low = 1.0 : f64, high = 4.0 : f64, length = 8192>`
  }];
  let parameters = (ins "::mlir::FloatAttr":$factor, "::mlir::FloatAttr":$low,
                        "::mlir::FloatAttr":$high, "int64_t":$length);
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

    As the encoding of a tensor `[tokens, width]` it says that the heads of its
    rows were rotated so.

    Source: Su et al., RoFormer, 2021, equation 34; partial rotary dimensions as
    in GPT-NeoX.

    - `rotary_c1`: `theta` is positive and fits in f32.
    - `rotary_c2`: `dims` is even and positive.
    - `rotary_c3`: `scaling` is one of the attributes that scale rotations.

    Example: `#llama.rotary<half, theta = 5.0e5 : f64>`,
    `#llama.rotary<interleaved, theta = 1.0e4 : f64, dims = 16, scaling = #llama.linear_scaling<factor = 2.0 : f64>>`
  }];
  let parameters = (ins EnumParameter<Llama_PairingKind>:$pairing, "::mlir::FloatAttr":$theta,
                        OptionalParameter<"::std::optional<int64_t>">:$dims,
                        OptionalParameter<"::mlir::Attribute">:$scaling);
  let assemblyFormat = "`<` $pairing `,` struct($theta, $dims, $scaling) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Elements of a head of `headDim` elements that rotate.
    int64_t getWidth(int64_t headDim) const { return getDims().value_or(headDim); }
    /// The two elements that pair `i` of `width / 2` turns.
    std::pair<int64_t, int64_t> getPair(int64_t i, int64_t width) const;
    /// By how much each pair of `width` elements turns for each position.
    ::llvm::SmallVector<double> getFrequencies(int64_t width) const;
    /// What sines and cosines are multiplied by.
    double getAmplitude() const;
  }];
}

#endif // LLAMIR_LLAMA_ROTARY_TD
