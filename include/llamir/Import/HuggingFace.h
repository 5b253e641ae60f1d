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
  /// Not so for a base model, which ends with its last norm.
  bool hasHead = true;
  /// Messages about keys that nobody knows, and that were passed over.
  std::vector<std::string> warnings;
};

struct ImportOptions {
  /// Only this layer, as `@block`, from hidden state to hidden state.
  std::optional<int64_t> block;
  /// The folder that the paths of weights are made relative to.
  std::string relativeTo;
  /// A key of config.json that nobody knows is an error.
  bool strict = false;
  /// Keys that nobody knows, and that are passed over without a word.
  std::vector<std::string> ignoredKeys;
};

/// Reads config.json of a model of type llama. A key that changes numbers is
/// used or, when llamir cannot do what it asks for, an error with the key and
/// its value; so is a key that contradicts another. One that changes none is
/// passed over, and so is one that nobody knows, with a warning if it says
/// something. lib/Import/ConfigKeys.cpp lists what is known.
llvm::Expected<ModelConfig> readConfig(llvm::StringRef path,
                                       const ImportOptions &options = {});

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
