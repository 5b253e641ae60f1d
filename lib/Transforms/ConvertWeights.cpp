//===- ConvertWeights.cpp - Other element types for weights --------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConvertTypes.h"
#include "llamir/Transforms/Passes.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/Statistic.h"
#include "llvm/Support/Regex.h"

#define DEBUG_TYPE "llama-convert-weights"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_LLAMACONVERTWEIGHTS
#include "llamir/Transforms/Passes.h.inc"
} // namespace llamir

ALWAYS_ENABLED_STATISTIC(numConverted, "Weights converted");

/// Why a weight must keep its type where `op` reads it, or an empty string.
static StringRef whyNot(OpOperand &use) {
  auto compute = dyn_cast<ComputeOpInterface>(use.getOwner());
  if (!compute)
    return "it is read by a kernel or another op that takes one type only";
  if (!compute.isWeight(use.getOperandNumber()))
    return "it is read as an activation";
  if (compute.isState(use.getOperandNumber()))
    return "it is statistics or a state";
  return isa<PackOp>(use.getOwner()) ? "it is packed already" : "";
}

namespace {
struct ConvertWeightsPass
    : llamir::impl::LlamaConvertWeightsBase<ConvertWeightsPass> {
  using LlamaConvertWeightsBase::LlamaConvertWeightsBase;

  /// The regular expression of an option, or nothing with an error.
  std::optional<llvm::Regex> parse(StringRef option, const std::string &text) {
    llvm::Regex regex(text.empty() ? StringRef("^$") : StringRef(text));
    std::string error;
    if (regex.isValid(error))
      return regex;
    getOperation().emitError()
        << option << "='" << text << "' is no regular expression: " << error;
    return std::nullopt;
  }

  void convert(WeightOp weight, FloatType to, ArrayRef<GetWeightOp> readers,
               SymbolTable &symbols) {
    RankedTensorType type = weight.getTensorType();
    auto newType =
        RankedTensorType::get(type.getShape(), to, type.getEncoding());
    auto remarks =
        remark::RemarkOpts::name("convert-weights").category("weights");
    for (GetWeightOp get : readers)
      for (OpOperand &use : get->getUses())
        if (StringRef reason = whyNot(use); !reason.empty()) {
          remark::missed(weight.getLoc(), remarks) << remark::reason(
              "'{0}' keeps its type: {1}", weight.getSymName(), reason);
          return;
        }
    auto builder = OpBuilder(weight->getContext());
    builder.setInsertionPointAfter(weight);
    auto source = PackedAttr::get(
        &getContext(), FlatSymbolRefAttr::get(weight.getSymNameAttr()),
        saturate);
    std::string name = (weight.getSymName() + "." + this->to).str();
    auto converted =
        WeightOp::create(builder, weight.getLoc(), name, newType, source);
    symbols.insert(converted);
    for (GetWeightOp get : readers) {
      get.setWeight(converted.getSymName());
      get.getResult().setType(newType);
    }
    remark::passed(weight.getLoc(), remarks)
        << remark::add("'{0}' is converted from {1} to {2}",
                       weight.getSymName(), type.getElementType(), to);
    ++numConverted;
  }

  /// A join has the type of its parts.
  LogicalResult updateJoins() {
    WalkResult result = getOperation().walk([](JoinOp join) {
      Type first = getElementTypeOrSelf(join.getParts()[0].getType());
      for (Value part : join.getParts())
        if (Type other = getElementTypeOrSelf(part.getType()); other != first) {
          join.emitError() << "joins weights of " << first << " and " << other
                           << ": convert all of them, or none";
          return WalkResult::interrupt();
        }
      auto type = cast<RankedTensorType>(join.getType());
      join.getResult().setType(RankedTensorType::get(type.getShape(), first));
      return WalkResult::advance();
    });
    return failure(result.wasInterrupted());
  }

  void runOnOperation() override {
    FloatType type = parseFloatType(getOperation(), "to", to);
    std::optional<llvm::Regex> included = parse("match", match),
                               excluded = parse("except", except);
    if (!type || !included || !excluded)
      return signalPassFailure();
    bool anyMatch = match.empty(), anyExcept = except.empty();
    SymbolTable symbols(getOperation());
    llvm::DenseMap<StringAttr, SmallVector<GetWeightOp>> readers;
    for (auto function : getOperation().getOps<func::FuncOp>())
      function.walk([&](GetWeightOp get) {
        readers[get.getWeightAttr().getAttr()].push_back(get);
      });
    for (auto weight :
         llvm::make_early_inc_range(getOperation().getOps<WeightOp>())) {
      StringRef name = weight.getSymName();
      auto found = readers.find(weight.getSymNameAttr());
      bool isMatch = match.empty() || included->match(name);
      bool isExcepted = !except.empty() && excluded->match(name);
      anyMatch |= isMatch;
      anyExcept |= isExcepted;
      if (isMatch && !isExcepted && found != readers.end() &&
          weight.getTensorType().getElementType() != type &&
          !isa<PackedAttr>(weight.getSource()))
        convert(weight, type, found->second, symbols);
    }
    if (!anyMatch || !anyExcept) {
      getOperation().emitError()
          << "there is no weight whose name matches '"
          << (anyMatch ? except : match).getValue() << "'";
      return signalPassFailure();
    }
    if (failed(updateJoins()))
      signalPassFailure();
  }
};
} // namespace
