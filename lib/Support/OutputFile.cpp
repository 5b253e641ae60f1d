//===- OutputFile.cpp - Files written as a whole --------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Support/OutputFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Signals.h"
#include <cerrno>
#include <unistd.h>

using namespace llamir;
namespace fs = llvm::sys::fs;

llvm::Error OutputFile::fail(std::error_code code) {
  return llvm::createStringError(path +
                                 ": cannot be written: " + code.message());
}

llvm::Expected<OutputFile> OutputFile::create(llvm::StringRef path) {
  OutputFile file;
  file.path = path.str();
  fs::file_status status;
  if (!fs::status(path, status) &&
      status.type() != fs::file_type::regular_file) {
    if (status.type() == fs::file_type::directory_file)
      return file.fail(std::make_error_code(std::errc::is_a_directory));
    if (std::error_code code =
            fs::openFileForWrite(path, file.descriptor, fs::CD_OpenExisting))
      return file.fail(code);
    return file;
  }
  // The rename would replace a link, not what it points to.
  llvm::SmallString<256> target;
  if (!fs::is_symlink_file(path) || fs::real_path(path, target))
    target = path;
  file.path = target.str().str();
  if (std::error_code code = file.createTemporary())
    return file.fail(code);
  return file;
}

// Not llvm::sys::fs::TempFile, which takes each % of a path for a random digit.
std::error_code OutputFile::createTemporary() {
  std::error_code code;
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::string name = path + ".tmp" +
                       llvm::utohexstr(llvm::sys::Process::GetRandomNumber(),
                                       /*LowerCase=*/true);
    code = fs::openFileForReadWrite(name, descriptor, fs::CD_CreateNew,
                                    fs::OF_None);
    if (!code) {
      temporary = std::move(name);
      llvm::sys::RemoveFileOnSignal(temporary);
      return code;
    }
    if (code != std::errc::file_exists)
      break;
  }
  return code;
}

OutputFile::OutputFile(OutputFile &&other)
    : path(std::move(other.path)),
      temporary(std::exchange(other.temporary, "")),
      descriptor(std::exchange(other.descriptor, -1)), end(other.end) {}

OutputFile::~OutputFile() {
  if (descriptor >= 0)
    ::close(descriptor);
  if (temporary.empty())
    return;
  fs::remove(temporary);
  llvm::sys::DontRemoveFileOnSignal(temporary);
}

llvm::Error OutputFile::resize(uint64_t bytes) {
  if (std::error_code code = fs::resize_file(descriptor, bytes))
    return fail(code);
  return llvm::Error::success();
}

llvm::Error OutputFile::write(uint64_t offset, llvm::ArrayRef<char> bytes) {
  while (!bytes.empty()) {
    ssize_t count =
        ::pwrite(descriptor, bytes.data(), bytes.size(), off_t(offset));
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return fail(std::error_code(errno, std::generic_category()));
    bytes = bytes.drop_front(count);
    offset += count;
  }
  return llvm::Error::success();
}

llvm::Error OutputFile::append(llvm::StringRef bytes) {
  if (!temporary.empty()) {
    uint64_t offset = end;
    end += bytes.size();
    return write(offset, {bytes.data(), bytes.size()});
  }
  while (!bytes.empty()) {
    ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return fail(std::error_code(errno, std::generic_category()));
    bytes = bytes.drop_front(count);
  }
  return llvm::Error::success();
}

llvm::Error OutputFile::close() {
  if (descriptor >= 0 && ::close(std::exchange(descriptor, -1)) < 0)
    return fail(std::error_code(errno, std::generic_category()));
  return llvm::Error::success();
}

llvm::Error OutputFile::commit() {
  if (llvm::Error error = close())
    return error;
  if (temporary.empty())
    return llvm::Error::success();
  if (std::error_code code = fs::rename(temporary, path))
    return fail(code);
  llvm::sys::DontRemoveFileOnSignal(temporary);
  temporary.clear();
  return llvm::Error::success();
}

llvm::Error llamir::writeFile(llvm::StringRef path, llvm::StringRef bytes) {
  llvm::Expected<OutputFile> file = OutputFile::create(path);
  if (!file)
    return file.takeError();
  if (llvm::Error error = file->append(bytes))
    return error;
  return file->commit();
}
