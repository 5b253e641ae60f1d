//===- PanelPacking.h - Rows into panels ------------------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_IMPORT_PANELPACKING_H
#define LLAMIR_LIB_IMPORT_PANELPACKING_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>

namespace llamir {

/// Writes one panel: `to[k][lane] = rows[lane][k]` for `count` values of k,
/// where each is a unit of some bytes, fastest of 1, 2, 4 or 8: an element, or
/// neighbouring elements of a row that stay together. A null row is one of
/// zeros. Nothing need be aligned.
void packPanel(int64_t unitBytes, llvm::ArrayRef<const char *> rows,
               int64_t count, char *to);

} // namespace llamir

#endif // LLAMIR_LIB_IMPORT_PANELPACKING_H
