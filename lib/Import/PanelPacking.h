//===- PanelPacking.h - Rows into panels ------------------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_IMPORT_PANELPACKING_H
#define LLAMIR_LIB_IMPORT_PANELPACKING_H

#include "llamir/Support/ElementType.h"
#include "llvm/ADT/ArrayRef.h"

namespace llamir {

/// Writes one panel: `to[k][lane] = rows[lane][k]` for `columns` values of k,
/// converted from type to type (f32, bf16 or f16). A null row is one of zeros.
/// Nothing need be aligned.
void packPanel(ElementType fromType, llvm::ArrayRef<const char *> rows,
               int64_t columns, ElementType toType, char *to);

} // namespace llamir

#endif // LLAMIR_LIB_IMPORT_PANELPACKING_H
