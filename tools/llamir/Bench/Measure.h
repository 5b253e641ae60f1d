//===- Measure.h - Times of kernels and functions ---------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TOOLS_LLAMIR_BENCH_MEASURE_H
#define LLAMIR_TOOLS_LLAMIR_BENCH_MEASURE_H

#include "Bench/Limits.h"
#include "Bench/Workload.h"

namespace llamir {

/// What a kernel, or all of them, has to do, and how long it took.
struct Times {
  std::string name;
  int64_t launches = 0;
  double flops = 0;
  double bf16Flops = 0; // Of those, of weights of bf16, by this instruction,
  double bf16Work = 0;  // and what it does for them: several for an f32.
  ProductInstruction bf16Instruction = ProductInstruction::DotBF16;
  double bytes = 0; // Read or written, each once.
  /// Of those, weights; and the bytes of the run that it is a part of.
  double weightBytes = 0, runBytes = 0;
  /// The element type of those weights, or of what is written when none is
  /// read: "f32".
  std::string dtype;
  std::vector<double> seconds;

  double getMedian() const;
  double getLeast() const;
  /// Rates in the least time.
  double getGFlops() const { return flops / getLeast() / 1e9; }
  double getGBytes() const { return bytes / getLeast() / 1e9; }
};

/// One launch of a run, with its time in each round.
struct LaunchTimes {
  std::string kernel;
  double flops = 0, bytes = 0;
  std::vector<double> seconds;
};

/// What a time is compared with: the limit under which the work would take
/// longer, and how much of it was reached. Weights are read once in a run, so
/// they come from the nearest level that holds all that the run touches; other
/// arrays were written just before.
struct Bound {
  const Limit *limit;
  double percent;
};
Bound getBound(const Times &times, const LimitMeter &limits);

/// A compiled function with its inputs, which is run and timed again and again.
class Runner {
public:
  Runner(Session &session, mlir::func::FuncOp function,
         std::vector<Array> inputs)
      : session(session), function(function), inputs(std::move(inputs)) {}
  Runner(Runner &&) = default;

  /// Runs once to see what is launched.
  llvm::LogicalResult inspect();
  /// Adds a time of the whole function.
  llvm::LogicalResult timeBlock();
  /// Adds a time of each launch of a run, with what the launches before it left
  /// in the caches.
  llvm::LogicalResult timeKernels();

  /// In the order of their first launch.
  llvm::ArrayRef<Times> getKernels() const { return kernels; }
  const Times &getBlock() const { return block; }
  /// In the order of a run.
  llvm::ArrayRef<LaunchTimes> getLaunches() const { return launches; }

private:
  Times &getTimes(llvm::StringRef kernel);
  void addLaunch(const ObservedLaunch &observed);

  Session &session;
  mlir::func::FuncOp function;
  std::vector<Array> inputs; // Until the first run.
  std::unique_ptr<Workload> workload;
  std::vector<Times> kernels;
  std::vector<LaunchTimes> launches;
  llvm::StringMap<size_t> indices;
  Times block;
};

/// Shows on a terminal, in place of what was shown before, what is being done;
/// an empty text takes it away. Elsewhere nothing is printed.
void showStatus(const llvm::Twine &text);

/// Times all runners in turns, so that what else the machine does hits all
/// alike, and the kernels of the first one; limits are taken in between. As
/// many rounds as asked for, or with 0 as many as fit a short time, at least
/// three.
llvm::LogicalResult measureAll(llvm::MutableArrayRef<Runner> runners,
                               LimitMeter &limits, int64_t rounds);

} // namespace llamir

#endif // LLAMIR_TOOLS_LLAMIR_BENCH_MEASURE_H
