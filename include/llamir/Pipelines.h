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
  bool norm = true, rotary = true, gatedFFN = true, join = true,
       epilogue = true, prologue = true;
};

/// Element types in place of those that the input has: f32, bf16 or f16, or
/// empty where they stay.
struct TypeOptions {
  /// Of the weights that no rule is for.
  std::string weights;
  /// A regular expression for names of weights, and their type; of several that
  /// match, the first counts.
  std::vector<std::pair<std::string, std::string>> rules;
  /// Weights beyond the range of their type become its largest number.
  bool saturate = false;
  std::string activations;

  bool convertsWeights() const { return !weights.empty() || !rules.empty(); }
  bool any() const { return convertsWeights() || !activations.empty(); }
};

/// Which roundings kernels keep.
enum class FPMode {
  /// All that their ops make: a fused kernel gives what its ops would.
  Strict,
  /// Those of what kernels return; some within are left out, and others added
  /// for faster instructions.
  Fast,
};

// Each stage takes the IR of the one before it.

/// llama ops -> with these types.
void buildTypesPipeline(mlir::OpPassManager &pm, const TypeOptions &options);

/// llama ops -> ops that share a kernel in llama.kernel regions. What is
/// written twice or read by nobody goes first, so that it does not keep ops
/// apart.
void buildFusionPipeline(mlir::OpPassManager &pm,
                         const FusionOptions &options = {});
/// -> every op in a kernel, weights packed, kernels outlined, equal ones
/// merged.
void buildKernelPipeline(mlir::OpPassManager &pm, llvm::StringRef target,
                         FPMode fp = FPMode::Strict);
/// -> kernels as Halide pipelines, and beside them for tensor cores.
void buildHalidePipeline(mlir::OpPassManager &pm, llvm::StringRef target);
/// -> with a schedule for the target.
void buildSchedulePipeline(mlir::OpPassManager &pm, llvm::StringRef target);

/// -> with a memory plan, and weights in their places.
void buildMemoryPipeline(mlir::OpPassManager &pm, llvm::StringRef target);
/// -> with host functions in the LLVM dialect.
void buildHostPipeline(mlir::OpPassManager &pm, llvm::StringRef target,
                       llvm::StringRef prefix = "");

/// Registers the stages as `--llamir-fuse`, `--llamir-kernels`,
/// `--llamir-halide`, `--llamir-schedule`, `--llamir-memory` and
/// `--llamir-host`.
void registerPipelines();

} // namespace llamir

#endif // LLAMIR_PIPELINES_H
