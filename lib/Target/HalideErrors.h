//===- HalideErrors.h - What libHalide says ---------------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_TARGET_HALIDEERRORS_H
#define LLAMIR_LIB_TARGET_HALIDEERRORS_H

#include "mlir/IR/Operation.h"

namespace llamir {

/// Runs `action`; what libHalide throws or warns of is told on `op`.
llvm::LogicalResult guard(mlir::Operation &op,
                          llvm::function_ref<llvm::LogicalResult()> action);

} // namespace llamir

#endif // LLAMIR_LIB_TARGET_HALIDEERRORS_H
