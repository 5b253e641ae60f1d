//===- StagesTest.cpp - Stages that functions compute ---------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Generated.h"
#include "HalideRuntime.h"
#include "gtest/gtest.h"
#include <climits>

namespace {
/// A buffer of two dimensions, without memory: a question.
struct Query {
  halide_dimension_t dims[2];
  halide_buffer_t buffer = {};

  Query(halide_dimension_t inner, halide_dimension_t outer)
      : dims{inner, outer} {
    buffer.dimensions = 2;
    buffer.dim = dims;
  }
};
} // namespace

TEST(Stages, RowsAreRoundedUp) {
  for (auto [extent, rounded] : {std::pair(1, 16), {16, 16}, {17, 32}}) {
    Query result({3, 5, 1, 0}, {7, extent, 5, 0});
    EXPECT_EQ(llamir_rt_answer_query(&result.buffer, 16), 1);
    EXPECT_EQ(result.dims[0].min, 3);
    EXPECT_EQ(result.dims[0].extent, 5);
    EXPECT_EQ(result.dims[1].min, 7);
    EXPECT_EQ(result.dims[1].extent, rounded);
  }
  // What would be too many is left to libHalide.
  Query large({0, 1, 1, 0}, {0, INT_MAX, 1, 0});
  EXPECT_EQ(llamir_rt_answer_query(&large.buffer, 16), 1);
  EXPECT_EQ(large.dims[1].extent, INT_MAX);
}

TEST(Stages, InputsHaveTheRowsOfTheResult) {
  Query input({-1, -1, -1, 0}, {-1, -1, -1, 0});
  Query result({3, 5, 1, 0}, {7, 32, 5, 0});
  int32_t extents[] = {100};
  EXPECT_EQ(llamir_rt_need_rows(&input.buffer, &result.buffer, extents), 1);
  EXPECT_EQ(input.dims[0].min, 0);
  EXPECT_EQ(input.dims[0].extent, 100);
  EXPECT_EQ(input.dims[1].min, 7);
  EXPECT_EQ(input.dims[1].extent, 32);
}

TEST(Stages, BuffersWithMemoryAreNoQuestions) {
  uint8_t memory[4];
  Query result({0, 1, 1, 0}, {0, 1, 1, 0});
  result.buffer.host = memory;
  int32_t extents[] = {100};
  EXPECT_EQ(llamir_rt_answer_query(&result.buffer, 16), 0);
  EXPECT_EQ(result.dims[1].extent, 1);
  EXPECT_EQ(llamir_rt_need_rows(&result.buffer, &result.buffer, extents), 0);
  EXPECT_EQ(result.dims[0].extent, 1);
}
