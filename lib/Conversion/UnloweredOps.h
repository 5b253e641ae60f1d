//===- UnloweredOps.h - What has no form in the LLVM dialect ----*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_CONVERSION_UNLOWEREDOPS_H
#define LLAMIR_LIB_CONVERSION_UNLOWEREDOPS_H

#include "llvm/ADT/StringRef.h"

namespace mlir {
class Operation;
} // namespace mlir

namespace llamir {

/// Says at an op that is left after the lowering to the LLVM dialect, or at
/// that which a cast stands before, that `function` cannot have it.
void refuseUnlowered(mlir::Operation *op, llvm::StringRef function);

} // namespace llamir

#endif // LLAMIR_LIB_CONVERSION_UNLOWEREDOPS_H
