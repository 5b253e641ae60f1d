//===- TargetInfo.cpp - The targets ---------------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Support/TargetInfo.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/TargetParser/Host.h"

using namespace llamir;

namespace {
struct TargetRow {
  llvm::StringLiteral name;
  llvm::StringLiteral halideTarget;
  llvm::StringLiteral cpu;
  int64_t vectorLanes;
  llvm::ArrayRef<RegisterTile> tiles;
  /// What the processor must have, in LLVM's words separated by commas: what
  /// code for `cpu` uses, as far as not every processor with the rest has it.
  llvm::StringLiteral features;
};
} // namespace

// More than one operand load for two multiply-adds makes the loads the limit:
// the cost of the narrow tiles.
static constexpr RegisterTile tilesOf32Registers[] = {
    {4, 6, 1.0}, {3, 8, 1.0},  {5, 5, 1.0},  {2, 12, 1.0},
    {6, 4, 1.0}, {7, 3, 1.03}, {1, 14, 1.35}};
static constexpr RegisterTile tilesOf16Registers[] = {
    {3, 4, 1.0}, {2, 6, 1.0}, {1, 10, 1.3}};

// The best last: `host` takes the last that the machine can run.
static constexpr TargetRow targets[] = {
    {"x86-64", "x86-64-linux-sse41", "penryn", 4, tilesOf16Registers, "sse4.1"},
    {"x86-64-avx2", "x86-64-linux-sse41-avx-f16c-fma-avx2", "haswell", 8,
     tilesOf16Registers, "avx2,fma,f16c"},
    {"x86-64-avx512",
     "x86-64-linux-sse41-avx-f16c-fma-avx2-avx512-avx512_skylake",
     "skylake-avx512", 16, tilesOf32Registers,
     "avx512f,avx512bw,avx512vl,avx512dq,avx512cd"},
    {"x86-64-avx512-zen4",
     "x86-64-linux-sse41-avx-f16c-fma-avx2-avx512-avx512_skylake-"
     "avx512_cannonlake-avx512_zen4",
     "znver4", 16, tilesOf32Registers,
     "avx512f,avx512bw,avx512vl,avx512dq,avx512cd,avx512vnni,avx512bf16,"
     "avx512vbmi,avx512ifma,sse4a"},
    {"x86-64-avx512-sapphirerapids",
     "x86-64-linux-sse41-avx-f16c-fma-avx2-avx512-avx512_skylake-"
     "avx512_cannonlake-avx512_sapphirerapids",
     "sapphirerapids", 16, tilesOf32Registers,
     "avx512f,avx512bw,avx512vl,avx512dq,avx512cd,avx512vnni,avx512bf16,"
     "avx512vbmi,avx512ifma,avx512fp16,avxvnni"},
};

static bool runsOn(const TargetRow &target,
                   const llvm::StringMap<bool> &processor) {
  llvm::SmallVector<llvm::StringRef> features;
  llvm::StringRef(target.features).split(features, ',');
  return llvm::all_of(features, [&](llvm::StringRef feature) {
    return processor.lookup(feature);
  });
}

static const llvm::StringMap<bool> &getHostFeatures() {
  static const llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  return features;
}

const RegisterTile &TargetInfo::chooseTile(int64_t group) const {
  const RegisterTile *best = nullptr;
  double bestCost = 0;
  for (const RegisterTile &tile : tiles) {
    double cost = tile.cost * llvm::alignTo(group, tile.vectors * vectorLanes);
    // Ties, and what is too close to matter, go to the earlier tile.
    if (!best || cost < bestCost * 0.995) {
      best = &tile;
      bestCost = cost;
    }
  }
  return *best;
}

const RegisterTile *TargetInfo::findTile(int64_t panelWidth) const {
  for (const RegisterTile &tile : tiles)
    if (tile.vectors * vectorLanes == panelWidth)
      return &tile;
  return nullptr;
}

llvm::ArrayRef<llvm::StringRef> llamir::getTargetNames() {
  static const std::vector<llvm::StringRef> names = [] {
    std::vector<llvm::StringRef> names = {"host"};
    for (const TargetRow &target : targets)
      names.push_back(target.name);
    return names;
  }();
  return names;
}

static TargetInfo toInfo(const TargetRow &row) {
  return {row.name.str(), row.halideTarget.str(), row.cpu.str(),
          row.vectorLanes, row.tiles};
}

llvm::Expected<TargetInfo>
llamir::getBestTarget(const llvm::StringMap<bool> &features) {
  for (const TargetRow &target : llvm::reverse(targets))
    if (runsOn(target, features))
      return toInfo(target);
  return llvm::createStringError(
      "this machine's processor lacks SSE 4.1, which generated code needs");
}

llvm::Expected<TargetInfo> llamir::getTarget(llvm::StringRef name) {
  if (name == "host")
    return getBestTarget(getHostFeatures());
  for (const TargetRow &target : targets)
    if (target.name == name)
      return toInfo(target);
  return llvm::createStringError("unknown target '" + name + "'; there are " +
                                 llvm::join(getTargetNames(), ", "));
}

llvm::Error llamir::checkRunsHere(const TargetInfo &target) {
  for (const TargetRow &row : targets)
    if (row.name == target.name && !runsOn(row, getHostFeatures()))
      return llvm::createStringError("this machine cannot run code for " +
                                     target.name);
  return llvm::Error::success();
}
