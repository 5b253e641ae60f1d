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

std::string llamir::formatProgress(int64_t done, int64_t total, double seconds) {
  constexpr int width = 24;
  double share = total > 0 ? std::min(double(done) / double(total), 1.0) : 1.0;
  int filled = int(share * width);
  return llvm::formatv("[{0}{1}] {2,3} %  {3} of {4}, {5}/s", std::string(filled, '#'),
                       std::string(width - filled, '-'), int(share * 100),
                       formatBytes(double(done)), formatBytes(double(total)),
                       formatBytes(seconds > 0 ? double(done) / seconds : 0));
}

Progress::Progress(llvm::StringRef label, int64_t totalBytes)
    : label(label.str()), total(totalBytes), start(Clock::now()), last(start) {
  const char *terminal = std::getenv("TERM");
  enabled = llvm::sys::Process::StandardErrIsDisplayed() && terminal &&
            llvm::StringRef(terminal) != "dumb";
}

Progress::~Progress() {
  if (drawn)
    llvm::errs() << "\r\033[K";
}

void Progress::advance(int64_t bytes) {
  if (!enabled)
    return;
  std::lock_guard<std::mutex> lock(mutex);
  done += bytes;
  Clock::time_point now = Clock::now();
  // Ten times a second is enough to read, and work of a blink shows nothing.
  if (now - last < std::chrono::milliseconds(drawn ? 100 : 300))
    return;
  last = now;
  draw(now);
}

void Progress::draw(Clock::time_point now) {
  drawn = true;
  std::string bar =
      formatProgress(done, total, std::chrono::duration<double>(now - start).count());
  llvm::errs() << "\r\033[K" << label << ' ';
  bool colors = llvm::sys::Process::StandardErrHasColors() && !std::getenv("NO_COLOR");
  if (colors)
    llvm::errs() << "\033[36m";
  llvm::errs() << bar;
  if (colors)
    llvm::errs() << "\033[0m";
  llvm::errs().flush();
}
