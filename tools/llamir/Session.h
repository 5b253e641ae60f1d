//===- Session.h - A model on its way through the compiler ---- -*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TOOLS_LLAMIR_SESSION_H
#define LLAMIR_TOOLS_LLAMIR_SESSION_H

#include "Image.h"
#include "Messages.h"
#include "llamir/Execution/Execution.h"
#include "llamir/Import/HuggingFace.h"
#include "llamir/Import/Weights.h"
#include "llamir/Pipelines.h"
#include "llamir/Reference/Reference.h"
#include "mlir/IR/MLIRContext.h"
#include <chrono>

namespace llamir {

/// The options that several commands have.
struct DriverOptions {
  std::string target = "host";
  std::string shape;
  std::optional<int64_t> layers; // Of the shape.
  bool whole = false;            // All of them, from ids to logits.
  ImportOptions import;          // Of a model's folder.
  std::string name;              // Before the names of C functions and files.
  TypeOptions types;
  FusionOptions fusion;
  FPMode fp = FPMode::Strict;
  /// Each kernel is a function of its own, in place of those of the input.
  bool isolateKernels = false;
  /// Attentions read keys and values from arguments, for a step of decoding.
  bool cacheArguments = false;
};

/// A fusion as the command line names it.
struct NamedFusion {
  llvm::StringRef name;
  bool FusionOptions::*flag;
};
llvm::ArrayRef<NamedFusion> getFusions();

/// The stages of the compiler whose IR can be printed, in their order.
llvm::ArrayRef<llvm::StringLiteral> getStages();

/// Seconds since some moment.
inline double getSeconds() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// A model on its way through the compiler, and what is needed to run it.
/// Messages go to stderr.
class Session {
  mlir::MLIRContext context; // Outlives the modules below.

public:
  explicit Session(DriverOptions options);

  mlir::MLIRContext &getContext() { return context; }
  /// Reads IR, imports a folder, or builds a named shape.
  llvm::LogicalResult load(llvm::StringRef input);
  /// Reads IR that is part of the driver, for the options' target.
  llvm::LogicalResult loadText(llvm::StringRef text, llvm::StringRef name);
  /// Leaves the other functions out, if a name is given: what does not run need
  /// not be compiled, nor its weights be packed.
  llvm::LogicalResult selectFunction(llvm::StringRef name);
  /// Runs the stages up to this one, and prints the IR.
  llvm::LogicalResult printAfter(llvm::StringRef stage, llvm::raw_ostream &os);
  /// Runs all stages, and makes machine code.
  llvm::LogicalResult compile(llvm::ArrayRef<KernelOutput> outputs);
  /// Writes the packed weights to a file that compiled code can open; the
  /// caller commits it.
  llvm::LogicalResult writeWeights(OutputFile &file);
  /// Loads the code and the weights. Those that one of `others` has in the same
  /// layout are shared with it.
  llvm::LogicalResult prepareRun(llvm::ArrayRef<const Session *> others = {});

  /// The function of that name, or the only public one.
  llvm::FailureOr<mlir::func::FuncOp> getFunction(llvm::StringRef name);
  /// How a function is called, once it is compiled.
  const HostSignature &getSignature(mlir::func::FuncOp function) const;
  /// What was loaded, for messages.
  llvm::StringRef getInputName() const { return inputName; }
  /// The name of the files of a compiled module.
  std::string getName() const;
  /// Runs the function. See LoadedModule::run.
  llvm::LogicalResult run(mlir::func::FuncOp function,
                          llvm::MutableArrayRef<Array> arguments,
                          std::vector<Array> &results,
                          LaunchObserver observer = {});
  /// Puts a function's arguments on the device that its kernels run on, with
  /// one of several copies of the weights, counted from 0, which are made when
  /// they are asked for and kept. See LoadedModule::place.
  llvm::FailureOr<std::unique_ptr<PlacedFunction>>
  place(mlir::func::FuncOp function, llvm::ArrayRef<Array> arguments,
        size_t copyOfWeights = 0);
  /// A weight's numbers for the reference evaluator.
  llvm::FailureOr<reference::Tensor> getWeight(llama::WeightOp weight);

  TargetInfo target;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// The kernels that are launched as functions of llama ops, for the reference
  /// and to count their work. Null when the IR came without them.
  mlir::OwningOpRef<mlir::ModuleOp> kernels;
  std::vector<std::string> remarks;
  mlir::OwningOpRef<mlir::ModuleOp> host; // With host functions in LLVM.
  ModuleSignature signature;
  llvm::SmallVector<KernelCode> code; // Of the kernels, then of the host.
  std::unique_ptr<LoadedModule> loaded;
  WeightsLayout layout;
  double compileSeconds = 0, packSeconds = 0;
  std::shared_ptr<Image> image; // The weights.

private:
  llvm::LogicalResult checkNoFolder(llvm::StringRef hint = "");
  llvm::LogicalResult loadShape(llvm::StringRef input);
  llvm::LogicalResult loadFolder(llvm::StringRef path);
  llvm::LogicalResult loadIR(llvm::StringRef path);
  llvm::LogicalResult takeKernels();
  llvm::LogicalResult checkPassed(llvm::ArrayRef<llvm::StringLiteral> passed,
                                  llvm::StringRef last);
  llvm::LogicalResult runStages(llvm::StringRef last);
  llvm::LogicalResult runStage(llvm::StringRef stage);
  void buildStage(llvm::StringRef stage, mlir::OpPassManager &pm);
  llvm::LogicalResult findTarget();
  /// Adds a place.
  llvm::LogicalResult placeWeights();
  llvm::LogicalResult generateCode(llvm::ArrayRef<KernelOutput> outputs);

  DriverOptions options;
  std::string inputName;
  std::string folder; // That weights' paths are relative to.
  std::unique_ptr<WeightReader> reader;
  /// Where kernels read weights: the image, or copies on their device.
  std::vector<const void *> weights;
};

} // namespace llamir

#endif // LLAMIR_TOOLS_LLAMIR_SESSION_H
