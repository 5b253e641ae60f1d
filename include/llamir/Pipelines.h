//===- Pipelines.h - The compiler's stages ----------------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_PIPELINES_H
#define LLAMIR_PIPELINES_H

#include "mlir/Pass/PassManager.h"

namespace llamir {

/// Which fusions run: all, unless one is measured or looked for.
struct FusionOptions {
  bool norm = true, rotary = true, gatedFFN = true;
};

// Each stage takes the IR of the one before it.

/// llama ops -> ops that share a kernel in llama.kernel regions. What is
/// written twice or read by nobody goes first, so that it does not keep ops
/// apart.
void buildFusionPipeline(mlir::OpPassManager &pm,
                         const FusionOptions &options = {});
/// -> every op in a kernel, weights packed, kernels outlined, equal ones
/// merged.
void buildKernelPipeline(mlir::OpPassManager &pm, llvm::StringRef target);
/// -> kernels as Halide pipelines.
void buildHalidePipeline(mlir::OpPassManager &pm);
/// -> with a schedule for the target.
void buildSchedulePipeline(mlir::OpPassManager &pm, llvm::StringRef target);

/// -> with a memory plan, and weights in their places.
void buildMemoryPipeline(mlir::OpPassManager &pm);
/// -> with host functions in the LLVM dialect.
void buildHostPipeline(mlir::OpPassManager &pm, llvm::StringRef prefix = "");

/// Registers the stages as `--llamir-fuse`, `--llamir-kernels`,
/// `--llamir-halide`, `--llamir-schedule`, `--llamir-memory` and
/// `--llamir-host`.
void registerPipelines();

} // namespace llamir

#endif // LLAMIR_PIPELINES_H
