//===- CaseRunner.cpp - A library on its device ---------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CaseRunner.h"
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>

using namespace llamir;

CaseRunner::~CaseRunner() { llamir_close_weights(file); }

static void setMessage(CaseResult &result, const std::string &text) {
  snprintf(result.message, sizeof(result.message), "%s", text.c_str());
}

/// False, with what is wrong.
static bool setWrong(CaseResult &result, const std::string &text) {
  result.status = CaseResult::Wrong;
  setMessage(result, text);
  return false;
}

/// False, with what the runtime says.
bool CaseRunner::fail(CaseResult &result, const char *what) {
  const char *error = llamir_last_error();
  result.status = CaseResult::Failed;
  setMessage(result,
             std::string(what) + ": " + (error && *error ? error : "failed"));
  return false;
}

//===----------------------------------------------------------------------===//
// Arrays
//===----------------------------------------------------------------------===//

/// Adds a copy of the weights.
bool CaseRunner::placeWeights() {
  const llamir_bundle_library &described = *library.description;
  if (!described.weights_file) {
    std::vector<char> made = makeWeights(described);
    return weights.emplace_back().allocate(getDevice(), made.size(),
                                           made.data());
  }
  if (!file)
    file = llamir_open_weights(library.getPath(described.weights_file).c_str(),
                               described.fingerprint, described.weights_bytes);
  return file && weights.emplace_back().allocate(
                     getDevice(), described.weights_bytes,
                     static_cast<const char *>(llamir_get_weights(file)));
}

bool CaseRunner::allocate(const llamir_bundle_function &of,
                          const llamir_bundle_case &with) {
  function = &of;
  current = &with;
  arrays.clear();
  addresses.clear();
  arguments.clear();
  uint64_t random = llamir_begin_random(with.seed);
  for (int32_t i = 0; i < of.num_arguments + of.num_results; ++i) {
    const llamir_bundle_array &array = of.arrays[i];
    bool isArgument = i < of.num_arguments;
    std::vector<char> made;
    if (isArgument)
      arguments.push_back(made = makeArgument(array, with.sizes, random));
    int64_t bytes =
        countElements(array, with.sizes) * getElementBytes(array.type);
    if (!arrays.emplace_back().allocate(getDevice(), bytes,
                                        isArgument ? made.data() : nullptr))
      return false;
    addresses.push_back({arrays.back().get(), array.type});
  }
  return arrays.emplace_back().allocate(getDevice(), of.arena_bytes(with.sizes),
                                        nullptr);
}

bool CaseRunner::launch(size_t copyOfWeights) {
  return function->call(weights[copyOfWeights].get(), arrays.back().get(),
                        current->sizes, addresses.data()) == LLAMIR_OK;
}

//===----------------------------------------------------------------------===//
// Checking
//===----------------------------------------------------------------------===//

/// True if nothing was written beside the arrays.
bool CaseRunner::checkGuards(CaseResult &result) {
  auto check = [&](const GuardedMemory &memory, const std::string &name) {
    bool failed = false;
    if (memory.isIntact(failed))
      return true;
    if (failed)
      return fail(result, "reading a guard zone");
    return setWrong(result, "something was written beside " + name);
  };
  for (size_t i = 0; i < arrays.size(); ++i)
    if (!check(arrays[i],
               i + 1 < arrays.size() ? function->arrays[i].name : "the arena"))
      return false;
  for (const GuardedMemory &copy : weights)
    if (!check(copy, "the weights"))
      return false;
  return true;
}

static std::string describeWrong(const llamir_bundle_array &array,
                                 const Comparison &comparison) {
  char text[400];
  snprintf(text, sizeof(text),
           "%s, element %lld: %.9g, expected %.9g (%lld of %lld wrong)",
           array.name, (long long)comparison.wrong, comparison.got,
           comparison.expected, (long long)comparison.numWrong,
           (long long)comparison.compared);
  return text;
}

/// True if the arguments are what they were.
bool CaseRunner::checkArguments(CaseResult &result) {
  std::vector<char> bytes;
  for (int32_t i = 0; i < function->num_arguments; ++i) {
    if (!arrays[i].read(bytes))
      return fail(result, "reading an argument");
    if (bytes != arguments[i])
      return setWrong(result, std::string(function->arrays[i].name) +
                                  ", an argument, has changed");
  }
  return true;
}

