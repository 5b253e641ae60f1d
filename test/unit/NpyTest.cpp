//===- NpyTest.cpp - NumPy's array files ---------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestFiles.h"
#include "llamir/Support/Npy.h"
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
  for (llvm::SmallVector<int64_t> shape : {llvm::SmallVector<int64_t>{0, 4}, {}}) {
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

TEST(Npy, Lies) {
  TestFolder folder;
  auto read = [&](std::string bytes) { return messageOf(readNpy(folder.write("a.npy", bytes))); };
  std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n";
  EXPECT_EQ(read(makeNpy(good, "12345678")), "no error");
  EXPECT_NE(messageOf(readNpy(folder.file("none.npy"))).find("No such file"), std::string::npos);
  EXPECT_NE(read("hello").find("not a .npy file"), std::string::npos);
  EXPECT_NE(read(makeNpy(good, "1234")).find("says otherwise"), std::string::npos);
  EXPECT_NE(read(makeNpy(good, "123456789")).find("says otherwise"), std::string::npos);
  EXPECT_NE(read(makeNpy(good, "").substr(0, 20)).find("longer than the file"), std::string::npos);
  auto with = [&](llvm::StringRef from, llvm::StringRef to) {
    std::string text = good;
    text.replace(text.find(from.str()), from.size(), to.str());
    return read(makeNpy(text, "12345678"));
  };
  EXPECT_NE(with("<f4", "|O").find("'|O' are not supported"), std::string::npos);
  EXPECT_NE(with("<f4", ">f4").find("not supported"), std::string::npos);
  EXPECT_NE(with("False", "True").find("Fortran order"), std::string::npos);
  EXPECT_NE(with("(2,)", "(-2,)").find("not a size"), std::string::npos);
  EXPECT_NE(with("(2,)", "(9223372036854775807, 9)").find("says otherwise"), std::string::npos);
  EXPECT_NE(with("'shape'", "'shade'").find("lacks"), std::string::npos);
}

TEST(Npy, NothingIsLeftWhereNothingCanBeWritten) {
  TestFolder folder;
  auto array = Array::create(ElementType::F32, {1});
  ASSERT_TRUE(bool(array));
  llvm::Error error = writeNpy(folder.file("none/a.npy"), *array);
  EXPECT_TRUE(bool(error));
  llvm::consumeError(std::move(error));
}
