//===- WeightsFileTest.cpp - Packed weights files -------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../TestFiles.h"
#include "llamir/Runtime/llamir_runtime.h"
#include "gtest/gtest.h"
#include <cstring>
#include <sys/stat.h>

static constexpr char fingerprint[] = "0123456789abcdef";

/// A file with a header of `headerBytes` behind the 8 of its size, and data.
static std::string makeFile(const std::string &beginning,
                            const std::string &data,
                            uint64_t headerBytes = 4088) {
  std::string bytes;
  for (int i = 0; i < 8; ++i)
    bytes += char(headerBytes >> (8 * i));
  std::string header = beginning;
  header.resize(4088, ' ');
  return bytes + header + data;
}

static std::string getBeginning(const std::string &fingerprint,
                                const char *format = "1") {
  return "{\"__metadata__\":{\"llamir.fingerprint\":\"" + fingerprint +
         "\",\"llamir.format\":\"" + format + "\"}}";
}

namespace {
struct WeightsFile : testing::Test {
  TestFolder folder;
  /// The message, or "" when the file is opened.
  std::string open(const std::string &bytes, int64_t dataBytes = 8) {
    llamir_weights *weights = llamir_open_weights(
        folder.write("w", bytes).c_str(), fingerprint, dataBytes);
    std::string message = weights ? "" : llamir_last_error();
    llamir_close_weights(weights);
    // Every message about a file begins with its path.
    std::string path = folder.file("w") + ": ";
    if (!message.empty())
      EXPECT_EQ(message.substr(0, path.size()), path);
    return message.empty() ? "" : message.substr(path.size());
  }
};
} // namespace

TEST_F(WeightsFile, IsMapped) {
  std::string path =
      folder.write("w", makeFile(getBeginning(fingerprint), "12345678"));
  llamir_weights *weights = llamir_open_weights(path.c_str(), fingerprint, 8);
  ASSERT_NE(weights, nullptr) << llamir_last_error();
  const void *data = llamir_get_weights(weights);
  ASSERT_NE(data, nullptr);
  EXPECT_EQ(std::memcmp(data, "12345678", 8), 0);
  // For vectors of any size.
  EXPECT_EQ(reinterpret_cast<uintptr_t>(data) % 4096, 0u);
  // The file may go, and be opened a second time.
  llamir_weights *second = llamir_open_weights(path.c_str(), fingerprint, 8);
  ASSERT_NE(second, nullptr);
  llamir_close_weights(second);
  ASSERT_FALSE(llvm::sys::fs::remove(path));
  EXPECT_EQ(std::memcmp(data, "12345678", 8), 0);
  llamir_close_weights(weights);

  EXPECT_EQ(open(makeFile(getBeginning(fingerprint), ""), 0), "");
  EXPECT_EQ(llamir_get_weights(nullptr), nullptr);
  llamir_close_weights(nullptr);
}

TEST_F(WeightsFile, NeedsItsArguments) {
  const char message[] =
      "llamir_open_weights: a path, a fingerprint and a size "
      "are needed";
  EXPECT_EQ(llamir_open_weights(nullptr, fingerprint, 8), nullptr);
  EXPECT_STREQ(llamir_last_error(), message);
  EXPECT_EQ(llamir_open_weights("w", nullptr, 8), nullptr);
  EXPECT_STREQ(llamir_last_error(), message);
  EXPECT_EQ(llamir_open_weights("w", fingerprint, -1), nullptr);
  EXPECT_STREQ(llamir_last_error(), message);
}

TEST_F(WeightsFile, IsOneOfThisCode) {
  EXPECT_EQ(open(makeFile(getBeginning("fedcba9876543210"), "12345678")),
            "packed for other code than that with fingerprint "
            "0123456789abcdef");
  // Neither one that only begins or ends like it.
  for (const char *other : {"", "0123456789abcde", "0123456789abcdef0"})
    EXPECT_NE(open(makeFile(getBeginning(other), "12345678")), "") << other;
  EXPECT_NE(open(makeFile(getBeginning(fingerprint, "2"), "12345678")), "");
}

TEST_F(WeightsFile, HasItsSize) {
  std::string good = makeFile(getBeginning(fingerprint), "12345678");
  EXPECT_EQ(open(good.substr(0, good.size() - 1)),
            "has 4103 bytes and should have 4104");
  EXPECT_EQ(open(good + "9"), "has 4105 bytes and should have 4104");
  EXPECT_EQ(open(good, 9), "has 4104 bytes and should have 4105");
  EXPECT_EQ(open(good, INT64_MAX),
            "has 4104 bytes and should have 9223372036854779903");
}

TEST_F(WeightsFile, IsOneAtAll) {
  std::string no = "not a packed weights file";
  EXPECT_EQ(open(""), no);
  EXPECT_EQ(open("1234567"), no);
  EXPECT_EQ(open(std::string(5000, 'x')), no);
  EXPECT_EQ(open(makeFile("{\"x\":1}", "12345678")), no);
  for (uint64_t lie : {uint64_t(0), uint64_t(4087), uint64_t(4089),
                       (uint64_t(1) << 40) - 8, UINT64_MAX - 7, UINT64_MAX})
    EXPECT_EQ(open(makeFile(getBeginning(fingerprint), "12345678", lie)), no)
        << lie;
  // A header that ends where the file does not.
  EXPECT_NE(open(makeFile(getBeginning(fingerprint), "12345678", 8184)), "");
}

TEST_F(WeightsFile, IsAFile) {
  auto say = [&](const std::string &name) {
    EXPECT_EQ(llamir_open_weights(folder.file(name).c_str(), fingerprint, 8),
              nullptr);
    return std::string(llamir_last_error()).substr(folder.path.size() + 1);
  };
  EXPECT_EQ(say("none"), "none: No such file or directory");
  EXPECT_EQ(say("."), ".: not a packed weights file");
  ASSERT_EQ(mkfifo(folder.file("pipe").c_str(), 0600), 0);
  EXPECT_EQ(say("pipe"), "pipe: not a packed weights file");
}
