//===- SizeAnalysis.cpp - Names for the dynamic sizes ---------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Conversion/HostToLLVM/SizeAnalysis.h"
#include "dialects/llama/LlamaDialect.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

/// A dimension of a value, for messages: "dimension 0 of argument 2".
static std::string describe(Value value, unsigned axis) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "dimension " << axis << " of ";
  if (auto argument = dyn_cast<BlockArgument>(value))
    os << "argument " << argument.getArgNumber();
  else
    os << "result " << cast<OpResult>(value).getResultNumber() << " of '"
       << value.getDefiningOp()->getName() << "'";
  return text;
}

namespace {

/// Sets of dimensions that are always equal (union-find). A set knows the
/// static size that one of its dimensions has.
class DimSets {
public:
  using Dim = std::pair<Value, unsigned>;

  /// The set of a dimension, by the number of one of its members.
  unsigned find(Value value, unsigned axis) {
    auto [it, inserted] = numbers.try_emplace(Dim(value, axis), parents.size());
    if (inserted) {
      parents.push_back(it->second);
      int64_t size = cast<ShapedType>(value.getType()).getDimSize(axis);
      staticSizes.push_back(size);
    }
    return root(it->second);
  }

  /// Makes two sets one. False when they have different static sizes.
  bool join(unsigned a, unsigned b) {
    a = root(a);
    b = root(b);
    if (a == b)
      return true;
    // The older number stays, so that numbers follow the order of appearance.
    if (b < a)
      std::swap(a, b);
    parents[b] = a;
    if (ShapedType::isDynamic(staticSizes[a]))
      staticSizes[a] = staticSizes[b];
    return ShapedType::isDynamic(staticSizes[b]) ||
           staticSizes[a] == staticSizes[b];
  }

  unsigned root(unsigned number) {
    while (parents[number] != number)
      number = parents[number] = parents[parents[number]];
    return number;
  }

  int64_t getStaticSize(unsigned number) { return staticSizes[root(number)]; }

  /// Joins what an op says about its operands and results.
  LogicalResult addOp(ComputeOpInterface op) {
    LogicalResult result = success();
    op.getEqualDims([&](Value a, unsigned axisA, Value b, unsigned axisB) {
      if (succeeded(result) && !join(find(a, axisA), find(b, axisB)))
        result = op->emitOpError()
                 << "two sizes that must be equal are different static numbers";
    });
    return result;
  }

private:
  llvm::DenseMap<Dim, unsigned> numbers;
  SmallVector<unsigned> parents;
  SmallVector<int64_t> staticSizes;
};

/// What a kernel's body says about the dimensions of its arguments and results:
/// a number for each, equal for dimensions that are always equal, and the
/// static size that each number has.
struct KernelSizes {
  SmallVector<SmallVector<unsigned>> numbers;
  llvm::DenseMap<unsigned, int64_t> staticSizes;
};

class SizeInference {
public:
  SizeInference(func::FuncOp function, SymbolTableCollection &symbols)
      : function(function), symbols(symbols) {}

  FailureOr<HostSizes> run();

private:
  LogicalResult addLaunch(LaunchOp launch);
  FailureOr<const KernelSizes *> getKernelSizes(LaunchOp launch);
  LogicalResult nameSets();
  LogicalResult addNames(Value value, HostSizes &sizes);

  func::FuncOp function;
  SymbolTableCollection &symbols;
  DimSets sets;
  llvm::DenseMap<Operation *, KernelSizes> kernels;
  llvm::DenseMap<unsigned, StringAttr> names;
};

} // namespace

static bool isDynamic(Value value, unsigned axis) {
  return cast<ShapedType>(value.getType()).isDynamicDim(axis);
}

static unsigned getRank(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type ? type.getRank() : 0;
}

