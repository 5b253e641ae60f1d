//===- SizeAnalysis.h - Names for the dynamic sizes -------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A host function takes one number for each set of dynamic dimensions that are
// always equal. Which are equal follows from the ops of the kernels, so it is
// found while the kernels are still functions (--llama-annotate-sizes) and kept
// in attributes for the passes that run after the kernels were converted.
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_CONVERSION_HOSTTOLLVM_SIZEANALYSIS_H
#define LLAMIR_CONVERSION_HOSTTOLLVM_SIZEANALYSIS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"

namespace llamir {

/// The dynamic sizes of a host function, by name.
struct HostSizes {
  /// The names, in order of first appearance in the arguments.
  llvm::SmallVector<mlir::StringAttr> names;
  /// For each argument and each result of an op, the names of its dynamic
  /// dimensions from the left.
  llvm::DenseMap<mlir::Value, llvm::SmallVector<mlir::StringAttr>> dims;
};

/// Finds which dynamic dimensions of a host function are always equal and
/// names each set: the name that a `llama.dims` attribute gives it, else
/// "tokens", "tokens_1" and so on. Equal names make dimensions equal. The
/// kernels that the function launches must still be functions.
///
/// Rejected, with a message: two names for one set, a dynamic dimension that
/// always equals a static one, a result whose size no argument has, an op that
/// cannot stand in a host function.
llvm::FailureOr<HostSizes> inferHostSizes(mlir::func::FuncOp function,
                                          mlir::SymbolTableCollection &symbols);

/// Reads what `--llama-annotate-sizes` wrote. Fails with a message when
/// attributes are missing.
llvm::FailureOr<HostSizes> readHostSizes(mlir::func::FuncOp function);

} // namespace llamir

#endif // LLAMIR_CONVERSION_HOSTTOLLVM_SIZEANALYSIS_H
