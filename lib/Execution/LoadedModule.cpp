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
#include "llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include <chrono>
#include <list>

using namespace mlir;
using namespace llamir;

//===----------------------------------------------------------------------===//
// Linking
//===----------------------------------------------------------------------===//

/// Finds the constructors of objects, which ORC without a runtime of its own
/// does not run: Halide's device caches have some.
class LoadedModule::Constructors
    : public llvm::orc::ObjectLinkingLayer::Plugin {
public:
  /// Runs those of what was linked since the last time, in order.
  void run() {
    std::vector<llvm::orc::ExecutorAddr> functions;
    {
      std::lock_guard<std::mutex> lock(mutex);
      std::swap(functions, found);
    }
    for (llvm::orc::ExecutorAddr function : functions)
      function.toPtr<void (*)()>()();
  }

  void modifyPassConfig(llvm::orc::MaterializationResponsibility &,
                        llvm::jitlink::LinkGraph &,
                        llvm::jitlink::PassConfiguration &config) override {
    config.PrePrunePasses.push_back([](llvm::jitlink::LinkGraph &graph) {
      forBlocks(graph, [&](llvm::jitlink::Block &block) {
        graph.addAnonymousSymbol(block, 0, block.getSize(),
                                 /*IsCallable=*/false, /*IsLive=*/true);
      });
      return llvm::Error::success();
    });
    config.PostFixupPasses.push_back([this](llvm::jitlink::LinkGraph &graph) {
      std::lock_guard<std::mutex> lock(mutex);
      forBlocks(graph, [&](llvm::jitlink::Block &block) {
        for (size_t at = 0; at + 8 <= block.getSize(); at += 8)
          found.emplace_back(
              llvm::support::endian::read64le(block.getContent().data() + at));
      });
      return llvm::Error::success();
    });
  }
  llvm::Error
  notifyFailed(llvm::orc::MaterializationResponsibility &) override {
    return llvm::Error::success();
  }
  llvm::Error notifyRemovingResources(llvm::orc::JITDylib &,
                                      llvm::orc::ResourceKey) override {
    return llvm::Error::success();
  }
  void notifyTransferringResources(llvm::orc::JITDylib &,
                                   llvm::orc::ResourceKey,
                                   llvm::orc::ResourceKey) override {}

private:
  static void
  forBlocks(llvm::jitlink::LinkGraph &graph,
            llvm::function_ref<void(llvm::jitlink::Block &)> action) {
    if (llvm::jitlink::Section *section =
            graph.findSectionByName(".init_array")) {
      SmallVector<llvm::jitlink::Block *> blocks(section->blocks());
      for (llvm::jitlink::Block *block : blocks)
        action(*block);
    }
  }

  std::mutex mutex;
  std::vector<llvm::orc::ExecutorAddr> found;
};

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
  std::unique_ptr<LoadedModule> loaded(new LoadedModule());
  loaded->constructors = std::make_shared<Constructors>();
  auto jit =
      llvm::orc::LLJITBuilder()
          .setObjectLinkingLayerCreator(
              [&](llvm::orc::ExecutionSession &session)
                  -> llvm::Expected<std::unique_ptr<llvm::orc::ObjectLayer>> {
                auto layer =
                    std::make_unique<llvm::orc::ObjectLinkingLayer>(session);
                layer->addPlugin(loaded->constructors);
                return std::move(layer);
              })
          .create();
  if (!jit)
    return jit.takeError();
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
  constructors->run();
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

namespace llamir {
/// Turns what the runtime tells of launches into what the observer is told.
class Observation {
public:
  Observation(LoadedModule &module, func::FuncOp function,
              LaunchObserver observer, bool copiesArrays)
      : module(module), launches(function.getOps<llama::LaunchOp>()),
        observer(std::move(observer)), copiesArrays(copiesArrays) {}

  static int32_t notify(void *user, const llamir_launch *launch, int32_t done) {
    auto *self = static_cast<Observation *>(user);
    self->error =
        llvm::joinErrors(std::move(self->error), self->module.finish());
    auto now = std::chrono::steady_clock::now();
    if (self->error)
      return 1;
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
    copies.clear();
    llvm::Error error = llvm::Error::success();
    SmallVector<Value> values(op.getOperands());
    llvm::append_range(values, op.getResults());
    for (auto [index, value] : llvm::enumerate(values)) {
      auto &views =
          index < op.getNumOperands() ? observed.operands : observed.results;
      const halide_buffer_t &buffer = *launch.arrays[index];
      views.push_back(view(value.getType(), buffer));
      if (!module.isOnDevice())
        continue;
      views.back().data = nullptr;
      if (copiesArrays)
        error = llvm::joinErrors(std::move(error),
                                 copy(value, buffer, views.back()));
    }
    return error ? std::move(error) : observer(observed);
  }

