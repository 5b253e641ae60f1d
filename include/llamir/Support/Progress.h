//===- Progress.h - How far long work has come ------------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_SUPPORT_PROGRESS_H
#define LLAMIR_SUPPORT_PROGRESS_H

#include "llvm/ADT/StringRef.h"
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace llamir {

/// A bar on stderr for work that is counted in bytes: share, bytes and rate.
/// Shown on a terminal only, and only once the work has taken a moment; gone when
/// the object is. Elsewhere nothing is printed.
class Progress {
public:
  Progress(llvm::StringRef label, int64_t totalBytes);
  ~Progress();
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;

  /// Tells of more bytes done; from any thread.
  void advance(int64_t bytes);

private:
  using Clock = std::chrono::steady_clock;
  void draw(Clock::time_point now);

  std::string label;
  int64_t total, done = 0;
  bool enabled, drawn = false;
  Clock::time_point start, last;
  std::mutex mutex;
};

/// Text of a progress bar: "[####----] 50 %  1.0 of 2.0 GB, 1.2 GB/s".
std::string formatProgress(int64_t done, int64_t total, double seconds);

} // namespace llamir

#endif // LLAMIR_SUPPORT_PROGRESS_H
