//===- HuggingFace.h - Import of Hugging Face folders -----------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_IMPORT_HUGGINGFACE_H
#define LLAMIR_IMPORT_HUGGINGFACE_H

#include "dialects/llama/LlamaDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace llamir {

/// A LLaMA model in numbers: what config.json says.
struct ModelConfig {
  int64_t hidden = 0, intermediate = 0, layers = 0, heads = 0, kvHeads = 0,
          headDim = 0;
  int64_t vocabulary = 0;
  double eps = 1e-6, theta = 10000;
  llama::ActivationKind activation = llama::ActivationKind::Silu;
  bool tied = false, attentionBias = false, mlpBias = false;
};

/// Reads config.json of a model of type llama. Every key must be known: one
/// that does not change numbers is passed over by name, one that does is used
/// or, when llamir cannot do what it asks for, an error with the key and its
/// value; so is a key that contradicts another.
llvm::Expected<ModelConfig> readConfig(llvm::StringRef path);

struct ImportOptions {
  /// Only this layer, as `@block`, from hidden state to hidden state.
  std::optional<int64_t> block;
  /// The folder that the paths of weights are made relative to.
  std::string relativeTo;
};

/// Imports a folder with config.json and model.safetensors (or its index and
/// shards): `@forward`, from ids and positions to logits. Activations are f32,
/// weights of the checkpoint's type. Every tensor the model needs must be there
/// with its shape, and no other.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
importHuggingFace(llvm::StringRef folder, const ImportOptions &options,
                  mlir::MLIRContext &context);

/// Names of the shapes that `buildRandomBlock` knows.
llvm::ArrayRef<llvm::StringRef> getShapeNames();

/// `layers` layers of a model of a named shape with random f32 weights, as
/// `@block`.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
buildRandomBlock(llvm::StringRef shape, int64_t layers,
                 mlir::MLIRContext &context);

} // namespace llamir

#endif // LLAMIR_IMPORT_HUGGINGFACE_H
