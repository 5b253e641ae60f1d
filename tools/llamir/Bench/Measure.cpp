//===- Measure.cpp - Times of kernels and functions -----------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bench/Measure.h"
#include "dialects/llama/LlamaCost.h"
#include "llamir/Support/Progress.h"

using namespace mlir;
using namespace llamir;

double Times::getMedian() const {
  std::vector<double> sorted = seconds;
  llvm::sort(sorted);
  size_t middle = sorted.size() / 2;
  return sorted.size() % 2 ? sorted[middle]
                           : (sorted[middle - 1] + sorted[middle]) / 2;
}

double Times::getLeast() const { return *llvm::min_element(seconds); }

Bound llamir::getBound(const Times &times, const LimitMeter &limits) {
  const Limit *busy = &limits.getArithmetic();
  double computing = (times.flops - times.bf16Flops) / busy->rate;
  if (times.bf16Flops > 0) {
    const Limit &bf16 =
        limits.getArithmetic(times.bf16Instruction, ElementType::BF16);
    double seconds = times.bf16Work / bf16.rate;
    if (seconds > computing)
      busy = &bf16;
    computing += seconds;
  }
  const Limit &near = limits.getMemory(times.bytes);
  const Limit &far = limits.getMemory(std::max(times.bytes, times.runBytes));
  double weights = times.weightBytes / far.rate;
  double reading = weights + (times.bytes - times.weightBytes) / near.rate;
  const Limit &memory = 2 * weights > reading ? far : near;
  return {computing > reading ? busy : &memory,
          100 * std::max(computing, reading) / 1e9 / times.getLeast()};
}

//===----------------------------------------------------------------------===//
// Runner
//===----------------------------------------------------------------------===//

using Shapes = SmallVector<SmallVector<int64_t>>;

static Shapes getShapes(ArrayRef<TensorView> views) {
  Shapes shapes;
  for (const TensorView &view : views)
    shapes.push_back(view.shape);
  return shapes;
}

Times &Runner::getTimes(StringRef kernel) {
  auto [entry, fresh] = indices.try_emplace(kernel, kernels.size());
  if (fresh)
    kernels.emplace_back().name = kernel.str();
  return kernels[entry->second];
}

/// How the target multiplies by the weight of an op, if it is a packed one of
/// bf16, and how many products it takes for one.
static std::optional<std::pair<ProductInstruction, int64_t>>
getBF16Product(Operation *op, const TargetInfo &target) {
  auto linear = dyn_cast<llama::LinearOp>(op);
  if (!linear || !llama::getPanels(linear.getWeight().getType()))
    return std::nullopt;
  ElementType activations = llama::getArrayType(linear.getX().getType());
  const MatrixProduct &product = target.getProduct(
      activations, llama::getArrayType(linear.getWeight().getType()));
  if (product.weights != ElementType::BF16)
    return std::nullopt;
  return std::pair(product.instruction, product.getParts(activations));
}

void Runner::addLaunch(const ObservedLaunch &observed) {
  llama::LaunchOp launch = observed.launch;
  StringRef name = launch.getKernel();
  auto kernel = session.kernels->lookupSymbol<func::FuncOp>(name);
  // The kernel ran: its shapes fit.
  llama::KernelCost cost =
      *llama::getKernelCost(kernel, getShapes(observed.operands));
  Times &times = getTimes(name);
  ++times.launches;
  times.flops = cost.flops;
  times.bf16Flops = times.bf16Work = 0;
  for (const auto &[op, flops] : cost.opFlops) {
    auto product = getBF16Product(op, session.target);
    if (!product)
      continue;
    times.bf16Instruction = product->first;
    times.bf16Flops += flops;
    times.bf16Work += double(product->second) * flops;
  }
  times.bytes = cost.getBytes();
  times.weightBytes = 0;
  times.dtype = getName(observed.results.front().type);
  double largest = 0;
  for (auto [index, operand] : llvm::enumerate(launch.getOperands())) {
    if (!operand.getDefiningOp<llama::GetWeightOp>())
      continue;
    double bytes = cost.argumentBytes[index];
    times.weightBytes += bytes;
    if (bytes <= largest)
      continue;
    largest = bytes;
    times.dtype = getName(observed.operands[index].type);
  }
  block.flops += times.flops;
  block.bf16Flops += times.bf16Flops;
  block.bf16Work += times.bf16Work;
  if (times.bf16Flops > 0)
    block.bf16Instruction = times.bf16Instruction;
  block.bytes += times.bytes;
  launches.push_back({name.str(), times.flops, times.bytes, {}});
}

