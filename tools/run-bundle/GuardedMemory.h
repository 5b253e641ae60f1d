//===- GuardedMemory.h - Memory between guard zones ----------- -*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TOOLS_RUNBUNDLE_GUARDEDMEMORY_H
#define LLAMIR_TOOLS_RUNBUNDLE_GUARDEDMEMORY_H

#include "llamir/Runtime/llamir_runtime.h"
#include <vector>

namespace llamir {

/// Memory of a device between two guard zones. They are NaNs, so that what a
/// kernel reads there shows in its results, and what it writes is found.
class GuardedMemory {
public:
  GuardedMemory() = default;
  ~GuardedMemory();
  GuardedMemory(GuardedMemory &&other);
  GuardedMemory &operator=(GuardedMemory &&other);

  /// Memory with these bytes, or with NaNs if there are none. False, and
  /// llamir_last_error() says why, when the device has no memory.
  bool allocate(llamir_device device, int64_t bytes, const char *content);

  void *get() const { return begin + guard; }
  /// Copies the bytes back.
  bool read(std::vector<char> &bytes) const;
  /// Whether the zones are as they were; false with `failed` when they could
  /// not be read.
  bool isIntact(bool &failed) const;

private:
  /// A place that kernels can begin at.
  static constexpr int64_t guard = 4096;

  llamir_device device = LLAMIR_PROCESSOR;
  char *begin = nullptr;
  int64_t bytes = 0;
};

} // namespace llamir

#endif // LLAMIR_TOOLS_RUNBUNDLE_GUARDEDMEMORY_H
