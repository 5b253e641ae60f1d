//===- SafetensorsTest.cpp - Tensors in safetensors files -----------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestFiles.h"
#include "llamir/Support/Checkpoint.h"
#include "gtest/gtest.h"
#include <unistd.h>

using namespace llamir;

static std::string makeFile(llvm::StringRef header, llvm::StringRef data) {
  std::string bytes;
  for (int i = 0; i < 8; ++i)
    bytes += char(uint64_t(header.size()) >> (8 * i));
  return bytes + header.str() + data.str();
}

static std::string open(const TestFolder &folder, const std::string &bytes) {
  auto file = SafetensorsFile::open(folder.write("model.safetensors", bytes));
  return file ? "no error" : llvm::toString(file.takeError());
}

static std::string read(const SafetensorsFile &file,
                        const SafetensorsFile::Tensor &tensor) {
  std::string bytes(tensor.bytes, 0);
  EXPECT_FALSE(bool(file.read(tensor, 0, {bytes.data(), bytes.size()})));
  return bytes;
}

TEST(Safetensors, ReadsTensors) {
  TestFolder folder;
  auto file = SafetensorsFile::open(folder.write(
      "a.safetensors",
      makeFile(
          R"({"__metadata__":{"a":"b"},"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
          R"("y":{"dtype":"BF16","shape":[],"data_offsets":[8,10]}})",
          "1234567890")));
  ASSERT_TRUE(bool(file)) << llvm::toString(file.takeError());
  const SafetensorsFile::Tensor *x = (*file)->find("x");
  ASSERT_NE(x, nullptr);
  EXPECT_EQ(x->shape, llvm::SmallVector<int64_t>{2});
  EXPECT_EQ(read(**file, *x), "12345678");
  EXPECT_EQ((*file)->find("z"), nullptr);
  EXPECT_EQ((*file)->getMetadata().lookup("a"), "b");
  char part[3];
  ASSERT_FALSE(bool((*file)->read(*x, 2, part)));
  EXPECT_EQ(llvm::StringRef(part, 3), "345");
}

TEST(Safetensors, MetadataMayNameTensors) {
  TestFolder folder;
  EXPECT_EQ(
      open(folder,
           makeFile(R"({"__metadata__":{"y":"x","x":"x"},)"
                    R"("x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
                    "12345678")),
      "no error");
}

TEST(Safetensors, Lies) {
  TestFolder folder;
  auto say = [&](llvm::StringRef header, llvm::StringRef data = "12345678") {
    return open(folder, makeFile(header, data));
  };
  auto has = [](const std::string &text, const char *part) {
    EXPECT_NE(text.find(part), std::string::npos)
        << text << "\nlacks: " << part;
    EXPECT_NE(text.find("model.safetensors: "), std::string::npos) << text;
  };
  has(open(folder, "1234"), "too short");
  has(open(folder, std::string(8, '\x7f') + "{}"),
      "the header says it has 9187201950435737471 bytes");
  has(open(folder, std::string(8, '\xff') + "{}"),
      "the header says it has 18446744073709551615 bytes");
  has(say("{"), "header:");
  has(say(""), "header:");
  has(say("[]"), "not an object");
  has(say(std::string(100, '[')), "nested deeper than 8 at byte 8");
  has(say("{\"\xff\":1}"), "header:");
  has(say(R"({"__metadata__":1})"), "__metadata__ is not an object");
  has(say(R"({"__metadata__":{"a":1}})"),
      "__metadata__ has 'a', which is not a text");
  has(say(R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"order":"big"}})"),
      "tensor 'x': has more than dtype, shape and data_offsets: "
      "{\"data_offsets\":[0,8],\"dtype\":\"F32\",\"order\":\"big\"");
  has(say(R"({"x":1})"), "tensor 'x': needs dtype, shape and data_offsets");
  has(say(R"({"x":{"dtype":"Q4","shape":[2],"data_offsets":[0,8]}})"),
      "the format has no elements of type 'Q4'");
  has(say(R"({"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})"),
      "the size -2 is not a number");
  has(say(R"({"x":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}})"),
      "the size \"2\" is not");
  has(say(R"({"x":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}})"),
      "the size 2.5 is not");
  has(say(R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})"),
      "do not lie in the file");
  has(say(R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}})"),
      "do not lie in the file");
  has(say(R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8,9]}})"),
      "needs dtype");
  has(say(R"({"x":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}})"),
      "tensor 'x': its bytes do not lie in the file: data_offsets is [0,16], "
      "the data have 8 bytes");
  has(say(R"({"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})"),
      "tensor 'x': its shape [3] of F32 does not have 8 bytes");
  has(say(R"({"x":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,8]}})"),
      "does not have 8 bytes");
  has(say(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
          R"("y":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})"),
      "tensors 'x' and 'y' overlap at byte 0");
  has(say(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})"),
      "no tensor has the bytes from 0 to 4 of the data, before tensor 'x'");
  has(say(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})"),
      "4 bytes behind the last tensor");
  has(say(R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
          R"( "x" : {"dtype":"F32","shape":[2],"data_offsets":[0,8]}})"),
      "the key 'x' is there twice");
  auto folderItself = SafetensorsFile::open(folder.path);
  ASSERT_FALSE(bool(folderItself));
  llvm::consumeError(folderItself.takeError());
}

