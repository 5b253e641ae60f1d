//===- Weights.h - The numbers behind llama.weight --------------*- C++ -*===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_IMPORT_WEIGHTS_H
#define LLAMIR_IMPORT_WEIGHTS_H

#include "dialects/llama/LlamaDialect.h"
#include "llamir/Support/Safetensors.h"
#include "mlir/IR/BuiltinOps.h"
#include <functional>
#include <map>

namespace llamir {

/// Where each weight that functions read lies in one image.
struct WeightsLayout {
  struct Slot {
    llama::WeightOp weight;
    int64_t offset;
    int64_t bytes;
  };
  std::vector<Slot> slots;
  llvm::StringMap<size_t> indices; // By symbol.
  int64_t totalBytes = 0;
  /// A hash of names, types, sources and offsets: what code was compiled for.
  uint64_t fingerprint = 0;

  const Slot *find(llvm::StringRef symbol) const;
};

/// Lays out the weights that some `llama.get_weight` reads, in the order of the
/// module; pages for large ones, 64 bytes for small ones.
WeightsLayout layoutWeights(mlir::ModuleOp module);

/// Reads weights from where their sources say they are.
class WeightReader {
public:
  /// `folder` is the one that `#llama.file` paths are relative to.
  WeightReader(mlir::ModuleOp module, llvm::StringRef folder)
      : module(module), symbols(module), folder(folder) {}

  /// Fills `out` with a weight as its type says: element type, and panels if it
  /// has an encoding. What is wrong with a file is an error on the weight.
  llvm::LogicalResult read(llama::WeightOp weight, llvm::MutableArrayRef<char> out);

  /// The elements in the order of the logical shape.
  llvm::FailureOr<std::vector<double>> readAsDouble(llama::WeightOp weight);

  /// Fills an image. `progress` is told of the bytes done so far.
  llvm::LogicalResult readAll(const WeightsLayout &layout, llvm::MutableArrayRef<char> image,
                              std::function<void(int64_t)> progress = {});

private:
  llvm::FailureOr<const SafetensorsFile::Tensor *> getTensor(llama::WeightOp weight);
  /// Rows [begin, end) of a weight that is not packed, as f32.
  llvm::LogicalResult readRows(llama::WeightOp weight, int64_t begin, int64_t end, float *out);
  llvm::LogicalResult readPacked(llama::WeightOp weight, llvm::MutableArrayRef<char> out);

  mlir::ModuleOp module;
  mlir::SymbolTable symbols;
  std::string folder;
  std::map<std::string, std::unique_ptr<SafetensorsFile>> files;
};

/// Bytes of a weight as its type says, padding of panels included.
int64_t getWeightBytes(mlir::RankedTensorType type);

} // namespace llamir

#endif // LLAMIR_IMPORT_WEIGHTS_H