  /// Gives a view what an array on a device holds.
  llvm::Error copy(Value value, const halide_buffer_t &buffer,
                   TensorView &view) {
    if (value.getDefiningOp<llama::GetWeightOp>())
      return llvm::Error::success();
    int64_t elements = 1;
    for (int32_t dim = 0; dim < buffer.dimensions; ++dim) {
      if (buffer.dim[dim].extent == 0)
        return llvm::Error::success();
      elements += int64_t(buffer.dim[dim].extent - 1) * buffer.dim[dim].stride;
    }
    std::vector<char> &bytes =
        copies.emplace_back(elements * buffer.type.bytes());
    view.data = bytes.data();
    return module.copyFromDevice(bytes.data(), buffer.host, bytes.size());
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
    view.stride = view.shape.size() >= 2 ? outermost.stride : view.shape.back();
    return view;
  }

  LoadedModule &module;
  SmallVector<llama::LaunchOp> launches;
  LaunchObserver observer;
  bool copiesArrays; // From a device.
  /// Of arrays on a device, for the launch at hand.
  std::list<std::vector<char>> copies;
  std::chrono::steady_clock::time_point start;
  double seconds = 0;
};
} // namespace llamir

//===----------------------------------------------------------------------===//
// Devices
//===----------------------------------------------------------------------===//

llvm::Expected<void *> LoadedModule::allocateOnDevice(int64_t bytes) {
  auto allocate = find("llamir_allocate");
  if (!allocate)
    return allocate.takeError();
  using Allocate = void *(*)(llamir_device, int64_t);
  void *memory = reinterpret_cast<Allocate>(*allocate)(
      llamir_device(signature.device), bytes);
  if (!memory)
    return getLastError();
  return memory;
}

llvm::Error LoadedModule::freeOnDevice(void *memory) {
  auto release = find("llamir_free");
  if (!release)
    return release.takeError();
  reinterpret_cast<void (*)(llamir_device, void *)>(*release)(
      llamir_device(signature.device), memory);
  return llvm::Error::success();
}

llvm::Error LoadedModule::copyBetween(StringRef function, void *to,
                                      const void *from, int64_t bytes) {
  auto copy = find(function);
  if (!copy)
    return copy.takeError();
  if (reinterpret_cast<int32_t (*)(llamir_device, void *, const void *,
                                   int64_t)>(*copy)(
          llamir_device(signature.device), to, from, bytes) != LLAMIR_OK)
    return getLastError();
  return llvm::Error::success();
}

llvm::Error LoadedModule::copyToDevice(void *to, const void *from,
                                       int64_t bytes) {
  return copyBetween("llamir_copy_to_device", to, from, bytes);
}

llvm::Error LoadedModule::copyFromDevice(void *to, const void *from,
                                         int64_t bytes) {
  return copyBetween("llamir_copy_from_device", to, from, bytes);
}

llvm::Error LoadedModule::callForDevice(StringRef name) {
  if (!isOnDevice())
    return llvm::Error::success();
  auto function = find(name);
  if (!function)
    return function.takeError();
  if (reinterpret_cast<int32_t (*)(llamir_device)>(*function)(
          llamir_device(signature.device)) != LLAMIR_OK)
    return getLastError();
  return llvm::Error::success();
}

llvm::Error LoadedModule::finish() {
  return callForDevice("llamir_finish_device");
}

llvm::Error LoadedModule::openDevice() {
  return callForDevice("llamir_open_device");
}

llvm::Expected<const void *>
LoadedModule::placeWeights(ArrayRef<char> weights,
                           llvm::function_ref<void(int64_t)> advance) {
  if (!isOnDevice() || weights.empty())
    return weights.data();
  llvm::Expected<void *> memory = allocateOnDevice(weights.size());
  if (!memory)
    return memory.takeError();
  // Some at a time, so that there is something to tell.
  constexpr size_t bytesOfPart = 64 << 20;
  auto *to = static_cast<char *>(*memory);
  while (!weights.empty()) {
    ArrayRef<char> part =
        weights.take_front(std::min(weights.size(), bytesOfPart));
    if (llvm::Error error = copyToDevice(to, part.data(), part.size())) {
      // What went wrong first is what to tell.
      llvm::consumeError(freeOnDevice(*memory));
      return std::move(error);
    }
    advance(part.size());
    to += part.size();
    weights = weights.drop_front(part.size());
  }
  return *memory;
}

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
  if (isOnDevice()) {
    if (llvm::Error error = freeOnDevice(deviceArena))
      return error;
    deviceArena = nullptr;
    arenaBytes = 0;
    llvm::Expected<void *> memory = allocateOnDevice(bytes);
    if (!memory)
      return memory.takeError();
    deviceArena = *memory;
    arenaBytes = bytes;
    return llvm::Error::success();
  }
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

llvm::Expected<const HostSignature *>
LoadedModule::findSignature(func::FuncOp function) {
  for (const HostSignature &host : signature.functions)
    if (host.symbol == function.getSymName())
      return &host;
  return llvm::createStringError("there is no host function '" +
                                 function.getSymName() + "'");
}

