//===- Passes.h - Code generation -------------------------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TARGET_PASSES_H
#define LLAMIR_TARGET_PASSES_H

#include "mlir/Pass/Pass.h"

namespace llamir {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "llamir/Target/Passes.h.inc"

} // namespace llamir

#endif // LLAMIR_TARGET_PASSES_H
