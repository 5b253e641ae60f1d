//===- Report.cpp - Tables and JSON of results ----------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"
#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>

using namespace llamir;

int64_t Results::countWrong() const {
  return std::count_if(
      results.begin(), results.end(),
      [](const CaseResult &of) { return of.status != CaseResult::Right; });
}

//===----------------------------------------------------------------------===//
// Limits
//===----------------------------------------------------------------------===//

namespace {
/// What the device reached in the functions of the library "limits"; 0 where it
/// is not known.
struct Limits {
  double bytes = 0, flops = 0, bf16Flops = 0; // A second.
};
} // namespace

static bool isLimit(const Library &library) {
  return !strcmp(library.description->name, "limits");
}

static Limits getLimits(const Results &of) {
  Limits limits;
  for (size_t i = 0; i < of.cases.size(); ++i) {
    CaseId id = of.cases[i];
    if (!isLimit(of.libraries[id.library]) ||
        of.results[i].getSeconds().least <= 0)
      continue;
    const llamir_bundle_case &run = getCase(of.libraries, id);
    std::string name = getFunction(of.libraries, id).name;
    double seconds = of.results[i].getSeconds().least;
    if (name == "copy")
      limits.bytes = run.bytes / seconds;
    else if (name == "f32_fma")
      limits.flops = run.flops / seconds;
    else if (name == "bf16_fma")
      limits.bf16Flops = run.flops / seconds;
  }
  return limits;
}

