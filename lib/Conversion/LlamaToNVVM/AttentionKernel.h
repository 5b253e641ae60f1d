//===- AttentionKernel.h - Attention on tensor cores ------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_CONVERSION_LLAMATONVVM_ATTENTIONKERNEL_H
#define LLAMIR_LIB_CONVERSION_LLAMATONVVM_ATTENTIONKERNEL_H

#include "dialects/llama/LlamaDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace llamir {

/// Why tensor cores cannot compute an attention; nothing if they can.
std::optional<llvm::StringRef> whyNotOnTensorCores(llama::AttentionOp op);

/// Threads of a block, and rows of queries that it computes for one head.
constexpr int64_t attentionThreads = 128, attentionRows = 64;

/// Writes the kernel at the builder's place, with the shared memory that it
/// needs: a function of the address, the number of rows, and their distance in
/// elements, of queries, keys, values and result. A block of the grid computes
/// `attentionRows` rows of one head: its first dimension goes over heads, its
/// second over rows. Addresses and distances are multiples of 16 bytes.
mlir::LLVM::LLVMFuncOp buildAttentionKernel(mlir::OpBuilder &builder,
                                            llama::AttentionOp op,
                                            llvm::StringRef name);

} // namespace llamir

#endif // LLAMIR_LIB_CONVERSION_LLAMATONVVM_ATTENTIONKERNEL_H
