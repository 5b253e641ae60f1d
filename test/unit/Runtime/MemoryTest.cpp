//===- MemoryTest.cpp - Kernels' own memory -------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Memory.h"
#include "HalideRuntime.h"
#include "Runtime.h"
#include "gtest/gtest.h"
#include <cstring>
#include <random>
#include <thread>
#include <vector>

/// A request that cannot be met is an answer here, not the end of the test.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" const char *__asan_default_options() {
  return "allocator_may_return_null=1";
}

namespace {
struct RuntimeMemory : testing::Test {
  RuntimeMemory() {
    llamir_rt_initialize();
    llamir_rt_drop_memory();
  }
  ~RuntimeMemory() override { llamir_rt_drop_memory(); }

  static char *allocate(size_t bytes) {
    return static_cast<char *>(halide_malloc(nullptr, bytes));
  }
  static void release(void *memory) { halide_free(nullptr, memory); }
};

constexpr size_t mebibyte = size_t(1) << 20, page = 4096;
} // namespace

TEST_F(RuntimeMemory, IsAlignedAndMayBeReadALittleAround) {
  // Halide's own promise to kernels: alignment for every vector, and 8 bytes
  // that can be read on either side.
  for (size_t bytes : {size_t(0), size_t(1), size_t(63), page - 128, page - 64,
                       page, mebibyte - 64, mebibyte}) {
    char *memory = allocate(bytes);
    ASSERT_NE(memory, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory) % 64, 0u) << bytes;
    std::memset(memory, 0x55, bytes);
    char around[16];
    std::memcpy(around, memory - 8, 8);
    std::memcpy(around + 8, memory + bytes, 8);
    release(memory);
  }
  release(nullptr);
}

TEST_F(RuntimeMemory, IsUsedAgain) {
  char *first = allocate(mebibyte), *second = allocate(mebibyte);
  ASSERT_TRUE(first && second);
  EXPECT_NE(first, second);
  release(first);
  release(second);
  // The last one comes first: the caches may still have it.
  EXPECT_EQ(allocate(mebibyte), second);
  EXPECT_EQ(allocate(mebibyte), first);
  release(first);
  // Smaller requests get it too, but none that it is far too large for.
  EXPECT_EQ(allocate(mebibyte / 2), first);
  release(first);
  char *small = allocate(mebibyte / 4);
  EXPECT_NE(small, first);
  char *large = allocate(2 * mebibyte);
  EXPECT_NE(large, first);
  for (char *memory : {second, small, large})
    release(memory);
}

TEST_F(RuntimeMemory, WhatIsKeptHasLimits) {
  // 64 blocks: of more, the oldest go.
  std::vector<char *> blocks;
  for (int i = 0; i < 70; ++i)
    blocks.push_back(allocate(1));
  for (char *block : blocks)
    release(block);
  EXPECT_EQ(llamir_rt_drop_memory(), 64 * page);
  EXPECT_EQ(llamir_rt_drop_memory(), 0u);

  // 64 MiB.
  blocks.clear();
  for (int i = 0; i < 3; ++i)
    blocks.push_back(allocate(30 * mebibyte));
  for (char *block : blocks)
    release(block);
  EXPECT_EQ(llamir_rt_drop_memory(), 2 * (30 * mebibyte + page));

  // A block that is too large by itself goes, and so do the others.
  char *small = allocate(1), *large = allocate(64 * mebibyte);
  release(small);
  release(large);
  EXPECT_EQ(llamir_rt_drop_memory(), 0u);
}

TEST_F(RuntimeMemory, WhatCannotBeHadIsNull) {
  for (size_t less : {0, 1, 64, 128, 4096, 5000})
    EXPECT_EQ(allocate(SIZE_MAX - less), nullptr) << less;
  EXPECT_EQ(allocate(SIZE_MAX / 2), nullptr);
  EXPECT_EQ(llamir_rt_drop_memory(), 0u);
}

TEST_F(RuntimeMemory, ThreadsHaveTheirOwn) {
  std::atomic<int> wrong{0};
  auto work = [&](unsigned seed) {
    std::minstd_rand random(seed);
    struct {
      char *memory = nullptr;
      size_t bytes = 0;
    } held[8];
    for (int i = 0; i < 4000; ++i) {
      auto &slot = held[random() % 8];
      if (slot.memory) {
        // Nobody else wrote there.
        wrong += slot.memory[0] != char(seed) ||
                 slot.memory[slot.bytes - 1] != char(seed);
        release(slot.memory);
        slot.memory = nullptr;
        continue;
      }
      slot.bytes = 1 + random() % (random() % 8 ? 20000 : 9 * mebibyte);
      slot.memory = allocate(slot.bytes);
      if (!slot.memory) {
        ++wrong;
        continue;
      }
      slot.memory[0] = slot.memory[slot.bytes - 1] = char(seed);
    }
    for (auto &slot : held)
      release(slot.memory);
  };
  std::vector<std::thread> threads;
  for (unsigned seed = 1; seed <= 4; ++seed)
    threads.emplace_back(work, seed);
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_LE(llamir_rt_drop_memory(), 64 * mebibyte);
}
