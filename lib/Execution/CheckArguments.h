//===- CheckArguments.h - Arrays for a host function ------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_EXECUTION_CHECKARGUMENTS_H
#define LLAMIR_LIB_EXECUTION_CHECKARGUMENTS_H

#include "llamir/Conversion/HostToLLVM/HostSignature.h"
#include "llamir/Support/Array.h"

namespace llamir {

/// Checks arrays against the function's arguments and finds its sizes. Names in
/// messages are those that users know.
llvm::Expected<llvm::SmallVector<int64_t>>
checkArguments(const HostSignature &signature, llvm::ArrayRef<Array> arguments);

/// The shape of an argument or result of the function with these sizes.
llvm::SmallVector<int64_t> getShape(const HostSignature &signature,
                                    llvm::ArrayRef<int64_t> sizes,
                                    const HostArray &array);

/// Makes `results` arrays for the results of the function with these sizes.
/// Those that have the right type and shape stay as they are, others are zeros.
llvm::Error prepareResults(const HostSignature &signature,
                           llvm::ArrayRef<int64_t> sizes,
                           std::vector<Array> &results);

} // namespace llamir

#endif // LLAMIR_LIB_EXECUTION_CHECKARGUMENTS_H
