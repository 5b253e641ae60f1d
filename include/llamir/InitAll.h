//===- InitAll.h - Register everything of llamir ----------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_INITALL_H
#define LLAMIR_INITALL_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace llamir {

/// Registers the dialects that llamir's IR is made of, with their interfaces.
void registerAllDialects(mlir::DialectRegistry &registry);

/// Registers llamir's passes and pipelines, and the upstream passes that are
/// useful beside them.
void registerAllPasses();

} // namespace llamir

#endif // LLAMIR_INITALL_H
