//===- CheckpointTensors.h - Tensors beside a model's weights ---*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_IMPORT_CHECKPOINTTENSORS_H
#define LLAMIR_LIB_IMPORT_CHECKPOINTTENSORS_H

#include "llamir/Support/Checkpoint.h"

namespace llamir {

/// Whether a tensor may stand beside the weights of a LLaMA without a place in
/// it: it has no numbers, or those of a table that old versions stored although
/// it follows from config.json: frequencies and angles of the rotation, and the
/// mask of an attention.
bool isLeftOver(llvm::StringRef name, const SafetensorsFile::Tensor &tensor);

/// Where two tensors differ, as the end of a sentence: in type, in shape, or at
/// an element; empty when they have the same numbers, be it in different
/// floating-point types. An error when they cannot be read.
llvm::Expected<std::string> describeDifference(const Checkpoint::Entry &tensor,
                                               const Checkpoint::Entry &other);

} // namespace llamir

#endif // LLAMIR_LIB_IMPORT_CHECKPOINTTENSORS_H
