//===- PrefetchLowering.h - Every line of a prefetch ------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_TARGET_PREFETCHLOWERING_H
#define LLAMIR_LIB_TARGET_PREFETCHLOWERING_H

#include "HalideTranslation.h"

namespace llamir {

/// Has a prefetch of more than a cache line fetch all of them: libHalide 21
/// goes on by the bytes of a line, counted in elements, and so leaves out three
/// lines of four with numbers of 32 bits.
void prefetchAllLines(Halide::Pipeline &pipeline);

} // namespace llamir

#endif // LLAMIR_LIB_TARGET_PREFETCHLOWERING_H