/// "83.1 %", or nothing.
static std::string getPercent(double part, double whole) {
  if (whole <= 0)
    return "";
  char text[32];
  snprintf(text, sizeof(text), "%.1f %%", 100 * part / whole);
  return text;
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

static std::string getName(const Results &of, size_t index) {
  CaseId id = of.cases[index];
  return std::string(of.libraries[id.library].description->name) + " " +
         getFunction(of.libraries, id).name;
}

static std::string getSizes(const Results &of, size_t index) {
  return getSizesText(getFunction(of.libraries, of.cases[index]),
                      getCase(of.libraries, of.cases[index]));
}

static void printFailures(const Results &of) {
  for (size_t i = 0; i < of.results.size(); ++i) {
    const CaseResult &result = of.results[i];
    if (result.status == CaseResult::Right)
      continue;
    printf("%s  %s  %s: %s\n",
           result.status == CaseResult::Wrong ? "WRONG " : "FAILED",
           getName(of, i).c_str(), getSizes(of, i).c_str(), result.message);
  }
}

static void printTimes(const Results &of) {
  Limits limits = getLimits(of);
  if (limits.bytes > 0)
    printf("\nlimits: %.1f GB/s copied, %.1f GFLOP/s of f32, %.1f GFLOP/s of "
           "bf16 that is widened\n",
           limits.bytes / 1e9, limits.flops / 1e9, limits.bf16Flops / 1e9);
  // Of a graph's runs, where the device has graphs, and of single calls.
  printf("\n%-44s %-24s %11s %11s %10s %8s %11s %8s\n", "timed", "sizes",
         "time, us", "called, us", "GB/s", "of copy", "GFLOP/s", "of f32");
  for (size_t i = 0; i < of.results.size(); ++i) {
    const llamir_bundle_case &run = getCase(of.libraries, of.cases[i]);
    double seconds = of.results[i].getSeconds().least;
    if (seconds <= 0 || isLimit(of.libraries[of.cases[i].library]))
      continue;
    double bytes = run.bytes / seconds, flops = run.flops / seconds;
    printf("%-44s %-24s %11.2f %11.2f %10.1f %8s %11.1f %8s\n",
           getName(of, i).c_str(), getSizes(of, i).c_str(), seconds * 1e6,
           of.results[i].called.least * 1e6, bytes / 1e9,
           getPercent(bytes, limits.bytes).c_str(), flops / 1e9,
           getPercent(flops, limits.flops).c_str());
  }
}

static void printChecks(const Results &of) {
  struct Row {
    int64_t runs = 0, right = 0, compared = 0;
    double maxAbs = 0, ofBound = 0;
  };
  std::map<std::string, Row> rows;
  for (size_t i = 0; i < of.results.size(); ++i) {
    if (!getCase(of.libraries, of.cases[i]).expected)
      continue;
    const CaseResult &result = of.results[i];
    Row &row = rows[getName(of, i)];
    ++row.runs;
    row.right += result.status == CaseResult::Right;
    row.compared += result.comparison.compared;
    row.maxAbs = std::max(row.maxAbs, result.comparison.maxAbs);
    row.ofBound = std::max(row.ofBound, result.comparison.ofBound);
  }
  printf("\n%-44s %6s %6s %10s %14s %14s\n", "checked", "runs", "right",
         "numbers", "max abs error", "of the bound");
  for (const auto &[name, row] : rows)
    printf("%-44s %6" PRId64 " %6" PRId64 " %10" PRId64 " %14.2e %12.1f %%\n",
           name.c_str(), row.runs, row.right, row.compared, row.maxAbs,
           100 * row.ofBound);
}

void llamir::printReport(const Results &of) {
  int64_t wrong = of.countWrong();
  printf("%s: %zu runs, %" PRId64 " right, %" PRId64 " wrong or failed, in "
         "%.1f s\n",
         of.machine.c_str(), of.results.size(),
         int64_t(of.results.size()) - wrong, wrong, of.seconds);
  printFailures(of);
  printTimes(of);
  printChecks(of);
  fflush(stdout);
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

static std::string quote(const std::string &text) {
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      quoted += '\\';
    // Messages of drivers may have any.
    quoted += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return quoted + "\"";
}

/// JSON has no infinities.
static std::string getNumber(double number) {
  if (!std::isfinite(number))
    return "null";
  char text[40];
  snprintf(text, sizeof(text), "%.9g", number);
  return text;
}

static void writeResult(const Results &of, size_t index, FILE *file) {
  static const char *const statuses[] = {"right", "wrong", "failed"};
  CaseId id = of.cases[index];
  const llamir_bundle_library &library = *of.libraries[id.library].description;
  const llamir_bundle_function &function = getFunction(of.libraries, id);
  const llamir_bundle_case &run = getCase(of.libraries, id);
  const CaseResult &result = of.results[index];
  fprintf(file, "    {\"library\": %s, \"target\": %s, \"function\": %s, ",
          quote(library.name).c_str(), quote(library.target).c_str(),
          quote(function.name).c_str());
  fprintf(file, "\"sizes\": {");
  for (int32_t i = 0; i < function.num_sizes; ++i)
    fprintf(file, "%s%s: %" PRId64, i ? ", " : "",
            quote(function.sizes[i]).c_str(), run.sizes[i]);
  fprintf(file, "}, \"status\": \"%s\", \"message\": %s, ",
          statuses[result.status], quote(result.message).c_str());
  fprintf(file,
          "\"compared\": %" PRId64 ", \"max_abs_error\": %s, \"of_bound\": %s",
          result.comparison.compared,
          getNumber(result.comparison.maxAbs).c_str(),
          getNumber(result.comparison.ofBound).c_str());
  const Seconds &seconds = result.getSeconds();
  if (seconds.least > 0)
    fprintf(file,
            ", \"seconds\": %s, \"median_seconds\": %s, "
            "\"called_seconds\": %s, \"bytes\": %s, \"flops\": %s",
            getNumber(seconds.least).c_str(), getNumber(seconds.median).c_str(),
            getNumber(result.called.least).c_str(),
            getNumber(run.bytes).c_str(), getNumber(run.flops).c_str());
  fprintf(file, "}%s\n", index + 1 < of.results.size() ? "," : "");
}

bool llamir::writeJSON(const Results &of, const std::string &path) {
  FILE *file = fopen(path.c_str(), "w");
  if (file) {
    Limits limits = getLimits(of);
    fprintf(file,
            "{\n  \"machine\": %s,\n  \"seconds\": %s,\n  \"limits\": "
            "{\"copy_bytes_per_second\": %s, \"f32_flops\": %s, "
            "\"bf16_flops\": %s},\n  \"results\": [\n",
            quote(of.machine).c_str(), getNumber(of.seconds).c_str(),
            getNumber(limits.bytes).c_str(), getNumber(limits.flops).c_str(),
            getNumber(limits.bf16Flops).c_str());
    for (size_t i = 0; i < of.results.size(); ++i)
      writeResult(of, i, file);
    fprintf(file, "  ]\n}\n");
    bool written = !ferror(file);
    if (fclose(file) == 0 && written)
      return true;
  }
  fprintf(stderr, "run-bundle: error: %s: %s\n", path.c_str(), strerror(errno));
  return false;
}
