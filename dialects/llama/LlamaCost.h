//===- LlamaCost.h - What a kernel has to do --------------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_DIALECTS_LLAMA_LLAMACOST_H
#define LLAMIR_DIALECTS_LLAMA_LLAMACOST_H

#include "dialects/llama/LlamaDialect.h"

namespace llamir::llama {

/// The least that a kernel has to do, whatever code is generated for it.
struct KernelCost {
  /// Floating-point operations, see ComputeOpInterface::getFlops.
  double flops = 0;
  /// Those of each op, in the order of the kernel.
  llvm::SmallVector<std::pair<mlir::Operation *, double>> opFlops;
  /// Bytes to read of each argument, each once: nothing of an argument that no
  /// op reads, and of a table as many rows as are named.
  llvm::SmallVector<double> argumentBytes;
  /// Bytes to write, of all results together.
  double resultBytes = 0;

  /// What is read and written.
  double getBytes() const;
};

/// The cost of a kernel function with a body for arguments of these shapes, all
/// static. Fails with a message on the op whose operands do not fit each other.
llvm::FailureOr<KernelCost>
getKernelCost(mlir::func::FuncOp kernel,
              llvm::ArrayRef<llvm::SmallVector<int64_t>> arguments);

} // namespace llamir::llama

#endif // LLAMIR_DIALECTS_LLAMA_LLAMACOST_H
