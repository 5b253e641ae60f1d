//===- TargetInfo.cpp - The targets ---------------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Target/TargetInfo.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"

using namespace llamir;

namespace {
struct TargetRow {
  llvm::StringLiteral name;
  llvm::StringLiteral halideTarget;
  llvm::StringLiteral cpu;
  int64_t vectorLanes, vectorRegisters, panelWidth;
  /// What /proc/cpuinfo must have, separated by commas.
  llvm::StringLiteral features;
};
} // namespace

// The best last: `host` takes the last that the machine can run.
static constexpr TargetRow targets[] = {
    {"x86-64", "x86-64-linux-sse41", "x86-64-v2", 4, 16, 8, "sse4.1"},
    {"x86-64-avx2", "x86-64-linux-sse41-avx-f16c-fma-avx2", "x86-64-v3", 8, 16,
     16, "avx2,fma,f16c"},
    {"x86-64-avx512",
     "x86-64-linux-sse41-avx-f16c-fma-avx2-avx512-avx512_skylake",
     "skylake-avx512", 16, 32, 64, "avx512f,avx512bw,avx512vl,avx512dq,avx512cd"},
    {"x86-64-avx512-zen4",
     "x86-64-linux-sse41-avx-f16c-fma-avx2-avx512-avx512_skylake-"
     "avx512_cannonlake-avx512_zen4",
     "znver4", 16, 32, 64,
     "avx512f,avx512bw,avx512vl,avx512dq,avx512cd,avx512vnni,avx512bf16,"
     "avx512vbmi,avx512ifma"},
};

static bool runsHere(const TargetRow &target) {
  static const llvm::StringMap<bool> host = llvm::sys::getHostCPUFeatures();
  llvm::SmallVector<llvm::StringRef> features;
  llvm::StringRef(target.features).split(features, ',');
  return llvm::all_of(features, [](llvm::StringRef feature) {
    return host.lookup(feature);
  });
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
          row.vectorLanes, row.vectorRegisters, row.panelWidth};
}

llvm::Expected<TargetInfo> llamir::getTarget(llvm::StringRef name) {
  for (const TargetRow &target : llvm::reverse(targets))
    if (target.name == name || (name == "host" && runsHere(target)))
      return toInfo(target);
  if (name == "host")
    return llvm::createStringError(
        "this machine's processor lacks SSE 4.1, which generated code needs");
  return llvm::createStringError("unknown target '" + name + "'; there are " +
                                 llvm::join(getTargetNames(), ", "));
}

llvm::Error llamir::checkRunsHere(const TargetInfo &target) {
  for (const TargetRow &row : targets)
    if (row.name == target.name && !runsHere(row))
      return llvm::createStringError("this machine cannot run code for " +
                                     target.name);
  return llvm::Error::success();
}
