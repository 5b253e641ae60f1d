//===- Limits.h - What a machine can do at most -----------------*- C++ -*-===//
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
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/LogicalResult.h"
#include <cstdint>
#include <memory>
#include <vector>

namespace llamir {

/// The best rate that was seen of something that bounds kernels.
struct Limit {
  llvm::StringRef name;  // In files: "dram_read".
  llvm::StringRef title; // In tables: "DRAM".
  double rate = 0;       // GFLOP/s or GB/s.

  /// Keeps the better rate.
  void add(double seen) { rate = std::max(rate, seen); }
};

/// Of products of weights of a type by an instruction.
struct ArithmeticLimit : Limit {
  ProductInstruction instruction;
  ElementType weights;
};

/// Of memory or a cache.
struct MemoryLimit : Limit {
  /// The bytes that this level holds for all processors together; none for
  /// memory.
  int64_t capacity = 0;
};

/// Measures limits of a machine a little at a time, so that they can be taken
/// beside what is compared with them: other work on the machine slows both
/// alike. Errors are told.
class LimitMeter {
public:
  /// For the machine of a target, which this one can run.
  static llvm::FailureOr<std::unique_ptr<LimitMeter>>
  create(const TargetInfo &target);
  virtual ~LimitMeter();
  LimitMeter(const LimitMeter &) = delete;
  LimitMeter &operator=(const LimitMeter &) = delete;

  /// Keeps the better of each rate and the one before.
  llvm::LogicalResult sample();
  /// The arithmetic alone: clocks change faster than memory does.
  virtual llvm::LogicalResult sampleArithmetic() = 0;

  /// From now on samples copying from memory to memory, too, and forgets what
  /// was seen of it: what memory gives changes with what else reads it.
  void beginCopy() {
    copy.rate = 0;
    samplesCopy = true;
  }

  /// Products with a multiplication and an addition each; what has no limit of
  /// its own is done by multiply-adds of f32.
  const Limit &getArithmetic(ProductInstruction instruction,
                             ElementType weights) const;
  /// Multiply-adds of f32.
  const Limit &getArithmetic() const { return arithmetic.front(); }
  /// Reading from the nearest level that holds `bytes`.
  const Limit &getMemory(double bytes) const;

  /// In bytes that are read and bytes that are written.
  const Limit &getCopy() const { return copy; }

  llvm::ArrayRef<ArithmeticLimit> getAllArithmetic() const {
    return arithmetic;
  }
  /// The nearest first; caches whose size nobody tells are left out.
  llvm::ArrayRef<MemoryLimit> getAllMemory() const { return memory; }
  /// Both.
  auto getAll() const { return llvm::concat<const Limit>(arithmetic, memory); }
  /// What was done to measure memory: "read", "copy".
  llvm::StringRef getAccess() const { return access; }

protected:
  explicit LimitMeter(llvm::StringRef access) : access(access) {}
  virtual llvm::LogicalResult sampleMemory() = 0;
  virtual llvm::LogicalResult sampleCopy() = 0;

  /// Multiply-adds of f32 are the first.
  std::vector<ArithmeticLimit> arithmetic;
  std::vector<MemoryLimit> memory;
  Limit copy = {"memory_copy", "copy"};

private:
  bool samplesCopy = false;
  llvm::StringRef access;
};

// One for each kind of machine; for LimitMeter::create.
llvm::FailureOr<std::unique_ptr<LimitMeter>>
createLimitsOfProcessor(const TargetInfo &target);
llvm::FailureOr<std::unique_ptr<LimitMeter>>
createLimitsOfDevice(const TargetInfo &target);

} // namespace llamir

#endif // LLAMIR_TOOLS_LLAMIR_BENCH_LIMITS_H
