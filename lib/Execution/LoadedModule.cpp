//===- LoadedModule.cpp - Running compiled modules ------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CheckArguments.h"
#include "HalideRuntime.h"
#include "llamir/Execution/Execution.h"
#include "llamir/Runtime/llamir_runtime.h"
#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include <chrono>

using namespace mlir;
using namespace llamir;

//===----------------------------------------------------------------------===//
// Linking
//===----------------------------------------------------------------------===//

LoadedModule::~LoadedModule() {
  // The threads of the runtime run code that goes away with the JIT, and what
  // it keeps would never be found again.
  if (!jit)
    return;
  auto shutDown = find("llamir_rt_shut_down");
  if (shutDown)
    reinterpret_cast<void (*)()>(*shutDown)();
  else
    llvm::consumeError(shutDown.takeError());
}

llvm::Expected<std::unique_ptr<LoadedModule>>
LoadedModule::load(ArrayRef<KernelCode> code, ModuleSignature signature) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit)
    return jit.takeError();
  std::unique_ptr<LoadedModule> loaded(new LoadedModule());
  loaded->signature = std::move(signature);
  auto runtime = llvm::orc::StaticLibraryDefinitionGenerator::Create(
      (*jit)->getObjLinkingLayer(),
      llvm::MemoryBuffer::getMemBuffer(getRuntimeArchive(), "libllamir_rt.a",
                                       /*RequiresNullTerminator=*/false));
  if (!runtime)
    return runtime.takeError();
  (*jit)->getMainJITDylib().addGenerator(std::move(*runtime));
  for (const KernelCode &object : code)
    if (llvm::Error error =
            (*jit)->addObjectFile(llvm::MemoryBuffer::getMemBufferCopy(
                object.get(KernelOutput::Object), object.name)))
      return error;
  loaded->jit = std::move(*jit);
  // What does not link is found here, not in the first run.
  for (const HostSignature &function : loaded->signature.functions)
    if (auto address = loaded->find(function.getCallFunction()); !address)
      return address.takeError();
  return loaded;
}

llvm::Expected<void *> LoadedModule::find(StringRef name) {
  // The linker's own lookup takes longer than a small model's function.
  void *&known = addresses[name];
  if (known)
    return known;
  auto address = jit->lookup(name);
  if (!address)
    return address.takeError();
  return known = address->toPtr<void *>();
}

llvm::Error LoadedModule::getLastError() {
  auto text = find("llamir_last_error");
  if (!text)
    return text.takeError();
  return llvm::createStringError("%s",
                                 reinterpret_cast<const char *(*)()>(*text)());
}

