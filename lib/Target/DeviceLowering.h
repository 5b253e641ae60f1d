//===- DeviceLowering.h - What libHalide's kernels need ---------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_TARGET_DEVICELOWERING_H
#define LLAMIR_LIB_TARGET_DEVICELOWERING_H

#include "HalideTranslation.h"

namespace llamir {

/// Has a pipeline's kernels on a device compute whatever stands in them. What
/// nobody reads for the sizes at hand libHalide skips otherwise, by conditions
/// around barriers, which are the same for all threads. PoCL 3.1 takes them
/// apart wrongly, and so does lavapipe 22.3: only kernels in PTX have such
/// conditions. What the others compute in vain is not read. Other truths that
/// the processor computes are computed in kernels again: Vulkan's kernels take
/// none. Divisions round down where a dividend may be negative, too.
void computeAlways(Halide::Pipeline &pipeline, DeviceInterface interface);

/// Has a pipeline's kernels in PTX read and write vectors in global memory in
/// pieces of 16 bytes, or one of 8, where their places tell that they lie at
/// multiples of that: libHalide 21 does it for four numbers of 32 bits alone.
void accessWholePieces(Halide::Pipeline &pipeline);

} // namespace llamir

#endif // LLAMIR_LIB_TARGET_DEVICELOWERING_H
