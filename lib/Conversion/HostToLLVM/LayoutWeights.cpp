//===- LayoutWeights.cpp - Places of the weights --------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/llama/LlamaWeights.h"
#include "llamir/Conversion/HostToLLVM/Passes.h"

using namespace mlir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_LLAMALAYOUTWEIGHTS
#include "llamir/Conversion/HostToLLVM/Passes.h.inc"
} // namespace llamir

/// Refuses a place that was written by hand: there is one layout, which those
/// who read a file of weights know.
static LogicalResult checkOffset(const llamir::WeightsLayout::Slot &slot) {
  WeightOp weight = slot.weight;
  auto offset =
      weight->getAttrOfType<IntegerAttr>(LlamaDialect::offsetAttrName);
  if (!offset || offset.getInt() == slot.offset)
    return success();
  return weight.emitOpError()
         << "has '" << LlamaDialect::offsetAttrName << "' " << offset.getInt()
         << ", but lies at " << slot.offset
         << ", after the weights before it: take the attribute away";
}

namespace {
class LayoutWeights
    : public llamir::impl::LlamaLayoutWeightsBase<LayoutWeights> {
public:
  void runOnOperation() override {
    ModuleOp module = getOperation();
    Builder builder(module);
    llamir::WeightsLayout layout = llamir::layoutWeights(module);
    for (const llamir::WeightsLayout::Slot &slot : layout.slots)
      if (failed(checkOffset(slot)))
        return signalPassFailure();
    for (auto weight : module.getOps<WeightOp>())
      weight->removeAttr(LlamaDialect::offsetAttrName);
    for (llamir::WeightsLayout::Slot &slot : layout.slots)
      slot.weight->setAttr(LlamaDialect::offsetAttrName,
                           builder.getI64IntegerAttr(slot.offset));
    module->setAttr(LlamaDialect::weightsBytesAttrName,
                    builder.getI64IntegerAttr(layout.totalBytes));
    module->setAttr(LlamaDialect::fingerprintAttrName,
                    builder.getStringAttr(layout.getFingerprintText()));
    markAllAnalysesPreserved();
  }
};
} // namespace
