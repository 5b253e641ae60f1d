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

#include "Bench/Limits.h"
#include "Session.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace llamir;

//===----------------------------------------------------------------------===//
// Pipelines
//===----------------------------------------------------------------------===//

/// Each thread copies four numbers, and those beside it their neighbours.
static constexpr StringLiteral copyText = R"mlir(
func.func @copy(%x: tensor<?x65536xf32> {llama.dims = ["rows"]})
    -> tensor<?x65536xf32> {
  %y = llama.launch @copy_rows(%x) {llama.dims = [["rows"]]}
    : (tensor<?x65536xf32>) -> tensor<?x65536xf32>
  return %y : tensor<?x65536xf32>
}
halide.pipeline @copy_rows(%x: !halide.buffer<65536x?xf32>)
    attributes {llama.kernel_type = (tensor<?x65536xf32>) -> tensor<?x65536xf32>} {
  %y = halide.func "y" ["i", "t"] : <2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<65536x?xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<2, f32> as [!halide.buffer<65536x?xf32>]
  halide.schedule for "$TARGET" {
    halide.bound %y dim 0 from 0 extent 65536 : <2, f32>
    %i, %t = halide.loops %y : !halide.func<2, f32>
    %block, %rest = halide.split %i by 1024 tail round_up
    %part, %thread = halide.split %rest by 256 tail round_up
    halide.reorder %part, %thread, %block, %t
    halide.unroll %part
    halide.gpu_threads %thread
    halide.gpu_blocks %block
    halide.gpu_blocks %t
  }
}
)mlir";

/// Each thread multiplies and adds in eight chains, in registers, 16 times a
/// step; $FACTOR computes %factor, which all chains share, as a tile of eight
/// tokens shares a weight. The number of steps is an array's extent.
static constexpr StringLiteral multiplyAddText = R"mlir(
func.func @$NAME(%x: tensor<?xf32> {llama.dims = ["threads"]},
                 %steps: tensor<?xf32> {llama.dims = ["steps"]})
    -> tensor<?x8xf32> {
  %y = llama.launch @$NAME_chains(%x, %steps) {llama.dims = [["threads"]]}
    : (tensor<?xf32>, tensor<?xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
halide.pipeline @$NAME_chains(%x: !halide.buffer<?xf32>,
                              %array: !halide.buffer<?xf32>)
    attributes {llama.kernel_type = (tensor<?xf32>, tensor<?xf32>) -> tensor<?x8xf32>} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %steps = halide.extent %array, 0 : <?xf32>
  %sum = halide.func "sum" ["c", "i"] : <2, f32> {
  ^bb0(%c: index, %i: index):
    %n = arith.index_cast %c : index to i32
    %v = arith.sitofp %n : i32 to f32
    halide.yield %v : f32
  }
  halide.update %sum over ["k", "step"] from %c0, %c0 extent %c16, %steps : <2, f32> {
  ^bb0(%c: index, %i: index, %k: index, %step: index):
    $FACTOR
    %addend = arith.constant 0.1 : f32
    %old = halide.at %sum[%c, %i] : !halide.func<2, f32> -> f32
    %product = arith.mulf %old, %factor : f32
    %new = arith.addf %product, %addend : f32
    halide.yield %new : f32
  }
  %y = halide.func "y" ["c", "i"] : <2, f32> {
  ^bb0(%c: index, %i: index):
    %v = halide.at %sum[%c, %i] : !halide.func<2, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<2, f32> as [!halide.buffer<8x?xf32>]
  halide.schedule for "$TARGET" {
    halide.bound %y dim 0 from 0 extent 8 : <2, f32>
    %c, %i = halide.loops %y : !halide.func<2, f32>
    %block, %thread = halide.split %i by 256 tail round_up
    halide.unroll %c
    halide.gpu_threads %thread
    halide.gpu_blocks %block
    halide.compute_at %sum, %thread : <2, f32>
    halide.store_in %sum, register : <2, f32>
    halide.bound_extent %sum dim 0 extent 8 : <2, f32>
    halide.bound_extent %sum dim 1 extent 1 : <2, f32>
    %first, %i0 = halide.loops %sum : !halide.func<2, f32>
    halide.unroll %first
    %chain, %i1, %k, %step = halide.loops %sum update 0 : !halide.func<2, f32> + 2
    halide.reorder %chain, %i1, %k, %step
    halide.unroll %chain
    halide.unroll %k
  }
}
)mlir";

/// A number that stays in a register. libHalide does not know the loops of a
/// sum that no index mentions: this one does, and adds nothing.
static constexpr StringLiteral f32Factor = R"mlir(
    %k0 = arith.minsi %k, %c0 : index
    %step0 = arith.minsi %step, %c0 : index
    %i_k = arith.addi %i, %k0 : index
    %at = arith.addi %i_k, %step0 : index
    %factor = halide.at %x[%at] : !halide.buffer<?xf32> -> f32
)mlir";

/// Another bf16 between 0.5 and 1 each time, widened. No two threads have the
/// same, or one could compute what all need.
static constexpr StringLiteral bf16Factor = R"mlir(
    %digits = arith.constant 0x7f : i32
    %half = arith.constant 0x3f00 : i32
    %row = arith.addi %step, %i : index
    %before = arith.muli %row, %c16 : index
    %at = arith.addi %before, %k : index
    %number = arith.index_cast %at : index to i32
    %low = arith.andi %number, %digits : i32
    %word = arith.ori %low, %half : i32
    %bits = arith.trunci %word : i32 to i16
    %bf16 = arith.bitcast %bits : i16 to bf16
    %factor = arith.extf %bf16 : bf16 to f32
)mlir";

static constexpr int64_t columnsOfCopy = 65536;
static constexpr int64_t chains = 8, productsOfStep = 16;
/// As many as a large device holds at once.
static constexpr int64_t threads = 1 << 18;

static std::string fill(StringRef text,
                        ArrayRef<std::pair<StringRef, StringRef>> values) {
  std::string filled = text.str();
  for (auto [name, value] : values)
    for (size_t at; (at = filled.find(name)) != std::string::npos;)
      filled.replace(at, name.size(), value);
  return filled;
}

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
  std::string text = fill(copyText, {{"$TARGET", target}});
  for (auto [name, factor] :
       {std::pair("f32_fma", f32Factor), std::pair("bf16_fma", bf16Factor)})
    text += fill(multiplyAddText,
                 {{"$TARGET", target}, {"$NAME", name}, {"$FACTOR", factor}});
  if (failed(session.loadText(text, "limits")) ||
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
  copy.work = 2.0 * sizeof(float) * double(rows * columnsOfCopy);
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
  llvm::Expected<Array> numbers = makeNumbers({threads});
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
    benchmark.work = 2.0 * double(threads * chains * productsOfStep * steps);
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
