//===- Inputs.cpp - Arrays that a function is run on ----------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Inputs.h"
#include "llamir/Conversion/HostToLLVM/MemoryPlan.h"
#include "llamir/Runtime/llamir_bundle.h"
#include "llamir/Support/Npy.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace llamir;

using Sizes = llvm::StringMap<int64_t>;

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

/// Takes the sizes of an array from its file.
static LogicalResult takeSizes(StringRef file, const HostArray &expected,
                               const Array &array, const InputOptions &options,
                               Sizes &sizes) {
  // What does not fit is told when the function is called.
  if (size_t(expected.type.getRank()) != array.getShape().size())
    return success();
  size_t next = 0;
  for (auto [axis, size] : llvm::enumerate(array.getShape())) {
    if (!expected.type.isDynamicDim(axis))
      continue;
    StringRef name = expected.dims[next++];
    auto given = options.sizes.find(name);
    if (given != options.sizes.end() && given->second != size)
      return fail(file + ": has " + Twine(size) + " " + name + ", not " +
                  Twine(given->second));
    sizes.try_emplace(name, size);
  }
  return success();
}

static LogicalResult checkOptions(const HostSignature &host,
                                  const InputOptions &options) {
  if (options.files.size() > host.arguments.size())
    return fail("function '" + host.symbol + "' takes " +
                Twine(host.arguments.size()) + " inputs, not " +
                Twine(options.files.size()));
  for (const auto &size : options.sizes)
    if (!llvm::is_contained(host.sizes, size.getKey()))
      return fail("function '" + host.symbol + "' has no size '" +
                  size.getKey() + "'");
  if (options.seed && options.files.size() == host.arguments.size())
    return fail("--seed=N has no use: every input has a file");
  return success();
}

/// The sizes of a function in its order; those that nothing tells become 16.
static std::vector<InputSize> completeSizes(const HostSignature &host,
                                            Sizes &sizes) {
  constexpr int64_t defaultSize = 16;
  std::vector<InputSize> complete;
  for (StringRef name : host.sizes) {
    auto [size, isDefault] = sizes.try_emplace(name, defaultSize);
    complete.push_back({name.str(), size->second, isDefault});
  }
  return complete;
}

void llamir::printSizes(ArrayRef<InputSize> sizes) {
  if (sizes.empty())
    return;
  llvm::outs() << "sizes: ";
  llvm::interleaveComma(sizes, llvm::outs(), [](const InputSize &size) {
    llvm::outs() << size.name << " = " << size.size
                 << (size.isDefault ? " (default)" : "");
  });
  llvm::outs() << '\n';
}

static SmallVector<int64_t> getShape(const HostArray &array,
                                     const Sizes &sizes) {
  SmallVector<int64_t> shape(array.type.getShape());
  size_t next = 0;
  for (int64_t &size : shape)
    if (ShapedType::isDynamic(size))
      size = sizes.lookup(array.dims[next++]);
  return shape;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// `bytes` for each unit of these dims; as a number that has no end.
template <typename Names>
static double multiply(int64_t bytes, const Names &dims, const Sizes &sizes) {
  double product = double(bytes);
  for (const auto &name : dims)
    product *= double(sizes.lookup(StringRef(name)));
  return product;
}

LogicalResult llamir::checkMemory(func::FuncOp function,
                                  const HostSignature &host,
                                  const Sizes &sizes) {
  FailureOr<MemoryPlan> plan = readMemoryPlan(function);
  if (failed(plan))
    return failure();
  double bytes = 0;
  for (const ArenaRegion &region : plan->regions)
    bytes += multiply(region.bytes, region.dims, sizes);
  for (const std::vector<HostArray> *arrays : {&host.arguments, &host.results})
    for (const HostArray &array : *arrays)
      bytes += multiply(*getUnitBytes(array.type), array.dims, sizes);
  if (hasMemory(bytes))
    return success();
  return fail("function '" + host.symbol +
              "': there is no memory for arrays and an arena of " +
              llvm::formatv("{0:f1} GB", bytes / 1e9).str());
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

/// Fills an array with the next numbers of a sequence.
static void fill(Array &array, std::optional<int64_t> limit, uint64_t &random) {
  int64_t bytes = getSize(array.getType());
  for (int64_t i = 0; i < array.getNumElements(); ++i) {
    if (array.getType() == ElementType::I32) {
      array.getData<int32_t>()[i] =
          limit ? int32_t(llamir_next_random(&random) % *limit) : int32_t(i);
      continue;
    }
    float number = llamir_next_random_float(&random);
    convertFromF32(array.getType(), &number, array.getData<char>() + i * bytes,
                   1);
  }
}

//===----------------------------------------------------------------------===//
// All of them
//===----------------------------------------------------------------------===//

FailureOr<Inputs> llamir::makeInputs(const Session &session,
                                     func::FuncOp function,
                                     const InputOptions &options) {
  const HostSignature &host = session.getSignature(function);
  if (failed(checkOptions(host, options)))
    return failure();
  Inputs inputs;
  Sizes sizes = options.sizes;
  for (auto [file, expected] : llvm::zip(options.files, host.arguments)) {
    llvm::Expected<Array> array = readNpy(file);
    if (!array)
      return fail(array.takeError());
    if (failed(takeSizes(file, expected, *array, options, sizes)))
      return failure();
    inputs.arrays.push_back(std::move(*array));
  }
  inputs.sizes = completeSizes(host, sizes);
  if (failed(checkMemory(function, host, sizes)))
    return failure();
  uint64_t random = llamir_begin_random(options.seed.value_or(1));
  for (const HostArray &argument :
       ArrayRef(host.arguments).drop_front(inputs.arrays.size())) {
    llvm::Expected<Array> array = Array::create(
        llama::getArrayType(argument.type), getShape(argument, sizes));
    if (!array)
      return fail(array.takeError());
    fill(*array, argument.indexLimit, random);
    inputs.arrays.push_back(std::move(*array));
  }
  return inputs;
}
