//===- Safetensors.h - Tensors in safetensors files -------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_SUPPORT_SAFETENSORS_H
#define LLAMIR_SUPPORT_SAFETENSORS_H

#include "llamir/Support/Array.h"
#include "llamir/Support/OutputFile.h"
#include "llvm/ADT/StringMap.h"

namespace llamir {

/// A safetensors file. Everything its header says is checked before it is
/// believed: it is JSON of at most 100 MB without equal names or unknown
/// fields, element types are the format's, shapes have as many bytes as their
/// range, ranges lie in the file, do not overlap and leave no hole. Every
/// message begins with the path and names the tensor or the byte. Nothing is
/// mapped: a file that becomes shorter is an error, not a signal.
///
/// Source: the format's description in the safetensors project's README.
class SafetensorsFile {
public:
  struct Tensor {
    /// As the format names it: "F8_E4M3".
    llvm::StringRef typeName;
    /// Nothing for one of the format's types that llamir has not.
    std::optional<ElementType> type;
    llvm::SmallVector<int64_t> shape;
    /// Where its elements are in the file, in bytes.
    uint64_t offset, bytes;
  };

  static llvm::Expected<std::unique_ptr<SafetensorsFile>>
  open(llvm::StringRef path);
  ~SafetensorsFile();

  llvm::StringRef getPath() const { return path; }
  const llvm::StringMap<Tensor> &getTensors() const { return tensors; }
  /// Null when there is none of that name.
  const Tensor *find(llvm::StringRef name) const;
  /// The texts of `__metadata__`.
  const llvm::StringMap<std::string> &getMetadata() const { return metadata; }

  /// Copies bytes `begin` to `begin + to.size()` of a tensor. From any thread.
  llvm::Error read(const Tensor &tensor, uint64_t begin,
                   llvm::MutableArrayRef<char> to) const;

private:
  SafetensorsFile() = default;
  llvm::Error readHeader(uint64_t fileBytes);
  llvm::Error readAt(uint64_t offset, llvm::MutableArrayRef<char> to) const;

  std::string path;
  int descriptor = -1;
  llvm::StringMap<Tensor> tensors;
  llvm::StringMap<std::string> metadata;
};

/// Writes a safetensors file: the header first, then the tensors in any order.
/// The tensors lie one behind the other, as the format asks for.
class SafetensorsWriter {
public:
  struct Entry {
    std::string name;
    ElementType type;
    llvm::SmallVector<int64_t> shape;
  };

  /// Writes the header. The first tensor starts at a multiple of `alignment`:
  /// the header is filled with spaces. Names differ and shapes fit 63 bits of
  /// bytes together. `file` outlives the writer.
  static llvm::Expected<SafetensorsWriter>
  create(OutputFile &file, llvm::ArrayRef<Entry> entries,
         llvm::ArrayRef<std::pair<std::string, std::string>> metadata = {},
         uint64_t alignment = 64);

  /// Writes at an offset from the start of the first tensor; from any thread.
  llvm::Error write(uint64_t offset, llvm::ArrayRef<char> bytes) {
    return file.write(dataStart + offset, bytes);
  }

private:
  SafetensorsWriter(OutputFile &file, uint64_t dataStart)
      : file(file), dataStart(dataStart) {}

  OutputFile &file;
  uint64_t dataStart;
};

} // namespace llamir

#endif // LLAMIR_SUPPORT_SAFETENSORS_H
