//===- PackWeights.cpp - Weights in the layout of the kernels -------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fusion.h"
#include "llamir/Support/TargetInfo.h"
#include "llamir/Transforms/Passes.h"
#include "llvm/ADT/Statistic.h"
#include "llvm/ADT/StringExtras.h"

#define DEBUG_TYPE "llama-pack-weights"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_LLAMAPACKWEIGHTS
#include "llamir/Transforms/Passes.h.inc"
} // namespace llamir

ALWAYS_ENABLED_STATISTIC(numPacked, "Weights made of others");
ALWAYS_ENABLED_STATISTIC(numShared, "Packed weights used again");

/// The rows of a linear's weight that its epilogue combines, see the pass.
static int64_t getGroup(LinearOp linear) {
  int64_t rows = linear.getType().getDimSize(1);
  for (Operation *user : linear->getUsers()) {
    if (auto rope = dyn_cast<RopeOp>(user))
      return rope.getHeadDim();
    if (auto split = dyn_cast<SplitOp>(user)) {
      int64_t group = 0;
      for (Value part : split.getParts())
        group = std::gcd(group,
                         cast<RankedTensorType>(part.getType()).getDimSize(1));
      return group;
    }
  }
  return rows;
}

namespace {
struct PackWeightsPass : llamir::impl::LlamaPackWeightsBase<PackWeightsPass> {
  using LlamaPackWeightsBase::LlamaPackWeightsBase;

  /// Packed weights by their source and type.
  DenseMap<std::pair<Attribute, Type>, WeightOp> packed;
  std::optional<SymbolTable> symbols;
  std::optional<TargetInfo> info;

  /// What a packed weight is made of.
  struct Parts {
    SmallVector<FlatSymbolRefAttr> symbols;
    /// Whether numbers that are too large become the largest; nothing while
    /// there are no parts that are rounded.
    std::optional<bool> saturate;
  };

  /// Adds the weights whose rows, in order, are those of `value` once they are
  /// converted to `element`. Returns why there are none, or an empty string.
  StringRef addParts(Value value, Type element, Parts &parts) {
    if (auto join = value.getDefiningOp<JoinOp>()) {
      for (Value part : join.getParts())
        if (StringRef reason = addParts(part, element, parts); !reason.empty())
          return reason;
      return "";
    }
    auto get = value.getDefiningOp<GetWeightOp>();
    if (!get)
      return "it is not made of llama.weight ops alone";
    auto weight = symbols->lookup<WeightOp>(get.getWeight());
    auto packedAlready = dyn_cast<PackedAttr>(weight.getSource());
    if (!packedAlready) {
      parts.symbols.push_back(get.getWeightAttr());
      return "";
    }
    // Its parts stand for it unless that skips a rounding.
    for (FlatSymbolRefAttr part : packedAlready.getParts()) {
      Type from = symbols->lookup<WeightOp>(part.getValue())
                      .getTensorType()
                      .getElementType();
      Type to = weight.getTensorType().getElementType();
      if (from != to && to != element && !to.isF32())
        return "it has parts that are rounded in a #llama.packed source";
      if (from != to && !to.isF32()) {
        bool saturate = packedAlready.getSaturate();
        if (parts.saturate.value_or(saturate) != saturate)
          return "only some of its parts saturate";
        parts.saturate = saturate;
      }
      parts.symbols.push_back(part);
    }
    return "";
  }

  /// A value of `type` that holds the rows of `parts`.
  Value getPacked(OpBuilder &builder, Location loc, const Parts &parts,
                  RankedTensorType type) {
    auto source = PackedAttr::get(&getContext(), parts.symbols,
                                  parts.saturate.value_or(false));
    WeightOp &weight = packed[{source, type}];
    if (weight) {
      ++numShared;
    } else {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointAfter(
          symbols->lookup(parts.symbols.back().getValue()));
      SmallVector<StringRef> names;
      for (FlatSymbolRefAttr part : parts.symbols)
        names.push_back(part.getValue());
      weight = WeightOp::create(
          builder, loc, "packed." + llvm::join(names, "+"), type, source);
      symbols->insert(weight);
      ++numPacked;
    }
    return GetWeightOp::create(builder, loc, type,
                               FlatSymbolRefAttr::get(weight.getSymNameAttr()));
  }

  /// A remark on the weight of `linear`, which is not packed once and for all.
  static void tellMissed(LinearOp linear, const char *format,
                         StringRef reason) {
    remark::missed(linear.getLoc(),
                   remark::RemarkOpts::name("pack-weights").category("packing"))
        << remark::reason(format, reason);
  }

