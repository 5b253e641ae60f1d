//===- LimitKernels.h - Kernels that reach what a device can -- -*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TOOLS_LLAMIR_BENCH_LIMITKERNELS_H
#define LLAMIR_TOOLS_LLAMIR_BENCH_LIMITKERNELS_H

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <string>

namespace llamir {

/// Functions that reach what a device can do at most, as IR with schedules for
/// the target: @copy copies `rows` rows of columnsOfCopy f32; @f32_fma and
/// @bf16_fma multiply and add in the registers of `threads` threads, `steps`
/// times, the latter by bf16 that is widened.
std::string getLimitKernels(llvm::StringRef target);

/// Columns of a row that @copy copies.
constexpr int64_t columnsOfCopy = 65536;
/// As many as a large device holds at once.
constexpr int64_t threadsOfMultiplyAdd = 1 << 18;

/// What a run of one of them does: floating-point operations, and bytes that it
/// reads and writes.
struct LimitWork {
  double flops = 0, bytes = 0;
};
LimitWork getLimitWork(llvm::StringRef function,
                       const llvm::StringMap<int64_t> &sizes);

} // namespace llamir

#endif // LLAMIR_TOOLS_LLAMIR_BENCH_LIMITKERNELS_H
