//===- Models.h - Parts of the reference models -----------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_REFERENCE_MODELS_H
#define LLAMIR_LIB_REFERENCE_MODELS_H

#include "llamir/Reference/Reference.h"

namespace llamir::reference {

using Operands = llvm::ArrayRef<const Tensor *>;
using Results = llvm::MutableArrayRef<Tensor>;

template <typename ModelT, typename OpT>
using Model = llama::ReferenceOpInterface::ExternalModel<ModelT, OpT>;

/// The models in files of their own.
void registerAttentionModel(mlir::MLIRContext *context);
void registerElementModels(mlir::MLIRContext *context);
void registerLinearAttentionModels(mlir::MLIRContext *context);
void registerNormModel(mlir::MLIRContext *context);
void registerStatisticsModels(mlir::MLIRContext *context);

} // namespace llamir::reference

#endif // LLAMIR_LIB_REFERENCE_MODELS_H
