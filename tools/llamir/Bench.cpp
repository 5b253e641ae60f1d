//===- Bench.cpp - The commands bench and demo ---------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Limits.h"
#include "Session.h"
#include "llamir/Support/OutputFile.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/WithColor.h"
#include "llvm/TargetParser/Host.h"
#include <ctime>

using namespace mlir;
using namespace llamir;

namespace {
struct KernelTime {
  std::string name;
  int64_t launches = 0;
  double flops = 0, bytes = 0; // Of one launch.
  double median = 0, least = 0; // Seconds of one launch.
  double peak = 0, read = 0;    // Limits measured beside it.

  double gflops() const { return flops / least / 1e9; }
  double gbps() const { return bytes / least / 1e9; }
  /// The limit that binds: the one that takes longer at its best.
  bool isComputeBound() const { return flops / (peak * 1e9) > bytes / (read * 1e9); }
  double percent() const {
    return 100 * (isComputeBound() ? gflops() / peak : gbps() / read);
  }
};
} // namespace

/// Floating-point operations of a kernel on operands of these shapes.
static double getFlops(func::FuncOp kernel, ArrayRef<TensorView> operands) {
  DenseMap<Value, SmallVector<int64_t>> shapes;
  for (auto [argument, view] : llvm::zip(kernel.getArguments(), operands))
    shapes[argument] = view.shape;
  double flops = 0;
  for (Operation &op : kernel.front()) {
    auto compute = dyn_cast<llama::ComputeOpInterface>(op);
    if (!compute)
      continue;
    SmallVector<SmallVector<int64_t>> inputs;
    for (Value operand : op.getOperands())
      inputs.push_back(shapes.lookup(operand));
    flops += compute.getFlops(inputs);
    auto results = compute.inferShapes(inputs);
    if (failed(results))
      return flops;
    for (auto [result, shape] : llvm::zip(op.getResults(), *results))
      shapes[result] = shape;
  }
  return flops;
}

/// Bytes that a kernel has to read and write once.
static double getBytes(llama::LaunchOp launch, ArrayRef<TensorView> operands,
                       ArrayRef<TensorView> results) {
  double bytes = 0;
  bool gathers = false;
  for (auto [value, view] : llvm::zip(launch.getOperands(), operands)) {
    auto type = cast<RankedTensorType>(value.getType());
    if (type.getElementType().isInteger() && view.shape.size() == 1)
      gathers = true;
    double size = double(getSize(view.type));
    for (int64_t extent : view.shape)
      size *= double(extent);
    // An embedding reads the rows it names, as many as it writes.
    if (gathers && launch.getKernel().starts_with("embedding") && view.shape.size() == 2)
      size = double(getSize(view.type)) * double(operands[0].shape[0]) * double(view.shape[1]);
    bytes += size;
  }
  for (const TensorView &view : results) {
    double size = double(getSize(view.type));
    for (int64_t extent : view.shape)
      size *= double(extent);
    bytes += size;
  }
  return bytes;
}

/// Runs `work` until it took half a second, at least thrice; the limits are
/// measured in between.
static void measure(Session &session, KernelTime &time, llvm::function_ref<llvm::Error()> work,
                    llvm::Error &error) {
  std::vector<double> seconds;
  double total = 0;
  while (seconds.size() < 3 || (total < 0.5 && seconds.size() < 2000)) {
    if (seconds.size() % 64 == 0)
      time.peak = std::max(time.peak, measureMultiplyAdd(session.target.vectorLanes));
    double start = getSeconds();
    if ((error = work()))
      return;
    seconds.push_back(getSeconds() - start);
    total += seconds.back();
  }
  llvm::sort(seconds);
  time.least = seconds.front();
  time.median = seconds[seconds.size() / 2];
}

