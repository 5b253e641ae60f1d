//===- BenchReport.cpp - Tables and files of measurements -----------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bench/BenchReport.h"
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

void llamir::printHeading(const Twine &text) {
  llvm::WithColor(llvm::outs(), llvm::raw_ostream::SAVEDCOLOR, /*Bold=*/true)
      << text << '\n';
}

void llamir::printReached(double percent, const Twine &behind) {
  auto color = percent >= 80   ? llvm::raw_ostream::GREEN
               : percent >= 40 ? llvm::raw_ostream::SAVEDCOLOR
                               : llvm::raw_ostream::YELLOW;
  llvm::WithColor(llvm::outs(), color)
      << llvm::formatv("{0,5:f1} %", percent) << behind;
}

/// "fma 70.1, dot 140.3".
template <typename Limits> static std::string formatRates(const Limits &of) {
  std::vector<std::string> rates;
  for (const Limit &limit : of)
    rates.push_back(llvm::formatv("{0} {1:f1}", limit.title, limit.rate));
  return llvm::join(rates, ", ");
}

void llamir::printLimits(const LimitMeter &limits) {
  llvm::outs() << "limits: " << formatRates(limits.getAllArithmetic())
               << " GFLOP/s; " << limits.getAccess() << ' '
               << formatRates(limits.getAllMemory()) << " GB/s\n";
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

/// Width of the column of the names of kernels.
static size_t getWidth(const Runner &runner) {
  SmallVector<size_t> lengths;
  for (const Times &times : runner.getKernels())
    lengths.push_back(times.name.size());
  return getWidth(lengths, "kernel");
}

/// Prints the rates of a row; returns the limit's name, which stands at the
/// end.
static StringRef printRates(const Times &times, const LimitMeter &limits) {
  Bound bound = getBound(times, limits);
  llvm::outs() << llvm::formatv("{0,9:f1}  {1,7:f1}  ", times.getGFlops(),
                                times.getGBytes());
  printReached(bound.percent, " " + bound.limit->title);
  return bound.limit->title;
}

static void printRow(const Times &times, const LimitMeter &limits,
                     size_t width) {
  llvm::outs() << pad(times.name, width)
               << llvm::formatv(" {0,8}  {1,11:f4}  {2,11:f4}  ",
                                times.launches, times.getMedian() * 1e3,
                                times.getLeast() * 1e3);
  printRates(times, limits);
  llvm::outs() << '\n';
}

void llamir::printTimes(const Runner &runner, const LimitMeter &limits) {
  size_t width = getWidth(runner);
  printHeading(pad("kernel", width) +
               " launches    median ms     least ms    GFLOP/s     GB/s"
               "  of the limit");
  for (const Times &times : runner.getKernels())
    printRow(times, limits, width);
  printRow(runner.getBlock(), limits, width);
}

/// The error of a kernel's results that comes nearest to its bound.
static const KernelError *findError(ArrayRef<KernelError> errors,
                                    StringRef kernel) {
  const KernelError *worst = nullptr;
  for (const KernelError &error : errors)
    if (error.kernel == kernel && (!worst || error.ofBound > worst->ofBound))
      worst = &error;
  return worst;
}

void llamir::printTimesAndErrors(const Runner &runner, const LimitMeter &limits,
                                 ArrayRef<KernelError> errors) {
  size_t width = getWidth(runner);
  SmallVector<size_t> titles;
  for (const Limit &limit : limits.getAll())
    titles.push_back(limit.title.size());
  size_t limitWidth = getWidth(titles, "DRAM");
  printHeading(pad("kernel", width) + "      time ms    GFLOP/s     GB/s  " +
               pad("of the limit", strlen("100.0 % ") + limitWidth) +
               "     error");
  auto printStart = [&](const Times &times) {
    llvm::outs() << pad(times.name, width)
                 << llvm::formatv("  {0,11:f4}  ", times.getLeast() * 1e3);
    return printRates(times, limits);
  };
  for (const Times &times : runner.getKernels()) {
    StringRef limit = printStart(times);
    const KernelError *error = findError(errors, times.name);
    llvm::outs() << pad("", limitWidth - limit.size())
                 << llvm::formatv("  {0,8:e1} ", error->maxRel);
    llvm::WithColor(llvm::outs(), error->ok() ? llvm::raw_ostream::GREEN
                                              : llvm::raw_ostream::RED)
        << (error->ok() ? "ok" : "WRONG");
    llvm::outs() << '\n';
  }
  printStart(runner.getBlock());
  llvm::outs() << '\n';
}

//===----------------------------------------------------------------------===//
// Variants
//===----------------------------------------------------------------------===//

/// The name that a kernel had before names were made unique.
static StringRef getStem(StringRef name) {
  StringRef stem = name.rtrim("0123456789");
  return stem.size() < name.size() && stem.consume_back("_") ? stem : name;
}

namespace {
/// The launches that one of two functions has and the other has not.
struct Change {
  SmallVector<const LaunchTimes *> fewer, more;
};
} // namespace

/// The same work, whatever other kernels made of the name.
static bool isSame(const LaunchTimes &a, const LaunchTimes &b) {
  return getStem(a.kernel) == getStem(b.kernel) && a.flops == b.flops &&
         a.bytes == b.bytes;
}

/// What is left of both without their longest common sequence.
static Change compareLaunches(ArrayRef<LaunchTimes> from,
                              ArrayRef<LaunchTimes> to) {
  // common[i][j]: how many launches from[i..] and to[j..] have in common.
  size_t columns = to.size() + 1;
  std::vector<size_t> common((from.size() + 1) * columns);
  auto at = [&](size_t i, size_t j) -> size_t & {
    return common[i * columns + j];
  };
  for (size_t i = from.size(); i-- > 0;)
    for (size_t j = to.size(); j-- > 0;)
      at(i, j) = isSame(from[i], to[j]) ? at(i + 1, j + 1) + 1
                                        : std::max(at(i + 1, j), at(i, j + 1));
  Change change;
  size_t i = 0, j = 0;
  while (i < from.size() || j < to.size()) {
    if (i < from.size() && j < to.size() && isSame(from[i], to[j]))
      ++i, ++j;
    else if (j == to.size() ||
             (i < from.size() && at(i + 1, j) >= at(i, j + 1)))
      change.fewer.push_back(&from[i++]);
    else
      change.more.push_back(&to[j++]);
  }
  return change;
}

/// "linear x3, mul".
static std::string countKernels(ArrayRef<const LaunchTimes *> launches) {
  std::map<StringRef, size_t> counts;
  for (const LaunchTimes *launch : launches)
    ++counts[getStem(launch->kernel)];
  std::vector<std::string> names;
  for (auto [name, count] : counts)
    names.push_back(name.str() +
                    (count == 1 ? "" : " x" + std::to_string(count)));
  return names.empty() ? "nothing" : llvm::join(names, ", ");
}

/// What these launches take together, in each round.
static Times addTimes(ArrayRef<const LaunchTimes *> launches) {
  Times sum;
  for (const LaunchTimes *launch : launches) {
    sum.seconds.resize(launch->seconds.size());
    for (auto [total, seconds] : llvm::zip_equal(sum.seconds, launch->seconds))
      total += seconds;
  }
  return sum;
}

/// How much longer `other` took, in percent: the middle of what the rounds say,
/// for in a round both ran under the same load.
static double getDifference(const Times &base, const Times &other) {
  Times ratios;
  for (auto [before, after] : llvm::zip(base.seconds, other.seconds))
    ratios.seconds.push_back(after / before);
  return 100 * (ratios.getMedian() - 1);
}

static std::string formatDifference(const Times &base, const Times &other) {
  double percent = getDifference(base, other);
  return llvm::formatv("{0}{1:f1} %", percent < 0 ? "" : "+", percent);
}

void llamir::printVariants(ArrayRef<Variant> variants) {
  SmallVector<size_t> lengths;
  for (const Variant &variant : variants)
    lengths.push_back(variant.name.size());
  size_t width = getWidth(lengths, "fusions");
  const Runner &first = *variants.front().runner;
  printHeading(pad("fusions", width) +
               " launches    median ms     least ms  difference"
               "    what differs, median ms  difference  kernels");
  for (const Variant &variant : variants) {
    const Times &block = variant.runner->getBlock();
    ArrayRef<LaunchTimes> launches = variant.runner->getLaunches();
    std::string difference, times, ofChange, kernels = "-";
    if (variant.runner != &first) {
      difference = formatDifference(first.getBlock(), block);
      Change change = compareLaunches(first.getLaunches(), launches);
      if (change.fewer.empty() && change.more.empty()) {
        kernels = "the same kernels";
      } else {
        kernels = countKernels(change.more) + " in place of " +
                  countKernels(change.fewer);
        Times before = addTimes(change.fewer), after = addTimes(change.more);
        times = llvm::formatv("{0:f4} for {1:f4}", after.getMedian() * 1e3,
                              before.getMedian() * 1e3);
        ofChange = formatDifference(before, after);
      }
    }
    llvm::outs() << pad(variant.name, width)
                 << llvm::formatv(" {0,8}  {1,11:f4}  {2,11:f4}  {3,10}  "
                                  "{4,25}  {5,10}  {6}\n",
                                  launches.size(), block.getMedian() * 1e3,
                                  block.getLeast() * 1e3, difference, times,
                                  ofChange, kernels);
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

void BenchRecords::addCopy(StringRef name, const Times &times,
                           const LimitMeter &limits, StringRef target) {
  const Limit &copy = limits.getCopy();
  results.push_back(llvm::json::Object{
      {"function", name.str()},
      {"dtype", times.dtype},
      {"target", target.str()},
      {"bytes", times.bytes},
      {"median_ms", times.getMedian() * 1e3},
      {"min_ms", times.getLeast() * 1e3},
      {"gbps", times.getGBytes()},
      {"limit", copy.name.str()},
      {"limit_gbps", copy.rate},
      {"percent_of_limit", 100 * times.getGBytes() / copy.rate}});
}

void BenchRecords::add(const Runner &runner, const LimitMeter &limits,
                       Phase phase, StringRef target) {
  for (const Times &times : runner.getKernels())
    add(times.name, times, limits, phase, target);
  add("block", runner.getBlock(), limits, phase, target);
}

std::string BenchRecords::getText(const LimitMeter &limits) {
  llvm::json::Object rates;
  for (const Limit &limit : limits.getAll())
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
