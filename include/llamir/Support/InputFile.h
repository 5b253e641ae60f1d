//===- InputFile.h - Files that are read as a whole -------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_SUPPORT_INPUTFILE_H
#define LLAMIR_SUPPORT_INPUTFILE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

namespace llamir {

/// An error that begins with the path unless it is that of a regular file: a
/// pipe would wait for someone to write to it, and a device may have no end.
llvm::Error checkRegularFile(llvm::StringRef path);

/// An error that begins with the path if these bytes are the start of a Git LFS
/// pointer, which a clone without Git LFS has in place of a large file.
llvm::Error checkNoPointer(llvm::StringRef path, llvm::StringRef start);

/// The bytes of a regular file that is no such pointer, mapped where the system
/// can; a zero follows them if they are to be `terminated`. Messages begin with
/// the path.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
readInputFile(llvm::StringRef path, bool terminated = false);

} // namespace llamir

#endif // LLAMIR_SUPPORT_INPUTFILE_H