void CaseRunner::check(CaseResult &result) {
  if (!checkArguments(result) || !checkGuards(result))
    return;
  std::vector<char> bytes;
  for (int32_t r = 0; r < function->num_results; ++r) {
    int32_t index = function->num_arguments + r;
    const llamir_bundle_array &array = function->arrays[index];
    if (!arrays[index].read(bytes)) {
      fail(result, "reading a result");
      return;
    }
    if (current->expected) {
      compare(array, bytes.data(), current->expected[r], library.expected,
              result.comparison);
      if (result.comparison.wrong >= 0) {
        setWrong(result, describeWrong(array, result.comparison));
        return;
      }
    }
    // What nobody wrote is still NaN.
    int64_t nan =
        findNaN(array, bytes.data(), countElements(array, current->sizes));
    if (nan >= 0 && !result.comparison.expectsNaN) {
      setWrong(result, std::string(array.name) + ", element " +
                           std::to_string(nan) + ": not a number");
      return;
    }
  }
}

//===----------------------------------------------------------------------===//
// Timing
//===----------------------------------------------------------------------===//

static double getSeconds() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// As many copies of the weights as caches cannot hold.
size_t CaseRunner::countCopies() const {
  constexpr int64_t cacheBytes = 256 << 20, mostWeightBytes = int64_t(6) << 30;
  int64_t bytes = std::max<int64_t>(library.description->weights_bytes, 1);
  int64_t most = getDevice() == LLAMIR_CUDA
                     ? std::clamp<int64_t>(mostWeightBytes / bytes, 1, 32)
                     : 1;
  double readBytes = std::max(current->bytes, 1.0);
  return size_t(std::clamp<int64_t>(int64_t(double(cacheBytes) / readBytes) + 1,
                                    1, most));
}

/// What batches of runs take for each: a batch takes long beside the wait for
/// its end. False if a run fails.
static bool timeBatches(llamir_device device, const std::function<bool()> &run,
                        Seconds &seconds) {
  constexpr double batchSeconds = 0.02, mostSeconds = 2;
  constexpr size_t batches = 7;
  auto runBatch = [&](int64_t runs) {
    double start = getSeconds();
    for (int64_t i = 0; i < runs; ++i)
      if (!run())
        return -1.0;
    return llamir_finish_device(device) ? -1.0 : getSeconds() - start;
  };
  double once = runBatch(1), begin = getSeconds();
  int64_t runs = std::clamp<int64_t>(
      int64_t(batchSeconds / std::max(once, 1e-6)), 1, 2000);
  std::vector<double> all;
  while (once >= 0 && all.size() < batches &&
         (all.empty() || getSeconds() - begin < mostSeconds)) {
    once = runBatch(runs);
    all.push_back(once / double(runs));
  }
  if (once < 0)
    return false;
  std::sort(all.begin(), all.end());
  seconds = {all.front(), all[all.size() / 2]};
  return true;
}

/// Times runs that a graph has, so many that launching it is little beside
/// them.
bool CaseRunner::timeGraph(double secondsOfRun, Seconds &seconds) {
  constexpr double graphSeconds = 0.002;
  size_t runs = size_t(std::clamp(graphSeconds / secondsOfRun, 1.0, 256.0)),
         copies = weights.size();
  runs = (runs + copies - 1) / copies * copies;
  bool works = llamir_begin_capture(getDevice()) == LLAMIR_OK;
  if (!works)
    return false;
  for (size_t i = 0; works && i < runs; ++i)
    works = launch(i % copies);
  llamir_graph *graph = llamir_end_capture(getDevice());
  works = works && graph &&
          timeBatches(
              getDevice(),
              [&] { return llamir_launch_graph(graph) == LLAMIR_OK; }, seconds);
  llamir_free_graph(graph);
  seconds.least /= double(runs);
  seconds.median /= double(runs);
  return works;
}

void CaseRunner::time(CaseResult &result) {
  size_t copies = countCopies(), next = 0;
  while (weights.size() < copies)
    if (!placeWeights()) {
      fail(result, "placing weights");
      return;
    }
  if (!timeBatches(
          getDevice(), [&] { return launch(next++ % weights.size()); },
          result.called))
    fail(result, "running again");
  else if (getDevice() == LLAMIR_CUDA &&
           !timeGraph(result.called.least, result.inGraph))
    fail(result, "running a graph");
}

CaseResult CaseRunner::run(const llamir_bundle_function &of,
                           const llamir_bundle_case &with) {
  CaseResult result;
  if (weights.empty() && !placeWeights())
    fail(result, "placing weights");
  else if (!allocate(of, with))
    fail(result, "placing arrays");
  else if (!launch(0) || llamir_finish_device(getDevice()))
    fail(result, "running");
  else
    check(result);
  if (with.timed && result.status == CaseResult::Right)
    time(result);
  return result;
}
