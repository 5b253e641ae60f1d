//===- Array.cpp - Arrays in memory --------------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Support/Array.h"
#include "llvm/Support/MathExtras.h"

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

float llamir::fromF16(uint16_t bits) {
  uint32_t sign = uint32_t(bits & 0x8000) << 16, exponent = (bits >> 10) & 31,
           mantissa = bits & 0x3ff;
  if (exponent == 0) {
    // Zero or a subnormal number: mantissa units of 2^-24.
    float value = float(mantissa) * 5.9604644775390625e-8f;
    return sign ? -value : value;
  }
  uint32_t word = sign | (exponent == 31 ? 0x7f800000 : (exponent + 112) << 23) |
                  mantissa << 13;
  float value;
  std::memcpy(&value, &word, sizeof(value));
  return value;
}

void llamir::convertToF32(ElementType type, const char *from, float *to, int64_t count) {
  uint16_t half;
  double wide;
  switch (type) {
  case ElementType::F32:
    std::memcpy(to, from, count * sizeof(float));
    return;
  case ElementType::BF16:
    for (int64_t i = 0; i < count; ++i) {
      std::memcpy(&half, from + 2 * i, 2);
      to[i] = fromBF16(half);
    }
    return;
  case ElementType::F16:
    for (int64_t i = 0; i < count; ++i) {
      std::memcpy(&half, from + 2 * i, 2);
      to[i] = fromF16(half);
    }
    return;
  case ElementType::F64:
    for (int64_t i = 0; i < count; ++i) {
      std::memcpy(&wide, from + 8 * i, 8);
      to[i] = float(wide);
    }
    return;
  default:
    llvm_unreachable("not a float type");
  }
}

std::optional<int64_t> llamir::getByteSize(ElementType type,
                                           llvm::ArrayRef<int64_t> shape) {
  int64_t bytes = getSize(type);
  for (int64_t size : shape)
    if (size < 0 || llvm::MulOverflow(bytes, size, bytes))
      return std::nullopt;
  return bytes;
}

llvm::Expected<Array> Array::create(ElementType type, llvm::ArrayRef<int64_t> shape) {
  std::optional<int64_t> bytes = getByteSize(type, shape);
  char *memory = nullptr;
  if (bytes && *bytes < (int64_t(1) << 46))
    memory = static_cast<char *>(
        std::aligned_alloc(64, llvm::alignTo(std::max<int64_t>(*bytes, 1), 64)));
  if (!memory)
    return llvm::createStringError("not enough memory for an array");
  std::memset(memory, 0, *bytes);
  Array array;
  array.type = type;
  array.shape.assign(shape.begin(), shape.end());
  array.bytes = *bytes;
  array.data.reset(memory);
  return array;
}

int64_t Array::getNumElements() const { return bytes / getSize(type); }

double Array::get(int64_t index) const {
  switch (type) {
  case ElementType::F64:
    return getData<double>()[index];
  case ElementType::F32:
    return getData<float>()[index];
  case ElementType::F16:
    return fromF16(getData<uint16_t>()[index]);
  case ElementType::BF16:
    return fromBF16(getData<uint16_t>()[index]);
  case ElementType::I64:
    return double(getData<int64_t>()[index]);
  case ElementType::I32:
    return getData<int32_t>()[index];
  case ElementType::U8:
    return getData<uint8_t>()[index];
  }
  llvm_unreachable("unknown element type");
}
