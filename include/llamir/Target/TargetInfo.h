//===- TargetInfo.h - What the machines that llamir generates code for are ---*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TARGET_TARGETINFO_H
#define LLAMIR_TARGET_TARGETINFO_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>

namespace llamir {

/// A target that kernels are scheduled and compiled for.
struct TargetInfo {
  /// The name users give: x86-64, x86-64-avx2, …; never "host".
  std::string name;
  /// The same in libHalide's words.
  std::string halideTarget;
  /// LLVM's processor for host code.
  std::string cpu;
  /// f32 lanes of a vector register.
  int64_t vectorLanes;
  /// Vector registers.
  int64_t vectorRegisters;
  /// Columns of the register tile of a matrix product: panel width.
  int64_t panelWidth;
};

/// Names of all targets, `host` among them.
llvm::ArrayRef<llvm::StringRef> getTargetNames();

/// The target of that name; `host` is the best one that this machine can run.
/// An unknown name is an error that lists those there are.
llvm::Expected<TargetInfo> getTarget(llvm::StringRef name);

/// An error when this machine cannot run code for the target.
llvm::Error checkRunsHere(const TargetInfo &target);

} // namespace llamir

#endif // LLAMIR_TARGET_TARGETINFO_H
