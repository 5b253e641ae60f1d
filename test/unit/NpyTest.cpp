//===- NpyTest.cpp - NumPy's array files ----------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Support/Npy.h"
#include "TestFiles.h"
#include "gtest/gtest.h"

using namespace llamir;

static std::string messageOf(llvm::Expected<Array> array) {
  return array ? "no error" : llvm::toString(array.takeError());
}

/// A version 1 file with that dictionary and elements.
static std::string makeNpy(std::string dictionary, llvm::StringRef elements) {
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += char(dictionary.size() & 255);
  bytes += char(dictionary.size() >> 8);
  return bytes + dictionary + elements.str();
}

TEST(Npy, RoundTrip) {
  TestFolder folder;
  auto array = Array::create(ElementType::F32, {2, 3});
  ASSERT_TRUE(bool(array));
  for (int i = 0; i < 6; ++i)
    array->getData<float>()[i] = float(i) - 2.5f;
  ASSERT_FALSE(bool(writeNpy(folder.file("a.npy"), *array)));
  auto read = readNpy(folder.file("a.npy"));
  ASSERT_TRUE(bool(read)) << messageOf(std::move(read));
  EXPECT_EQ(read->getShape(), array->getShape());
  for (int i = 0; i < 6; ++i)
    EXPECT_EQ(read->get(i), array->get(i));
}

TEST(Npy, EmptyAndScalar) {
  TestFolder folder;
  for (llvm::SmallVector<int64_t> shape :
       {llvm::SmallVector<int64_t>{0, 4}, {}}) {
    auto array = Array::create(ElementType::I64, shape);
    ASSERT_TRUE(bool(array));
    ASSERT_FALSE(bool(writeNpy(folder.file("a.npy"), *array)));
    auto read = readNpy(folder.file("a.npy"));
    ASSERT_TRUE(bool(read)) << messageOf(std::move(read));
    EXPECT_EQ(read->getShape(), llvm::ArrayRef(shape));
  }
}

TEST(Npy, BrainFloatsAreWidened) {
  TestFolder folder;
  auto array = Array::create(ElementType::BF16, {1});
  ASSERT_TRUE(bool(array));
  array->getData<uint16_t>()[0] = 0xc040; // -3
  ASSERT_FALSE(bool(writeNpy(folder.file("a.npy"), *array)));
  auto read = readNpy(folder.file("a.npy"));
  ASSERT_TRUE(bool(read));
  EXPECT_EQ(read->getType(), ElementType::F32);
  EXPECT_EQ(read->get(0), -3.0);
}

TEST(Npy, Versions) {
  TestFolder folder;
  std::string dictionary =
      "{'shape': (2,), 'fortran_order': False, 'descr': '|b1'}\n";
  for (char version : {2, 3}) {
    std::string bytes = std::string("\x93NUMPY") + version + '\0' +
                        char(dictionary.size()) + std::string(3, '\0') +
                        dictionary + std::string("\1\0", 2);
    auto read = readNpy(folder.write("a.npy", bytes));
    ASSERT_TRUE(bool(read)) << messageOf(std::move(read));
    EXPECT_EQ(read->getType(), ElementType::U8);
    EXPECT_EQ(read->get(0), 1);
  }
}

TEST(Npy, Lies) {
  TestFolder folder;
  auto read = [&](std::string bytes) {
    return messageOf(readNpy(folder.write("a.npy", bytes)));
  };
  auto has = [](const std::string &text, const char *part) {
    EXPECT_NE(text.find(part), std::string::npos)
        << text << "\nlacks: " << part;
  };
  std::string good =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n";
  EXPECT_EQ(read(makeNpy(good, "12345678")), "no error");
  has(messageOf(readNpy(folder.file("none.npy"))), "none.npy: No such file");
  has(read("hello"), "a.npy: not a .npy file");
  has(read(std::string("\x93NUMPY\x04", 7) + std::string(100, '\0')),
      "version 4 is not known");
  has(read(makeNpy(good, "1234")),
      "has 4 bytes of elements, its shape [2] says otherwise");
  has(read(makeNpy(good, "123456789")), "says otherwise");
  has(read(makeNpy(good, "").substr(0, 20)), "longer than the file");
  auto with = [&](llvm::StringRef from, llvm::StringRef to) {
    std::string text = good;
    text.replace(text.find(from.str()), from.size(), to.str());
    return read(makeNpy(text, "12345678"));
  };
  EXPECT_EQ(with("'<f4'", "\"<f4\""), "no error");
  EXPECT_EQ(with("(2,)", "(2,1)"), "no error");
  has(with("<f4", "|O"), "'|O' are not supported");
  has(with("<f4", ">f4"), "'>f4' are not supported");
  has(with("'<f4'", "[('a', '<f4')]"), "elements of type [('a', '<f4')]");
  has(with("False", "Maybe"), "expected True or False at byte 34");
  has(with("'shape': (2,)", "'shape': (2,), 'descr': '<f4'"),
      "unknown or there twice");
  has(with("'shape'", "'shade'"), "the key 'shade' is unknown");
  has(with("'shape': (2,), ", ""), "lacks descr, fortran_order or shape");
  has(with("(2,)", "(-2,)"), "expected a size");
  has(with("(2,)", "(2 3)"), "expected ',' or ')'");
  has(with("(2,)", "(2"), "expected a size");
  has(with("(2,)", "[2]"), "expected a shape");
  has(with("(2,)", "(99999999999999999999,)"), "expected a size");
  has(with("(2,)", "(9223372036854775807, 9)"), "says otherwise");
  has(with("(2,)", "(4294967296, 4294967296, 4)"), "says otherwise");
  has(with("}\n", "} x"), "expected the end");
  has(with("{", ""), "expected '{'");
  has(read(makeNpy("{'descr': '<f4', 'fortran_order': True, 'shape': (2,1)}",
                   "12345678")),
      "Fortran order is not supported");
}

TEST(Npy, NothingIsLeftWhereNothingCanBeWritten) {
  TestFolder folder;
  auto array = Array::create(ElementType::F32, {1});
  ASSERT_TRUE(bool(array));
  EXPECT_EQ(llvm::toString(writeNpy(folder.file("none/a.npy"), *array)),
            folder.file("none/a.npy") +
                ": cannot be written: No such file or directory");
}