  /// Why the weight of a linear in a kernel keeps its layout though it is not
  /// in panels, or an empty string.
  static StringRef whyNot(LinearOp linear) {
    auto argument = dyn_cast<BlockArgument>(linear.getWeight());
    if (!argument)
      return "its kernel computes it";
    return argument.hasOneUse() ? "" : "its kernel reads it more than once";
  }

  /// Packs the weight of `linear`, which is `argument` of `kernel`.
  void pack(IRRewriter &rewriter, KernelOp kernel, LinearOp linear,
            BlockArgument argument) {
    RankedTensorType type = linear.getWeight().getType();
    int64_t group = getGroup(linear);
    const MatrixProduct &product = info->getProduct(
        getArrayType(linear.getX().getType()), getArrayType(type));
    int64_t lanes = info->getPanelLanes();
    int64_t width = product.chooseTile(group, lanes).vectors * lanes;
    Type element = type.getElementType();
    if (product.weights != getArrayType(type)) {
      element = rewriter.getF32Type();
      tellMissed(linear, "weight is widened to f32: {0}",
                 "the target has no instruction that reads its type");
    }
    auto packedType = RankedTensorType::get(
        type.getShape(), element,
        PanelsAttr::get(&getContext(), width, group, product.interleave));

    Value input = kernel.getInputs()[argument.getArgNumber()];
    Parts parts;
    rewriter.setInsertionPoint(kernel);
    StringRef reason = addParts(input, element, parts);
    PackOp packInCall;
    Value replacement;
    if (reason.empty()) {
      replacement = getPacked(rewriter, input.getLoc(), parts, packedType);
    } else {
      packInCall = PackOp::create(rewriter, input.getLoc(), packedType, input);
      replacement = packInCall;
      tellMissed(linear, "weight is packed in every call: {0}", reason);
    }
    rewriter.modifyOpInPlace(kernel, [&] {
      kernel.getInputsMutable()[argument.getArgNumber()].set(replacement);
      argument.setType(packedType);
    });
    if (packInCall)
      formKernel(rewriter, "pack", packInCall.getOperation());
  }

  /// Weights of zeros in the place of llama.zeros, one of each type.
  void replaceZeros(IRRewriter &rewriter) {
    DenseMap<Type, WeightOp> made;
    for (ZerosOp zeros : getHostOps<ZerosOp>(getOperation())) {
      WeightOp &weight = made[zeros.getType()];
      if (!weight) {
        rewriter.setInsertionPointToStart(getOperation().getBody());
        weight = WeightOp::create(
            rewriter, zeros.getLoc(), "zeros", zeros.getType(),
            RandomAttr::get(&getContext(), 0, rewriter.getF64FloatAttr(0),
                            FloatAttr()));
        symbols->insert(weight);
      }
      rewriter.setInsertionPoint(zeros);
      rewriter.replaceOpWithNewOp<GetWeightOp>(
          zeros, zeros.getType(),
          FlatSymbolRefAttr::get(weight.getSymNameAttr()));
    }
  }

  void runOnOperation() override {
    FailureOr<TargetInfo> found = getTarget(target, getOperation());
    if (failed(found))
      return signalPassFailure();
    info = *found;
    symbols.emplace(getOperation());
    packed.clear();
    for (auto weight : getOperation().getOps<WeightOp>())
      if (isa<PackedAttr>(weight.getSource()))
        packed.try_emplace({weight.getSource(), weight.getType()}, weight);
    IRRewriter rewriter(&getContext());
    replaceZeros(rewriter);
    for (KernelOp kernel : getHostOps<KernelOp>(getOperation())) {
      SmallVector<LinearOp> linears(kernel.getBody().getOps<LinearOp>());
      for (LinearOp linear : linears) {
        if (getPanels(linear.getWeight().getType()))
          continue;
        StringRef reason = whyNot(linear);
        if (reason.empty())
          pack(rewriter, kernel, linear,
               cast<BlockArgument>(linear.getWeight()));
        else
          tellMissed(linear, "weight is not packed: {0}", reason);
      }
    }
    // What is left of the joins: biases, and weights nobody reads any more.
    SmallVector<JoinOp> joins = getHostOps<JoinOp>(getOperation());
    for (JoinOp join : llvm::reverse(joins)) {
      Parts parts;
      if (join->use_empty()) {
        rewriter.eraseOp(join);
        continue;
      }
      auto type = cast<RankedTensorType>(join.getType());
      if (addParts(join, type.getElementType(), parts).empty()) {
        rewriter.setInsertionPoint(join);
        rewriter.replaceOp(join,
                           getPacked(rewriter, join.getLoc(), parts, type));
      } else {
        formKernel(rewriter, "join", join.getOperation());
      }
    }
    for (GetWeightOp get : getHostOps<GetWeightOp>(getOperation()))
      if (get->use_empty())
        rewriter.eraseOp(get);
  }
};
} // namespace
