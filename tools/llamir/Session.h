//===- Session.h - What the driver's commands share -------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TOOLS_LLAMIR_SESSION_H
#define LLAMIR_TOOLS_LLAMIR_SESSION_H

#include "llamir/Execution/Execution.h"
#include "llamir/Import/Weights.h"
#include "llamir/Pipelines.h"
#include "llamir/Reference/Reference.h"
#include "mlir/IR/MLIRContext.h"
#include <chrono>
#include <sys/mman.h>

namespace llamir {

/// The options that several commands have.
struct DriverOptions {
  std::string target = "host";
  std::string shape;
  std::optional<int64_t> layers; // Of the shape.
  std::optional<int64_t> block;
  std::string untilAfter;
  std::string name; // Before the names of C functions and files.
  FusionOptions fusion;
  /// Attentions read keys and values from arguments, for a step of decoding.
  bool cacheArguments = false;
};

/// A fusion as the command line names it.
struct NamedFusion {
  llvm::StringRef name;
  bool FusionOptions::*flag;
};
llvm::ArrayRef<NamedFusion> getFusions();

/// Seconds since some moment.
inline double getSeconds() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// Memory for the weights: its pages come when they are touched, large ones
/// where the system has them.
class Image {
public:
  static llvm::Expected<Image> create(int64_t bytes);
  Image(Image &&other)
      : data(std::exchange(other.data, nullptr)), bytes(other.bytes) {}
  ~Image() {
    if (data)
      munmap(data, bytes);
  }
  llvm::MutableArrayRef<char> get() { return {data, size_t(bytes)}; }

private:
  Image(char *data, int64_t bytes) : data(data), bytes(bytes) {}
  char *data;
  int64_t bytes;
};

/// A model on its way through the compiler, and what is needed to run it.
class Session {
  mlir::MLIRContext context; // Outlives the modules below.

public:
  explicit Session(DriverOptions options);

  mlir::MLIRContext &getContext() { return context; }
  /// Reads IR, imports a folder, or builds a named shape. Messages go to
  /// stderr.
  llvm::LogicalResult load(llvm::StringRef input);
  /// Runs the stages up to machine code. With `untilAfter` set, prints the IR
  /// after that stage to `os` and sets `stopped`.
  llvm::LogicalResult compile(llvm::ArrayRef<KernelOutput> outputs,
                              llvm::raw_ostream &os, bool &stopped);
  /// Loads the code and the weights. Those that one of `others` has in the same
  /// layout are shared with it.
  llvm::LogicalResult prepareRun(llvm::ArrayRef<const Session *> others = {});

  /// Leaves the other functions out, if a name is given: what does not run need
  /// not be compiled, nor its weights be packed.
  llvm::LogicalResult selectFunction(llvm::StringRef name);
  /// Writes the packed weights to a file that compiled code can open; the
  /// caller commits it.
  llvm::LogicalResult writeWeights(OutputFile &file);

  /// The function of that name, or the only public one.
  llvm::FailureOr<mlir::func::FuncOp> getFunction(llvm::StringRef name);
  /// The name of the files of a compiled module.
  std::string getName() const;
  /// Runs the function; what goes wrong goes to stderr. See LoadedModule::run.
  llvm::LogicalResult run(mlir::func::FuncOp function,
                          llvm::MutableArrayRef<Array> arguments,
                          std::vector<Array> &results,
                          LaunchObserver observer = {});
  /// A weight's numbers for the reference evaluator.
  llvm::FailureOr<reference::Tensor> getWeight(llama::WeightOp weight);

  TargetInfo target;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// The kernels that are launched as functions of llama ops, for the reference
  /// and to count their work. Null when the IR came without them.
  mlir::OwningOpRef<mlir::ModuleOp> kernels;
  std::vector<std::string> remarks;       // "passed: …", "missed: …".
  mlir::OwningOpRef<mlir::ModuleOp> host; // With host functions in LLVM.
  ModuleSignature signature;
  llvm::SmallVector<KernelCode> code; // Of the kernels, then of the host.
  std::unique_ptr<LoadedModule> loaded;
  WeightsLayout layout;
  double compileSeconds = 0, packSeconds = 0;
  std::shared_ptr<Image> image; // The weights.

private:
  using Stage =
      std::pair<llvm::StringRef, std::function<void(mlir::OpPassManager &)>>;

  llvm::LogicalResult takeKernels();
  llvm::LogicalResult checkPassed(llvm::ArrayRef<Stage> passed);
  void print(mlir::ModuleOp printed, llvm::raw_ostream &os);
  llvm::LogicalResult
  runStage(llvm::StringRef stage, mlir::ModuleOp on,
           llvm::function_ref<void(mlir::OpPassManager &)> build,
           llvm::raw_ostream &os, bool &stopped);

  DriverOptions options;
  std::string folder; // That weights' paths are relative to.
  std::unique_ptr<WeightReader> reader;
};

/// Prints `message` as an error of the driver; for `return fail(…)`.
llvm::LogicalResult fail(const llvm::Twine &message);
llvm::LogicalResult fail(llvm::Error error);

/// Inputs of a function: arrays from files, then made ones. Dynamic sizes come
/// from `sizes` by name, 16 where nothing is said; floats are random in [-1,
/// 1), "positions" count from 0, other integers are random below their limit.
llvm::FailureOr<std::vector<Array>>
makeInputs(mlir::func::FuncOp function, llvm::ArrayRef<std::string> files,
           uint64_t seed, const llvm::StringMap<int64_t> &sizes);

// The commands; each returns the exit status.
int runImport(DriverOptions options, llvm::StringRef input,
              llvm::StringRef output);
struct CompileOptions {
  std::string outputDir;
  llvm::SmallVector<KernelOutput> outputs; // Of kernels and of the host.
  bool header = false, runtime = false, weights = false;
};
int runCompile(DriverOptions options, llvm::StringRef input,
               const CompileOptions &compile);
struct RunOptions {
  std::string function, outputDir;
  std::vector<std::string> inputs;
  llvm::StringMap<int64_t> sizes;
  uint64_t seed = 1;
  bool check = false;
};
int runRun(DriverOptions options, llvm::StringRef input, const RunOptions &run);
int runEval(DriverOptions options, llvm::StringRef input, llvm::StringRef ids,
            llvm::StringRef logits, llvm::StringRef expected, double tolerance);
int runDemo(DriverOptions options, llvm::StringRef input);

/// Runs a function with every kernel compared with the reference; prints a
/// table.
llvm::LogicalResult checkFunction(Session &session, mlir::func::FuncOp function,
                                  llvm::MutableArrayRef<Array> inputs,
                                  std::vector<Array> &results);

} // namespace llamir

#endif // LLAMIR_TOOLS_LLAMIR_SESSION_H
