//===- Limits.h - What this machine can do at most --------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TOOLS_LLAMIR_BENCH_LIMITS_H
#define LLAMIR_TOOLS_LLAMIR_BENCH_LIMITS_H

#include "llamir/Support/TargetInfo.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <vector>

namespace llamir {

/// The best rate that was seen of something that bounds kernels.
struct Limit {
  llvm::StringRef name;  // In files: "dram_read".
  llvm::StringRef title; // In tables: "DRAM".
  double rate = 0;       // GFLOP/s or GB/s.
  /// For reads, the bytes that this level holds for all processors together;
  /// none for memory.
  int64_t capacity = 0;
};

/// Measures limits of all processors a little at a time, so that they can be
/// taken beside what is compared with them: other work on the machine slows
/// both alike.
class LimitMeter {
public:
  /// Arithmetic in the vectors of a target that this machine runs, with each
  /// instruction that its matrix products use.
  explicit LimitMeter(const TargetInfo &target);
  ~LimitMeter();
  LimitMeter(const LimitMeter &) = delete;
  LimitMeter &operator=(const LimitMeter &) = delete;

  /// False where there was no memory to read.
  bool isReady() const { return memory; }

  /// Takes some 50 ms; keeps the better of each rate and the one before.
  void sample();
  /// The arithmetic alone, some 2 ms: clocks change faster than memory does.
  void sampleArithmetic();

  /// Products of an instruction, with a multiplication and an addition each;
  /// it is one that the target uses.
  const Limit &getArithmetic(ProductInstruction instruction) const {
    return multipliesBF16(instruction) ? arithmetic.back() : arithmetic.front();
  }
  /// All of them; f32 multiply-adds are the first.
  llvm::ArrayRef<Limit> getArithmetic() const { return arithmetic; }
  /// Reading from the nearest level that holds `bytes`.
  const Limit &getRead(double bytes) const;
  /// All of them, the nearest first; caches whose size the system does not tell
  /// are left out.
  llvm::ArrayRef<Limit> getReads() const { return reads; }

private:
  double measureRead(int64_t bytes, int streams);

  int64_t lanes;
  unsigned processors;
  std::vector<Limit> arithmetic, reads;
  int64_t memoryBytes;
  char *memory = nullptr;
};

} // namespace llamir

#endif // LLAMIR_TOOLS_LLAMIR_BENCH_LIMITS_H
