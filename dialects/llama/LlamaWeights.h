//===- LlamaWeights.h - Where weights lie -----------------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_DIALECTS_LLAMA_LLAMAWEIGHTS_H
#define LLAMIR_DIALECTS_LLAMA_LLAMAWEIGHTS_H

#include "dialects/llama/LlamaDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"
#include <vector>

namespace llamir {

/// Where each weight that functions read lies in one image.
struct WeightsLayout {
  struct Slot {
    llama::WeightOp weight;
    int64_t offset; // Bytes from the start of the image.
    int64_t bytes;  // Padding of panels included.
  };
  std::vector<Slot> slots;         // By offset, which is the module's order.
  llvm::StringMap<size_t> indices; // Of slots, by symbol.
  int64_t totalBytes = 0;          // A multiple of 64.
  /// A hash of names, types and offsets: what code was compiled for. Not of the
  /// numbers, nor of where they come from.
  uint64_t fingerprint = 0;

  /// The place of the weight with that symbol; null when no function reads it,
  /// which is so for the parts of a packed weight, or when there is none.
  /// Valid as long as the layout is.
  const Slot *find(llvm::StringRef symbol) const;
  /// The fingerprint as 16 hexadecimal digits.
  std::string getFingerprintText() const;
};

/// Lays out the weights that some `llama.get_weight` reads, in the order of the
/// module; pages for large ones, 64 bytes for small ones.
WeightsLayout layoutWeights(mlir::ModuleOp module);

/// Bytes of a weight as its type says, padding of panels included. The type is
/// one that a `llama.weight` may have.
int64_t getWeightBytes(mlir::RankedTensorType type);

} // namespace llamir

#endif // LLAMIR_DIALECTS_LLAMA_LLAMAWEIGHTS_H
