//===- CheckArguments.h - Arrays for a host function ------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_EXECUTION_CHECKARGUMENTS_H
#define LLAMIR_LIB_EXECUTION_CHECKARGUMENTS_H

#include "llamir/Conversion/HostSignature.h"
#include "llamir/Support/Array.h"

namespace llamir {

/// Checks arrays against the function's arguments and finds its sizes. Names in
/// messages are those that users know.
llvm::Expected<llvm::SmallVector<int64_t>>
checkArguments(const HostSignature &signature, llvm::ArrayRef<Array> arguments);

/// Zeros for the results of the function with these sizes.
llvm::Expected<std::vector<Array>> createResults(const HostSignature &signature,
                                                 llvm::ArrayRef<int64_t> sizes);

} // namespace llamir

#endif // LLAMIR_LIB_EXECUTION_CHECKARGUMENTS_H
