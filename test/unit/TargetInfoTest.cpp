//===- TargetInfoTest.cpp - Targets and register tiles -------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Target/TargetInfo.h"
#include "gtest/gtest.h"

using namespace llamir;

TEST(TargetInfo, Names) {
  for (llvm::StringRef name : getTargetNames()) {
    auto target = getTarget(name);
    ASSERT_TRUE(bool(target)) << name.str();
    EXPECT_NE(target->name, "host");
  }
  auto unknown = getTarget("z80");
  ASSERT_FALSE(bool(unknown));
  EXPECT_NE(llvm::toString(unknown.takeError())
                .find("unknown target 'z80'; there are host"),
            std::string::npos);
}

TEST(TargetInfo, TilesFitTheRegisters) {
  for (llvm::StringRef name : getTargetNames()) {
    auto target = getTarget(name);
    ASSERT_TRUE(bool(target));
    int64_t registers = target->vectorLanes == 16 ? 32 : 16;
    for (const RegisterTile &tile : target->tiles)
      EXPECT_LE(tile.rows * tile.vectors + tile.vectors + 1, registers);
  }
}

TEST(TargetInfo, PaddingIsWeighed) {
  auto target = getTarget("x86-64-avx512");
  ASSERT_TRUE(bool(target));
  auto width = [&](int64_t group) {
    return target->chooseTile(group).vectors * 16;
  };
  EXPECT_EQ(width(4096), 64);
  EXPECT_EQ(width(128), 64);
  EXPECT_EQ(width(72), 80);
  EXPECT_EQ(width(100), 112);
  EXPECT_EQ(width(32), 32);
  EXPECT_EQ(width(16), 16);
  for (int64_t group : {4096, 72, 100, 32, 16})
    EXPECT_EQ(target->findTile(width(group)), &target->chooseTile(group));
  EXPECT_EQ(target->findTile(17), nullptr);
}