FailureOr<const KernelSizes *> SizeInference::getKernelSizes(LaunchOp launch) {
  auto kernel = symbols.lookupNearestSymbolFrom<func::FuncOp>(
      launch, launch.getKernelAttr());
  if (kernel && kernel.isDeclaration())
    return launch.emitOpError()
           << launch.getKernelAttr() << " is a kernel without a body";
  if (!kernel)
    return launch.emitOpError()
           << "the sizes of " << launch.getKernelAttr()
           << " are not known any more: run --llama-annotate-sizes before the "
              "kernels are converted";
  auto [it, inserted] = kernels.try_emplace(kernel);
  KernelSizes &sizes = it->second;
  if (!inserted)
    return &sizes;

  DimSets inner;
  Block &body = kernel.getBody().front();
  for (Operation &op : body.without_terminator())
    if (auto compute = dyn_cast<ComputeOpInterface>(op))
      if (failed(inner.addOp(compute)))
        return failure();
  auto add = [&](Value value) {
    SmallVector<unsigned> &numbers = sizes.numbers.emplace_back();
    for (unsigned axis = 0; axis < getRank(value); ++axis)
      numbers.push_back(inner.find(value, axis));
  };
  llvm::for_each(body.getArguments(), add);
  llvm::for_each(body.getTerminator()->getOperands(), add);
  for (SmallVector<unsigned> &numbers : sizes.numbers)
    for (unsigned &number : numbers)
      sizes.staticSizes[number] = inner.getStaticSize(number);
  return &sizes;
}

LogicalResult SizeInference::addLaunch(LaunchOp launch) {
  FailureOr<const KernelSizes *> kernel = getKernelSizes(launch);
  if (failed(kernel))
    return failure();
  SmallVector<Value> values(launch.getOperands());
  llvm::append_range(values, launch.getResults());
  // The first dimension with a number stands for all others with it.
  llvm::DenseMap<unsigned, DimSets::Dim> first;
  for (auto [value, numbers] : llvm::zip_equal(values, (*kernel)->numbers)) {
    for (auto [axis, number] : llvm::enumerate(numbers)) {
      auto [it, inserted] =
          first.try_emplace(number, DimSets::Dim(value, axis));
      int64_t inside = (*kernel)->staticSizes.lookup(number);
      if (!ShapedType::isDynamic(inside) && isDynamic(value, axis))
        return launch.emitOpError()
               << "a size of " << launch.getKernelAttr()
               << " is dynamic but always " << inside << ": make it static";
      if (!sets.join(sets.find(it->second.first, it->second.second),
                     sets.find(value, axis)))
        return launch.emitOpError()
               << "two sizes that must be equal are different static numbers";
    }
  }
  return success();
}

LogicalResult SizeInference::nameSets() {
  // Names that the user gave; the same name twice makes the sizes equal.
  llvm::DenseMap<StringAttr, unsigned> byName;
  SmallVector<std::pair<unsigned, StringAttr>> given;
  for (BlockArgument argument : function.getArguments()) {
    auto attribute = function.getArgAttrOfType<ArrayAttr>(
        argument.getArgNumber(), LlamaDialect::dimsAttrName);
    if (!attribute)
      continue;
    unsigned next = 0;
    for (unsigned axis = 0; axis < getRank(argument); ++axis) {
      if (!isDynamic(argument, axis))
        continue;
      auto name = cast<StringAttr>(attribute[next++]);
      unsigned number = sets.find(argument, axis);
      auto [it, inserted] = byName.try_emplace(name, number);
      if (!inserted)
        sets.join(it->second, number);
      given.emplace_back(number, name);
    }
  }
  llvm::StringSet<> used;
  for (auto [number, name] : given) {
    used.insert(name.getValue());
    StringAttr &known = names[sets.root(number)];
    if (known && known != name)
      return function.emitOpError()
             << "sizes '" << known.getValue() << "' and '" << name.getValue()
             << "' are always equal and must have one name";
    known = name;
  }

  unsigned counter = 0;
  for (BlockArgument argument : function.getArguments()) {
    for (unsigned axis = 0; axis < getRank(argument); ++axis) {
      if (!isDynamic(argument, axis))
        continue;
      unsigned number = sets.find(argument, axis);
      int64_t size = sets.getStaticSize(number);
      if (!ShapedType::isDynamic(size))
        return function.emitOpError()
               << describe(argument, axis) << " is dynamic but always " << size
               << ": make it static";
      StringAttr &name = names[number];
      while (!name) {
        std::string candidate = "tokens";
        if (counter > 0)
          candidate += "_" + std::to_string(counter);
        ++counter;
        if (used.insert(candidate).second)
          name = StringAttr::get(function.getContext(), candidate);
      }
    }
  }
  return success();
}

