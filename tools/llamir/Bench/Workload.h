//===- Workload.h - What is run to be timed ---------------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TOOLS_LLAMIR_BENCH_WORKLOAD_H
#define LLAMIR_TOOLS_LLAMIR_BENCH_WORKLOAD_H

#include "Session.h"

namespace llamir {

/// A compiled function with its inputs, which runs again and again. Errors are
/// told.
class Workload {
public:
  /// On the machine of the session's target.
  static llvm::FailureOr<std::unique_ptr<Workload>>
  create(Session &session, mlir::func::FuncOp function,
         std::vector<Array> inputs);
  virtual ~Workload();

  /// Runs once and tells of each launch when it has run.
  virtual llvm::LogicalResult observe(LaunchObserver observer) = 0;
  /// Seconds that a run takes.
  virtual llvm::FailureOr<double> time() = 0;
};

} // namespace llamir

#endif // LLAMIR_TOOLS_LLAMIR_BENCH_WORKLOAD_H
