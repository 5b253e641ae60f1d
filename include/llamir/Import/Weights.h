//===- Weights.h - The numbers behind llama.weight --------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_IMPORT_WEIGHTS_H
#define LLAMIR_IMPORT_WEIGHTS_H

#include "dialects/llama/LlamaWeights.h"
#include "llamir/Support/Progress.h"
#include "llamir/Support/Safetensors.h"
#include <map>

namespace llamir {

/// Where the image starts in a file that `WeightReader::writeFile` wrote, and
/// the names of what it stores in `__metadata__`; docs/weights.md describes the
/// file.
constexpr uint64_t weightsFileAlignment = 4096;
constexpr llvm::StringLiteral weightsFormatKey = "llamir.format";
constexpr llvm::StringLiteral weightsFormatVersion = "1";
constexpr llvm::StringLiteral weightsFingerprintKey = "llamir.fingerprint";

/// Makes the numbers of weights from what their sources say.
///
/// - `#llama.file`: a tensor of a safetensors file; its element type and shape
///   must be the weight's, or its element type f64 where that is f32: then each
///   number is the nearest one, the even one of two.
/// - `#llama.random`: `mean + scale · (2u - 1)` with u in [0, 1) from the upper
///   24 bits of a hash of the seed and the element's number, the same on every
///   machine; then rounded to the element type.
/// - `#llama.packed`: the rows of the parts, converted to the element type,
///   rounded to nearest even, in panels as the type's encoding says, and zeros
///   where a panel has no row. How far that moved the numbers of a part is a
///   remark of the category "weights" on it; a NaN, or a number beyond the
///   range of the type without `saturate`, is an error.
///
/// Files are read in pieces of some megabytes by all cores, so that beyond the
/// result it takes little memory. What is wrong with a source is one error on
/// the weight that has it.
class WeightReader {
public:
  /// `folder` is the one that `#llama.file` paths are relative to.
  WeightReader(mlir::ModuleOp module, llvm::StringRef folder)
      : module(module), symbols(module), folder(folder) {}

  /// Fills `out` with a weight as its type says: element type, and panels if it
  /// has an encoding.
  llvm::LogicalResult read(llama::WeightOp weight,
                           llvm::MutableArrayRef<char> out);

  /// The elements in the order of the logical shape.
  llvm::FailureOr<std::vector<double>> readAsDouble(llama::WeightOp weight);

  /// Fills an image. What lies between weights is not touched. `progress` is
  /// told of the bytes of the image.
  llvm::LogicalResult readAll(const WeightsLayout &layout,
                              llvm::MutableArrayRef<char> image,
                              Progress *progress = nullptr);

  /// Writes an image as a file that can be mapped: safetensors, so that other
  /// tools can list it, with the image as its data. A weight in panels has the
  /// shape [panels, in, width]; what lies between weights is a tensor named
  /// `llamir.padding.OFFSET`. The caller commits the file.
  llvm::LogicalResult writeFile(const WeightsLayout &layout, OutputFile &file,
                                Progress *progress = nullptr);

private:
  friend class WeightFiller;
  /// A weight that is no join of others, ready to be read from any thread.
  struct Rows {
    llama::WeightOp op;
    int64_t count = 0, columns = 0;
    ElementType type = ElementType::F32;
    const SafetensorsFile *file = nullptr;
    const SafetensorsFile::Tensor *tensor = nullptr;
    /// Where in the tensor the rows lie.
    llama::FileAttr source;
    // Without a file: random numbers.
    uint64_t seed = 0;
    double scale = 0, mean = 0;

    /// Copies or makes `number` rows, dense.
    llvm::Error read(int64_t first, int64_t number, char *out) const;
    /// Copies elements of the tensor that lie side by side; those of f64 as
    /// f32.
    llvm::Error readElements(int64_t begin, int64_t count, char *out) const;
    /// Copies rows of the tensor.
    llvm::Error readFile(int64_t first, int64_t number, char *out) const;
  };
  llvm::FailureOr<Rows> openRows(llama::WeightOp weight);
  llvm::FailureOr<llvm::SmallVector<Rows>> openParts(llama::WeightOp weight);

  mlir::ModuleOp module;
  mlir::SymbolTable symbols;
  std::string folder;
  std::map<std::string, std::unique_ptr<SafetensorsFile>> files;
};

} // namespace llamir

#endif // LLAMIR_IMPORT_WEIGHTS_H
