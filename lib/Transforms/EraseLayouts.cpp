//===- EraseLayouts.cpp - Types without what heads are --------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/llama/LlamaDialect.h"
#include "llamir/Transforms/Passes.h"
#include "mlir/IR/AttrTypeSubElements.h"

using namespace mlir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_LLAMAERASELAYOUTS
#include "llamir/Transforms/Passes.h.inc"
} // namespace llamir

namespace {
struct EraseLayoutsPass
    : llamir::impl::LlamaEraseLayoutsBase<EraseLayoutsPass> {
  void runOnOperation() override {
    AttrTypeReplacer replacer;
    replacer.addReplacement([](RankedTensorType type)
                                -> std::optional<std::pair<Type, WalkResult>> {
      if (!isa_and_nonnull<PairingKindAttr, RotaryAttr>(type.getEncoding()))
        return std::nullopt;
      return std::pair(Type(type.dropEncoding()), WalkResult::skip());
    });
    replacer.recursivelyReplaceElementsIn(getOperation(), /*replaceAttrs=*/true,
                                          /*replaceLocs=*/false,
                                          /*replaceTypes=*/true);
  }
};
} // namespace
