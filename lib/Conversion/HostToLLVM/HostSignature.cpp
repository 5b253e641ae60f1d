//===- HostSignature.cpp - The C functions of a module --------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Conversion/HostToLLVM/HostSignature.h"
#include "dialects/halide/HalideDialect.h"
#include "dialects/llama/LlamaDialect.h"
#include "llamir/Conversion/HostToLLVM/MemoryPlan.h"
#include "llamir/Conversion/HostToLLVM/SizeAnalysis.h"
#include "llamir/Runtime/llamir_runtime.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

/// Keywords and alternative tokens of C and C++.
static constexpr char keywords[] =
    "alignas alignof and and_eq asm auto bitand bitor bool break case catch "
    "char char16_t char32_t char8_t class compl concept const const_cast "
    "consteval constexpr constinit continue co_await co_return co_yield "
    "decltype default delete do double dynamic_cast else enum explicit export "
    "extern false float for friend goto if inline int long mutable namespace "
    "new noexcept not not_eq nullptr operator or or_eq private protected "
    "public register reinterpret_cast requires restrict return short signed "
    "sizeof static static_assert static_cast struct switch template this "
    "thread_local throw true try typedef typeid typename typeof typeof_unqual "
    "union unsigned using virtual void volatile wchar_t while xor xor_eq";

/// Types and macros that headers bring or compilers have.
static constexpr char headerNames[] =
    "int32_t int64_t uint16_t linux unix errno NULL";

/// Functions that a program has, or that libllamir_rt.a and kernels call, which
/// must not find ours.
static constexpr char libraryNames[] =
    "main abort atoi bcmp calloc close dlerror dlopen dlsym fclose fileno "
    "fopen fopen64 free fstat fwrite getenv malloc memcmp memcpy memmove "
    "memset mmap munmap open posix_memalign pread pthread_cond_destroy "
    "pthread_cond_init "
    "pthread_cond_signal pthread_cond_wait pthread_create pthread_getspecific "
    "pthread_join pthread_key_create pthread_mutex_destroy pthread_mutex_init "
    "pthread_mutex_lock pthread_mutex_unlock pthread_once pthread_setspecific "
    "sched_getaffinity sched_yield snprintf strcmp strerror strlen strstr "
    "syscall sysconf usleep vsnprintf write";

/// Whether a program has other uses for a name.
static bool isReserved(StringRef name) {
  static const llvm::StringSet<> reserved = [] {
    llvm::StringSet<> names;
    for (StringRef words : {keywords, headerNames, libraryNames})
      for (StringRef word : llvm::split(words, ' '))
        names.insert(word);
    return names;
  }();
  return reserved.contains(name) || name.starts_with("llamir_") ||
         name.starts_with("halide_");
}

int32_t llamir::getRuntimeType(ElementType type) {
  switch (type) {
  case ElementType::F32:
    return LLAMIR_F32;
  case ElementType::F16:
    return LLAMIR_F16;
  case ElementType::BF16:
    return LLAMIR_BF16;
  case ElementType::I32:
    return LLAMIR_I32;
  default:
    llvm_unreachable("no C function takes arrays of others");
  }
}

std::string llamir::getCIdentifier(StringRef name) {
  std::string identifier;
  for (char c : name)
    identifier += llvm::isAlnum(c) ? c : '_';
  if (identifier.empty() || llvm::isDigit(identifier[0]))
    identifier.insert(identifier.begin(), '_');
  if (isReserved(identifier))
    identifier += '_';
  return identifier;
}

namespace {
/// Identifiers that are different from each other.
class UniqueIdentifiers {
public:
  std::string get(StringRef name) {
    std::string identifier = getCIdentifier(name);
    while (!used.insert(identifier).second)
      identifier += '_';
    return identifier;
  }

private:
  llvm::StringSet<> used;
};
} // namespace

int32_t llamir::getRuntimeDevice(const TargetInfo &target) {
  if (!target.isDevice())
    return LLAMIR_PROCESSOR;
  switch (target.getDevice().interface) {
  case DeviceInterface::CUDA:
    return LLAMIR_CUDA;
  case DeviceInterface::OpenCL:
    return LLAMIR_OPENCL;
  case DeviceInterface::Vulkan:
    return LLAMIR_VULKAN;
  }
  llvm_unreachable("unknown interface");
}

