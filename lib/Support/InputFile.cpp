//===- InputFile.cpp - Files that are read as a whole ---------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Support/InputFile.h"
#include "llvm/Support/FileSystem.h"

using namespace llamir;

static llvm::Error error(llvm::StringRef path, const llvm::Twine &message) {
  return llvm::createStringError(path + ": " + message);
}

llvm::Error llamir::checkRegularFile(llvm::StringRef path) {
  llvm::sys::fs::file_status status;
  if (std::error_code code = llvm::sys::fs::status(path, status))
    return error(path, code.message());
  if (status.type() != llvm::sys::fs::file_type::regular_file)
    return error(path, "not a file");
  return llvm::Error::success();
}

llvm::Error llamir::checkNoPointer(llvm::StringRef path,
                                   llvm::StringRef start) {
  if (!start.starts_with("version https://git-lfs.github.com/spec/"))
    return llvm::Error::success();
  return error(path, "is a Git LFS pointer, not the file; 'git lfs pull' in "
                     "its repository gets the file");
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
llamir::readInputFile(llvm::StringRef path, bool terminated) {
  if (llvm::Error wrong = checkRegularFile(path))
    return wrong;
  // Read, not mapped: a mapped file that becomes shorter ends the process.
  auto buffer = llvm::MemoryBuffer::getFile(
      path, /*IsText=*/false, /*RequiresNullTerminator=*/terminated,
      /*IsVolatile=*/true);
  if (!buffer)
    return error(path, buffer.getError().message());
  if (llvm::Error pointer = checkNoPointer(path, (*buffer)->getBuffer()))
    return pointer;
  return std::move(*buffer);
}
