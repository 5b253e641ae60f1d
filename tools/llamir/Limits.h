//===- Limits.h - What this machine can do at most --------------*- C++ -*===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TOOLS_LLAMIR_LIMITS_H
#define LLAMIR_TOOLS_LLAMIR_LIMITS_H

#include <cstdint>

namespace llamir {

/// f32 multiply-adds on all processors with vectors of `lanes`, in GFLOP/s (two
/// for each). Takes some milliseconds: measure it often, beside what it is
/// compared with.
double measureMultiplyAdd(int64_t lanes);

/// Reading from memory on all processors, in GB/s: the best of several patterns.
double measureRead();

} // namespace llamir

#endif // LLAMIR_TOOLS_LLAMIR_LIMITS_H
