//===- Array.cpp - Arrays in memory ---------------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Support/Array.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <sys/mman.h>

using namespace llamir;

std::optional<int64_t> llamir::getByteSize(ElementType type,
                                           llvm::ArrayRef<int64_t> shape) {
  int64_t bytes = getSize(type);
  for (int64_t size : shape)
    if (size < 0 || llvm::MulOverflow(bytes, size, bytes))
      return std::nullopt;
  return bytes;
}

std::string llamir::formatShape(llvm::ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << '[';
  llvm::interleaveComma(shape, stream);
  stream << ']';
  return text;
}

/// No machine has more; a greater size would wrap when it is rounded up.
static constexpr int64_t mostBytes = int64_t(1) << 46;

bool llamir::hasMemory(double bytes) {
  if (bytes >= double(mostBytes))
    return false;
  size_t size = std::max(size_t(bytes), size_t(1));
  void *memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory != MAP_FAILED && munmap(memory, size) == 0;
}

/// Memory that starts at a cache line; large arrays have large pages where the
/// system gives some, since kernels that walk over several rows at a time would
/// else wait for the translation of addresses.
static char *allocate(int64_t bytes) {
  constexpr int64_t largePage = 2 << 20;
  int64_t alignment = bytes >= 2 * largePage ? largePage : 64;
  int64_t rounded = llvm::alignTo(std::max<int64_t>(bytes, 1), alignment);
  void *memory = std::aligned_alloc(alignment, rounded);
  if (memory && alignment == largePage)
    madvise(memory, rounded, MADV_HUGEPAGE);
  return static_cast<char *>(memory);
}

llvm::Expected<Array> Array::create(ElementType type,
                                    llvm::ArrayRef<int64_t> shape) {
  std::optional<int64_t> bytes = getByteSize(type, shape);
  char *memory = nullptr;
  if (bytes && *bytes < mostBytes)
    memory = allocate(*bytes);
  if (!memory)
    return llvm::createStringError("there is no memory for an array of " +
                                   formatShape(shape) + " " + getName(type));
  std::memset(memory, 0, *bytes);
  Array array;
  array.type = type;
  array.shape.assign(shape.begin(), shape.end());
  array.bytes = *bytes;
  array.data.reset(memory);
  return array;
}
