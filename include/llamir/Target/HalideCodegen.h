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
#include <optional>

namespace llamir {

/// What libHalide can write for a kernel.
enum class KernelOutput {
  Object,
  Assembly,
  LLVMAssembly,
  Stmt,
  Html,
  /// What the driver of a device compiles.
  PTX,
  OpenCL,
  SPIRV,
  /// Machine code of a device, and what kernels take of a multiprocessor.
  Cubin,
  Resources
};

/// The output of that name, "object" or "ptx", and all names.
std::optional<KernelOutput> findKernelOutput(llvm::StringRef name);
llvm::SmallVector<llvm::StringRef> getKernelOutputNames();

/// An error for an output that a target's kernels do not have.
llvm::Error checkOutputs(const TargetInfo &target,
                         llvm::ArrayRef<KernelOutput> outputs);

/// The code of one kernel: the bytes of each output that was asked for.
struct KernelCode {
  std::string name;
  llvm::SmallVector<std::pair<KernelOutput, std::string>> outputs;

  llvm::StringRef get(KernelOutput kind) const;
  /// The files of the outputs, by name: NAME.o, …. SPIR-V has a module, and a
  /// file, for each kernel that is launched.
  std::vector<std::pair<std::string, std::string>> getFiles() const;
};

/// Whether it is the processor's code, which LLVM makes, or a device's; what is
/// neither libHalide says of the pipeline.
bool isMachineCode(KernelOutput kind);
bool isDeviceCode(KernelOutput kind);

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