/// Times of each kernel and of the whole function, last.
static FailureOr<std::vector<KernelTime>> measureAll(Session &session, func::FuncOp function,
                                                     MutableArrayRef<Array> inputs) {
  std::vector<KernelTime> times;
  llvm::StringMap<size_t> indices;
  double flops = 0, bytes = 0;
  auto observer = [&](const ObservedLaunch &observed) -> llvm::Error {
    llama::LaunchOp launch = observed.launch;
    auto [entry, fresh] = indices.try_emplace(launch.getKernel(), times.size());
    if (fresh) {
      KernelTime time;
      time.name = launch.getKernel().str();
      time.flops = getFlops(session.kernels->lookupSymbol<func::FuncOp>(launch.getKernel()),
                            observed.operands);
      time.bytes = getBytes(launch, observed.operands, observed.results);
      llvm::Error error = llvm::Error::success();
      measure(session, time, [&] { return observed.rerun(); },
              error);
      if (error)
        return error;
      times.push_back(time);
    }
    KernelTime &time = times[entry->second];
    ++time.launches;
    flops += time.flops;
    bytes += time.bytes;
    return llvm::Error::success();
  };
  if (failed(session.run(function, inputs, observer)))
    return failure();
  KernelTime whole;
  whole.name = "block";
  whole.launches = 1;
  whole.flops = flops;
  whole.bytes = bytes;
  llvm::Error error = llvm::Error::success();
  measure(session, whole,
          [&]() -> llvm::Error {
            if (failed(session.run(function, inputs)))
              return llvm::createStringError("the function failed");
            return llvm::Error::success();
          },
          error);
  if (error)
    return fail(llvm::toString(std::move(error)));
  times.push_back(whole);
  // One limit for all: the best that was seen in this run.
  double peak = 0, read = measureRead();
  for (const KernelTime &time : times)
    peak = std::max(peak, time.peak);
  read = std::max(read, measureRead());
  for (KernelTime &time : times) {
    time.peak = peak;
    time.read = read;
  }
  return times;
}

static void printTimes(ArrayRef<KernelTime> times) {
  llvm::outs() << llvm::formatv("limits: {0:f1} GFLOP/s multiply-add, {1:f1} GB/s read\n",
                                times.back().peak, times.back().read);
  llvm::outs() << llvm::formatv("{0,-20} {1,6} {2,12} {3,12} {4,10} {5,8} {6,8}\n", "kernel",
                                "times", "median ms", "least ms", "GFLOP/s", "GB/s", "% limit");
  for (const KernelTime &time : times)
    llvm::outs() << llvm::formatv(
        "{0,-20} {1,6} {2,12:f4} {3,12:f4} {4,10:f1} {5,8:f1} {6,6:f1} {7}\n", time.name,
        time.launches, time.median * 1e3, time.least * 1e3, time.gflops(), time.gbps(),
        time.percent(), time.isComputeBound() ? "fma" : "read");
}

static LogicalResult writeJSON(Session &session, ArrayRef<KernelTime> times, int64_t tokens,
                               StringRef path) {
  llvm::json::Array results;
  for (const KernelTime &time : times)
    results.push_back(llvm::json::Object{
        {"kernel", time.name},
        {"phase", "prefill"},
        {"tokens", tokens},
        {"dtype", "f32"},
        {"target", session.target.name},
        {"median_ms", time.median * 1e3},
        {"min_ms", time.least * 1e3},
        {"gflops", time.gflops()},
        {"gbps", time.gbps()},
        {"limit", time.isComputeBound() ? "f32_fma" : "read"},
        {"percent_of_limit", time.percent()}});
  char date[32];
  std::time_t seconds = std::time(nullptr);
  std::strftime(date, sizeof(date), "%Y-%m-%d", std::gmtime(&seconds));
  llvm::json::Object object{
      {"machine", llvm::sys::getHostCPUName()},
      {"date", date},
      {"limits", llvm::json::Object{{"f32_fma", times.back().peak}, {"read", times.back().read}}},
      {"results", std::move(results)}};
  std::string text = llvm::formatv("{0:2}\n", llvm::json::Value(std::move(object)));
  if (llvm::Error error = writeFile(path, text))
    return fail(llvm::toString(std::move(error)));
  return success();
}

