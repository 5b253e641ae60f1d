//===- LlamaWeights.cpp - Where weights lie -------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/llama/LlamaWeights.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

int64_t llamir::getWeightBytes(RankedTensorType type) {
  int64_t bytes = type.getElementTypeBitWidth() / 8;
  for (int64_t size : getStoredShape(type))
    bytes *= size;
  return bytes;
}

const WeightsLayout::Slot *WeightsLayout::find(StringRef symbol) const {
  auto found = indices.find(symbol);
  return found == indices.end() ? nullptr : &slots[found->second];
}

std::string WeightsLayout::getFingerprintText() const {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format_hex_no_prefix(fingerprint, 16);
  return text;
}

WeightsLayout llamir::layoutWeights(ModuleOp module) {
  llvm::StringMap<bool> used;
  module.walk([&](GetWeightOp get) { used[get.getWeight()] = true; });
  WeightsLayout layout;
  std::string description;
  llvm::raw_string_ostream stream(description);
  for (auto weight : module.getOps<WeightOp>()) {
    if (!used.contains(weight.getSymName()))
      continue;
    int64_t bytes = getWeightBytes(weight.getTensorType());
    layout.totalBytes =
        llvm::alignTo(layout.totalBytes, bytes >= 4096 ? 4096 : 64);
    layout.indices[weight.getSymName()] = layout.slots.size();
    layout.slots.push_back({weight, layout.totalBytes, bytes});
    // Not the numbers, nor where they come from: code runs with any.
    stream << weight.getSymName() << ' ' << weight.getType() << ' '
           << layout.totalBytes << '\n';
    layout.totalBytes += bytes;
  }
  layout.totalBytes = llvm::alignTo(layout.totalBytes, 64);
  layout.fingerprint = llvm::xxh3_64bits(description);
  return layout;
}
