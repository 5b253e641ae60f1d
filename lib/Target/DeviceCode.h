//===- DeviceCode.h - Code of devices in kernels ----------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_TARGET_DEVICECODE_H
#define LLAMIR_LIB_TARGET_DEVICECODE_H

#include "llamir/Target/HalideCodegen.h"
#include "llvm/IR/Module.h"

namespace llamir {

/// What a pipeline hands to a device's driver: PTX or OpenCL C for all kernels
/// that it launches, or libHalide's container of SPIR-V modules.
llvm::Expected<llvm::StringRef> findDeviceCode(const llvm::Module &module);

/// The SPIR-V modules of libHalide's container, one for each kernel; none of
/// what is no container.
llvm::SmallVector<llvm::StringRef> splitSPIRV(llvm::StringRef container);

/// Machine code that NVIDIA's ptxas makes of PTX for an architecture, "sm_80".
/// An error says what ptxas said, or that it is not there.
llvm::Expected<std::string> assemblePTX(llvm::StringRef ptx,
                                        llvm::StringRef architecture);

/// What kernels take of a multiprocessor on each architecture that llamir has
/// targets for, as ptxas reports it, in JSON:
/// {"sm_80": {KERNEL: {"registers": 40, "stack_bytes": 0,
///  "spill_store_bytes": 0, "spill_load_bytes": 0, "shared_bytes": 0}}}.
/// Memory that a launch asks for is not among the shared bytes.
llvm::Expected<std::string> describeResources(llvm::StringRef ptx);

/// What an output of CUDA is of PTX: the text itself, machine code for the
/// target's architecture, or its resources.
llvm::Expected<std::string> makeCudaOutput(KernelOutput kind,
                                           llvm::StringRef ptx,
                                           const TargetInfo &target);

} // namespace llamir

#endif // LLAMIR_LIB_TARGET_DEVICECODE_H
