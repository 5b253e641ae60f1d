//===- BenchReport.cpp - Tables and files of measurements -----------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BenchReport.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/WithColor.h"
#include "llvm/TargetParser/Host.h"
#include <ctime>
#include <map>
#include <thread>

using namespace mlir;
using namespace llamir;

/// A name in a column.
static std::string pad(StringRef name, size_t width) {
  return (name + std::string(width - name.size(), ' ')).str();
}

/// Bold on a terminal.
static void printHeading(const Twine &text) {
  llvm::WithColor(llvm::outs(), llvm::raw_ostream::SAVEDCOLOR, /*Bold=*/true)
      << text << '\n';
}

void llamir::printLimits(const LimitMeter &limits) {
  llvm::outs() << llvm::formatv("limits: f32 multiply-add {0:f1} GFLOP/s; read",
                                limits.getMultiplyAdd().rate);
  for (const Limit &limit : limits.get().drop_front())
    llvm::outs() << llvm::formatv("{0} {1} {2:f1}",
                                  &limit == &limits.get()[1] ? "" : ",",
                                  limit.title, limit.rate);
  llvm::outs() << " GB/s\n";
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

/// Width of a column of names.
static size_t getWidth(ArrayRef<size_t> lengths, StringRef title) {
  size_t width = title.size();
  for (size_t length : lengths)
    width = std::max(width, length);
  return width;
}

static void printRow(const Times &times, const LimitMeter &limits,
                     size_t width) {
  Bound bound = getBound(times, limits);
  llvm::outs() << pad(times.name, width)
               << llvm::formatv(
                      " {0,8}  {1,11:f4}  {2,11:f4}  {3,9:f1}  {4,7:f1}  ",
                      times.launches, times.getMedian() * 1e3,
                      times.getLeast() * 1e3, times.getGFlops(),
                      times.getGBytes());
  auto color = bound.percent >= 80   ? llvm::raw_ostream::GREEN
               : bound.percent >= 40 ? llvm::raw_ostream::SAVEDCOLOR
                                     : llvm::raw_ostream::YELLOW;
  llvm::WithColor(llvm::outs(), color)
      << llvm::formatv("{0,5:f1} % {1}", bound.percent, bound.limit->title);
  llvm::outs() << '\n';
}

void llamir::printTimes(const Runner &runner, const LimitMeter &limits) {
  SmallVector<size_t> lengths;
  for (const Times &times : runner.getKernels())
    lengths.push_back(times.name.size());
  size_t width = getWidth(lengths, "kernel");
  printHeading(pad("kernel", width) +
               " launches    median ms     least ms    GFLOP/s     GB/s"
               "  of the limit");
  for (const Times &times : runner.getKernels())
    printRow(times, limits, width);
  printRow(runner.getBlock(), limits, width);
}

//===----------------------------------------------------------------------===//
// Variants
//===----------------------------------------------------------------------===//

/// The name that a kernel had before names were made unique.
static StringRef getStem(StringRef name) {
  StringRef stem = name.rtrim("0123456789");
  return stem.size() < name.size() && stem.consume_back("_") ? stem : name;
}

/// Launches by kernel, those of the second function less those of the first.
static std::map<std::string, int64_t> compareLaunches(const Runner &from,
                                                      const Runner &to) {
  std::map<std::string, int64_t> change;
  for (const Times &times : to.getKernels())
    change[getStem(times.name).str()] += times.launches;
  for (const Times &times : from.getKernels())
    change[getStem(times.name).str()] -= times.launches;
  return change;
}

/// "linear x3 and mul in place of gated_ffn".
static std::string
describeChange(const std::map<std::string, int64_t> &change) {
  std::vector<std::string> more, less;
  for (const auto &[name, count] : change) {
    if (count == 0)
      continue;
    int64_t times = std::abs(count);
    (count > 0 ? more : less)
        .push_back(times == 1 ? name : name + " x" + std::to_string(times));
  }
  if (more.empty() && less.empty())
    return "the same kernels";
  return llvm::join(more, ", ") + " in place of " + llvm::join(less, ", ");
}

/// Milliseconds of a run that the kernels take of which the other function has
/// more or fewer. A block's time moves more from run to run than the whole
/// difference between two variants; that of few kernels does not.
static double getChangedTime(const Runner &runner,
                             const std::map<std::string, int64_t> &change) {
  double seconds = 0;
  for (const Times &times : runner.getKernels()) {
    auto found = change.find(getStem(times.name).str());
    if (found != change.end() && found->second != 0)
      seconds += double(times.launches) * times.getLeast();
  }
  return seconds * 1e3;
}

/// How much longer `other` took, in percent: the middle of what the rounds say,
/// for in a round both ran under the same load.
static double getDifference(const Times &base, const Times &other) {
  Times ratios;
  for (auto [before, after] : llvm::zip(base.seconds, other.seconds))
    ratios.seconds.push_back(after / before);
  return 100 * (ratios.getMedian() - 1);
}

void llamir::printVariants(ArrayRef<Variant> variants) {
  SmallVector<size_t> lengths;
  for (const Variant &variant : variants)
    lengths.push_back(variant.name.size());
  size_t width = getWidth(lengths, "fusions");
  const Runner &first = *variants.front().runner;
  printHeading(pad("fusions", width) +
               " launches    median ms     least ms  difference"
               "    those kernels, least ms  kernels");
  for (const Variant &variant : variants) {
    const Times &block = variant.runner->getBlock();
    int64_t launches = 0;
    for (const Times &times : variant.runner->getKernels())
      launches += times.launches;
    bool isFirst = variant.runner == &first;
    std::string difference, changed, description = "-";
    if (!isFirst) {
      double percent = getDifference(first.getBlock(), block);
      auto change = compareLaunches(first, *variant.runner);
      difference =
          llvm::formatv("{0}{1:f1} %", percent < 0 ? "" : "+", percent);
      changed = llvm::formatv("{0:f4} for {1:f4}",
                              getChangedTime(*variant.runner, change),
                              getChangedTime(first, change));
      description = describeChange(change);
    }
    llvm::outs() << pad(variant.name, width)
                 << llvm::formatv(
                        " {0,8}  {1,11:f4}  {2,11:f4}  {3,10}  {4,25}  {5}\n",
                        launches, block.getMedian() * 1e3,
                        block.getLeast() * 1e3, difference, changed,
                        description);
  }
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

void BenchRecords::add(StringRef name, const Times &times,
                       const LimitMeter &limits, Phase phase,
                       StringRef target) {
  Bound bound = getBound(times, limits);
  results.push_back(llvm::json::Object{{"kernel", name.str()},
                                       {"phase", phase.getName()},
                                       {"tokens", phase.size},
                                       {"dtype", times.dtype},
                                       {"target", target.str()},
                                       {"median_ms", times.getMedian() * 1e3},
                                       {"min_ms", times.getLeast() * 1e3},
                                       {"gflops", times.getGFlops()},
                                       {"gbps", times.getGBytes()},
                                       {"limit", bound.limit->name.str()},
                                       {"percent_of_limit", bound.percent}});
}

void BenchRecords::add(const Runner &runner, const LimitMeter &limits,
                       Phase phase, StringRef target) {
  for (const Times &times : runner.getKernels())
    add(times.name, times, limits, phase, target);
  add("block", runner.getBlock(), limits, phase, target);
}

std::string BenchRecords::getText(const LimitMeter &limits) {
  llvm::json::Object rates;
  for (const Limit &limit : limits.get())
    rates[limit.name.str()] = limit.rate;
  char date[32];
  std::time_t now = std::time(nullptr);
  std::strftime(date, sizeof(date), "%Y-%m-%d", std::gmtime(&now));
  std::string machine =
      (llvm::sys::getHostCPUName() + ", " +
       Twine(std::thread::hardware_concurrency()) + " processors")
          .str();
  llvm::json::Object file{{"machine", machine},
                          {"date", date},
                          {"limits", std::move(rates)},
                          {"results", std::move(results)}};
  return llvm::formatv("{0:2}\n", llvm::json::Value(std::move(file)));
}
