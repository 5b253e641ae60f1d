//===- UnloweredOps.cpp - What has no form in the LLVM dialect ------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "UnloweredOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;
using namespace llamir;

void llamir::refuseUnlowered(Operation *op, StringRef function) {
  // A cast stands before what could not be converted.
  if (isa<UnrealizedConversionCastOp>(op))
    for (Operation *user : op->getUsers())
      if (!isa<LLVM::LLVMDialect>(user->getDialect()))
        op = user;
  op->emitOpError() << "has no form in the LLVM dialect; " << function
                    << " cannot have it";
}
