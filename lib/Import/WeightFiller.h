//===- WeightFiller.h - Weights in pieces, from several threads -*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_IMPORT_WEIGHTFILLER_H
#define LLAMIR_LIB_IMPORT_WEIGHTFILLER_H

#include "WeightConversion.h"
#include "llamir/Import/Weights.h"
#include <mutex>

namespace llamir {

/// Makes weights in pieces, from several threads.
class WeightFiller {
public:
  WeightFiller(WeightReader &reader, Progress *progress)
      : reader(reader), progress(progress) {}

  /// Opens what a weight is made of and cuts it into pieces; `offset` is where
  /// its bytes belong.
  llvm::LogicalResult add(llama::WeightOp weight, int64_t offset) {
    return add(weight, offset, llama::getPanels(weight.getTensorType()));
  }
  /// In these panels, or rows one behind the other if there are none.
  llvm::LogicalResult add(llama::WeightOp weight, int64_t offset,
                          llama::PanelsAttr panels);

  using Put = llvm::function_ref<llvm::Error(int64_t offset,
                                             llvm::ArrayRef<char> bytes)>;
  /// Makes every piece: in place when there is an image, else in memory of the
  /// thread, handed to `put`.
  llvm::LogicalResult run(char *image, Put put);
  /// Remarks on the parts that were rounded.
  void tellErrors();

private:
  /// About this many bytes are made at once.
  static constexpr int64_t pieceBytes = 2 << 20;

  /// Rows that are a weight of their own.
  struct Part {
    int64_t first; // The number of its first row.
    WeightReader::Rows rows;
    ConversionError error;
  };
  struct Weight {
    llama::WeightOp op;
    bool saturate;
    ElementType type;
    llama::PanelsAttr panels; // Null for rows one behind the other.
    int64_t rows, columns, offset;
    int64_t unitBytes; // Of a panel or a row, padding included.
    llvm::SmallVector<Part> parts;
  };
  struct Piece {
    size_t weight;
    int64_t begin, end; // Panels or rows.
  };
  /// Memory of a thread, kept from piece to piece.
  struct Scratch {
    std::vector<char> rows, stored, padded, result;
  };

  llvm::Error convert(Weight &weight, Part &part, int64_t first, int64_t number,
                      char *out, Scratch &scratch);
  llvm::Error readRows(Weight &weight, int64_t first, int64_t number, char *out,
                       Scratch &scratch);
  llvm::Error makePanel(Weight &weight, int64_t panel, char *out,
                        Scratch &scratch);
  llvm::Error make(Weight &weight, const Piece &piece, char *out,
                   Scratch &scratch);
  /// The largest magnitude of a weight's finite numbers.
  static double findLargest(const WeightReader::Rows &rows);

  WeightReader &reader;
  Progress *progress;
  std::vector<Weight> weights;
  std::vector<Piece> pieces;
  std::mutex mutex; // Of the parts' errors.
};

} // namespace llamir

#endif // LLAMIR_LIB_IMPORT_WEIGHTFILLER_H
