//===- Safetensors.h - Tensors in safetensors files -------------*- C++ -*===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_SUPPORT_SAFETENSORS_H
#define LLAMIR_SUPPORT_SAFETENSORS_H

#include "llamir/Support/Array.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FileSystem.h"

namespace llamir {

/// A safetensors file, mapped into memory. Everything its header says is checked
/// before it is believed: the header is small JSON, types are known, shapes have
/// as many bytes as their range, ranges lie in the file, do not overlap and leave
/// no hole.
///
/// Source: the format's description in the safetensors project's README.
class SafetensorsFile {
public:
  struct Tensor {
    ElementType type;
    llvm::SmallVector<int64_t> shape;
    llvm::ArrayRef<char> bytes; // As aligned as the file has it.
  };

  static llvm::Expected<std::unique_ptr<SafetensorsFile>> open(llvm::StringRef path);

  const llvm::StringMap<Tensor> &getTensors() const { return tensors; }
  /// Null when there is none of that name.
  const Tensor *find(llvm::StringRef name) const;
  /// Lets the system take the memory behind a tensor back; it is read again from
  /// the file when it is touched again.
  void drop(const Tensor &tensor) const;

private:
  llvm::Error readHeader(llvm::StringRef path);

  llvm::sys::fs::mapped_file_region region;
  llvm::StringMap<Tensor> tensors;
};

/// The tensors of a checkpoint: one safetensors file, or the shards that
/// `model.safetensors.index.json` lists.
class Checkpoint {
public:
  /// Opens `model.safetensors`, or else the index, in a folder.
  static llvm::Expected<Checkpoint> open(llvm::StringRef folder);

  struct Entry {
    std::string file; // Name in the folder.
    const SafetensorsFile::Tensor *tensor;
  };
  const llvm::StringMap<Entry> &getEntries() const { return entries; }

private:
  std::vector<std::unique_ptr<SafetensorsFile>> files;
  llvm::StringMap<Entry> entries;
};

/// JSON that is safe to parse: an error when it nests deeper than its use needs.
llvm::Error checkJSONDepth(llvm::StringRef text, unsigned limit);

} // namespace llamir

#endif // LLAMIR_SUPPORT_SAFETENSORS_H