static FailureOr<HostArray> getArray(func::FuncOp function, Type type,
                                     DictionaryAttr attributes,
                                     const llvm::Twine &defaultName,
                                     ArrayRef<StringAttr> dims,
                                     UniqueIdentifiers &identifiers) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || tensor.getNumDynamicDims() > 1 ||
      !(tensor.getElementType().isF32() || tensor.getElementType().isF16() ||
        tensor.getElementType().isBF16() ||
        tensor.getElementType().isInteger(32)))
    return function.emitOpError()
           << defaultName << " of type " << type
           << " cannot be an array of a C function: it must be a tensor of "
              "f32, f16, bf16 or i32 with at most one dynamic dimension";
  if (tensor.getEncoding())
    return function.emitOpError()
           << defaultName << " of type " << type
           << " cannot be an array of a C function: it must have no encoding";
  if (!getUnitBytes(tensor))
    return function.emitOpError()
           << defaultName << " of type " << type << " is too large";
  HostArray array;
  array.type = tensor;
  array.name = defaultName.str();
  if (auto name = attributes.getAs<StringAttr>(LlamaDialect::nameAttrName))
    array.name = name.str();
  array.identifier = identifiers.get(array.name);
  for (StringAttr dim : dims)
    array.dims.push_back(dim.str());
  if (auto limit =
          attributes.getAs<IntegerAttr>(LlamaDialect::indexLimitAttrName))
    array.indexLimit = limit.getInt();
  return array;
}

static FailureOr<HostSignature> getHostSignature(func::FuncOp function,
                                                 const std::string &name) {
  FailureOr<HostSizes> sizes = readHostSizes(function);
  if (failed(sizes))
    return failure();
  HostSignature signature;
  signature.symbol = function.getSymName().str();
  signature.name = name;
  for (auto get : function.getOps<GetWeightOp>())
    signature.usesWeights |= !get.use_empty();

  UniqueIdentifiers identifiers;
  identifiers.get("weights");
  identifiers.get("arena");
  for (StringAttr name : sizes->names) {
    signature.sizes.push_back(name.str());
    signature.sizeIdentifiers.push_back(identifiers.get(name));
  }
  MLIRContext *context = function.getContext();
  auto orEmpty = [&](DictionaryAttr attributes) {
    return attributes ? attributes : DictionaryAttr::get(context);
  };
  for (BlockArgument argument : function.getArguments()) {
    unsigned index = argument.getArgNumber();
    FailureOr<HostArray> array = getArray(
        function, argument.getType(), orEmpty(function.getArgAttrDict(index)),
        "arg" + llvm::Twine(index), sizes->dims[argument], identifiers);
    if (failed(array))
      return failure();
    signature.arguments.push_back(std::move(*array));
  }
  Operation *end = function.getBody().front().getTerminator();
  for (auto [index, value] : llvm::enumerate(end->getOperands())) {
    FailureOr<HostArray> array = getArray(
        function, value.getType(), orEmpty(function.getResultAttrDict(index)),
        "result" + llvm::Twine(index), sizes->dims[value], identifiers);
    if (failed(array))
      return failure();
    signature.results.push_back(std::move(*array));
  }
  return signature;
}

std::string ModuleSignature::getKernelName(StringRef symbol) const {
  return getCIdentifier(kernelPrefix + symbol.str());
}

FailureOr<ModuleSignature> llamir::getModuleSignature(ModuleOp module,
                                                      StringRef prefix) {
  // C names, and the symbols that they come from.
  llvm::StringMap<std::string> taken;
  auto take = [&](Operation *op, const std::string &name,
                  StringRef symbol) -> LogicalResult {
    auto [it, inserted] = taken.try_emplace(name, symbol.str());
    if (inserted)
      return success();
    return op->emitError() << "@" << it->second << " and @" << symbol
                           << " would both make a C function '" << name << "'";
  };
  ModuleSignature signature;
  std::string before = prefix.empty() ? "" : getCIdentifier(prefix) + "_";
  signature.kernelPrefix = before;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!isHostFunction(function) || function.isPrivate())
      continue;
    FailureOr<HostSignature> host = getHostSignature(
        function, getCIdentifier(before + function.getSymName().str()));
    if (failed(host))
      return failure();
    for (const std::string &name : host->getFunctions())
      if (failed(take(function, name, host->symbol)))
        return failure();
    if (signature.kernelPrefix.empty())
      signature.kernelPrefix = host->name + "_";
    signature.functions.push_back(std::move(*host));
  }
  for (Operation &op : *module.getBody()) {
    auto symbol = dyn_cast<SymbolOpInterface>(op);
    bool kernel = isKernelFunction(&op) ||
                  op.hasAttr(LlamaDialect::kernelTypeAttrName) ||
                  isa<halide::PipelineOp>(op);
    bool called = op.hasAttr(halide::externAttrName);
    if (!symbol || (!kernel && !called))
      continue;
    // Halide gives a kernel a second function, and a description.
    std::string name = signature.getKernelName(symbol.getName());
    if (failed(take(&op, name, symbol.getName())))
      return failure();
    for (const char *suffix : {"_argv", "_metadata"})
      if (kernel && failed(take(&op, name + suffix, symbol.getName())))
        return failure();
  }
  return signature;
}