LogicalResult SizeInference::addNames(Value value, HostSizes &sizes) {
  SmallVector<StringAttr> &dims = sizes.dims[value];
  for (unsigned axis = 0; axis < getRank(value); ++axis) {
    if (!isDynamic(value, axis))
      continue;
    StringAttr name = names.lookup(sets.find(value, axis));
    if (!name)
      return value.getDefiningOp()->emitOpError()
             << describe(value, axis) << " is not the size of any argument";
    dims.push_back(name);
    if (!llvm::is_contained(sizes.names, name))
      sizes.names.push_back(name);
  }
  return success();
}

/// Host code is what runs from the beginning to a return.
static LogicalResult checkBody(func::FuncOp function) {
  if (!function.getBody().hasOneBlock())
    return function.emitOpError() << "host code must be one block";
  Operation *end = function.getBody().front().getTerminator();
  if (!isa<func::ReturnOp>(end))
    return end->emitOpError() << "cannot end host code";
  return success();
}

FailureOr<HostSizes> SizeInference::run() {
  if (failed(checkBody(function)))
    return failure();
  for (Operation &op : function.getBody().front().without_terminator()) {
    if (auto launch = dyn_cast<LaunchOp>(op)) {
      if (failed(addLaunch(launch)))
        return failure();
    } else if (auto compute = dyn_cast<ComputeOpInterface>(op)) {
      if (failed(sets.addOp(compute)))
        return failure();
    } else if (!isa<GetWeightOp>(op)) {
      return op.emitOpError() << "cannot stand in host code";
    }
  }
  if (failed(nameSets()))
    return failure();

  HostSizes sizes;
  for (BlockArgument argument : function.getArguments())
    if (failed(addNames(argument, sizes)))
      return failure();
  for (Operation &op : function.getBody().front().without_terminator())
    for (Value result : op.getResults())
      if (failed(addNames(result, sizes)))
        return failure();
  return sizes;
}

FailureOr<HostSizes> llamir::inferHostSizes(func::FuncOp function,
                                            SymbolTableCollection &symbols) {
  return SizeInference(function, symbols).run();
}

/// Reads an array of names; false when it does not fit the type.
static bool readNames(Attribute attribute, Type type,
                      SmallVectorImpl<StringAttr> &names) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  int64_t expected = tensor ? tensor.getNumDynamicDims() : 0;
  if (expected == 0)
    return true;
  auto array = dyn_cast_or_null<ArrayAttr>(attribute);
  if (!array || int64_t(array.size()) != expected)
    return false;
  for (Attribute name : array) {
    auto string = dyn_cast<StringAttr>(name);
    if (!string)
      return false;
    names.push_back(string);
  }
  return true;
}

FailureOr<HostSizes> llamir::readHostSizes(func::FuncOp function) {
  if (failed(checkBody(function)))
    return failure();
  HostSizes sizes;
  for (BlockArgument argument : function.getArguments()) {
    SmallVector<StringAttr> &dims = sizes.dims[argument];
    if (!readNames(function.getArgAttr(argument.getArgNumber(),
                                       LlamaDialect::dimsAttrName),
                   argument.getType(), dims))
      return function.emitOpError()
             << "argument " << argument.getArgNumber()
             << " has sizes without names: run --llama-annotate-sizes first";
    for (StringAttr name : dims)
      if (!llvm::is_contained(sizes.names, name))
        sizes.names.push_back(name);
  }
  for (Operation &op : function.getBody().front().without_terminator()) {
    if (isa<GetWeightOp>(op))
      continue;
    if (auto split = dyn_cast<SplitOp>(op)) {
      SmallVector<StringAttr> dims = sizes.dims.lookup(split.getX());
      for (Value part : split.getParts())
        sizes.dims[part] = dims;
      continue;
    }
    auto launch = dyn_cast<LaunchOp>(op);
    if (!launch)
      return op.emitOpError() << "cannot stand in host code";
    auto all = launch->getAttrOfType<ArrayAttr>(LlamaDialect::dimsAttrName);
    for (auto [index, result] : llvm::enumerate(launch.getResults())) {
      Attribute attribute =
          all && index < all.size() ? all[index] : Attribute();
      SmallVector<StringAttr> &dims = sizes.dims[result];
      bool known = readNames(attribute, result.getType(), dims) &&
                   llvm::all_of(dims, [&](StringAttr name) {
                     return llvm::is_contained(sizes.names, name);
                   });
      if (!known)
        return launch.emitOpError()
               << "result " << index
               << " has sizes without names: run --llama-annotate-sizes first";
    }
  }
  return sizes;
}