static LogicalResult prepare(Session &session, StringRef input, func::FuncOp &function) {
  bool stopped;
  if (failed(session.load(input)) ||
      failed(session.compile(KernelOutput::Object, llvm::outs(), stopped)))
    return failure();
  if (!session.kernels)
    return fail("the IR has no llama ops any more to count the work of its kernels");
  FailureOr<func::FuncOp> found = session.getFunction("");
  if (failed(found))
    return failure();
  function = *found;
  return session.prepareRun();
}

int llamir::runBench(DriverOptions options, StringRef input, int64_t tokens, StringRef json) {
  options.untilAfter.clear();
  Session session(options);
  func::FuncOp function;
  if (failed(prepare(session, input, function)))
    return 1;
  llvm::StringMap<int64_t> sizes;
  sizes["tokens"] = tokens;
  FailureOr<std::vector<Array>> inputs = makeInputs(function, {}, 1, sizes);
  if (failed(inputs))
    return 1;
  FailureOr<std::vector<KernelTime>> times = measureAll(session, function, *inputs);
  if (failed(times))
    return 1;
  llvm::outs() << llvm::formatv(
      "target {0}, {1} tokens; compiled in {2:f2} s, weights packed in {3:f2} s ({4:f2} GB/s)\n",
      session.target.name, tokens, session.compileSeconds, session.packSeconds,
      double(session.layout.totalBytes) / session.packSeconds / 1e9);
  printTimes(*times);
  if (!json.empty() && failed(writeJSON(session, *times, tokens, json)))
    return 1;
  return 0;
}

//===----------------------------------------------------------------------===//
// Demo
//===----------------------------------------------------------------------===//

static void heading(StringRef text) {
  llvm::WithColor(llvm::outs(), llvm::raw_ostream::CYAN, /*Bold=*/true) << "\n== " << text << '\n';
}

int llamir::runDemo(DriverOptions options, StringRef input) {
  {
    heading("one layer as it is imported");
    DriverOptions block = options;
    block.block = 0;
    block.untilAfter = "import";
    Session session(block);
    bool stopped;
    if (failed(session.load(input)) || failed(session.compile({}, llvm::outs(), stopped)))
      return 1;
  }
  {
    heading("the same layer after fusion");
    DriverOptions block = options;
    block.block = 0;
    block.untilAfter = "fusion";
    Session session(block);
    bool stopped;
    if (failed(session.load(input)) || failed(session.compile({}, llvm::outs(), stopped)))
      return 1;
    heading("what fused, and what did not");
    for (const std::string &remark : session.remarks)
      llvm::outs() << remark << '\n';
  }
  heading("the whole model: compile, run, and compare every kernel with the reference");
  Session session(options);
  func::FuncOp function;
  if (failed(prepare(session, input, function)))
    return 1;
  llvm::outs() << llvm::formatv("{0} kernels for {1}, compiled in {2:f2} s\n",
                                session.code.size(), session.target.name,
                                session.compileSeconds);
  llvm::StringMap<int64_t> sizes;
  sizes["tokens"] = 64;
  FailureOr<std::vector<Array>> inputs = makeInputs(function, {}, 1, sizes);
  std::vector<Array> results;
  if (failed(inputs) || failed(checkFunction(session, function, *inputs, results)))
    return 1;
  heading("the logits, compared with those that Hugging Face computed");
  std::string folder = input.str();
  if (int status = runEval(options, input, folder + "/input_ids.npy", "",
                           folder + "/logits.npy", 2e-4))
    return status;
  heading("how fast each kernel is, beside what this machine can do");
  FailureOr<std::vector<KernelTime>> times = measureAll(session, function, *inputs);
  if (failed(times))
    return 1;
  printTimes(*times);
  return 0;
}
