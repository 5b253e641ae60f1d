//===- KernelLibrary.cpp - Loading and calling kernels -------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Execution/Execution.h"
#include "HalideRuntime.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"

using namespace mlir;
using namespace llamir;

TensorView llamir::viewOf(Array &array) {
  TensorView view;
  view.data = array.getData<char>();
  view.type = array.getType();
  view.shape.assign(array.getShape().begin(), array.getShape().end());
  view.stride = array.getShape().empty() ? 1 : array.getShape().back();
  return view;
}

ElementType llamir::getElementType(Type type) {
  if (type.isF32())
    return ElementType::F32;
  if (type.isF64())
    return ElementType::F64;
  if (type.isF16())
    return ElementType::F16;
  if (type.isBF16())
    return ElementType::BF16;
  if (type.isInteger(32))
    return ElementType::I32;
  if (type.isInteger(64))
    return ElementType::I64;
  return ElementType::U8;
}

/// What the last failed check of a kernel said.
static thread_local std::string lastMessage;

static void recordMessage(void *, const char *message) { lastMessage = message; }

KernelLibrary::KernelLibrary() = default;
KernelLibrary::~KernelLibrary() {
  // The threads of Halide's pool run code that goes away with the JIT.
  if (!jit)
    return;
  auto shutdown = jit->lookup("halide_shutdown_thread_pool");
  if (shutdown)
    shutdown->toPtr<void()>()();
  else
    llvm::consumeError(shutdown.takeError());
}

llvm::Expected<std::unique_ptr<KernelLibrary>>
KernelLibrary::load(ArrayRef<KernelCode> kernels) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit)
    return jit.takeError();
  std::unique_ptr<KernelLibrary> library(new KernelLibrary());
  library->jit = std::move(*jit);
  llvm::Expected<std::string> runtime = emitHalideRuntime();
  if (!runtime)
    return runtime.takeError();
  auto add = [&](StringRef bytes, StringRef name) {
    return library->jit->addObjectFile(llvm::MemoryBuffer::getMemBufferCopy(bytes, name));
  };
  if (llvm::Error error = add(*runtime, "halide_runtime"))
    return error;
  for (const KernelCode &kernel : kernels)
    if (llvm::Error error = add(kernel.get(KernelOutput::Object), kernel.name))
      return error;
  for (const KernelCode &kernel : kernels) {
    auto address = library->jit->lookup(kernel.name);
    if (!address)
      return address.takeError();
    library->addresses[kernel.name] = address->toPtr<void *>();
  }
  auto setHandler = library->jit->lookup("halide_set_error_handler");
  if (!setHandler)
    return setHandler.takeError();
  setHandler->toPtr<void *(void (*)(void *, const char *))>()(recordMessage);
  return library;
}

void KernelLibrary::setThreads(int count) {
  auto set = jit->lookup("halide_set_num_threads");
  if (set)
    set->toPtr<int(int)>()(count);
  else
    llvm::consumeError(set.takeError());
}

static halide_type_t getHalideType(Type type) {
  if (isa<BFloat16Type>(type))
    return halide_type_t(halide_type_bfloat, 16, 1);
  if (auto number = dyn_cast<FloatType>(type))
    return halide_type_t(halide_type_float, number.getWidth(), 1);
  auto integer = cast<IntegerType>(type);
  return halide_type_t(integer.isUnsigned() ? halide_type_uint : halide_type_int,
                       integer.getWidth(), 1);
}

namespace {
/// A buffer for one call.
struct CallBuffer {
  halide_buffer_t buffer = {};
  halide_dimension_t dims[6];

  CallBuffer(halide::BufferType type, const TensorView &view) {
    buffer.host = static_cast<uint8_t *>(view.data);
    buffer.type = getHalideType(type.getElementType());
    buffer.dimensions = type.getRank();
    buffer.dim = dims;
    int64_t stride = 1;
    for (auto [index, extent] : llvm::enumerate(type.getShape())) {
      bool outermost = index + 1 == type.getRank();
      // The outermost dimension of rows is that of the tensor's rows.
      if (outermost && type.getRank() > 1 && view.shape.size() == 2 && view.stride != 0)
        stride = view.stride;
      int64_t size = ShapedType::isDynamic(extent) ? view.shape.front() : extent;
      dims[index] = halide_dimension_t(0, int32_t(size), int32_t(stride));
      stride *= size;
    }
  }
};
} // namespace

llvm::Error KernelLibrary::run(halide::PipelineOp pipeline, ArrayRef<TensorView> operands,
                               ArrayRef<TensorView> results) {
  SmallVector<Type> types = pipeline.getParameterTypes();
  std::vector<std::unique_ptr<CallBuffer>> buffers;
  SmallVector<void *> arguments;
  for (auto [index, type] : llvm::enumerate(types)) {
    const TensorView &view =
        index < operands.size() ? operands[index] : results[index - operands.size()];
    buffers.push_back(std::make_unique<CallBuffer>(cast<halide::BufferType>(type), view));
    arguments.push_back(&buffers.back()->buffer);
  }
  void *address = addresses.lookup(pipeline.getSymName());
  lastMessage.clear();
  int status = 0;
  using P = void *;
  switch (arguments.size()) {
#define CASE(count, types, values)                                                       \
  case count:                                                                            \
    status = reinterpret_cast<int(*) types>(address) values;                             \
    break;
    CASE(2, (P, P), (arguments[0], arguments[1]))
    CASE(3, (P, P, P), (arguments[0], arguments[1], arguments[2]))
    CASE(4, (P, P, P, P), (arguments[0], arguments[1], arguments[2], arguments[3]))
    CASE(5, (P, P, P, P, P),
         (arguments[0], arguments[1], arguments[2], arguments[3], arguments[4]))
    CASE(6, (P, P, P, P, P, P),
         (arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]))
    CASE(7, (P, P, P, P, P, P, P),
         (arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5],
          arguments[6]))
    CASE(8, (P, P, P, P, P, P, P, P),
         (arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5],
          arguments[6], arguments[7]))
#undef CASE
  default:
    return llvm::createStringError("kernel '" + pipeline.getSymName() + "' has " +
                                   Twine(arguments.size()) + " buffers; 2 to 8 are supported");
  }
  if (status != 0)
    return llvm::createStringError("kernel '" + pipeline.getSymName() + "' failed (" +
                                   Twine(status) + "): " + lastMessage);
  return llvm::Error::success();
}
