//===- ThreadBuilder.h - What a thread of a CUDA kernel does ----*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A warp multiplies matrices with its tensor cores: 16 rows by 16 columns of
// bf16 or f16, by 16 rows and 8 columns, added to 16 rows and 8 columns of f32
// (`mma.sync.m16n8k16`). A thread holds a part of each, in registers. With the
// thread's `group`, its number in the warp over 4, and `place`, the rest:
//
//   left     register 0 has row `group`, columns `2 place` and the next; 1 row
//            `group + 8`; 2 and 3 the same rows, 8 columns further.
//   right    register 0 has rows `2 place` and the next of column `group`; 1
//            those 8 rows further.
//   sums     0 and 1 are row `group`, columns `2 place` and the next; 2 and 3
//            row `group + 8`.
//
// So the sums of two products side by side are the left side of another, once
// they are rounded.
//
// Source: PTX ISA, sections on mma.m16n8k16 and ldmatrix.
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_CONVERSION_LLAMATONVVM_THREADBUILDER_H
#define LLAMIR_LIB_CONVERSION_LLAMATONVVM_THREADBUILDER_H

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include <array>

namespace llamir {

/// Writes steps of a thread: numbers are i32, addresses pointers of the LLVM
/// dialect, and pairs of elements of 16 bits registers, i32.
class ThreadBuilder : public mlir::ImplicitLocOpBuilder {
public:
  using Value = mlir::Value;
  /// A thread's part of the sides of a product, and of its sums.
  using Left = std::array<Value, 4>;
  using Right = std::array<Value, 2>;
  using Sums = std::array<Value, 4>;

  /// `type` is bf16 or f16, that of elements.
  ThreadBuilder(mlir::Location loc, mlir::Block *end, mlir::Type type);

  //===--------------------------------------------------------------------===//
  // Numbers
  //===--------------------------------------------------------------------===//

  Value number(int64_t value);
  Value real(double value);
  /// Minus infinity.
  Value lowest();
  Value add(Value a, Value b);
  Value add(Value a, int64_t b) { return add(a, number(b)); }
  Value subtract(Value a, Value b);
  Value multiply(Value a, Value b);
  Value multiply(Value a, int64_t b) { return multiply(a, number(b)); }
  /// Of numbers that are not negative.
  Value divide(Value a, int64_t b);
  Value remainder(Value a, int64_t b);
  Value least(Value a, Value b);
  Value most(Value a, Value b);
  Value isLess(Value a, Value b);
  Value select(Value condition, Value a, Value b);

  /// 2^x, with an error of 2^-22 of it; below 2^-126 it may be 0.
  Value exp2(Value x);
  /// The larger one, or that which is a number.
  Value maximum(Value a, Value b);
  /// What `combine` makes of the values of the four threads of a group.
  Value combineGroup(Value value,
                     mlir::function_ref<Value(Value, Value)> combine);

  //===--------------------------------------------------------------------===//
  // Threads
  //===--------------------------------------------------------------------===//

  Value getThread();
  /// Of the grid: the block's place, and how many there are.
  Value getBlockX();
  Value getBlockY();
  Value getNumBlocksY();
  /// Does what `body` writes if the condition holds, the same for all threads
  /// where they do something together.
  void doIf(Value condition, mlir::function_ref<void()> body);
  /// All threads of the block have come here, and see what the others wrote.
  void waitForThreads();

  //===--------------------------------------------------------------------===//
  // Memory
  //===--------------------------------------------------------------------===//

  /// Elements behind an address; `offset` is an i32 or i64.
  Value getElement(Value address, Value offset);
  Value getElement(Value address, int64_t offset);
  /// The start of a row: rows are `stride`, an i32, elements apart.
  Value getRow(Value address, Value row, Value stride);
  /// Two elements that lie side by side.
  Value loadPair(Value address);
  void storePair(Value pair, Value address);
  /// Copies 8 elements to shared memory, or zeros unless `isThere`: both at
  /// multiples of 16 bytes. waitForCopies waits for those before endCopies.
  void copyAsync(Value shared, Value global, Value isThere);
  void endCopies();
  void waitForCopies();

  //===--------------------------------------------------------------------===//
  // Matrices
  //===--------------------------------------------------------------------===//

  /// Loads four matrices of 8 x 8 elements from shared memory: the 8 threads
  /// of a quarter of the warp have the addresses of the rows of one.
  std::array<Value, 4> loadMatrices(Value address, bool transposed);
  /// sums + left · right.
  Sums multiplyAdd(const Left &left, const Right &right, const Sums &sums);
  /// Two f32 rounded to elements, the first in the lower half.
  Value pack(Value low, Value high);
  /// What is left of two f32 that were packed.
  Value packRest(Value low, Value high, Value packed);

private:
  Value asOperand(Value pair);

  mlir::Type type;
};

} // namespace llamir

#endif // LLAMIR_LIB_CONVERSION_LLAMATONVVM_THREADBUILDER_H
