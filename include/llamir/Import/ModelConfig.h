//===- ModelConfig.h - What a checkpoint's config.json says -----*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_IMPORT_MODELCONFIG_H
#define LLAMIR_IMPORT_MODELCONFIG_H

#include "dialects/llama/LlamaDialect.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include <map>
#include <set>

namespace llamir {

/// How heads are rotated.
struct RotaryConfig {
  llama::PairingKind pairing = llama::PairingKind::Half;
  double theta = 10000;
  /// Elements of a head that rotate.
  int64_t dims = 0;
  enum Scaling { None, Linear, Dynamic, Yarn, Band, Long } scaling = None;
  double factor = 1;
  /// Positions that the model was trained for.
  int64_t length = 0;
  /// Turns within them of the pairs where Yarn begins and ends, or Band.
  double fast = 0, slow = 0;
  double magnitude = 1;
  bool exact = false;
  /// Divisors of each pair, of Long.
  std::vector<double> shortFactors, longFactors;
};

/// A model in numbers and names: what its family makes of config.json. Roles
/// are those of docs/families.md: "q", "attention_norm".
struct ModelConfig {
  int64_t hidden = 0, intermediate = 0, layers = 0, heads = 0, kvHeads = 0,
          headDim = 0, vocabulary = 0;
  /// Rows of the table of learned positions; 0 if there is none.
  int64_t positions = 0;
  double eps = 1e-6;
  /// LayerNorm, with biases, in place of RMSNorm.
  bool isCentered = false;
  /// What is added to the gains of norms.
  double gainOffset = 0;
  llama::ActivationKind activation = llama::ActivationKind::Silu;
  std::optional<RotaryConfig> rotary;
  /// In layers with a window, where that differs.
  std::optional<RotaryConfig> localRotary;
  /// In place of one over the root of the head size.
  std::optional<double> attentionScale;
  /// The caps of scores and of logits; 0 if there is none.
  double attentionSoftcap = 0, logitsSoftcap = 0;
  /// Keys that a query of each layer sees, 0 for all; empty where all see all.
  std::vector<int64_t> windows;
  /// What rows of the embedding are multiplied by.
  double embeddingScale = 1;
  /// Attention and feed-forward layer both read the input of the layer.
  bool isParallel = false;
  /// Queries and keys are normed a head at a time, or as whole rows.
  bool normsHeads = false;
  /// Each head has a tensor of its own, numbered.
  bool hasNormOfEachHead = false;
  /// A joined weight of queries, keys and values has those of each head one
  /// after the other, not all queries first.
  bool joinsByHead = false;
  bool isTied = false;
  /// Not so for a base model, which ends with its last norm.
  bool hasHead = true;
  /// Before the names of all tensors but the head's.
  std::string prefix;
  /// Names of tensors, without ".weight", by role.
  std::map<std::string, std::string> tensors;
  /// Roles of projections with a bias, and of such that are stored transposed.
  std::set<std::string> biases, transposed;
  /// Roles of norms without a bias, where others have one.
  std::set<std::string> unbiased;
  /// Messages about keys that nobody knows, and that were passed over.
  std::vector<std::string> warnings;

  bool has(const std::string &role) const { return tensors.count(role); }
  int64_t getWindow(int64_t layer) const {
    return windows.empty() ? 0 : windows[layer];
  }
  const std::optional<RotaryConfig> &getRotary(int64_t layer) const {
    return localRotary && getWindow(layer) ? localRotary : rotary;
  }
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

/// Reads config.json as the family that its `model_type` names. A key that
/// changes numbers is used or, when llamir cannot do what it asks for, an error
/// with the key and its value; so is a key that contradicts another. One that
/// changes none is passed over, and so is one that nobody knows, with a warning
/// if it says something. lib/Import/ConfigKeys.cpp lists what is known.
llvm::Expected<ModelConfig> readConfig(llvm::StringRef path,
                                       const ImportOptions &options = {});

/// The same of what stands in it; `path` is for messages.
llvm::Expected<ModelConfig> readConfig(const llvm::json::Object &object,
                                       llvm::StringRef path,
                                       const ImportOptions &options = {});

} // namespace llamir

#endif // LLAMIR_IMPORT_MODELCONFIG_H
