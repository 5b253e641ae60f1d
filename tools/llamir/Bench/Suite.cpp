//===- Suite.cpp - Programs that are timed one after the other ------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bench/Suite.h"
#include "Bench/BenchReport.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InterleavedRange.h"

using namespace mlir;
using namespace llamir;

namespace {
struct Suite {
  StringRef name, program;
};
} // namespace

static constexpr Suite suites[] = {
#include "Suites.inc"
};

static FailureOr<Suite> findSuite(StringRef name) {
  for (const Suite &suite : suites)
    if (suite.name == name)
      return suite;
  return fail(
      "--suite=" + name + ": there is " +
      llvm::formatv("{0}", llvm::interleaved(llvm::map_range(
                               suites, [](Suite suite) { return suite.name; })))
          .str());
}

/// The names of the functions of a program that can be run.
static FailureOr<SmallVector<std::string>>
getFunctions(const DriverOptions &options, Suite suite) {
  Session session(options);
  if (failed(session.loadText(suite.program, suite.name)))
    return failure();
  SmallVector<std::string> names;
  for (auto function : session.module->getOps<func::FuncOp>())
    names.push_back(function.getName().str());
  return names;
}

static void printRow(StringRef name, const Times &times,
                     const LimitMeter &limits, size_t launches) {
  llvm::outs() << llvm::formatv(
      "{0,-22}{1,8}  {2,8:f1}  {3,11:f4}  {4,7:f1}  {5,7:f1}  ", name, launches,
      times.bytes / 1e6, times.getMedian() * 1e3, times.getGBytes(),
      limits.getCopy().rate);
  printReached(100 * times.getGBytes() / limits.getCopy().rate, "\n");
}

/// Compiles and times one function.
static LogicalResult measure(const DriverOptions &options, Suite suite,
                             StringRef name, int64_t rounds, LimitMeter &limits,
                             BenchRecords &records) {
  Session session(options);
  showStatus("compiling " + name);
  if (failed(session.loadText(suite.program, suite.name)) ||
      failed(session.selectFunction(name)) ||
      failed(session.compile(KernelOutput::Object)))
    return failure();
  FailureOr<func::FuncOp> function = session.getFunction(name);
  if (failed(function) || failed(session.prepareRun({})))
    return failure();
  FailureOr<Inputs> inputs = makeInputs(session, *function, InputOptions());
  if (failed(inputs))
    return failure();
  Runner runner(session, *function, std::move(inputs->arrays));
  limits.beginCopy();
  if (failed(measureAll(runner, limits, rounds)))
    return failure();
  printRow(name, runner.getBlock(), limits, runner.getLaunches().size());
  records.addCopy(name, runner.getBlock(), limits, session.target.name);
  return success();
}

LogicalResult llamir::runSuite(const DriverOptions &options, StringRef name,
                               StringRef only, int64_t rounds,
                               std::unique_ptr<LimitMeter> &limits,
                               BenchRecords &records) {
  FailureOr<Suite> suite = findSuite(name);
  if (failed(suite))
    return failure();
  llvm::Expected<TargetInfo> target = getTarget(options.target);
  if (!target)
    return fail(target.takeError());
  auto created = LimitMeter::create(*target);
  if (failed(created))
    return failure();
  limits = std::move(*created);
  FailureOr<SmallVector<std::string>> functions = getFunctions(options, *suite);
  if (failed(functions))
    return failure();
  if (!only.empty()) {
    if (!llvm::is_contained(*functions, only))
      return fail("--suite=" + name + " has no function '" + only + "', only " +
                  llvm::join(*functions, ", "));
    functions->assign(1, only.str());
  }
  llvm::outs() << target->name << '\n';
  printHeading(llvm::formatv("{0,-22}{1,8}  {2,8}  {3,11}  {4,7}  {5,7}  {6}",
                             "function", "launches", "MB", "median ms", "GB/s",
                             "copying", "reached"));
  for (StringRef function : *functions)
    if (failed(measure(options, *suite, function, rounds, *limits, records)))
      return failure();
  return success();
}
