//===- IRText.h - IR that others wrote --------------------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_SUPPORT_IRTEXT_H
#define LLAMIR_SUPPORT_IRTEXT_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

namespace llamir {

/// Reads IR from a regular file, or from standard input if the path is "-".
/// Bytecode, whose reader ends the process where some of it is damaged, and
/// what `checkIRText` rejects is an error. Messages begin with the path.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
readIRText(llvm::StringRef path);

/// Rejects text for which MLIR's parser or printer, or who walks over a type or
/// a location, would run out of stack or time: what is nested deeper than 500
/// with its aliases resolved, a word of more than 1000 characters, and an alias
/// that stands for more than a million words. Messages tell the byte. What is
/// no IR passes: the parser has the better message.
llvm::Error checkIRText(llvm::StringRef text);

} // namespace llamir

#endif // LLAMIR_SUPPORT_IRTEXT_H
