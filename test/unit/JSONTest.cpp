//===- JSONTest.cpp - JSON that others wrote ------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Support/JSON.h"
#include "TestFiles.h"
#include "gtest/gtest.h"

using namespace llamir;

static std::string say(llvm::StringRef text) {
  auto value = parseJSON(text, 3);
  return value ? "no error" : llvm::toString(value.takeError());
}

TEST(JSON, DepthIsBounded) {
  EXPECT_EQ(say("[[[1]]]"), "no error");
  EXPECT_EQ(say(R"(["[[[[", "\"[[[["])"), "no error");
  EXPECT_EQ(say("[[[[1]]]]"), "nested deeper than 3 at byte 3");
  // The parser would need a stack as deep as this.
  EXPECT_EQ(say(std::string(10000000, '[')), "nested deeper than 3 at byte 3");
}

TEST(JSON, KeysDiffer) {
  EXPECT_EQ(say(R"({"a": {"a": 1}, "b": {"a": "a"}, "c": ["a", "a"]})"),
            "no error");
  EXPECT_EQ(say(R"({"a": 1, "a": 1})"),
            "the key 'a' is there twice, again at byte 9");
  EXPECT_EQ(say("{\"a\": 1, \"a\" \n: 1}"),
            "the key 'a' is there twice, again at byte 9");
  EXPECT_EQ(say(R"([{"a": 1, "\u0061": 1}])"),
            "the key 'a' is there twice, again at byte 10");
}

TEST(JSON, WhatIsNotJSONIsTheParsersToTell) {
  for (const char *text :
       {"", "{", "}", "\"", "\"\\", "{\"a\":", "[1,]", "{\"\\q\":1}", "\xff"})
    EXPECT_NE(say(text), "no error") << text;
}

TEST(JSON, FilesAreNamed) {
  TestFolder folder;
  auto broken = readJSON(folder.write("a.json", "{"), 3);
  ASSERT_FALSE(bool(broken));
  EXPECT_NE(llvm::toString(broken.takeError()).find("a.json: ["),
            std::string::npos);
  auto missing = readJSON(folder.file("b.json"), 3);
  ASSERT_FALSE(bool(missing));
  EXPECT_NE(llvm::toString(missing.takeError()).find("b.json: No such file"),
            std::string::npos);
}
