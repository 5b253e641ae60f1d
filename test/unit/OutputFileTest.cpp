//===- OutputFileTest.cpp - Files written as a whole ----------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Support/OutputFile.h"
#include "TestFiles.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"

using namespace llamir;

static std::string contents(llvm::StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  return buffer ? (*buffer)->getBuffer().str() : "no file";
}

static int countFiles(const TestFolder &folder) {
  std::error_code code;
  int count = 0;
  for (llvm::sys::fs::directory_iterator it(folder.path, code), end; it != end;
       it.increment(code))
    ++count;
  return count;
}

TEST(OutputFile, ReplacesAsAWhole) {
  TestFolder folder;
  std::string path = folder.write("a", "old");
  {
    auto file = OutputFile::create(path);
    ASSERT_TRUE(bool(file));
    ASSERT_FALSE(bool(file->append("new")));
    EXPECT_EQ(contents(path), "old");
    ASSERT_FALSE(bool(file->write(5, {'!'})));
    ASSERT_FALSE(bool(file->commit()));
  }
  EXPECT_EQ(contents(path), std::string("new\0\0!", 6));
  EXPECT_EQ(countFiles(folder), 1);
}

TEST(OutputFile, WithoutACommitNothingIsLeft) {
  TestFolder folder;
  {
    auto file = OutputFile::create(folder.file("a"));
    ASSERT_TRUE(bool(file));
    ASSERT_FALSE(bool(file->append("half")));
    OutputFile moved(std::move(*file));
    ASSERT_FALSE(bool(moved.append("more")));
  }
  EXPECT_EQ(countFiles(folder), 0);
}

TEST(OutputFile, PathsMayHaveAnyCharacter) {
  TestFolder folder;
  std::string path = folder.file("100%");
  ASSERT_FALSE(bool(llvm::sys::fs::create_directory(path)));
  EXPECT_FALSE(bool(writeFile(path + "/%.npy", "new")));
  EXPECT_EQ(contents(path + "/%.npy"), "new");
}

TEST(OutputFile, LinksStay) {
  TestFolder folder;
  std::string target = folder.write("a", "old"), link = folder.file("b");
  ASSERT_FALSE(bool(llvm::sys::fs::create_link(target, link)));
  ASSERT_FALSE(bool(writeFile(link, "new")));
  EXPECT_TRUE(llvm::sys::fs::is_symlink_file(link));
  EXPECT_EQ(contents(target), "new");
}

TEST(OutputFile, WhatCannotBeWritten) {
  TestFolder folder;
  auto say = [](llvm::Error error) {
    return error ? llvm::toString(std::move(error)) : std::string("no error");
  };
  folder.write("file", "x");
  EXPECT_EQ(say(writeFile("/dev/null", "x")), "no error");
  EXPECT_EQ(say(writeFile(folder.path, "x")),
            folder.path.str().str() + ": cannot be written: Is a directory");
  EXPECT_EQ(say(writeFile(folder.file("none/a"), "x")),
            folder.file("none/a") +
                ": cannot be written: No such file or directory");
  EXPECT_EQ(say(writeFile(folder.file("file/a"), "x")),
            folder.file("file/a") + ": cannot be written: Not a directory");
  EXPECT_EQ(countFiles(folder), 1);
}

TEST(OutputFolder, AppearsWithItsFiles) {
  TestFolder outer;
  std::string path = outer.file("a/b/");
  {
    auto folder = OutputFolder::create(path);
    ASSERT_TRUE(bool(folder));
    auto file = folder->open("new");
    ASSERT_TRUE(bool(file));
    ASSERT_FALSE(bool(file->append("new")));
    EXPECT_FALSE(llvm::sys::fs::exists(outer.file("a")));
  }
  EXPECT_EQ(countFiles(outer), 0);
  for (const char *text : {"one", "two"}) {
    auto folder = OutputFolder::create(path);
    ASSERT_TRUE(bool(folder));
    std::vector<OutputFile> files;
    for (const char *name : {"first", "second"}) {
      auto file = folder->open(name);
      ASSERT_TRUE(bool(file));
      ASSERT_FALSE(bool(file->append(text)));
      files.push_back(std::move(*file));
    }
    ASSERT_FALSE(bool(folder->commit(files)));
    EXPECT_EQ(contents(outer.file("a/b/second")), text);
  }
  EXPECT_EQ(countFiles(outer), 1);
}

TEST(OutputFolder, WhatCannotBeMade) {
  TestFolder outer;
  std::string file = outer.write("file", "x");
  for (std::string path : {file, file + "/a/b"}) {
    auto folder = OutputFolder::create(path);
    ASSERT_FALSE(bool(folder));
    EXPECT_EQ(llvm::toString(folder.takeError()), path + ": Not a directory");
  }
  // No folder is left where one in it cannot be made.
  std::string path = outer.file("a/" + std::string(300, 'b') + "/c");
  auto folder = OutputFolder::create(path);
  ASSERT_TRUE(bool(folder));
  EXPECT_EQ(llvm::toString(folder->commit({})),
            outer.file("a/" + std::string(300, 'b')) + ": File name too long");
  EXPECT_EQ(countFiles(outer), 1);
}
