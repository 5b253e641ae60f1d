//===- Families.h - Descriptions of model families --------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A family of models is a file, Families/<model_type>.json: which keys of
// config.json say what, how the tensors of a checkpoint are called, and how a
// layer is put together. docs/families.md tells what may stand in it.
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_IMPORT_FAMILIES_H
#define LLAMIR_LIB_IMPORT_FAMILIES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/JSON.h"

namespace llamir {

/// The description of the family with a `model_type`, joined with those that it
/// is like; null if there is none.
const llvm::json::Object *findFamily(llvm::StringRef modelType);

/// All types of models, in the order of the alphabet.
llvm::ArrayRef<std::string> getFamilyTypes();

} // namespace llamir

#endif // LLAMIR_LIB_IMPORT_FAMILIES_H
