//===- HuggingFace.h - Import of Hugging Face folders -----------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_IMPORT_HUGGINGFACE_H
#define LLAMIR_IMPORT_HUGGINGFACE_H

#include "llamir/Import/ModelConfig.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace llamir {

/// The name of the result of a model without a head.
constexpr llvm::StringLiteral hiddenStatesName = "hidden";

/// Imports a folder with config.json and model.safetensors (or its index and
/// shards): `@forward`, from ids and positions to logits, or for a base model
/// to hidden states. Activations are f32, weights of the checkpoint's type,
/// or of f32 where that is f64. Every tensor the model needs must be there with
/// its shape. Of others there may be what has no numbers, what models once
/// stored beside their weights, and a head that is tied and has the numbers of
/// the embedding. Keys that were passed over are warnings in `context`.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
importHuggingFace(llvm::StringRef folder, const ImportOptions &options,
                  mlir::MLIRContext &context);

/// Names of the shapes that the functions below know.
llvm::ArrayRef<llvm::StringRef> getShapeNames();

/// `layers` layers of a model of a named shape with random f32 weights, as
/// `@block`.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
buildRandomBlock(llvm::StringRef shape, int64_t layers,
                 mlir::MLIRContext &context);

/// The whole model, from ids to logits, as `@forward`.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
buildRandomModel(llvm::StringRef shape, mlir::MLIRContext &context);

} // namespace llamir

#endif // LLAMIR_IMPORT_HUGGINGFACE_H
