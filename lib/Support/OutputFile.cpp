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

llvm::Expected<OutputFile> OutputFile::create(llvm::StringRef path,
                                              llvm::StringRef stem) {
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
  if (fs::is_symlink_file(path) && !fs::real_path(path, target))
    stem = file.path = target.str().str();
  if (std::error_code code = file.createTemporary(stem))
    return file.fail(code);
  return file;
}

// Not llvm::sys::fs::TempFile, which takes each % of a path for a random digit.
std::error_code OutputFile::createTemporary(llvm::StringRef stem) {
  std::error_code code;
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::string name = (stem + ".tmp").str() +
                       llvm::utohexstr(llvm::sys::Process::GetRandomNumber(),
                                       /*LowerCase=*/true);
    // A signal may come as soon as the file is there.
    llvm::sys::RemoveFileOnSignal(name);
    code = fs::openFileForReadWrite(name, descriptor, fs::CD_CreateNew,
                                    fs::OF_None);
    if (!code) {
      temporary = std::move(name);
      return code;
    }
    llvm::sys::DontRemoveFileOnSignal(name);
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

//===----------------------------------------------------------------------===//
// Folders
//===----------------------------------------------------------------------===//

static llvm::StringRef getParent(llvm::StringRef path) {
  llvm::StringRef parent = llvm::sys::path::parent_path(path);
  return parent.empty() ? "." : parent;
}

/// The folders of a path that are missing, the innermost first.
static llvm::SmallVector<llvm::StringRef> getMissing(llvm::StringRef path) {
  llvm::SmallVector<llvm::StringRef> missing;
  for (; path != "." && !fs::exists(path); path = getParent(path))
    missing.push_back(path);
  return missing;
}

static llvm::Error failFolder(llvm::StringRef path, std::error_code code) {
  return llvm::createStringError(path + ": " + code.message());
}

llvm::Expected<OutputFolder> OutputFolder::create(llvm::StringRef path) {
  OutputFolder folder;
  folder.path = path.str();
  llvm::SmallVector<llvm::StringRef> missing = getMissing(path);
  folder.existing = (missing.empty() ? path : getParent(missing.back())).str();
  if (!fs::is_directory(folder.existing))
    return failFolder(path, std::make_error_code(std::errc::not_a_directory));
  return folder;
}

std::string OutputFolder::getPath(llvm::StringRef name) const {
  llvm::SmallString<256> result(path);
  llvm::sys::path::append(result, name);
  return result.str().str();
}

llvm::Expected<OutputFile> OutputFolder::open(llvm::StringRef name) const {
  llvm::SmallString<256> stem(existing);
  llvm::sys::path::append(stem, name);
  return OutputFile::create(getPath(name), stem);
}

llvm::Expected<OutputFile> OutputFolder::write(llvm::StringRef name,
                                               llvm::StringRef bytes) const {
  llvm::Expected<OutputFile> file = open(name);
  if (!file)
    return file;
  if (llvm::Error error = file->append(bytes))
    return error;
  if (llvm::Error error = file->close())
    return error;
  return file;
}

llvm::Error
OutputFolder::commit(llvm::MutableArrayRef<OutputFile> files) const {
  llvm::SmallVector<llvm::StringRef> missing = getMissing(path), made;
  llvm::Error error = llvm::Error::success();
  for (llvm::StringRef folder : llvm::reverse(missing)) {
    // With the access that the user's umask leaves. Another process may be
    // faster.
    std::error_code code =
        fs::create_directory(folder, /*IgnoreExisting=*/false, fs::all_all);
    if (!code) {
      made.push_back(folder);
    } else if (code != std::errc::file_exists) {
      error = failFolder(folder, code);
      break;
    }
  }
  for (OutputFile &file : files)
    if (!error)
      error = file.commit();
  // Those that a file is in stay.
  if (error)
    for (llvm::StringRef folder : llvm::reverse(made))
      fs::remove(folder);
  return error;
}

llvm::Error llamir::writeFile(llvm::StringRef path, llvm::StringRef bytes) {
  llvm::Expected<OutputFile> file = OutputFile::create(path);
  if (!file)
    return file.takeError();
  if (llvm::Error error = file->append(bytes))
    return error;
  return file->commit();
}
