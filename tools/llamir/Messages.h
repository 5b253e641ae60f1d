//===- Messages.h - What the driver tells its user ------------ -*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TOOLS_LLAMIR_MESSAGES_H
#define LLAMIR_TOOLS_LLAMIR_MESSAGES_H

#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/LogicalResult.h"
#include <string>
#include <vector>

namespace llamir {

/// Prints `message` as an error of the driver; for `return fail(…)`.
llvm::LogicalResult fail(const llvm::Twine &message);
llvm::LogicalResult fail(llvm::Error error);

/// Prints the errors and warnings of a context like those of the driver, a
/// warning once however often the input is loaded, and keeps the remarks of its
/// passes, as "PLACE: [Passed] …". `remarks` outlives the context.
void handleDiagnostics(mlir::MLIRContext &context,
                       std::vector<std::string> &remarks);

} // namespace llamir

#endif // LLAMIR_TOOLS_LLAMIR_MESSAGES_H
