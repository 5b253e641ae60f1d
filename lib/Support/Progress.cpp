//===- Progress.cpp - How far long work has come --------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Support/Progress.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <cstdlib>

using namespace llamir;

/// A number of bytes with a unit that keeps it short.
static std::string formatBytes(double bytes) {
  for (auto [unit, name] : {std::pair(1e9, "GB"), std::pair(1e6, "MB")})
    if (bytes >= unit)
      return llvm::formatv("{0:f1} {1}", bytes / unit, name);
  return llvm::formatv("{0:f1} kB", bytes / 1e3);
}

std::string llamir::formatProgress(int64_t done, int64_t total, double seconds,
                                   ProgressUnit unit) {
  constexpr int width = 24;
  double share = total > 0 ? std::min(double(done) / double(total), 1.0) : 1.0;
  int filled = int(share * width);
  std::string bar =
      llvm::formatv("[{0}{1}] {2,3} %  ", std::string(filled, '#'),
                    std::string(width - filled, '-'), int(share * 100));
  if (unit == ProgressUnit::Items)
    return bar + llvm::formatv("{0} of {1}", done, total).str();
  return bar +
         llvm::formatv("{0} of {1}, {2}/s", formatBytes(double(done)),
                       formatBytes(double(total)),
                       formatBytes(seconds > 0 ? double(done) / seconds : 0))
             .str();
}

bool llamir::isShownOnTerminal() {
  const char *terminal = std::getenv("TERM");
  return llvm::sys::Process::StandardErrIsDisplayed() && terminal &&
         llvm::StringRef(terminal) != "dumb";
}

Progress::Progress(llvm::StringRef label, int64_t total, ProgressUnit unit)
    : label(label.str()), total(total), unit(unit),
      enabled(isShownOnTerminal()), start(Clock::now()), last(start) {}

Progress::~Progress() { erase(); }

void Progress::advance(int64_t count) {
  if (!enabled)
    return;
  std::lock_guard<std::mutex> lock(mutex);
  done += count;
  if (done >= total)
    return erase();
  Clock::time_point now = Clock::now();
  // Ten times a second is enough to read, and work of a blink shows nothing.
  if (now - last < std::chrono::milliseconds(drawn ? 100 : 300))
    return;
  last = now;
  draw(now);
}

void Progress::clear() {
  std::lock_guard<std::mutex> lock(mutex);
  erase();
}

void Progress::erase() {
  if (drawn)
    llvm::errs() << "\r\033[K";
  drawn = false;
}

void Progress::draw(Clock::time_point now) {
  drawn = true;
  std::string bar = formatProgress(
      done, total, std::chrono::duration<double>(now - start).count(), unit);
  llvm::errs() << "\r\033[K" << label << ' ';
  bool colors =
      llvm::sys::Process::StandardErrHasColors() && !std::getenv("NO_COLOR");
  if (colors)
    llvm::errs() << "\033[36m";
  llvm::errs() << bar;
  if (colors)
    llvm::errs() << "\033[0m";
  llvm::errs().flush();
}
