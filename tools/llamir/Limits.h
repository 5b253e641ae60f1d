//===- Limits.h - What this machine can do at most --------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TOOLS_LLAMIR_LIMITS_H
#define LLAMIR_TOOLS_LLAMIR_LIMITS_H

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
  /// Arithmetic in vectors of `lanes` elements of f32.
  explicit LimitMeter(int64_t lanes);
  ~LimitMeter();
  LimitMeter(const LimitMeter &) = delete;
  LimitMeter &operator=(const LimitMeter &) = delete;

  /// False where there was no memory to read.
  bool isReady() const { return memory; }

  /// Takes some 50 ms; keeps the better of each rate and the one before.
  void sample();
  /// The multiply-adds alone, some 2 ms: clocks change faster than memory does.
  void sampleMultiplyAdd();

  /// f32 multiply-adds, two operations each.
  const Limit &getMultiplyAdd() const { return limits.front(); }
  /// Reading from the nearest level that holds `bytes`.
  const Limit &getRead(double bytes) const;
  /// All of them; caches whose size the system does not tell are left out.
  llvm::ArrayRef<Limit> get() const { return limits; }

private:
  double measureRead(int64_t bytes, int streams);

  int64_t lanes;
  unsigned processors;
  std::vector<Limit> limits; // Multiply-add, then reads, the nearest first.
  int64_t memoryBytes;
  char *memory = nullptr;
};

} // namespace llamir

#endif // LLAMIR_TOOLS_LLAMIR_LIMITS_H
