//===- ProgressTest.cpp - How far long work has come ----------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Support/Progress.h"
#include "gtest/gtest.h"
#include <thread>

using namespace llamir;

TEST(Progress, BytesHaveARate) {
  EXPECT_EQ(formatProgress(1000000000, 2000000000, 0.5),
            "[############------------]  50 %  1.0 GB of 2.0 GB, 2.0 GB/s");
  EXPECT_EQ(formatProgress(0, 5000000, 0),
            "[------------------------]   0 %  0.0 kB of 5.0 MB, 0.0 kB/s");
  EXPECT_EQ(formatProgress(5000000, 7500000, 1),
            "[################--------]  66 %  5.0 MB of 7.5 MB, 5.0 MB/s");
  EXPECT_EQ(formatProgress(0, 0, 0),
            "[########################] 100 %  0.0 kB of 0.0 kB, 0.0 kB/s");
}

TEST(Progress, ItemsAreCounted) {
  EXPECT_EQ(formatProgress(2, 8, 1, ProgressUnit::Items),
            "[######------------------]  25 %  2 of 8");
}

/// What was announced may be wrong; the bar stays a bar.
TEST(Progress, TheBarKeepsItsWidth) {
  EXPECT_EQ(formatProgress(9, 8, 1, ProgressUnit::Items),
            "[########################] 100 %  9 of 8");
  EXPECT_EQ(formatProgress(0, 0, 1, ProgressUnit::Items),
            "[########################] 100 %  0 of 0");
}

TEST(Progress, NothingIsPrintedToAFile) {
  testing::internal::CaptureStderr();
  {
    Progress progress("working", 3, ProgressUnit::Items);
    progress.advance(1);
    // As long as a bar takes to appear on a terminal.
    std::this_thread::sleep_for(std::chrono::milliseconds(350));
    progress.advance(1);
    progress.clear();
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}
