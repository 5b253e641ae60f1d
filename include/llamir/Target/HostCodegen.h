//===- HostCodegen.h - Host functions to objects and C headers --*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TARGET_HOSTCODEGEN_H
#define LLAMIR_TARGET_HOSTCODEGEN_H

#include "llamir/Conversion/HostToLLVM/HostSignature.h"
#include "llamir/Target/HalideCodegen.h"

namespace llamir {

/// Compiles the functions that --convert-llama-host-to-llvm made. `name` is
/// that of the files. Outputs that only kernels have (stmt, html) are left out.
/// The code is for every x86-64: kernels take the time. Errors are at the
/// module.
llvm::FailureOr<KernelCode> compileHost(mlir::ModuleOp module,
                                        llvm::StringRef name,
                                        llvm::ArrayRef<KernelOutput> outputs);

/// What is asked for of the kernels for tensor cores, for a target of CUDA:
/// PTX, machine code or what it takes of the device, one entry for each
/// `gpu.binary`. The host's object has the PTX in it.
llvm::LogicalResult
compileTensorKernels(mlir::ModuleOp module, const TargetInfo &target,
                     llvm::ArrayRef<KernelOutput> outputs,
                     llvm::SmallVectorImpl<KernelCode> &code,
                     llvm::StringRef prefix);

/// Where the packed weights of a module are and what they must be.
struct HeaderWeights {
  /// Name of the file beside the header; empty when there are no weights.
  std::string file;
  std::string fingerprint;
  int64_t bytes = 0;
};

/// The code of a module for one target.
struct CodeForTarget {
  const TargetInfo *target;
  /// Its C functions, whose names are others for each target.
  const ModuleSignature *signature;
  HeaderWeights weights;
};

/// The function of a module with several targets that gives the chosen one.
std::string getTargetFunction(llvm::StringRef name);

/// Functions with the names of `signature` that call those of the target that
/// llamir_select_device has chosen, in the same order for all of them, and the
/// module's getTargetFunction.
llvm::Expected<KernelCode>
compileDispatch(const ModuleSignature &signature, llvm::StringRef name,
                llvm::ArrayRef<CodeForTarget> targets,
                llvm::ArrayRef<KernelOutput> outputs);

/// The header that declares the C functions of a module: its `name` is that of
/// the file without its extension. With several targets, what belongs to one is
/// that of the chosen one.
std::string writeCHeader(const ModuleSignature &signature, llvm::StringRef name,
                         llvm::ArrayRef<CodeForTarget> targets);

} // namespace llamir

#endif // LLAMIR_TARGET_HOSTCODEGEN_H
