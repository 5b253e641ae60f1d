//===- LimitsOfDevice.cpp - What a device can do at most ------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is measured are pipelines with schedules, compiled as kernels are, for
// whatever interface the target has.
//
//===----------------------------------------------------------------------===//

#include "Bench/LimitKernels.h"
#include "Bench/Limits.h"
#include "Session.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace llamir;

//===----------------------------------------------------------------------===//
// Measuring
//===----------------------------------------------------------------------===//

namespace {
/// A function on the device, and what a run of it does.
struct Microbenchmark {
  std::unique_ptr<PlacedFunction> placed = nullptr;
  double work = 0;
  /// Runs at a time: their launches overlap.
  int64_t runs = 1;
};

/// Copies from one half of much more memory than caches hold to the other, and
/// multiplies and adds in registers: as f32, and as bf16 that is widened.
class LimitsOfDevice : public LimitMeter {
public:
  explicit LimitsOfDevice(const TargetInfo &target);

  LogicalResult prepare(StringRef target);
  LogicalResult sampleArithmetic() override;

private:
  LogicalResult sampleMemory() override;
  LogicalResult sampleCopy() override;
  /// Allocates as much as fits.
  LogicalResult prepareCopy();
  /// Finds how many steps take a while.
  LogicalResult prepareMultiplyAdd(StringRef name, Microbenchmark &benchmark);
  llvm::Error placeCopy(int64_t rows);
  FailureOr<double> time(const Microbenchmark &benchmark);
  LogicalResult sample(const Microbenchmark &benchmark, Limit &limit);

  Session session;
  Microbenchmark copy;
  std::vector<Microbenchmark> multiplyAdds; // As the limits of arithmetic.
};
} // namespace

static DriverOptions getOptions(const TargetInfo &target) {
  DriverOptions options;
  options.target = target.name;
  options.name = "limits";
  return options;
}

LimitsOfDevice::LimitsOfDevice(const TargetInfo &target)
    : LimitMeter("copy"), session(getOptions(target)) {
  arithmetic.push_back(
      {{"f32_fma", "fma"}, ProductInstruction::MultiplyAdd, ElementType::F32});
  arithmetic.push_back({{"bf16_fma", "bf16"},
                        ProductInstruction::MultiplyAdd,
                        ElementType::BF16});
  memory.push_back({{"memory_copy", "memory"}});
}

LogicalResult LimitsOfDevice::prepare(StringRef target) {
  if (failed(session.loadText(getLimitKernels(target), "limits")) ||
      failed(session.compile(KernelOutput::Object)) ||
      failed(session.prepareRun()) || failed(prepareCopy()))
    return failure();
  for (const ArithmeticLimit &limit : arithmetic)
    if (failed(prepareMultiplyAdd(limit.name, multiplyAdds.emplace_back())))
      return failure();
  return success();
}

/// Numbers that are no zeros, for which a machine needs less power.
static llvm::Expected<Array> makeNumbers(ArrayRef<int64_t> shape) {
  llvm::Expected<Array> array = Array::create(ElementType::F32, shape);
  if (array)
    for (int64_t i = 0; i < array->getNumElements(); ++i)
      array->getData<float>()[i] = 0.5f + float(i % 4099) / 8198;
  return array;
}

llvm::Error LimitsOfDevice::placeCopy(int64_t rows) {
  llvm::Expected<Array> numbers = makeNumbers({rows, columnsOfCopy});
  if (!numbers)
    return numbers.takeError();
  auto placed =
      session.loaded->place(*session.getFunction("copy"), nullptr, *numbers);
  if (!placed)
    return placed.takeError();
  copy.placed = std::move(*placed);
  copy.work = getLimitWork("copy", {{"rows", rows}}).bytes;
  return llvm::Error::success();
}

LogicalResult LimitsOfDevice::prepareCopy() {
  constexpr int64_t most = 1024, least = 64; // 256 and 16 MiB each.
  for (int64_t rows = most;; rows /= 2) {
    llvm::Error error = placeCopy(rows);
    if (!error)
      break;
    if (rows == least)
      return fail(std::move(error));
    llvm::consumeError(std::move(error));
  }
  FailureOr<double> seconds = time(copy);
  if (failed(seconds))
    return failure();
  copy.runs = std::clamp<int64_t>(int64_t(0.005 / *seconds), 1, 100);
  return success();
}

LogicalResult LimitsOfDevice::prepareMultiplyAdd(StringRef name,
                                                 Microbenchmark &benchmark) {
  constexpr double enough = 0.002; // Seconds.
  constexpr int64_t most = 1 << 16;
  llvm::Expected<Array> numbers = makeNumbers({threadsOfMultiplyAdd});
  if (!numbers)
    return fail(numbers.takeError());
  std::vector<Array> arguments(2);
  arguments[0] = std::move(*numbers);
  FailureOr<func::FuncOp> function = session.getFunction(name);
  for (int64_t steps = 1;; steps *= 4) {
    llvm::Expected<Array> array = Array::create(ElementType::F32, {steps});
    if (!array)
      return fail(array.takeError());
    arguments[1] = std::move(*array);
    auto placed = session.place(*function, arguments);
    if (failed(placed))
      return failure();
    benchmark.placed = std::move(*placed);
    benchmark.work = getLimitWork(name, {{"threads", threadsOfMultiplyAdd},
                                         {"steps", steps}})
                         .flops;
    // Drivers may compile it when it runs first.
    if (failed(time(benchmark)))
      return failure();
    FailureOr<double> seconds = time(benchmark);
    if (failed(seconds))
      return failure();
    if (*seconds > enough || steps >= most)
      return success();
  }
}

FailureOr<double> LimitsOfDevice::time(const Microbenchmark &benchmark) {
  if (llvm::Error error = session.loaded->finish())
    return fail(std::move(error));
  double start = getSeconds();
  for (int64_t i = 0; i < benchmark.runs; ++i)
    if (llvm::Error error = benchmark.placed->run())
      return fail(std::move(error));
  if (llvm::Error error = session.loaded->finish())
    return fail(std::move(error));
  return getSeconds() - start;
}

LogicalResult LimitsOfDevice::sample(const Microbenchmark &benchmark,
                                     Limit &limit) {
  FailureOr<double> seconds = time(benchmark);
  if (failed(seconds))
    return failure();
  limit.add(benchmark.work * double(benchmark.runs) / *seconds / 1e9);
  return success();
}

LogicalResult LimitsOfDevice::sampleArithmetic() {
  for (auto [benchmark, limit] : llvm::zip_equal(multiplyAdds, arithmetic))
    if (failed(sample(benchmark, limit)))
      return failure();
  return success();
}

LogicalResult LimitsOfDevice::sampleCopy() {
  if (failed(sampleMemory()))
    return failure();
  LimitMeter::copy.add(memory.back().rate);
  return success();
}

LogicalResult LimitsOfDevice::sampleMemory() {
  return sample(copy, memory.front());
}

FailureOr<std::unique_ptr<LimitMeter>>
llamir::createLimitsOfDevice(const TargetInfo &target) {
  auto limits = std::make_unique<LimitsOfDevice>(target);
  if (failed(limits->prepare(target.name)))
    return failure();
  return std::unique_ptr<LimitMeter>(std::move(limits));
}
