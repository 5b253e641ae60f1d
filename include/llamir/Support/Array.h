//===- Array.h - Arrays in memory -------------------------------*- C++ -*===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_SUPPORT_ARRAY_H
#define LLAMIR_SUPPORT_ARRAY_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstring>
#include <memory>

namespace llamir {

/// Types of the elements of arrays in files and buffers.
enum class ElementType { F64, F32, F16, BF16, I64, I32, U8 };

/// Bytes of an element.
int64_t getSize(ElementType type);
/// As in messages: "f32".
llvm::StringRef getName(ElementType type);

/// The value of a half or brain float.
float fromF16(uint16_t bits);
inline float fromBF16(uint16_t bits) {
  uint32_t word = uint32_t(bits) << 16;
  float value;
  std::memcpy(&value, &word, sizeof(value));
  return value;
}

/// Converts elements to f32; `from` holds `count` elements of `type`, which is a
/// float type.
void convertToF32(ElementType type, const char *from, float *to, int64_t count);

/// Bytes of an array of that shape, nothing when that does not fit in 63 bits or
/// a size is negative.
std::optional<int64_t> getByteSize(ElementType type, llvm::ArrayRef<int64_t> shape);

/// An array that owns its elements: dense, the last dimension fastest, aligned to
/// 64 bytes.
class Array {
public:
  Array() = default;
  /// Zeros. An error when the shape is too large.
  static llvm::Expected<Array> create(ElementType type, llvm::ArrayRef<int64_t> shape);

  ElementType getType() const { return type; }
  llvm::ArrayRef<int64_t> getShape() const { return shape; }
  int64_t getNumElements() const;
  llvm::MutableArrayRef<char> getBytes() { return {data.get(), size_t(bytes)}; }
  llvm::ArrayRef<char> getBytes() const { return {data.get(), size_t(bytes)}; }
  template <typename T> T *getData() { return reinterpret_cast<T *>(data.get()); }
  template <typename T> const T *getData() const {
    return reinterpret_cast<const T *>(data.get());
  }
  /// Any element as a double.
  double get(int64_t index) const;

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
