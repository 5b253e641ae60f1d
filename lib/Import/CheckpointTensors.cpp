//===- CheckpointTensors.cpp - Tensors beside a model's weights -----------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CheckpointTensors.h"
#include "llamir/Support/Progress.h"
#include "llvm/Support/Regex.h"
#include <cmath>

using namespace llamir;

bool llamir::isLeftOver(llvm::StringRef name,
                        const SafetensorsFile::Tensor &tensor) {
  static const llvm::Regex rotation(
      "^([a-z_]+\\.)?((layers|h)\\.[0-9]+\\.(self_attn|attention|attn)\\.)?"
      "rotary_emb\\.(inv_freq|cos_cached|sin_cached)$");
  static const llvm::Regex mask(
      "^([a-z_]+\\.)?(layers|h)\\.[0-9]+\\.(self_attn|attention|attn)\\."
      "(attention\\.)?(masked_bias|bias)$");
  if (llvm::is_contained(tensor.shape, 0) || rotation.match(name))
    return true;
  // A mask is of [1, 1, queries, keys], and what it is filled with one number.
  // Biases of a layer are neither.
  return mask.match(name) && (tensor.shape.empty() || tensor.shape.size() == 4);
}

/// The first element of a piece whose number is another; `count` if there is
/// none.
static int64_t findDifference(ElementType type, const char *numbers,
                              ElementType otherType, const char *others,
                              int64_t count) {
  int64_t size = getSize(type), otherSize = getSize(otherType);
  if (type == otherType && std::memcmp(numbers, others, count * size) == 0)
    return count;
  for (int64_t i = 0; i < count; ++i) {
    double number = readElement(type, numbers + i * size);
    double other = readElement(otherType, others + i * otherSize);
    if (number != other && !(std::isnan(number) && std::isnan(other)))
      return i;
  }
  return count;
}

/// An element as in messages: "[3, 0]".
static std::string formatPlace(llvm::ArrayRef<int64_t> shape, int64_t element) {
  llvm::SmallVector<int64_t> place(shape.size());
  for (size_t axis = shape.size(); axis-- > 0; element /= shape[axis])
    place[axis] = element % shape[axis];
  return formatShape(place);
}

/// Whether elements of a type can be compared with those of others.
static bool hasNumbers(const SafetensorsFile::Tensor &tensor) {
  return tensor.type && isFloat(*tensor.type);
}

llvm::Expected<std::string>
llamir::describeDifference(const Checkpoint::Entry &tensor,
                           const Checkpoint::Entry &other) {
  const SafetensorsFile::Tensor &left = *tensor.tensor, &right = *other.tensor;
  if (left.shape != right.shape)
    return "in shape: " + formatShape(left.shape) + " and " +
           formatShape(right.shape);
  if (!hasNumbers(left) || !hasNumbers(right))
    return ("in type: " + left.typeName + " and " + right.typeName).str();
  int64_t leftSize = getSize(*left.type), rightSize = getSize(*right.type);
  int64_t elements = int64_t(left.bytes) / leftSize;
  constexpr int64_t pieceSize = 1 << 18;
  std::vector<char> numbers(pieceSize * leftSize),
      others(pieceSize * rightSize);
  Progress progress("comparing tied weights", int64_t(left.bytes));
  for (int64_t begin = 0; begin < elements; begin += pieceSize) {
    int64_t count = std::min(pieceSize, elements - begin);
    if (llvm::Error error = tensor.file->read(
            left, begin * leftSize, {numbers.data(), size_t(count * leftSize)}))
      return error;
    if (llvm::Error error =
            other.file->read(right, begin * rightSize,
                             {others.data(), size_t(count * rightSize)}))
      return error;
    int64_t found = findDifference(*left.type, numbers.data(), *right.type,
                                   others.data(), count);
    if (found < count)
      return "at " + formatPlace(left.shape, begin + found);
    progress.advance(count * leftSize);
  }
  return "";
}
