//===- Array.h - Arrays in memory -------------------------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_SUPPORT_ARRAY_H
#define LLAMIR_SUPPORT_ARRAY_H

#include "llamir/Support/ElementType.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include <cstdlib>
#include <memory>
#include <optional>

namespace llamir {

/// Bytes of an array of that shape, nothing when that does not fit in 63 bits
/// or a size is negative.
std::optional<int64_t> getByteSize(ElementType type,
                                   llvm::ArrayRef<int64_t> shape);

/// A shape as in messages: "[4, 16]".
std::string formatShape(llvm::ArrayRef<int64_t> shape);

/// Whether an array of that many bytes could be made now; as a number that does
/// not overflow.
bool hasMemory(double bytes);

/// An array that owns its elements: dense, the last dimension fastest, aligned
/// to 64 bytes.
class Array {
public:
  Array() = default;
  /// Zeros. An error when the shape is too large.
  static llvm::Expected<Array> create(ElementType type,
                                      llvm::ArrayRef<int64_t> shape);

  ElementType getType() const { return type; }
  llvm::ArrayRef<int64_t> getShape() const { return shape; }
  int64_t getNumElements() const { return bytes / getSize(type); }
  llvm::MutableArrayRef<char> getBytes() { return {data.get(), size_t(bytes)}; }
  llvm::ArrayRef<char> getBytes() const { return {data.get(), size_t(bytes)}; }
  template <typename T> T *getData() {
    return reinterpret_cast<T *>(data.get());
  }
  template <typename T> const T *getData() const {
    return reinterpret_cast<const T *>(data.get());
  }
  /// Any element as a double.
  double get(int64_t index) const {
    return readElement(type, data.get() + index * getSize(type));
  }

private:
  struct Free {
    void operator()(char *pointer) const { std::free(pointer); }
  };
  ElementType type = ElementType::F32;
  llvm::SmallVector<int64_t> shape;
  int64_t bytes = 0;
  std::unique_ptr<char, Free> data;
};

} // namespace llamir

#endif // LLAMIR_SUPPORT_ARRAY_H
