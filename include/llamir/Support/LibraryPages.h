//===- LibraryPages.h - Memory that libraries take --------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_SUPPORT_LIBRARYPAGES_H
#define LLAMIR_SUPPORT_LIBRARYPAGES_H

namespace llamir {

/// Gives back the memory of the program's and its libraries' code and
/// constants, which the system reads again from their files where they are
/// used. The compilers in them are a hundred megabytes that a model does not
/// need once it is compiled.
void dropLibraryPages();

} // namespace llamir

#endif // LLAMIR_SUPPORT_LIBRARYPAGES_H