TEST(Safetensors, TypesThatLlamirHasNot) {
  TestFolder folder;
  struct Case {
    const char *type, *shape;
    std::optional<ElementType> known;
  } cases[] = {{"I8", "[8]", {}},
               {"U8", "[8]", ElementType::U8},
               {"BOOL", "[8]", ElementType::U8},
               {"I16", "[2,2]", {}},
               {"U16", "[4]", {}},
               {"U32", "[2]", {}},
               {"U64", "[1]", {}},
               {"C64", "[1]", {}},
               {"F8_E4M3", "[8]", {}},
               {"F8_E5M2", "[2,4]", {}},
               {"F8_E8M0", "[8]", {}},
               {"F8_E4M3FNUZ", "[8]", {}},
               {"F8_E5M2FNUZ", "[8]", {}},
               {"F4", "[16]", {}}};
  for (const Case &c : cases) {
    std::string header = std::string(R"({"x":{"dtype":")") + c.type +
                         R"(","shape":)" + c.shape +
                         R"(,"data_offsets":[0,8]}})";
    auto file = SafetensorsFile::open(
        folder.write("a.safetensors", makeFile(header, "12345678")));
    ASSERT_TRUE(bool(file)) << llvm::toString(file.takeError());
    const SafetensorsFile::Tensor *x = (*file)->find("x");
    EXPECT_EQ(x->typeName, c.type);
    EXPECT_EQ(x->type, c.known);
    EXPECT_EQ(read(**file, *x), "12345678");
  }
  // Four numbers of six bits are three bytes; three are no whole number.
  auto say = [&](const char *shape, const char *data) {
    return open(folder,
                makeFile(std::string(R"({"x":{"dtype":"F6_E2M3","shape":)") +
                             shape + R"(,"data_offsets":[0,3]}})",
                         data));
  };
  EXPECT_EQ(say("[4]", "123"), "no error");
  EXPECT_NE(say("[3]", "123").find("shape [3] of F6_E2M3 does not have 3"),
            std::string::npos);
}

TEST(Safetensors, PointersAreTold) {
  TestFolder folder;
  std::string message =
      open(folder, "version https://git-lfs.github.com/spec/v1\n"
                   "oid sha256:0123456789abcdef\nsize 4\n");
  EXPECT_EQ(message, folder.file("model.safetensors") +
                         ": is a Git LFS pointer, not the file; 'git lfs pull' "
                         "in its repository gets the file");
}

TEST(Safetensors, AFileThatShrinksIsAnError) {
  TestFolder folder;
  std::string path = folder.write(
      "a.safetensors",
      makeFile(R"({"x":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}})",
               "12345678"));
  auto file = SafetensorsFile::open(path);
  ASSERT_TRUE(bool(file));
  ASSERT_EQ(truncate(path.c_str(), 20), 0);
  char bytes[8];
  EXPECT_NE(llvm::toString((*file)->read(*(*file)->find("x"), 0, bytes))
                .find("became shorter"),
            std::string::npos);
}

