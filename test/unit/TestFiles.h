//===- TestFiles.h - Files for tests ----------------------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TEST_UNIT_TESTFILES_H
#define LLAMIR_TEST_UNIT_TESTFILES_H

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <string>

/// A folder that is gone with the test.
struct TestFolder {
  llvm::SmallString<128> path;
  TestFolder() {
    (void)llvm::sys::fs::createUniqueDirectory("llamir-test", path);
  }
  ~TestFolder() { (void)llvm::sys::fs::remove_directories(path); }

  std::string file(llvm::StringRef name) const {
    llvm::SmallString<128> result(path);
    llvm::sys::path::append(result, name);
    return result.str().str();
  }
  /// Writes a file and returns its path.
  std::string write(llvm::StringRef name, llvm::StringRef bytes) const {
    std::error_code code;
    llvm::raw_fd_ostream stream(file(name), code);
    stream << bytes;
    return file(name);
  }
};

#endif // LLAMIR_TEST_UNIT_TESTFILES_H
