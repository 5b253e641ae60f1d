//===- Inputs.h - Arrays that a function is run on ------------ -*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TOOLS_LLAMIR_INPUTS_H
#define LLAMIR_TOOLS_LLAMIR_INPUTS_H

#include "Session.h"
#include "llvm/ADT/StringMap.h"

namespace llamir {

/// What is said of the inputs of a function.
struct InputOptions {
  /// Files of the first ones; the others are made.
  std::vector<std::string> files;
  /// Dynamic sizes by name, as far as files do not tell them; else 16.
  llvm::StringMap<int64_t> sizes;
  /// Of the numbers that are made.
  std::optional<int64_t> seed;
};

/// Fails, with a message, where there is no memory for the arrays and the arena
/// of a run with these sizes, so that it is not found out after much was
/// computed.
llvm::LogicalResult checkMemory(mlir::func::FuncOp function,
                                const HostSignature &host,
                                const llvm::StringMap<int64_t> &sizes);

/// A dynamic size that a function is run with.
struct InputSize {
  std::string name;
  int64_t size;
  bool isDefault; // Neither a file nor an option tells it.
};

/// What a function is run on.
struct Inputs {
  std::vector<Array> arrays;
  std::vector<InputSize> sizes; // In the order of the function's.
};

/// Prints dynamic sizes on a line, if there are some.
void printSizes(llvm::ArrayRef<InputSize> sizes);

/// The inputs of a compiled function: arrays from files, then made ones. Floats
/// are random in [-1, 1), integers with a limit random below it, and other
/// integers, such as positions, count from 0. Fails with a message when files
/// do not fit, when an option has no use, and before an array is made when
/// there is no memory for all arrays of the run.
llvm::FailureOr<Inputs> makeInputs(const Session &session,
                                   mlir::func::FuncOp function,
                                   const InputOptions &options);

} // namespace llamir

#endif // LLAMIR_TOOLS_LLAMIR_INPUTS_H
