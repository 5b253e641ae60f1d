//===- Image.h - Memory for the weights ----------------------- -*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TOOLS_LLAMIR_IMAGE_H
#define LLAMIR_TOOLS_LLAMIR_IMAGE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <algorithm>
#include <sys/mman.h>
#include <utility>

namespace llamir {

/// Memory for the weights: its pages come when they are touched, large ones
/// where the system has them.
class Image {
public:
  static llvm::Expected<Image> create(int64_t bytes) {
    bytes = std::max<int64_t>(bytes, 64);
    void *data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data == MAP_FAILED)
      return llvm::createStringError("there is no memory for " +
                                     llvm::Twine(bytes) + " bytes of weights");
    madvise(data, bytes, MADV_HUGEPAGE);
    return Image(static_cast<char *>(data), bytes);
  }
  Image(Image &&other)
      : data(std::exchange(other.data, nullptr)), bytes(other.bytes) {}
  ~Image() {
    if (data)
      munmap(data, bytes);
  }
  llvm::MutableArrayRef<char> get() { return {data, size_t(bytes)}; }

private:
  Image(char *data, int64_t bytes) : data(data), bytes(bytes) {}
  char *data;
  int64_t bytes;
};

} // namespace llamir

#endif // LLAMIR_TOOLS_LLAMIR_IMAGE_H