TEST(Safetensors, WriterAndReaderAgree) {
  TestFolder folder;
  std::string path = folder.file("a.safetensors");
  auto output = OutputFile::create(path);
  ASSERT_TRUE(bool(output));
  auto writer = SafetensorsWriter::create(*output,
                                          {{"b \"\n", ElementType::BF16, {3}},
                                           {"a", ElementType::F32, {}},
                                           {"e", ElementType::U8, {0, 7}}},
                                          {{"key", "value"}}, 4096);
  ASSERT_TRUE(bool(writer)) << llvm::toString(writer.takeError());
  EXPECT_FALSE(llvm::sys::fs::exists(path));
  ASSERT_FALSE(bool(writer->write(6, {'w', 'x', 'y', 'z'})));
  ASSERT_FALSE(bool(writer->write(0, {'a', 'b', 'c', 'd', 'e', 'f'})));
  ASSERT_FALSE(bool(output->commit()));
  auto file = SafetensorsFile::open(path);
  ASSERT_TRUE(bool(file)) << llvm::toString(file.takeError());
  EXPECT_EQ((*file)->getTensors().size(), 3u);
  EXPECT_EQ((*file)->getMetadata().lookup("key"), "value");
  const SafetensorsFile::Tensor *first = (*file)->find("b \"\n"),
                                *second = (*file)->find("a");
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->offset, 4096u);
  EXPECT_EQ(first->type, ElementType::BF16);
  EXPECT_EQ(read(**file, *first), "abcdef");
  EXPECT_EQ(read(**file, *second), "wxyz");

  auto other = OutputFile::create(path);
  ASSERT_TRUE(bool(other));
  auto tooLarge = SafetensorsWriter::create(
      *other, {{"a", ElementType::F32, {int64_t(1) << 60}},
               {"b", ElementType::F32, {int64_t(1) << 60}}});
  ASSERT_FALSE(bool(tooLarge));
  EXPECT_NE(llvm::toString(tooLarge.takeError()).find("too large"),
            std::string::npos);
}

TEST(Checkpoint, Shards) {
  TestFolder folder;
  std::string shard = makeFile(
      R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", "12345678");
  folder.write("a.safetensors", shard);
  auto open = [&](llvm::StringRef index) {
    folder.write("model.safetensors.index.json", index);
    auto checkpoint = Checkpoint::open(folder.path);
    return checkpoint ? "no error" : llvm::toString(checkpoint.takeError());
  };
  auto has = [](const std::string &text, const char *part) {
    EXPECT_NE(text.find(part), std::string::npos)
        << text << "\nlacks: " << part;
  };
  EXPECT_EQ(
      open(
          R"({"metadata":{"total_size":8},"weight_map":{"x":"a.safetensors"}})"),
      "no error");
  has(open("{}"), "there is no object weight_map");
  has(open(R"({"weight_map":{"x":"../a.safetensors"}})"),
      "tensor 'x' is in \"../a.safetensors\", which is not a file of the "
      "folder");
  has(open(R"({"weight_map":{"x":".."}})"), "not a file of the folder");
  has(open(R"({"weight_map":{"x":7}})"),
      "tensor 'x' is in 7, which is not a file");
  has(open(R"({"weight_map":{"x":"b.safetensors"}})"),
      "b.safetensors: No such file");
  has(open(R"({"weight_map":{"x":"a.safetensors","y":"a.safetensors"}})"),
      "tensor 'y' is not in a.safetensors");
  has(open(R"({"weight_map":{"x":"a.safetensors","x":"a.safetensors"}})"),
      "'x' is there twice");
  folder.write("b.safetensors", shard);
  has(open(R"({"weight_map":{"x":"a.safetensors","y":"b.safetensors"}})"),
      "b.safetensors: tensor 'x' is in a.safetensors too");
  // A link to nothing is not passed over.
  ASSERT_EQ(symlink("none", folder.file("model.safetensors").c_str()), 0);
  has(open("{}"), "model.safetensors: No such file");
  TestFolder empty;
  auto nothing = Checkpoint::open(empty.path);
  ASSERT_FALSE(bool(nothing));
  has(llvm::toString(nothing.takeError()), "neither model.safetensors nor");
}
