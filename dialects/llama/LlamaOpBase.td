//===- LlamaOpBase.td - Types and classes of the llama ops -*- tablegen -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LLAMA_OPBASE_TD
#define LLAMIR_LLAMA_OPBASE_TD

include "dialects/llama/LlamaDialect.td"
include "dialects/llama/LlamaInterfaces.td"
include "dialects/llama/LlamaRotary.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Llama_Element : AnyTypeOf<[F32, BF16, F16], "f32, bf16 or f16">;

// Encodings: only the weight of a linear may lie in panels. Rows of heads, and
// the weights that project them, may say how the elements of a head are paired;
// what was rotated says how.
def Llama_IsPlain : CPred<"!::llvm::cast<::mlir::RankedTensorType>($_self).getEncoding()">;
def Llama_IsInPanels : CPred<"::llamir::llama::getPanels($_self)">;
def Llama_IsPaired : CPred<"::llvm::isa_and_nonnull<::llamir::llama::PairingKindAttr>("
                           "::llvm::cast<::mlir::RankedTensorType>($_self).getEncoding())">;
def Llama_IsRotated : CPred<"::llvm::isa_and_nonnull<::llamir::llama::RotaryAttr>("
                            "::llvm::cast<::mlir::RankedTensorType>($_self).getEncoding())">;
def Llama_MayBePaired : Or<[Llama_IsPlain, Llama_IsPaired]>;
def Llama_MayBeRotated : Or<[Llama_IsPlain, Llama_IsPaired, Llama_IsRotated]>;

class Llama_TensorOf<list<int> ranks, string summary, list<Pred> predicates = [Llama_IsPlain]>
    : RankedTensorOf<[Llama_Element], [HasAnyRankOfPred<ranks>] # predicates, summary>;

// [tokens, width].
def Llama_Matrix : Llama_TensorOf<[2], "plain rank-2 tensor">;
def Llama_PairedMatrix : Llama_TensorOf<[2], "rank-2 tensor, plain or of pairs,", [Llama_MayBePaired]>;
def Llama_HeadMatrix : Llama_TensorOf<[2], "rank-2 tensor, plain, of pairs or rotated,",
                                      [Llama_MayBeRotated]>;
// Rows of numbers: [tokens, width], or [N, C, ...] of images and volumes. An op
// on rows of any rank verifies that only the first size is dynamic.
def Llama_Rows : Llama_TensorOf<[2, 3, 4, 5], "tensor of rank 2 to 5, plain or of pairs,",
                                [Llama_MayBePaired]>;

def Llama_Vector : Llama_TensorOf<[1], "plain static rank-1 tensor", [HasStaticShapePred, Llama_IsPlain]>;
def Llama_Gain : Llama_TensorOf<[1, 2, 3, 4], "plain static tensor of rank 1 to 4",
                                [HasStaticShapePred, Llama_IsPlain]>;
def Llama_PlainWeight : Llama_TensorOf<[1, 2], "plain static rank-1 or rank-2 tensor",
                                       [HasStaticShapePred, Llama_IsPlain]>;
def Llama_PlainMatrix : Llama_TensorOf<[2], "plain static rank-2 tensor",
                                       [HasStaticShapePred, Llama_IsPlain]>;
def Llama_WeightMatrix : Llama_TensorOf<[2], "static rank-2 tensor, plain, of pairs or in panels,",
                                        [HasStaticShapePred, Or<[Llama_MayBePaired, Llama_IsInPanels]>]>;
def Llama_PackedMatrix : RankedTensorOf<[Llama_Element], [Llama_IsInPanels], "tensor in panels">;
// [tokens], or [tokens, axes].
def Llama_Positions : RankedTensorOf<[I32], [HasAnyRankOfPred<[1, 2]>, Llama_IsPlain],
                                     "plain rank-1 or rank-2 tensor">;
def Llama_Indices : RankedTensorOf<[I32], [HasAnyRankOfPred<[1]>, Llama_IsPlain], "plain rank-1 tensor">;

// An op has the attributes that it declares, and may have such of dialects:
// others are misspelt or ask for what the op cannot do.
def Llama_NoUnknownAttributes : NativeOpTrait<"NoUnknownAttributes"> {
  let cppNamespace = "::llamir::llama";
}

class Llama_Op<string mnemonic, list<Trait> traits = []>
    : Op<Llama_Dialect, mnemonic, traits # [Llama_NoUnknownAttributes]>;

/// An op that computes tensors: pure, and described by the three interfaces.
/// `costs` are the methods of the first one whose default is not right for it.
class Llama_ComputeOp<string mnemonic, list<Trait> traits = [], list<string> costs = []>
    : Llama_Op<mnemonic, traits # [Pure,
        DeclareOpInterfaceMethods<Llama_ComputeOpInterface, costs>]> {
  let hasVerifier = 1;
}

#endif // LLAMIR_LLAMA_OPBASE_TD
