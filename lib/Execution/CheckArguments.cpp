//===- CheckArguments.cpp - Arrays for a host function --------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CheckArguments.h"
#include "llamir/Execution/Execution.h"

using namespace mlir;
using namespace llamir;

static bool fits(RankedTensorType type, const Array &array) {
  if (llama::getArrayType(type) != array.getType() ||
      size_t(type.getRank()) != array.getShape().size())
    return false;
  for (auto [expected, size] :
       llvm::zip_equal(type.getShape(), array.getShape()))
    if (!ShapedType::isDynamic(expected) && expected != size)
      return false;
  return true;
}

llvm::Expected<SmallVector<int64_t>>
llamir::checkArguments(const HostSignature &signature,
                       ArrayRef<Array> arguments) {
  if (arguments.size() != signature.arguments.size())
    return llvm::createStringError("function '" + signature.symbol +
                                   "' takes " +
                                   Twine(signature.arguments.size()) +
                                   " inputs, not " + Twine(arguments.size()));
  llvm::StringMap<int64_t> known;
  for (auto [index, expected, array] :
       llvm::enumerate(signature.arguments, arguments)) {
    if (!fits(expected.type, array)) {
      std::string message;
      llvm::raw_string_ostream stream(message);
      stream << "input " << index << " is of [";
      llvm::interleaveComma(array.getShape(), stream);
      stream << "] " << getName(array.getType()) << ", the function takes "
             << expected.type;
      return llvm::createStringError(message);
    }
    size_t next = 0;
    for (int64_t axis = 0; axis < expected.type.getRank(); ++axis) {
      if (!expected.type.isDynamicDim(axis))
        continue;
      StringRef name = expected.dims[next++];
      int64_t size = array.getShape()[axis];
      auto [entry, fresh] = known.try_emplace(name, size);
      if (!fresh && entry->second != size)
        return llvm::createStringError(
            "input " + Twine(index) + " has " + Twine(size) + " " + name +
            ", another input " + Twine(entry->second));
    }
  }
  SmallVector<int64_t> sizes;
  for (const std::string &name : signature.sizes)
    sizes.push_back(known.lookup(name));
  return sizes;
}

SmallVector<int64_t> llamir::getShape(const HostSignature &signature,
                                      ArrayRef<int64_t> sizes,
                                      const HostArray &array) {
  SmallVector<int64_t> shape(array.type.getShape());
  size_t next = 0;
  for (int64_t &size : shape)
    if (ShapedType::isDynamic(size)) {
      const auto *at = llvm::find(signature.sizes, array.dims[next++]);
      size = sizes[at - signature.sizes.begin()];
    }
  return shape;
}

llvm::Error llamir::prepareResults(const HostSignature &signature,
                                   ArrayRef<int64_t> sizes,
                                   std::vector<Array> &results) {
  results.resize(signature.results.size());
  for (auto [result, array] : llvm::zip_equal(signature.results, results)) {
    SmallVector<int64_t> shape = getShape(signature, sizes, result);
    ElementType type = llama::getArrayType(result.type);
    if (array.getData<char>() && array.getType() == type &&
        array.getShape() == ArrayRef(shape))
      continue;
    llvm::Expected<Array> created = Array::create(type, shape);
    if (!created)
      return created.takeError();
    array = std::move(*created);
  }
  return llvm::Error::success();
}
