//===- LaunchTest.cpp - Errors, threads and launches ----------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Generated.h"
#include "HalideRuntime.h"
#include "gtest/gtest.h"
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {
/// A launch of a kernel with one operand and one result of so many rows.
struct Launch {
  float operand[2] = {}, result[2] = {};
  halide_dimension_t dims[2][1] = {};
  halide_buffer_t buffers[2] = {};
  halide_buffer_t *arrays[2] = {&buffers[0], &buffers[1]};
  llamir_launch launch = {"add", 7, 1, 1, arrays, LLAMIR_PROCESSOR};

  Launch(int32_t operands, int32_t results) {
    dims[0][0] = {0, operands, 1, 0};
    dims[1][0] = {0, results, 1, 0};
    for (int i = 0; i < 2; ++i) {
      buffers[i].type = {halide_type_float, 32, 1};
      buffers[i].dimensions = 1;
      buffers[i].dim = dims[i];
      buffers[i].host = reinterpret_cast<uint8_t *>(i ? result : operand);
    }
  }
};

struct RuntimeLaunch : testing::Test {
  ~RuntimeLaunch() override { llamir_set_observer(nullptr, nullptr); }
};
} // namespace

static int calls;
static int32_t addOne(void **arguments) {
  ++calls;
  auto *from = static_cast<halide_buffer_t *>(arguments[0]),
       *to = static_cast<halide_buffer_t *>(arguments[1]);
  *reinterpret_cast<float *>(to->host) =
      *reinterpret_cast<float *>(from->host) + float(from->dim[0].extent);
  return 0;
}

static int32_t failWith(int status, const char *text) {
  halide_error(nullptr, text);
  return status;
}

TEST(Errors, BelongToThreads) {
  std::thread([] {
    EXPECT_STREQ(llamir_last_error(), "");
    EXPECT_EQ(llamir_set_threads(-3), LLAMIR_BAD_ARGUMENT);
    const char *text = llamir_last_error();
    EXPECT_STREQ(text, "the number of threads must lie in 0 .. 256, not -3");
    std::thread([] {
      EXPECT_STREQ(llamir_last_error(), "");
      llamir_rt_fail(LLAMIR_BAD_INDEX, "%s", "other");
      EXPECT_STREQ(llamir_last_error(), "other");
    }).join();
    EXPECT_STREQ(text, "the number of threads must lie in 0 .. 256, not -3");
    EXPECT_EQ(text, llamir_last_error());
  }).join();
}

TEST(Errors, AreCutWhereTheyAreLong) {
  EXPECT_EQ(llamir_rt_fail(3, "%s", std::string(5000, 'x').c_str()), 3);
  EXPECT_EQ(llamir_last_error(), std::string(1023, 'x'));
}

TEST(Threads, AreAsManyAsSaid) {
  for (int count : {1, 2, 256}) {
    EXPECT_EQ(llamir_set_threads(count), LLAMIR_OK);
    EXPECT_EQ(halide_get_num_threads(), count);
  }
  EXPECT_EQ(llamir_set_threads(257), LLAMIR_BAD_ARGUMENT);
  EXPECT_EQ(halide_get_num_threads(), 256);
  EXPECT_EQ(llamir_set_threads(0), LLAMIR_OK);
  EXPECT_GE(halide_get_num_threads(), 1);
}

TEST(Checks, OfSizesArraysAndIndices) {
  EXPECT_EQ(llamir_rt_check_size(0, "f", "n"), LLAMIR_OK);
  EXPECT_EQ(llamir_rt_check_size(INT32_MAX, "f", "n"), LLAMIR_OK);
  EXPECT_EQ(llamir_rt_check_size(INT64_C(1) << 31, "f", "n"),
            LLAMIR_BAD_ARGUMENT);
  EXPECT_EQ(llamir_rt_check_size(INT64_MIN, "f", "n"), LLAMIR_BAD_ARGUMENT);
  EXPECT_STREQ(llamir_last_error(),
               "f: n is -9223372036854775808 and must lie in 0 .. 2147483647");
  EXPECT_EQ(llamir_rt_check_array(nullptr, 0, "f", "x"), LLAMIR_OK);
  EXPECT_EQ(llamir_rt_check_array("", 1, "f", "x"), LLAMIR_OK);
  EXPECT_EQ(llamir_rt_check_array(nullptr, 8, "f", "x"), LLAMIR_BAD_ARGUMENT);
  EXPECT_STREQ(llamir_last_error(), "f: x is NULL and should have 8 bytes");
  // At an odd address, as arrays may be.
  alignas(4) char bytes[13];
  auto *odd = reinterpret_cast<int32_t *>(bytes + 1);
  int32_t indices[] = {0, 4, 5};
  std::memcpy(bytes + 1, indices, sizeof(indices));
  EXPECT_EQ(llamir_rt_check_indices(odd, 2, 5, "f", "ids"), LLAMIR_OK);
  EXPECT_EQ(llamir_rt_check_indices(odd, 3, 5, "f", "ids"), LLAMIR_BAD_INDEX);
  EXPECT_STREQ(llamir_last_error(), "f: ids[2] is 5 and must lie in 0 .. 4");
  EXPECT_EQ(llamir_rt_check_indices(nullptr, 0, 5, "f", "ids"), LLAMIR_OK);
}

