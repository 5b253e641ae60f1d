//===- HostKernels.h - What host functions call -----------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_CONVERSION_HOSTTOLLVM_HOSTKERNELS_H
#define LLAMIR_LIB_CONVERSION_HOSTTOLLVM_HOSTKERNELS_H

#include "dialects/halide/HalideDialect.h"
#include "dialects/llama/LlamaDialect.h"
#include "llamir/Conversion/HostToLLVM/HostSignature.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace llamir {

/// The module's functions and strings that host functions share: declarations
/// of the runtime (lib/Runtime/Generated.h), strings, and for each kernel a
/// function that makes Halide's buffers and launches it. The last two have a
/// dot in their names, which no function of C has.
class HostKernels {
public:
  HostKernels(mlir::ModuleOp module, const ModuleSignature &signature,
              int32_t device)
      : module(module), symbols(module), signature(signature), device(device) {}

  /// The llamir_device that kernels run on.
  int32_t getDevice() const { return device; }

  /// The declaration of a function of the runtime.
  mlir::LLVM::LLVMFuncOp getRuntime(llvm::StringRef name, mlir::Type result,
                                    llvm::ArrayRef<mlir::Type> arguments);

  /// A pointer to a string of C.
  mlir::Value getString(mlir::ImplicitLocOpBuilder &builder,
                        llvm::StringRef text);

  /// The function that launches the kernel of a launch: takes the number of the
  /// launch, and for each operand and each result a pointer, the sizes of its
  /// dynamic dimension, and the distance of rows in elements if it has rows.
  /// Fails with a message when the kernel is no halide.pipeline.
  llvm::FailureOr<mlir::LLVM::LLVMFuncOp> getLauncher(llama::LaunchOp launch);

  /// Whether arrays of that type have rows, whose distance launchers take: a
  /// matrix that is not packed.
  static bool hasRows(mlir::RankedTensorType type);

private:
  /// Fills a buffer of Halide from the launcher's arguments.
  void fillBuffer(mlir::ImplicitLocOpBuilder &builder, mlir::Value buffer,
                  mlir::Value dims, mlir::RankedTensorType tensor,
                  halide::BufferType type,
                  mlir::Block::BlockArgListType &arguments);
  void fillLauncher(mlir::LLVM::LLVMFuncOp launcher, llama::LaunchOp launch,
                    halide::PipelineOp pipeline,
                    mlir::LLVM::LLVMFuncOp entryFunction,
                    llvm::ArrayRef<mlir::RankedTensorType> types);
  /// The function that runs a pipeline with buffers of Halide: its own, or one
  /// that may have something else compute it, a library or tensor cores.
  llvm::FailureOr<mlir::LLVM::LLVMFuncOp> getEntry(halide::PipelineOp pipeline);
  llvm::FailureOr<mlir::LLVM::LLVMFuncOp>
  getProductEntry(halide::PipelineOp pipeline, llama::ProductAttr product);
  llvm::FailureOr<mlir::LLVM::LLVMFuncOp>
  getTensorEntry(halide::PipelineOp pipeline, llama::TensorKernelAttr tensor);
  /// Such a function of its own, which is to end with the call of a function of
  /// the runtime.
  mlir::ImplicitLocOpBuilder beginEntry(halide::PipelineOp pipeline,
                                        llvm::StringRef prefix);
  mlir::LLVM::LLVMFuncOp endEntry(mlir::ImplicitLocOpBuilder &builder,
                                  llvm::StringRef runtime,
                                  llvm::ArrayRef<mlir::Value> arguments);
  mlir::LLVM::LLVMFuncOp getKernel(llvm::StringRef name);

  mlir::ModuleOp module;
  mlir::SymbolTable symbols;
  const ModuleSignature &signature;
  int32_t device;
  llvm::StringMap<mlir::LLVM::GlobalOp> strings;
  llvm::StringMap<mlir::LLVM::LLVMFuncOp> declarations, launchers;
};

} // namespace llamir

#endif // LLAMIR_LIB_CONVERSION_HOSTTOLLVM_HOSTKERNELS_H
