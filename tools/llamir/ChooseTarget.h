//===- ChooseTarget.h - The machine that is there -------------- -*- C++
//-*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TOOLS_LLAMIR_CHOOSETARGET_H
#define LLAMIR_TOOLS_LLAMIR_CHOOSETARGET_H

#include <string>

namespace llamir {

/// The target that --target=auto stands for: the GPU of this machine, by CUDA,
/// else OpenCL, else Vulkan, or "host" where there is none. Drivers that run
/// kernels on the processor do not count. Says on stderr which one it is.
std::string chooseTarget();

} // namespace llamir

#endif // LLAMIR_TOOLS_LLAMIR_CHOOSETARGET_H
