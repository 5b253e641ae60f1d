//===- HostSignature.cpp - The C functions of a module --------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Conversion/HostSignature.h"
#include "dialects/llama/LlamaDialect.h"
#include "llamir/Conversion/SizeAnalysis.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

/// Keywords of C and C++, and names that mean something to a program.
static bool isReserved(StringRef name) {
  static const llvm::StringSet<> reserved = {
      "alignas",      "alignof",   "and",      "asm",       "auto",
      "bool",         "break",     "case",     "catch",     "char",
      "class",        "concept",   "const",    "consteval", "constexpr",
      "constinit",    "continue",  "decltype", "default",   "delete",
      "do",           "double",    "else",     "enum",      "explicit",
      "export",       "extern",    "false",    "float",     "for",
      "friend",       "goto",      "if",       "inline",    "int",
      "long",         "main",      "mutable",  "namespace", "new",
      "noexcept",     "not",       "nullptr",  "operator",  "or",
      "private",      "protected", "public",   "register",  "requires",
      "restrict",     "return",    "short",    "signed",    "sizeof",
      "static",       "struct",    "switch",   "template",  "this",
      "thread_local", "throw",     "true",     "try",       "typedef",
      "typeid",       "typename",  "typeof",   "union",     "unsigned",
      "using",        "virtual",   "void",     "volatile",  "wchar_t",
      "while",        "xor"};
  return reserved.contains(name);
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
  return kernelPrefix + getCIdentifier(symbol);
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
        function, prefix.empty()
                      ? getCIdentifier(function.getSymName())
                      : before + getCIdentifier(function.getSymName()));
    if (failed(host))
      return failure();
    for (const std::string &name :
         {host->name, host->getArenaFunction(), host->getCallFunction(),
          host->getArenaCallFunction()})
      if (failed(take(function, name, host->symbol)))
        return failure();
    if (signature.kernelPrefix.empty())
      signature.kernelPrefix = host->name + "_";
    signature.functions.push_back(std::move(*host));
  }
  for (Operation &op : *module.getBody()) {
    auto symbol = dyn_cast<SymbolOpInterface>(op);
    bool kernel =
        isKernelFunction(&op) || op.hasAttr(LlamaDialect::kernelTypeAttrName);
    if (symbol && kernel &&
        failed(take(&op, signature.getKernelName(symbol.getName()),
                    symbol.getName())))
      return failure();
  }
  return signature;
}
