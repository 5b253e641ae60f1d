//===- OutputFile.h - Files written as a whole ------------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_SUPPORT_OUTPUTFILE_H
#define LLAMIR_SUPPORT_OUTPUTFILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"

namespace llamir {

/// A file that appears under its name as a whole or not at all: bytes go to a
/// temporary file in the same folder, which `commit` renames. Without a commit,
/// and when the program is killed by a signal, nothing is left. What is there
/// and is no regular file (/dev/stdout) is written directly. Every message
/// begins with the path.
class OutputFile {
public:
  static llvm::Expected<OutputFile> create(llvm::StringRef path) {
    return create(path, path);
  }
  OutputFile(OutputFile &&other);
  OutputFile &operator=(OutputFile &&) = delete;
  ~OutputFile();

  /// Makes the file that long and takes the space on the disk at once; what is
  /// not written later is zero. Not for what is no regular file.
  llvm::Error resize(uint64_t bytes);
  /// Writes at an offset; several threads may do so. Not for what is no regular
  /// file.
  llvm::Error write(uint64_t offset, llvm::ArrayRef<char> bytes);
  /// Writes behind what was appended before.
  llvm::Error append(llvm::StringRef bytes);
  /// Gives the system's file back, of which there are not many; nothing can be
  /// written any more.
  llvm::Error close();
  llvm::Error commit();

  llvm::StringRef getPath() const { return path; }

private:
  friend class OutputFolder;
  OutputFile() = default;
  /// With a temporary file whose name begins with `stem`.
  static llvm::Expected<OutputFile> create(llvm::StringRef path,
                                           llvm::StringRef stem);
  llvm::Error fail(std::error_code code);
  std::error_code createTemporary(llvm::StringRef stem);

  std::string path;
  std::string temporary; // Empty for what is written directly.
  int descriptor = -1;
  uint64_t end = 0;
};

/// Files that appear in one folder together or not at all. The folder may be
/// missing, and so may those around it: they are made once all files are
/// written, which until then are in the innermost folder that is there.
class OutputFolder {
public:
  static llvm::Expected<OutputFolder> create(llvm::StringRef path);

  /// A file that is part of the folder when it is handed to `commit`.
  llvm::Expected<OutputFile> open(llvm::StringRef name) const;
  /// The same with all its bytes, closed: there may be many of them.
  llvm::Expected<OutputFile> write(llvm::StringRef name,
                                   llvm::StringRef bytes) const;
  llvm::Error commit(llvm::MutableArrayRef<OutputFile> files) const;

  /// The path of a file of that name.
  std::string getPath(llvm::StringRef name) const;

private:
  OutputFolder() = default;

  std::string path;
  std::string existing; // The folder itself or the innermost one around it.
};

/// Writes a whole file.
llvm::Error writeFile(llvm::StringRef path, llvm::StringRef bytes);

} // namespace llamir

#endif // LLAMIR_SUPPORT_OUTPUTFILE_H
