//===- Check.h - Kernels against the reference ---------------- -*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TOOLS_LLAMIR_CHECK_H
#define LLAMIR_TOOLS_LLAMIR_CHECK_H

#include "Session.h"

namespace llamir {

/// How far a result of a kernel was from the reference at most.
struct KernelError {
  std::string kernel;
  std::string name; // Of the result: that of the kernel if it has one result.
  double maxAbs = 0, maxRel = 0, ofBound = 0;
  int64_t count = 0;

  bool ok() const { return ofBound <= 1; }
};

/// Runs a function, and compares every kernel with the reference on the inputs
/// that it has in this run.
llvm::FailureOr<std::vector<KernelError>>
measureErrors(Session &session, mlir::func::FuncOp function,
              llvm::MutableArrayRef<Array> inputs, std::vector<Array> &results);

/// Fails, with a message, if one is larger than its bound.
llvm::LogicalResult checkErrors(llvm::ArrayRef<KernelError> errors);

/// All of it: runs, prints a table, and checks.
llvm::LogicalResult checkFunction(Session &session, mlir::func::FuncOp function,
                                  llvm::MutableArrayRef<Array> inputs,
                                  std::vector<Array> &results);

} // namespace llamir

#endif // LLAMIR_TOOLS_LLAMIR_CHECK_H
