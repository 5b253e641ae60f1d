//===- IRTextTest.cpp - IR that others wrote ------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Support/IRText.h"
#include "llvm/Support/FormatVariadic.h"
#include "gtest/gtest.h"

using namespace llamir;

static std::string check(const std::string &text) {
  llvm::Error error = checkIRText(text);
  return error ? llvm::toString(std::move(error)) : "no error";
}

static std::string repeat(llvm::StringRef text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i)
    all += text;
  return all;
}

/// Aliases "!a1 = PREFIX!a0SUFFIX", "!a2 = …" and so on, and what follows them.
static std::string chain(llvm::StringRef prefix, llvm::StringRef suffix,
                         int length, llvm::StringRef end) {
  std::string all = "!a0 = i32\n";
  for (int i = 1; i <= length; ++i)
    all += ("!a" + llvm::Twine(i) + " = " + prefix + "!a" + llvm::Twine(i - 1) +
            suffix + "\n")
               .str();
  return all + end.str();
}

TEST(IRText, Brackets) {
  EXPECT_EQ(check(""), "no error");
  EXPECT_EQ(check(repeat("{", 500)), "no error");
  EXPECT_EQ(check(repeat("{", 501)), "nested deeper than 500 at byte 500");
  EXPECT_EQ(check(repeat("([{<", 126)), "nested deeper than 500 at byte 500");
  EXPECT_EQ(check(repeat("{} [x] <-1> (a, b)\n", 1000)), "no error");
  // What looks like a bracket and is none, and the other way round.
  EXPECT_EQ(check("{" + repeat("\"[\\\"[\" // [\n @\"[\" -> <= \n", 501) + "}"),
            "no error");
  EXPECT_EQ(check(repeat("{->", 501)), "nested deeper than 500 at byte 1500");
  EXPECT_EQ(check(repeat("{>=", 501)), "nested deeper than 500 at byte 1500");
  EXPECT_EQ(check(repeat("{\">\\\">\"//>\n", 501)),
            "nested deeper than 500 at byte 5500");
  // More are closed than there are.
  EXPECT_EQ(check(repeat("}", 501) + repeat("{", 501)),
            "nested deeper than 500 at byte 1001");
  EXPECT_EQ(check("\"" + repeat("{", 501)), "no error");
  EXPECT_EQ(check("\"\\"), "no error");
}

TEST(IRText, Expressions) {
  EXPECT_EQ(check("(" + repeat("- ", 1000) + "d0)"),
            "nested deeper than 500 at byte 999");
  EXPECT_EQ(check("(" + repeat("d0 + ", 1000) + "d0)"),
            "nested deeper than 500 at byte 1249");
  EXPECT_EQ(check("(" + repeat("d0 + 1, ", 1000) + "d0)"), "no error");
  EXPECT_EQ(check("{" + repeat("%0 = a.b %1 : i32\n", 1000) + "}"), "no error");
}

TEST(IRText, Words) {
  EXPECT_EQ(check(repeat("1", 1000)), "no error");
  EXPECT_EQ(check("a = " + repeat("1", 1001)),
            "a word of 1001 characters at byte 4");
  EXPECT_EQ(check("tensor<" + repeat("1x", 600) + "f32>"),
            "a word of 1203 characters at byte 7");
  EXPECT_EQ(check("tensor<" + repeat("?x", 600) + "f32>"),
            "nested deeper than 500 at byte 506");
  EXPECT_EQ(check("\"" + repeat("1", 2000) + "\" @" + repeat("a", 2000)),
            "no error");
}

TEST(IRText, Aliases) {
  // Each level is a bracket and a word in it.
  EXPECT_EQ(check(chain("tuple<", ">", 250, "module {}")), "no error");
  EXPECT_EQ(check(chain("tuple<", ">", 251, "module {}")),
            "nested deeper than 500 at byte 5056");
  EXPECT_EQ(check(chain("tuple\n<", ">", 251, "module {}")),
            "nested deeper than 500 at byte 5307");
  // A definition ends where an op begins, and may be used there.
  std::string ops = repeat("{", 200) + "!a140" + repeat("}", 200);
  for (const char *op : {"module ", "\"a.b\"() ", "%0 = a.b "})
    EXPECT_EQ(check(chain("tuple<", ">", 140, repeat(op + ops, 3))),
              "no error");
  // Twice as long with each.
  std::string doubled = "#a0 = [1]\n";
  for (int i = 1; i < 30; ++i)
    doubled += llvm::formatv("#a{0} = [#a{1}, #a{1}]\n", i, i - 1);
  EXPECT_EQ(check(doubled),
            "an alias stands for more than 1000000 words at byte 335");
}