LogicalResult Runner::inspect() {
  block.name = "block";
  block.launches = 1;
  auto observe = [&](const ObservedLaunch &observed) -> llvm::Error {
    addLaunch(observed);
    return llvm::Error::success();
  };
  auto created = Workload::create(session, function, std::move(inputs));
  if (failed(created))
    return failure();
  workload = std::move(*created);
  if (failed(workload->observe(observe)))
    return failure();
  ArrayRef<HostArray> results = session.getSignature(function).results;
  if (!results.empty())
    block.dtype = getName(llama::getArrayType(results.front().type)).str();
  double largest = 0;
  for (Times &times : kernels) {
    times.runBytes = block.bytes;
    if (times.weightBytes <= largest)
      continue;
    largest = times.weightBytes;
    block.dtype = times.dtype;
  }
  return success();
}

LogicalResult Runner::timeBlock() {
  FailureOr<double> seconds = workload->time();
  if (failed(seconds))
    return failure();
  block.seconds.push_back(*seconds);
  return success();
}

LogicalResult Runner::timeKernels() {
  size_t index = 0;
  auto observe = [&](const ObservedLaunch &observed) -> llvm::Error {
    LaunchTimes &launch = launches[index++];
    launch.seconds.push_back(observed.seconds);
    getTimes(launch.kernel).seconds.push_back(observed.seconds);
    return llvm::Error::success();
  };
  return workload->observe(observe);
}

//===----------------------------------------------------------------------===//
// Rounds
//===----------------------------------------------------------------------===//

void llamir::showStatus(const Twine &text) {
  static bool terminal = isShownOnTerminal();
  if (terminal)
    llvm::errs() << "\r\033[K" << text;
}

LogicalResult llamir::measureAll(MutableArrayRef<Runner> runners,
                                 LimitMeter &limits, int64_t rounds) {
  constexpr int64_t least = 3, most = 5000;
  // In seconds.
  constexpr double enough = 1, betweenLimits = 0.5, betweenArithmetic = 0.03;
  for (Runner &runner : runners)
    if (failed(runner.inspect()))
      return failure();
  double start = getSeconds(), sampled = 0, sampledArithmetic = 0;
  auto goesOn = [&](int64_t round) {
    if (rounds > 0)
      return round < rounds;
    return round < least ||
           (round < most &&
            getSeconds() - start < enough * double(runners.size()));
  };
  for (int64_t round = 0; goesOn(round); ++round) {
    if (getSeconds() - sampled > betweenLimits) {
      showStatus("measuring, round " + Twine(round + 1));
      if (failed(limits.sample()))
        return failure();
      sampled = sampledArithmetic = getSeconds();
    } else if (getSeconds() - sampledArithmetic > betweenArithmetic) {
      if (failed(limits.sampleArithmetic()))
        return failure();
      sampledArithmetic = getSeconds();
    }
    // Another one begins each round.
    for (size_t i = 0; i < runners.size(); ++i) {
      Runner &runner = runners[(i + round) % runners.size()];
      if (failed(runner.timeKernels()) || failed(runner.timeBlock()))
        return failure();
    }
  }
  if (failed(limits.sample()))
    return failure();
  showStatus("");
  return success();
}
