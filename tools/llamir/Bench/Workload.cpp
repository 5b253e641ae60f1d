//===- Workload.cpp - What is run to be timed -----------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bench/Workload.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace llamir;

Workload::~Workload() = default;

//===----------------------------------------------------------------------===//
// On a processor
//===----------------------------------------------------------------------===//

namespace {
class ProcessorWorkload : public Workload {
public:
  ProcessorWorkload(Session &session, func::FuncOp function,
                    std::vector<Array> inputs)
      : session(session), function(function), inputs(std::move(inputs)) {}

  LogicalResult observe(LaunchObserver observer) override {
    return session.run(function, inputs, results, std::move(observer));
  }

  FailureOr<double> time() override {
    FailureOr<double> seconds = timeOnce();
    // A short run finds in the caches what others left there: time a second
    // one.
    if (succeeded(seconds) && *seconds < 0.05)
      return timeOnce();
    return seconds;
  }

private:
  FailureOr<double> timeOnce() {
    double start = getSeconds();
    if (failed(session.run(function, inputs, results)))
      return failure();
    return getSeconds() - start;
  }

  Session &session;
  func::FuncOp function;
  std::vector<Array> inputs, results;
};
} // namespace

//===----------------------------------------------------------------------===//
// On a device
//===----------------------------------------------------------------------===//

namespace {
/// Runs on arrays that stay on the device. What one run reads, weights and
/// inputs, the next one has a copy of, so that a small model is not read from a
/// cache in which a large one would not fit.
class DeviceWorkload : public Workload {
public:
  explicit DeviceWorkload(Session &session) : session(session) {}

  LogicalResult place(func::FuncOp function, ArrayRef<Array> inputs);
  LogicalResult observe(LaunchObserver observer) override {
    return run(std::move(observer));
  }
  FailureOr<double> time() override;

private:
  LogicalResult run(LaunchObserver observer = {});
  LogicalResult finish();

  Session &session;
  std::vector<std::unique_ptr<PlacedFunction>> copies;
  size_t next = 0;
  double secondsOfRun = 0; // The last time.
};
} // namespace

/// How many copies of so many bytes are more than a cache holds. Where there
/// would be more than `most` of them, launching takes longer than reading.
static int64_t getNumCopies(int64_t bytes) {
  constexpr int64_t enough = int64_t(128) << 20, most = 128;
  return std::clamp<int64_t>(
      llvm::divideCeil(enough, std::max<int64_t>(bytes, 1)), 1, most);
}

LogicalResult DeviceWorkload::place(func::FuncOp function,
                                    ArrayRef<Array> inputs) {
  int64_t bytes = session.layout.totalBytes;
  for (const Array &input : inputs)
    bytes += int64_t(input.getBytes().size());
  int64_t count = getNumCopies(bytes);
  for (int64_t copy = 0; copy < count; ++copy) {
    auto placed = session.place(function, inputs, copy);
    if (failed(placed))
      return failure();
    copies.push_back(std::move(*placed));
  }
  return success();
}

LogicalResult DeviceWorkload::run(LaunchObserver observer) {
  llvm::Error error = copies[next]->run(std::move(observer));
  next = (next + 1) % copies.size();
  return error ? fail(std::move(error)) : success();
}

LogicalResult DeviceWorkload::finish() {
  llvm::Error error = session.loaded->finish();
  return error ? fail(std::move(error)) : success();
}

FailureOr<double> DeviceWorkload::time() {
  // So many runs that telling the device of the first and hearing of the end of
  // the last does not count.
  constexpr double enough = 0.02;
  constexpr double most = 1000;
  int64_t runs =
      secondsOfRun > 0
          ? int64_t(std::clamp(std::ceil(enough / secondsOfRun), 1.0, most))
          : 1;
  if (failed(finish()))
    return failure();
  double start = getSeconds();
  for (int64_t i = 0; i < runs; ++i)
    if (failed(run()))
      return failure();
  if (failed(finish()))
    return failure();
  bool isFirst = secondsOfRun == 0;
  secondsOfRun = (getSeconds() - start) / double(runs);
  return isFirst ? time() : secondsOfRun;
}

//===----------------------------------------------------------------------===//
// Both
//===----------------------------------------------------------------------===//

FailureOr<std::unique_ptr<Workload>>
Workload::create(Session &session, func::FuncOp function,
                 std::vector<Array> inputs) {
  if (!session.target.isDevice())
    return std::unique_ptr<Workload>(std::make_unique<ProcessorWorkload>(
        session, function, std::move(inputs)));
  auto workload = std::make_unique<DeviceWorkload>(session);
  if (failed(workload->place(function, inputs)))
    return failure();
  return std::unique_ptr<Workload>(std::move(workload));
}
