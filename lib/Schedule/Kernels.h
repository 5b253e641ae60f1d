//===- Kernels.h - What kernels look like to schedules ----------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A kind of kernel declares the funcs that it has, by their roles. They are
// checked before a strategy runs, so that it reads no func of another kind: a
// pipeline may have been edited by hand.
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_SCHEDULE_KERNELS_H
#define LLAMIR_LIB_SCHEDULE_KERNELS_H

#include "dialects/halide/HalideDialect.h"

namespace llamir {

/// Why a pipeline cannot be scheduled as a kind of kernel.
struct Mismatch {
  std::string reason;
  /// Whether the pipeline is not what the compiler makes of a kernel of its
  /// kind: someone has changed it.
  bool isDamaged = false;
};

/// The funcs with a role.
struct FuncRequirement {
  enum Count { One, AtLeastOne, AtMostOne, Any };
  /// Of whatever rank, or with whatever updates.
  static constexpr int64_t any = -1;
  /// Of the rank that all funcs with this requirement have, less than that of
  /// the output: the last dimensions of that number rows, for which these funcs
  /// have a number each.
  static constexpr int64_t ofRows = -2;

  llvm::StringLiteral role;
  Count count;
  int64_t rank;
  /// Reduction variables of the one update that each has; 0 for no update.
  int64_t reductions;
};

/// The funcs of a kind of kernel; a pipeline with others is none.
struct KernelShape {
  llvm::StringLiteral kind; // As `llama.kind` has it.
  llvm::ArrayRef<FuncRequirement> funcs;
  /// Prefixes of roles: the funcs of `groupFuncs` with a prefix are there as a
  /// whole or not at all, and of one prefix at least.
  llvm::ArrayRef<llvm::StringLiteral> prefixes;
  llvm::ArrayRef<FuncRequirement> groupFuncs;
};

/// All kinds of kernels that --convert-llama-to-halide makes.
llvm::ArrayRef<KernelShape> getKernelShapes();

/// Compares a pipeline with a kind of kernel; nothing when it is one.
std::optional<Mismatch> findMismatch(halide::PipelineOp pipeline,
                                     const KernelShape &shape);

} // namespace llamir

#endif // LLAMIR_LIB_SCHEDULE_KERNELS_H
