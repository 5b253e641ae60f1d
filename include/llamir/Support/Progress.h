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

/// Whether stderr is a terminal that can take a line back.
bool isShownOnTerminal();

/// What a bar counts: bytes have a rate, other things only a number.
enum class ProgressUnit { Bytes, Items };

/// A bar on stderr for long work: its share, how much of it is done, and the
/// rate of bytes. Shown on a terminal only, and only once the work has taken a
/// moment; gone when the work is done or the object is. Elsewhere nothing is
/// printed.
class Progress {
public:
  Progress(llvm::StringRef label, int64_t total,
           ProgressUnit unit = ProgressUnit::Bytes);
  ~Progress();
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;

  /// Tells of more bytes or items done; from any thread.
  void advance(int64_t count);
  /// Takes the bar away, so that a message has the line for itself.
  void clear();

private:
  using Clock = std::chrono::steady_clock;
  void draw(Clock::time_point now);
  void erase();

  std::string label;
  int64_t total, done = 0;
  ProgressUnit unit;
  bool enabled, drawn = false;
  Clock::time_point start, last;
  std::mutex mutex;
};

/// Text of a progress bar: "[####----] 50 %  1.0 GB of 2.0 GB, 1.2 GB/s", or
/// "[####----] 50 %  4 of 8".
std::string formatProgress(int64_t done, int64_t total, double seconds,
                           ProgressUnit unit = ProgressUnit::Bytes);

} // namespace llamir

#endif // LLAMIR_SUPPORT_PROGRESS_H
