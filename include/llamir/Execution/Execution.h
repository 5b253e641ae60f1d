//===- Execution.h - Running generated code in this process -----*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_EXECUTION_EXECUTION_H
#define LLAMIR_EXECUTION_EXECUTION_H

#include "dialects/llama/LlamaDialect.h"
#include "llamir/Conversion/HostToLLVM/HostSignature.h"
#include "llamir/Runtime/llamir_runtime.h"
#include "llamir/Support/Array.h"
#include "llamir/Target/HalideCodegen.h"
#include "llvm/ADT/StringMap.h"

struct halide_buffer_t;

namespace llvm::orc {
class LLJIT;
} // namespace llvm::orc

namespace llamir {

/// libllamir_rt.a and its headers, as they were built with this library: for
/// the JIT, and for the folder that a compiled model is written to.
llvm::StringRef getRuntimeArchive();
llvm::StringRef getRuntimeHeader();
llvm::StringRef getBundleHeader();

/// A tensor in memory; of rank 2 and more, its rows are `stride` elements
/// apart. A packed weight has its shape as a matrix, and the stride 0.
struct TensorView {
  /// Null for a weight on a device, of which there is no copy.
  const void *data = nullptr;
  ElementType type = ElementType::F32;
  llvm::SmallVector<int64_t> shape;
  int64_t stride = 0;

  /// Elements that lie side by side: those of a row, or of a vector.
  int64_t getWidth() const {
    llvm::ArrayRef<int64_t> row(shape);
    return mlir::ShapedType::getNumElements(row.drop_front(row.size() > 1));
  }
};

/// A launch that has run, for who watches a function.
struct ObservedLaunch {
  llama::LaunchOp launch;
  llvm::SmallVector<TensorView> operands, results;
  /// How long it took; on a device, with what it takes to hand it over and to
  /// wait for its end.
  double seconds = 0;
};
using LaunchObserver = std::function<llvm::Error(const ObservedLaunch &)>;

class LoadedModule;

/// A function with arrays in the memory of a device, which runs again and again
/// without a copy from or to the process. Not for several threads at once.
class PlacedFunction {
public:
  ~PlacedFunction();
  PlacedFunction(const PlacedFunction &) = delete;
  PlacedFunction &operator=(const PlacedFunction &) = delete;

  /// Tells the device to run it, after what it was told before, and does not
  /// wait; see LoadedModule::finish. With an observer each launch is waited
  /// for; what it is told of arrays has no data.
  llvm::Error run(LaunchObserver observer = {});

private:
  friend class LoadedModule;
  PlacedFunction(LoadedModule &module, mlir::func::FuncOp function,
                 const HostSignature &host, const void *weights)
      : module(module), function(function), host(host), weights(weights) {}

  LoadedModule &module;
  mlir::func::FuncOp function;
  const HostSignature &host;
  const void *weights;
  llvm::SmallVector<int64_t> sizes;
  llvm::SmallVector<llamir_array> arrays; // Given back at the end.
};

/// The objects of a module, linked with ORC: the same that `llamir compile`
/// writes.
class LoadedModule {
public:
  /// Links the objects of the kernels and of the host functions with the
  /// runtime.
  static llvm::Expected<std::unique_ptr<LoadedModule>>
  load(llvm::ArrayRef<KernelCode> code, ModuleSignature signature);
  ~LoadedModule();

  /// Runs a function on arrays, which must fit its type. `results` may be those
  /// of a run before: the ones that have the right shape are written again, so
  /// that who measures does not measure the making of arrays. `function` is its
  /// IR with launches, which the observer is told of after each has run;
  /// kernels on empty tensors do not run. The arena is kept for the next run.
  /// Not for several threads at once.
  llvm::Error run(mlir::func::FuncOp function, const void *weights,
                  llvm::MutableArrayRef<Array> arguments,
                  std::vector<Array> &results, LaunchObserver observer = {});

  /// Copies weights to the memory of the device that kernels run on, and
  /// returns where they are; for a processor that is where they were. `advance`
  /// is told of bytes that are done.
  llvm::Expected<const void *>
  placeWeights(llvm::ArrayRef<char> weights,
               llvm::function_ref<void(int64_t)> advance);

  /// Makes arrays for a function in the memory of the device that kernels run
  /// on, and copies arguments there; see placeWeights for `weights`.
  llvm::Expected<std::unique_ptr<PlacedFunction>>
  place(mlir::func::FuncOp function, const void *weights,
        llvm::ArrayRef<Array> arguments);
  /// Waits until the device has done all that it was told to.
  llvm::Error finish();
  /// Looks for the device, which everything else does when it needs it.
  llvm::Error openDevice();

  /// The number of threads of kernels; 0 for one a processor.
  llvm::Error setThreads(int count);
  /// Bytes of the arena of the runs so far.
  int64_t getArenaBytes() const { return arenaBytes; }

private:
  LoadedModule() = default;
  llvm::Expected<void *> find(llvm::StringRef name);
  /// What the runtime says of the call that has just failed.
  llvm::Error getLastError();
  llvm::Error prepareArena(const HostSignature &signature,
                           llvm::ArrayRef<int64_t> sizes);
  /// Calls a function of the form of NAME_call.
  llvm::Error call(llvm::StringRef name, const void *weights,
                   llvm::ArrayRef<int64_t> sizes,
                   llvm::ArrayRef<llamir_array> arrays);
  /// Runs `call` and tells the observer, if there is one, of its launches.
  llvm::Error observe(mlir::func::FuncOp function, LaunchObserver observer,
                      bool copiesArrays,
                      llvm::function_ref<llvm::Error()> call);
  llvm::Expected<const HostSignature *>
  findSignature(mlir::func::FuncOp function);

  /// Memory of the device that kernels run on, and copies.
  llvm::Expected<void *> allocateOnDevice(int64_t bytes);
  llvm::Error freeOnDevice(void *memory);
  llvm::Error copyToDevice(void *to, const void *from, int64_t bytes);
  llvm::Error copyFromDevice(void *to, const void *from, int64_t bytes);
  /// Calls the runtime's `function`, one of its two copies.
  llvm::Error copyBetween(llvm::StringRef function, void *to, const void *from,
                          int64_t bytes);
  bool isOnDevice() const { return signature.device != LLAMIR_PROCESSOR; }
  /// Calls a function of the runtime that takes the device.
  llvm::Error callForDevice(llvm::StringRef name);

  friend class Observation;
  friend class PlacedFunction;
  class Constructors;
  std::shared_ptr<Constructors> constructors;
  std::unique_ptr<llvm::orc::LLJIT> jit;
  llvm::StringMap<void *> addresses; // Of symbols that were looked up.
  ModuleSignature signature;
  Array arena;
  /// In place of it, on a device; given back when the code goes away.
  void *deviceArena = nullptr;
  int64_t arenaBytes = 0;
};

} // namespace llamir

#endif // LLAMIR_EXECUTION_EXECUTION_H
