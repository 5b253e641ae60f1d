//===- Npy.h - NumPy's array files ------------------------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_SUPPORT_NPY_H
#define LLAMIR_SUPPORT_NPY_H

#include "llamir/Support/Array.h"
#include "llamir/Support/OutputFile.h"

namespace llamir {

/// Reads an array from a .npy file of version 1 to 3: little-endian f2, f4, f8,
/// i4 or i8, or u1 or b1 (both as U8), in C order. Anything else, a header that
/// is not the dictionary of the format, and a file that is not exactly as long
/// as its header says, is an error that begins with the path.
///
/// Source: NumPy Enhancement Proposal 1 and numpy.lib.format's documentation.
llvm::Expected<Array> readNpy(llvm::StringRef path);

/// Writes an array as .npy, version 1; bf16, which NumPy has not, as f32. The
/// caller commits the file.
llvm::Error writeNpy(OutputFile &file, const Array &array);

/// The same for a path. The file is there as a whole or, on failure, not at
/// all.
llvm::Error writeNpy(llvm::StringRef path, const Array &array);

} // namespace llamir

#endif // LLAMIR_SUPPORT_NPY_H
