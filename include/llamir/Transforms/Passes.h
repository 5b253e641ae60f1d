//===- Passes.h - Passes from llama to llama --------------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TRANSFORMS_PASSES_H
#define LLAMIR_TRANSFORMS_PASSES_H

#include "dialects/llama/LlamaDialect.h"
#include "mlir/Pass/Pass.h"

namespace llamir {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "llamir/Transforms/Passes.h.inc"

} // namespace llamir

#endif // LLAMIR_TRANSFORMS_PASSES_H