llvm::Error LoadedModule::setThreads(int count) {
  auto set = find("llamir_set_threads");
  if (!set)
    return set.takeError();
  if (reinterpret_cast<int32_t (*)(int32_t)>(*set)(count) != LLAMIR_OK)
    return getLastError();
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Observing
//===----------------------------------------------------------------------===//

namespace {
/// Turns what the runtime tells of launches into what the observer is told.
class Observation {
public:
  Observation(func::FuncOp function, LaunchObserver observer)
      : launches(function.getOps<llama::LaunchOp>()),
        observer(std::move(observer)) {}

  static int32_t notify(void *user, const llamir_launch *launch, int32_t done) {
    auto *self = static_cast<Observation *>(user);
    auto now = std::chrono::steady_clock::now();
    if (!done) {
      self->start = now;
      return 0;
    }
    self->seconds = std::chrono::duration<double>(now - self->start).count();
    self->error = llvm::joinErrors(std::move(self->error), self->tell(*launch));
    return bool(self->error);
  }

  llvm::Error error = llvm::Error::success();

private:
  llvm::Error tell(const llamir_launch &launch) {
    llama::LaunchOp op = launches[launch.index];
    ObservedLaunch observed;
    observed.launch = op;
    observed.seconds = seconds;
    for (auto [index, operand] : llvm::enumerate(op.getOperands()))
      observed.operands.push_back(
          view(operand.getType(), *launch.arrays[index]));
    for (auto [index, result] : llvm::enumerate(op.getResults()))
      observed.results.push_back(
          view(result.getType(), *launch.arrays[launch.num_operands + index]));
    return observer(observed);
  }

  static TensorView view(Type type, const halide_buffer_t &buffer) {
    auto tensor = cast<RankedTensorType>(type);
    TensorView view;
    view.data = buffer.host;
    view.type = llama::getArrayType(tensor);
    view.shape.assign(tensor.getShape().begin(), tensor.getShape().end());
    if (llama::getPanels(tensor))
      return view;
    // The buffer may divide a row; its outermost dimension is that of the rows.
    const halide_dimension_t &outermost = buffer.dim[buffer.dimensions - 1];
    view.shape.front() = outermost.extent;
    view.stride = view.shape.size() == 2 ? outermost.stride : view.shape.back();
    return view;
  }

  SmallVector<llama::LaunchOp> launches;
  LaunchObserver observer;
  std::chrono::steady_clock::time_point start;
  double seconds = 0;
};
} // namespace

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

llvm::Error LoadedModule::prepareArena(const HostSignature &host,
                                       ArrayRef<int64_t> sizes) {
  auto address = find(host.getArenaCallFunction());
  if (!address)
    return address.takeError();
  int64_t bytes =
      reinterpret_cast<int64_t (*)(const int64_t *)>(*address)(sizes.data());
  if (bytes < 0)
    return getLastError();
  if (bytes <= arenaBytes)
    return llvm::Error::success();
  llvm::Expected<Array> created = Array::create(ElementType::U8, {bytes});
  if (!created) {
    llvm::consumeError(created.takeError());
    return llvm::createStringError("there is no memory for an arena of " +
                                   Twine(bytes) + " bytes");
  }
  arena = std::move(*created);
  arenaBytes = bytes;
  return llvm::Error::success();
}

llvm::Error LoadedModule::call(const HostSignature &host, const void *weights,
                               ArrayRef<int64_t> sizes,
                               ArrayRef<llamir_array> arrays) {
  auto address = find(host.getCallFunction());
  if (!address)
    return address.takeError();
  using Call =
      int32_t (*)(const void *, void *, const int64_t *, const llamir_array *);
  if (reinterpret_cast<Call>(*address)(weights, arena.getBytes().data(),
                                       sizes.data(),
                                       arrays.data()) != LLAMIR_OK)
    return getLastError();
  return llvm::Error::success();
}

llvm::Error LoadedModule::run(func::FuncOp function, const void *weights,
                              MutableArrayRef<Array> arguments,
                              std::vector<Array> &results,
                              LaunchObserver observer) {
  auto host =
      llvm::find_if(signature.functions, [&](const HostSignature &host) {
        return host.symbol == function.getSymName();
      });
  if (host == signature.functions.end())
    return llvm::createStringError("there is no host function '" +
                                   function.getSymName() + "'");
  llvm::Expected<SmallVector<int64_t>> sizes = checkArguments(*host, arguments);
  if (!sizes)
    return sizes.takeError();
  if (llvm::Error error = prepareResults(*host, *sizes, results))
    return error;
  if (llvm::Error error = prepareArena(*host, *sizes))
    return error;
  SmallVector<llamir_array> arrays;
  for (MutableArrayRef<Array> some : {arguments, MutableArrayRef(results)})
    for (Array &array : some)
      arrays.push_back(
          {array.getBytes().data(), getRuntimeType(array.getType())});
  if (!observer)
    return call(*host, weights, *sizes, arrays);

  auto set = find("llamir_set_observer");
  if (!set)
    return set.takeError();
  auto setObserver = reinterpret_cast<void (*)(llamir_observer, void *)>(*set);
  Observation observation(function, std::move(observer));
  setObserver(Observation::notify, &observation);
  llvm::Error error = call(*host, weights, *sizes, arrays);
  setObserver(nullptr, nullptr);
  // What the observer found is the reason for the function to stop.
  if (observation.error) {
    llvm::consumeError(std::move(error));
    return std::move(observation.error);
  }
  return error;
}
