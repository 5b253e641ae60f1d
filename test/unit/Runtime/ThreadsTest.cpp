//===- ThreadsTest.cpp - Kernels' loops in parallel -----------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Generated.h"
#include "HalideRuntime.h"
#include "gtest/gtest.h"
#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

/// The body of a loop: 0, or what it fails with.
using Body = std::function<int(int)>;

static int loop(int min, int size, const Body &body) {
  auto task = [](void *, int index, uint8_t *closure) {
    return (*reinterpret_cast<const Body *>(closure))(index);
  };
  return halide_do_par_for(
      nullptr, task, min, size,
      reinterpret_cast<uint8_t *>(const_cast<Body *>(&body)));
}

namespace {
struct RuntimeThreads : testing::Test {
  RuntimeThreads() { llamir_set_threads(4); }
  ~RuntimeThreads() override { llamir_set_threads(0); }
};

/// Waits until that many threads are here; whether they came.
struct Meeting {
  std::atomic<int> here{0};
  bool wait(int count) {
    ++here;
    auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (here < count && std::chrono::steady_clock::now() < end)
      std::this_thread::yield();
    return here >= count;
  }
};
} // namespace

TEST_F(RuntimeThreads, RunEachIterationOnce) {
  for (int threads : {1, 2, 4, 16}) {
    ASSERT_EQ(llamir_set_threads(threads), LLAMIR_OK);
    for (int size : {1, 3, 4, 5, 1000}) {
      std::vector<std::atomic<int>> count(size);
      EXPECT_EQ(loop(-7, size, [&](int i) { return ++count[i + 7], 0; }), 0);
      for (auto &times : count)
        EXPECT_EQ(times, 1);
    }
  }
}

TEST_F(RuntimeThreads, RunNothingWithoutIterations) {
  int count = 0;
  EXPECT_EQ(loop(0, 0, [&](int) { return ++count; }), 0);
  auto inner = [&](int) { return loop(0, 0, [&](int) { return ++count; }); };
  EXPECT_EQ(loop(0, 100, inner), 0);
  EXPECT_EQ(count, 0);
}

TEST_F(RuntimeThreads, ShareALoop) {
  Meeting meeting;
  EXPECT_EQ(loop(0, 4, [&](int) { return !meeting.wait(4); }), 0);
}

/// While the outer loop has work for all threads, an inner one stays with the
/// thread that came to it.
TEST_F(RuntimeThreads, KeepInnerLoops) {
  constexpr int size = 60, threads = 4;
  std::atomic<int> begun{0}, wrong{0}, ran{0};
  EXPECT_EQ(
      loop(0, size,
           [&](int) {
             ++begun;
             std::mutex lock;
             std::set<std::thread::id> seen;
             int status = loop(0, 8, [&](int) {
               ++ran;
               // Time for the others to come and help.
               std::this_thread::sleep_for(std::chrono::microseconds(200));
               std::lock_guard<std::mutex> guard(lock);
               return seen.insert(std::this_thread::get_id()), 0;
             });
             // Each of the others may have begun one more than is known.
             if (begun + threads - 1 <= size - threads)
               wrong +=
                   seen.size() != 1 || !seen.count(std::this_thread::get_id());
             return status;
           }),
      0);
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(ran, size * 8);
}

TEST_F(RuntimeThreads, ShareInnerLoopsOfAnOuterOneThatEnds) {
  // Both tasks wait for each other, in a loop of a loop of a loop.
  auto one = [&](int) {
    return loop(0, 1, [&](int) {
      Meeting meeting;
      return loop(0, 2, [&](int) { return !meeting.wait(2); });
    });
  };
  EXPECT_EQ(loop(0, 1, one), 0);
}

TEST_F(RuntimeThreads, ServeSeveralCallers) {
  std::vector<std::thread> callers;
  std::atomic<int> sum{0};
  for (int caller = 0; caller < 3; ++caller)
    callers.emplace_back([&] {
      for (int i = 0; i < 50; ++i)
        loop(0, 10,
             [&](int) { return loop(0, 10, [&](int) { return ++sum, 0; }); });
    });
  for (std::thread &caller : callers)
    caller.join();
  EXPECT_EQ(sum, 3 * 50 * 10 * 10);
}

TEST_F(RuntimeThreads, PassFailuresOn) {
  for (int threads : {1, 4}) {
    ASSERT_EQ(llamir_set_threads(threads), LLAMIR_OK);
    EXPECT_EQ(loop(0, 100, [](int i) { return i == 50 ? -12 : 0; }), -12);
    // From an inner loop that is kept, and from one that is shared.
    for (int size : {1, 100}) {
      auto inner = [&](int i) {
        return loop(0, 10, [&](int j) { return i == 0 && j == 5 ? -7 : 0; });
      };
      EXPECT_EQ(loop(0, size, inner), -7);
    }
    EXPECT_EQ(loop(0, 100, [](int) { return 0; }), 0);
  }
}

/// What a task says when it fails reaches the thread of the loop, whichever ran
/// the task.
TEST_F(RuntimeThreads, PassMessagesOn) {
  auto main = std::this_thread::get_id();
  auto failElsewhere = [&](int) {
    Meeting meeting;
    return loop(0, 4, [&](int) {
      if (!meeting.wait(4))
        return -2;
      if (std::this_thread::get_id() == main)
        return 0;
      halide_error(nullptr, "no room");
      return -1;
    });
  };
  llamir_rt_fail(LLAMIR_BAD_INDEX, "of an earlier call");
  EXPECT_EQ(failElsewhere(0), -1);
  EXPECT_STREQ(llamir_last_error(), "no room");
  llamir_rt_fail(LLAMIR_BAD_INDEX, "of an earlier call");
  EXPECT_EQ(loop(0, 1, failElsewhere), -1);
  EXPECT_STREQ(llamir_last_error(), "no room");
  // Nothing of it stays with the other threads.
  Meeting meeting;
  std::atomic<int> wrong{0};
  EXPECT_EQ(loop(0, 4,
                 [&](int) {
                   bool came = meeting.wait(4);
                   if (std::this_thread::get_id() != main)
                     wrong += *llamir_last_error() != 0;
                   return !came;
                 }),
            0);
  EXPECT_EQ(wrong, 0);
}
