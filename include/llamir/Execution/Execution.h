//===- Execution.h - Running generated kernels in this process ---*- C++ -*===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_EXECUTION_EXECUTION_H
#define LLAMIR_EXECUTION_EXECUTION_H

#include "dialects/halide/HalideDialect.h"
#include "dialects/llama/LlamaDialect.h"
#include "llamir/Import/Weights.h"
#include "llamir/Support/Array.h"
#include "llamir/Target/HalideCodegen.h"

namespace llvm::orc {
class LLJIT;
} // namespace llvm::orc

namespace llamir {

/// A tensor in memory: rank 1 or 2, rows `stride` elements apart.
struct TensorView {
  void *data = nullptr;
  ElementType type = ElementType::F32;
  llvm::SmallVector<int64_t> shape;
  int64_t stride = 0;

  int64_t getWidth() const { return shape.back(); }
};

/// A view of a whole array.
TensorView viewOf(Array &array);
/// The element type of buffers of that type.
ElementType getElementType(mlir::Type type);

/// Objects of kernels, loaded with ORC together with Halide's runtime.
class KernelLibrary {
public:
  static llvm::Expected<std::unique_ptr<KernelLibrary>>
  load(llvm::ArrayRef<KernelCode> kernels);
  ~KernelLibrary();

  /// Runs the kernel of a pipeline; `operands` and `results` are those of its
  /// launches. What the kernel's own checks find is an error.
  llvm::Error run(halide::PipelineOp pipeline, llvm::ArrayRef<TensorView> operands,
                  llvm::ArrayRef<TensorView> results);
  /// Sets the number of threads; 0 for one a processor.
  void setThreads(int count);

private:
  KernelLibrary();
  std::unique_ptr<llvm::orc::LLJIT> jit;
  llvm::StringMap<void *> addresses;
};

/// A host function that is run launch by launch, so that every kernel can be
/// watched. Weights stay where the image has them.
class LaunchRunner {
public:
  LaunchRunner(mlir::ModuleOp module, KernelLibrary &library, const WeightsLayout &layout,
               llvm::MutableArrayRef<char> image)
      : module(module), symbols(module), library(library), layout(layout), image(image) {}

  /// Called around each launch with its operands and results.
  using Observer = std::function<llvm::Error(llama::LaunchOp launch, halide::PipelineOp pipeline,
                                             llvm::ArrayRef<TensorView> operands,
                                             llvm::ArrayRef<TensorView> results)>;
  /// After each launch.
  Observer observer;

  /// Runs the function. Arguments must fit its type; ids must lie in the
  /// vocabulary.
  llvm::Expected<std::vector<Array>> run(mlir::func::FuncOp function,
                                         llvm::MutableArrayRef<Array> arguments);

private:
  llvm::Error checkArguments(mlir::func::FuncOp function, llvm::ArrayRef<Array> arguments);

  mlir::ModuleOp module;
  mlir::SymbolTable symbols;
  KernelLibrary &library;
  const WeightsLayout &layout;
  llvm::MutableArrayRef<char> image;
};

} // namespace llamir

#endif // LLAMIR_EXECUTION_EXECUTION_H
