//===- Passes.h - Schedules for Halide pipelines ----------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_SCHEDULE_PASSES_H
#define LLAMIR_SCHEDULE_PASSES_H

#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace llamir {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "llamir/Schedule/Passes.h.inc"

} // namespace llamir

#endif // LLAMIR_SCHEDULE_PASSES_H
