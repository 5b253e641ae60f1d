//===- Tensor.h - A tensor of the reference evaluator -----------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_REFERENCE_TENSOR_H
#define LLAMIR_REFERENCE_TENSOR_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <vector>

namespace llamir::reference {

/// Numbers in row-major order. Every element type of the IR fits a double
/// without rounding, and so do the i32 of ids and positions.
struct Tensor {
  llvm::SmallVector<int64_t> shape;
  std::vector<double> data;
  /// For each number, how far that of a right kernel may be from it: infinity
  /// where it may be anything. Empty where all are exact.
  std::vector<double> bound;

  Tensor() = default;
  /// Takes the numbers; there must be as many as the shape says.
  Tensor(llvm::ArrayRef<int64_t> shape, std::vector<double> data)
      : shape(shape), data(std::move(data)) {}

  /// All zero. Fails when the number of elements does not fit a vector.
  static llvm::FailureOr<Tensor> getZeros(llvm::ArrayRef<int64_t> shape);

  int64_t getRank() const { return shape.size(); }
  int64_t getRows() const { return shape[0]; }
  /// Elements with the same first index; one for a vector.
  int64_t getWidth() const {
    int64_t width = 1;
    for (int64_t size : llvm::ArrayRef(shape).drop_front())
      width *= size;
    return width;
  }

  llvm::ArrayRef<double> getRow(int64_t row) const {
    return llvm::ArrayRef<double>(data).slice(row * getWidth(), getWidth());
  }
  llvm::MutableArrayRef<double> getRow(int64_t row) {
    return llvm::MutableArrayRef<double>(data).slice(row * getWidth(),
                                                     getWidth());
  }

  /// Takes `count` numbers of another tensor from `first` on, with their
  /// bounds, as those from `place` on.
  void copy(int64_t place, const Tensor &from, int64_t first, int64_t count);

  double getBound(int64_t index) const {
    return bound.empty() ? 0 : bound[index];
  }
  /// The bounds of a row; empty where all numbers are exact.
  llvm::ArrayRef<double> getBoundRow(int64_t row) const {
    return bound.empty() ? llvm::ArrayRef<double>()
                         : llvm::ArrayRef<double>(bound).slice(row * getWidth(),
                                                               getWidth());
  }
  /// The bounds of a row to be set; those of all others are zero at first.
  llvm::MutableArrayRef<double> getBoundRow(int64_t row) {
    return llvm::MutableArrayRef<double>(bound).slice(row * getWidth(),
                                                      getWidth());
  }
};

} // namespace llamir::reference

#endif // LLAMIR_REFERENCE_TENSOR_H
