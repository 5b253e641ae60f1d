//===- Checkpoint.h - The tensors of a model folder -------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_SUPPORT_CHECKPOINT_H
#define LLAMIR_SUPPORT_CHECKPOINT_H

#include "llamir/Support/Safetensors.h"

namespace llamir {

/// The tensors of a checkpoint: one safetensors file, or the shards that
/// `model.safetensors.index.json` lists. Rejected: a shard outside of the
/// folder, a shard that is not there, a tensor that is listed and not in its
/// shard, or in two.
class Checkpoint {
public:
  /// Opens `model.safetensors`, or else the index, in a folder.
  static llvm::Expected<Checkpoint> open(llvm::StringRef folder);

  struct Entry {
    std::string fileName; // In the folder.
    const SafetensorsFile *file;
    const SafetensorsFile::Tensor *tensor;
  };
  const llvm::StringMap<Entry> &getEntries() const { return entries; }
  /// Null when there is no tensor of that name.
  const Entry *find(llvm::StringRef name) const;

private:
  llvm::Error add(llvm::StringRef folder, llvm::StringRef fileName);

  std::vector<std::unique_ptr<SafetensorsFile>> files;
  llvm::StringMap<Entry> entries;
};

} // namespace llamir

#endif // LLAMIR_SUPPORT_CHECKPOINT_H
