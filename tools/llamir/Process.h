//===- Process.h - What the driver needs of its process ---------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TOOLS_LLAMIR_PROCESS_H
#define LLAMIR_TOOLS_LLAMIR_PROCESS_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/InitLLVM.h"

namespace llamir {

/// The state of the process that the driver counts on, for as long as the
/// object lives: standard streams are open, a signal leaves no temporary files,
/// nobody gets colours who wants none, and where there is no memory or LLVM
/// gives up, the driver ends with one message and the status 1.
class Process {
public:
  Process(int &argc, char **&argv);

private:
  llvm::SmallVector<int> ignored; // Signals.
  llvm::InitLLVM init;
};

} // namespace llamir

#endif // LLAMIR_TOOLS_LLAMIR_PROCESS_H
