//===- HalideCodegen.h - From the halide dialect to code --------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TARGET_HALIDECODEGEN_H
#define LLAMIR_TARGET_HALIDECODEGEN_H

#include "dialects/halide/HalideDialect.h"
#include "llamir/Support/TargetInfo.h"
#include <functional>

namespace llamir {

/// What libHalide can write for a kernel.
enum class KernelOutput { Object, Assembly, LLVMAssembly, Stmt, Html };

/// The code of one kernel: the bytes of each output that was asked for.
struct KernelCode {
  std::string name;
  llvm::SmallVector<std::pair<KernelOutput, std::string>> outputs;

  llvm::StringRef get(KernelOutput kind) const;
};

/// The extension of files with that output: ".o", ".s", …
llvm::StringRef getFileExtension(KernelOutput kind);

/// Whether LLVM makes that output; libHalide makes the others.
bool isMachineCode(KernelOutput kind);

/// Compiles pipelines for a target, each by its schedule for it, several at a
/// time. An object exports a C function of the pipeline's name, behind
/// `prefix`, that takes a `halide_buffer_t *` for each argument and then one
/// for each output, and returns 0 or an error code; and the same with `_argv`
/// behind its name, which takes an array of them. It needs the Halide runtime.
/// Results come in the order of the pipelines.
///
/// libHalide lowers the pipelines and optimizes their LLVM IR; the machine code
/// is that of llamir's own LLVM, as for host functions.
///
/// libHalide throws for the mistakes it checks and aborts for others; both
/// become an error on the op that caused it, or else on the pipeline.
/// `progress` is called after each pipeline with the number done.
llvm::LogicalResult
compilePipelines(llvm::ArrayRef<halide::PipelineOp> pipelines,
                 const TargetInfo &target, llvm::ArrayRef<KernelOutput> outputs,
                 llvm::SmallVectorImpl<KernelCode> &code,
                 llvm::StringRef prefix = "",
                 std::function<void(size_t)> progress = {});

} // namespace llamir

#endif // LLAMIR_TARGET_HALIDECODEGEN_H