llvm::Error LoadedModule::call(StringRef name, const void *weights,
                               ArrayRef<int64_t> sizes,
                               ArrayRef<llamir_array> arrays) {
  auto address = find(name);
  if (!address)
    return address.takeError();
  using Call =
      int32_t (*)(const void *, void *, const int64_t *, const llamir_array *);
  void *memory = isOnDevice() ? deviceArena : arena.getBytes().data();
  if (reinterpret_cast<Call>(*address)(weights, memory, sizes.data(),
                                       arrays.data()) != LLAMIR_OK)
    return getLastError();
  return llvm::Error::success();
}

llvm::Error LoadedModule::observe(func::FuncOp function,
                                  LaunchObserver observer, bool copiesArrays,
                                  llvm::function_ref<llvm::Error()> call) {
  if (!observer)
    return call();
  auto set = find("llamir_set_observer");
  if (!set)
    return set.takeError();
  auto setObserver = reinterpret_cast<void (*)(llamir_observer, void *)>(*set);
  Observation observation(*this, function, std::move(observer), copiesArrays);
  setObserver(Observation::notify, &observation);
  llvm::Error error = call();
  setObserver(nullptr, nullptr);
  // What the observer found is the reason for the function to stop.
  if (observation.error) {
    llvm::consumeError(std::move(error));
    return std::move(observation.error);
  }
  return error;
}

llvm::Error LoadedModule::run(func::FuncOp function, const void *weights,
                              MutableArrayRef<Array> arguments,
                              std::vector<Array> &results,
                              LaunchObserver observer) {
  llvm::Expected<const HostSignature *> found = findSignature(function);
  if (!found)
    return found.takeError();
  const HostSignature &host = **found;
  llvm::Expected<SmallVector<int64_t>> sizes = checkArguments(host, arguments);
  if (!sizes)
    return sizes.takeError();
  if (llvm::Error error = prepareResults(host, *sizes, results))
    return error;
  if (llvm::Error error = prepareArena(host, *sizes))
    return error;
  SmallVector<llamir_array> arrays;
  for (MutableArrayRef<Array> some : {arguments, MutableArrayRef(results)})
    for (Array &array : some)
      arrays.push_back(
          {array.getBytes().data(), getRuntimeType(array.getType())});
  return observe(function, std::move(observer), /*copiesArrays=*/true, [&] {
    return call(host.getCallFunction(), weights, *sizes, arrays);
  });
}

//===----------------------------------------------------------------------===//
// Running where arrays lie on a device
//===----------------------------------------------------------------------===//

llvm::Expected<std::unique_ptr<PlacedFunction>>
LoadedModule::place(func::FuncOp function, const void *weights,
                    ArrayRef<Array> arguments) {
  assert(isOnDevice() && "a processor's arrays lie in the process");
  llvm::Expected<const HostSignature *> host = findSignature(function);
  if (!host)
    return host.takeError();
  llvm::Expected<SmallVector<int64_t>> sizes =
      checkArguments(**host, arguments);
  if (!sizes)
    return sizes.takeError();
  std::unique_ptr<PlacedFunction> placed(
      new PlacedFunction(*this, function, **host, weights));
  placed->sizes = std::move(*sizes);
  if (llvm::Error error = prepareArena(**host, placed->sizes))
    return std::move(error);
  auto allocate = [&](ElementType type, int64_t bytes) -> llvm::Error {
    llvm::Expected<void *> memory = allocateOnDevice(bytes);
    if (!memory)
      return memory.takeError();
    placed->arrays.push_back({*memory, getRuntimeType(type)});
    return llvm::Error::success();
  };
  for (const Array &array : arguments) {
    ArrayRef<char> bytes = array.getBytes();
    if (llvm::Error error = allocate(array.getType(), bytes.size()))
      return std::move(error);
    if (llvm::Error error = copyToDevice(placed->arrays.back().data,
                                         bytes.data(), bytes.size()))
      return std::move(error);
  }
  for (const HostArray &result : (*host)->results) {
    SmallVector<int64_t> shape = getShape(**host, placed->sizes, result);
    ElementType type = llama::getArrayType(result.type);
    std::optional<int64_t> bytes = getByteSize(type, shape);
    if (!bytes)
      return llvm::createStringError("there is no memory for an array of " +
                                     formatShape(shape));
    if (llvm::Error error = allocate(type, *bytes))
      return std::move(error);
  }
  return placed;
}

PlacedFunction::~PlacedFunction() {
  for (const llamir_array &array : arrays)
    llvm::consumeError(module.freeOnDevice(array.data));
}

llvm::Error PlacedFunction::run(LaunchObserver observer) {
  return module.observe(function, std::move(observer), /*copiesArrays=*/false,
                        [&] {
                          return module.call(host.getDeviceCallFunction(),
                                             weights, sizes, arrays);
                        });
}
