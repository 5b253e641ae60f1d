//===- ElementType.cpp - Types of array elements --------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Support/ElementType.h"
#include "llvm/Support/ErrorHandling.h"

using namespace llamir;

int64_t llamir::getSize(ElementType type) {
  switch (type) {
  case ElementType::F64:
  case ElementType::I64:
    return 8;
  case ElementType::F32:
  case ElementType::I32:
    return 4;
  case ElementType::F16:
  case ElementType::BF16:
    return 2;
  case ElementType::U8:
    return 1;
  }
  llvm_unreachable("unknown element type");
}

llvm::StringRef llamir::getName(ElementType type) {
  static constexpr llvm::StringLiteral names[] = {"f64", "f32", "f16", "bf16",
                                                  "i64", "i32", "u8"};
  return names[int(type)];
}

/// An object at an address that may not be aligned for it.
template <typename T> static T load(const char *from) {
  T value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}
template <typename T> static void store(char *to, T value) {
  std::memcpy(to, &value, sizeof(value));
}

void llamir::convertToF32(ElementType type, const char *from, float *to,
                          int64_t count) {
  switch (type) {
  case ElementType::F32:
    std::memcpy(to, from, count * sizeof(float));
    return;
  case ElementType::BF16:
    for (int64_t i = 0; i < count; ++i)
      to[i] = fromBF16(load<uint16_t>(from + 2 * i));
    return;
  case ElementType::F16:
    for (int64_t i = 0; i < count; ++i)
      to[i] = fromF16(load<uint16_t>(from + 2 * i));
    return;
  case ElementType::F64:
    for (int64_t i = 0; i < count; ++i)
      to[i] = float(load<double>(from + 8 * i));
    return;
  default:
    llvm_unreachable("not a floating-point type");
  }
}

void llamir::convertFromF32(ElementType type, const float *from, char *to,
                            int64_t count) {
  switch (type) {
  case ElementType::F32:
    std::memcpy(to, from, count * sizeof(float));
    return;
  case ElementType::BF16:
    for (int64_t i = 0; i < count; ++i)
      store(to + 2 * i, toBF16(from[i]));
    return;
  case ElementType::F16:
    for (int64_t i = 0; i < count; ++i)
      store(to + 2 * i, toF16(from[i]));
    return;
  case ElementType::F64:
    for (int64_t i = 0; i < count; ++i)
      store(to + 8 * i, double(from[i]));
    return;
  default:
    llvm_unreachable("not a floating-point type");
  }
}

double llamir::readElement(ElementType type, const char *from) {
  switch (type) {
  case ElementType::F64:
    return load<double>(from);
  case ElementType::F32:
    return load<float>(from);
  case ElementType::F16:
    return fromF16(load<uint16_t>(from));
  case ElementType::BF16:
    return fromBF16(load<uint16_t>(from));
  case ElementType::I64:
    return double(load<int64_t>(from));
  case ElementType::I32:
    return load<int32_t>(from);
  case ElementType::U8:
    return load<uint8_t>(from);
  }
  llvm_unreachable("unknown element type");
}