TEST(Rows, AreCopiedFromWiderOnes) {
  const char from[] = "abXcdXef";
  char to[] = "......";
  llamir_rt_copy_rows(to, from, 3, 2, 3);
  EXPECT_STREQ(to, "abcdef");
  llamir_rt_copy_rows(nullptr, nullptr, 0, 2, 3);
}

TEST_F(RuntimeLaunch, RunsTheKernel) {
  Launch two(2, 2);
  two.operand[0] = 5;
  calls = 0;
  EXPECT_EQ(llamir_rt_launch(addOne, &two.launch), LLAMIR_OK);
  EXPECT_EQ(two.result[0], 7);
  EXPECT_EQ(calls, 1);
  // Without a result there is nothing to do.
  Launch none(2, 0);
  EXPECT_EQ(llamir_rt_launch(addOne, &none.launch), LLAMIR_OK);
  EXPECT_EQ(calls, 1);
  // An operand without rows is one row of zeros for the kernel.
  Launch empty(0, 1);
  empty.operand[0] = 5;
  EXPECT_EQ(llamir_rt_launch(addOne, &empty.launch), LLAMIR_OK);
  EXPECT_EQ(empty.result[0], 1);
  EXPECT_EQ(empty.buffers[0].dim[0].extent, 0);
}

TEST_F(RuntimeLaunch, TellsWhatAKernelSaid) {
  Launch one(1, 1);
  auto fail = [](void **) -> int32_t { return failWith(-8, "bad stride"); };
  EXPECT_EQ(llamir_rt_launch(fail, &one.launch), LLAMIR_KERNEL_FAILED);
  EXPECT_STREQ(llamir_last_error(), "kernel add failed (-8): bad stride");
  // And what one of its tasks said, in whatever thread.
  auto failInside = [](void **) -> int32_t {
    auto task = [](void *, int, uint8_t *) -> int {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return failWith(halide_error_code_out_of_memory, "Out of memory");
    };
    return halide_do_par_for(nullptr, task, 0, 20, nullptr);
  };
  ASSERT_EQ(llamir_set_threads(4), LLAMIR_OK);
  EXPECT_EQ(llamir_rt_launch(failInside, &one.launch), LLAMIR_KERNEL_FAILED);
  EXPECT_STREQ(llamir_last_error(), "kernel add failed (-11): Out of memory");
  ASSERT_EQ(llamir_set_threads(0), LLAMIR_OK);
}

TEST_F(RuntimeLaunch, IsObserved) {
  struct Log {
    std::vector<std::string> lines;
    int32_t stopAt = -1;
  } log;
  llamir_set_observer(
      [](void *user, const llamir_launch *launch, int32_t done) -> int32_t {
        auto *log = static_cast<Log *>(user);
        log->lines.push_back(std::string(launch->kernel) + " " +
                             std::to_string(launch->index) + " " +
                             std::to_string(done));
        return done == log->stopAt ? 99 : 0;
      },
      &log);
  using Lines = std::vector<std::string>;
  Launch one(1, 1), none(1, 0);
  calls = 0;
  EXPECT_EQ(llamir_rt_launch(addOne, &one.launch), LLAMIR_OK);
  EXPECT_EQ(llamir_rt_launch(addOne, &none.launch), LLAMIR_OK);
  EXPECT_EQ(log.lines, (Lines{"add 7 0", "add 7 1"}));
  EXPECT_EQ(calls, 1);
  log = {{}, 0};
  EXPECT_EQ(llamir_rt_launch(addOne, &one.launch), LLAMIR_STOPPED);
  EXPECT_STREQ(llamir_last_error(), "the observer stopped at add");
  EXPECT_EQ(log.lines, Lines{"add 7 0"});
  EXPECT_EQ(calls, 1);
  log = {{}, 1};
  EXPECT_EQ(llamir_rt_launch(addOne, &one.launch), LLAMIR_STOPPED);
  EXPECT_EQ(calls, 2);
  llamir_set_observer(nullptr, nullptr);
  EXPECT_EQ(llamir_rt_launch(addOne, &one.launch), LLAMIR_OK);
  EXPECT_EQ(log.lines.size(), 2u);
}
