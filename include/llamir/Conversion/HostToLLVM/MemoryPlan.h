//===- MemoryPlan.h - Where the results of launches lie ---------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_CONVERSION_HOSTTOLLVM_MEMORYPLAN_H
#define LLAMIR_CONVERSION_HOSTTOLLVM_MEMORYPLAN_H

#include "dialects/llama/LlamaDialect.h"
#include "llamir/Conversion/HostToLLVM/SizeAnalysis.h"
#include "llvm/Support/raw_ostream.h"
#include <optional>

namespace llamir {

/// Where a result of a launch lies.
struct Placement {
  /// The result of the function that it is, when it lies in the caller's
  /// buffer; then the fields below have no meaning.
  std::optional<unsigned> functionResult;
  /// Region of the arena.
  unsigned region = 0;
  /// Place in the region: bytes for each unit of the region's dims.
  int64_t offset = 0;
};

/// A result of a launch, as large as `bytes` times the product of `dims`.
struct PlannedBuffer {
  mlir::OpResult value;
  /// Bytes for each unit of the dims, a multiple of 64 in the arena.
  int64_t bytes = 0;
  /// The dynamic sizes, sorted by name.
  llvm::SmallVector<mlir::StringAttr> dims;
  /// The launches, counted from 0, that write it and that use it last. A value
  /// that is copied into a result at the end is used by one launch more than
  /// there are.
  unsigned first = 0, last = 0;
  Placement placement;
};

/// The part of the arena for buffers with the same dims.
struct ArenaRegion {
  llvm::SmallVector<mlir::StringAttr> dims;
  /// Bytes for each unit of the dims.
  int64_t bytes = 0;
};

/// The arena is the regions one after the other.
struct MemoryPlan {
  unsigned numLaunches = 0;
  llvm::SmallVector<PlannedBuffer> buffers;
  llvm::SmallVector<ArenaRegion> regions;
};

/// The bytes of an array for each unit of its dynamic size, which is one. None
/// for more than 2^31, or 2^48 when it has no dynamic size: below that no
/// product with a size overflows, nor the sum of some.
std::optional<int64_t> getUnitBytes(mlir::RankedTensorType type);

/// The value whose memory a value is: follows splits to what they divide. An
/// argument, the result of a launch, or a weight.
mlir::Value getStorageOf(mlir::Value value);

/// Plans the memory of a host function with named sizes, at multiples of
/// `alignment` bytes. Fails with a message when sizes have no names or a
/// buffer's size does not fit 64 bits.
llvm::FailureOr<MemoryPlan> planMemory(mlir::func::FuncOp function,
                                       int64_t alignment);

/// Reads what `--llama-plan-memory` wrote, or what was made of it by hand.
/// Fails with a message when attributes are missing or do not fit, or when a
/// value lies over another that is still used.
llvm::FailureOr<MemoryPlan> readMemoryPlan(mlir::func::FuncOp function);

/// Prints a table of buffers and a chart of their lifetimes.
void printMemoryPlan(mlir::func::FuncOp function, const MemoryPlan &plan,
                     llvm::raw_ostream &os);

} // namespace llamir

#endif // LLAMIR_CONVERSION_HOSTTOLLVM_MEMORYPLAN_H
