//===- Bench.cpp - The command bench --------------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bench/BenchReport.h"
#include "Bench/Suite.h"
#include "Commands.h"
#include "llamir/Support/OutputFile.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace llamir;

//===----------------------------------------------------------------------===//
// Compiling
//===----------------------------------------------------------------------===//

namespace {
/// The input, compiled with these fusions.
struct Compiled {
  std::string name;
  FusionOptions fusion;
  std::unique_ptr<Session> session = nullptr;
  func::FuncOp function = nullptr;
};
} // namespace

/// All fusions that are on, each one off, and all off.
static std::vector<Compiled> getVariants(const FusionOptions &fusion) {
  std::vector<Compiled> variants;
  variants.push_back({"fused", fusion});
  FusionOptions none = fusion;
  for (const NamedFusion &named : getFusions()) {
    if (!(fusion.*named.flag))
      continue;
    variants.push_back({("without " + named.name).str(), fusion});
    variants.back().fusion.*named.flag = false;
    none.*named.flag = false;
  }
  if (variants.size() > 2)
    variants.push_back({"without any", none});
  return variants;
}

static LogicalResult compile(Compiled &compiled, DriverOptions options,
                             StringRef input, StringRef function,
                             ArrayRef<const Session *> others) {
  options.fusion = compiled.fusion;
  compiled.session = std::make_unique<Session>(std::move(options));
  Session &session = *compiled.session;
  if (failed(session.load(input)) || failed(session.selectFunction(function)) ||
      failed(session.compile(KernelOutput::Object)))
    return failure();
  if (!session.kernels)
    return fail(
        session.getInputName() +
        ": the IR has no module @llama.kernels to count the work of its "
        "kernels with");
  FailureOr<func::FuncOp> found = session.getFunction(function);
  if (failed(found))
    return failure();
  compiled.function = *found;
  return session.prepareRun(others);
}

//===----------------------------------------------------------------------===//
// Measuring
//===----------------------------------------------------------------------===//

static void printPhase(const PhaseSizes &sizes, Phase phase, StringRef dtype) {
  llvm::outs() << '\n'
               << phase.getName() << ", " << sizes.tokens
               << (sizes.tokens == 1 ? " token" : " tokens");
  if (phase.kind == Phase::Decode && sizes.looksBack)
    llvm::outs() << " looking back on " << phase.size << " keys";
  else if (phase.kind == Phase::Decode)
    llvm::outs() << ", nothing to look back on";
  llvm::outs() << ", " << dtype << '\n';
}

/// Measures what was compiled in one phase and prints its tables.
static LogicalResult measurePhase(MutableArrayRef<Compiled> variants,
                                  Phase phase, int64_t rounds,
                                  LimitMeter &limits, BenchRecords &records) {
  const Compiled &first = variants.front();
  PhaseSizes sizes =
      getSizes(first.session->getSignature(first.function), phase);
  // A function of a fixed number of tokens takes no other.
  if (phase.kind == Phase::Prefill)
    phase.size = sizes.tokens;
  std::vector<Runner> runners;
  std::vector<InputSize> inputSizes;
  InputOptions options;
  options.sizes = sizes.byName;
  for (Compiled &compiled : variants) {
    FailureOr<Inputs> inputs =
        makeInputs(*compiled.session, compiled.function, options);
    if (failed(inputs))
      return failure();
    runners.emplace_back(*compiled.session, compiled.function,
                         std::move(inputs->arrays));
    inputSizes = std::move(inputs->sizes);
  }
  if (failed(measureAll(runners, limits, rounds)))
    return failure();
  StringRef target = first.session->target.name;
  printPhase(sizes, phase, runners.front().getBlock().dtype);
  // The phase tells one; what the others are is not said otherwise.
  if (inputSizes.size() > 1)
    printSizes(inputSizes);
  printLimits(limits);
  printTimes(runners.front(), limits);
  records.add(runners.front(), limits, phase, target);
  if (runners.size() == 1)
    return success();
  SmallVector<Variant> rows;
  for (auto [compiled, runner] : llvm::zip(variants, runners))
    rows.push_back({compiled.name, &runner});
  llvm::outs() << '\n';
  printVariants(rows);
  for (const Variant &row : llvm::drop_begin(rows))
    records.add("block " + row.name, row.runner->getBlock(), limits, phase,
                target);
  return success();
}

//===----------------------------------------------------------------------===//
// The command
//===----------------------------------------------------------------------===//

/// What would go wrong at the end goes wrong at the beginning.
static LogicalResult checkOptions(const BenchOptions &bench, StringRef input,
                                  ArrayRef<Compiled> variants) {
  if (bench.compareFusion && variants.size() < 2)
    return fail("--compare-fusion: there is no fusion left to compare with");
  bool decodes = llvm::any_of(
      bench.phases, [](Phase phase) { return phase.kind == Phase::Decode; });
  bool prefills = llvm::any_of(
      bench.phases, [](Phase phase) { return phase.kind == Phase::Prefill; });
  if (input == "-" &&
      (bench.compareFusion || (decodes && prefills) || bench.dtypes.size() > 1))
    return fail("the input is compiled several times, which it cannot be from "
                "standard input");
  return success();
}

static void printCompiled(ArrayRef<Compiled> variants) {
  const Session &session = *variants.front().session;
  size_t kernels = session.code.size() - 1; // One object is the host's.
  llvm::outs() << llvm::formatv(
      "{0}, {1} kernel{2}, compiled in {3:f2} s", session.target.name, kernels,
      kernels == 1 ? "" : "s", session.compileSeconds);
  if (session.packSeconds > 0)
    llvm::outs() << llvm::formatv("; {0:f1} MB of weights, packed in {1:f2} s",
                                  double(session.layout.totalBytes) / 1e6,
                                  session.packSeconds);
  llvm::outs() << '\n';
}

namespace {
/// What is compiled and measured.
class Bench {
public:
  Bench(const DriverOptions &options, StringRef input,
        const BenchOptions &bench)
      : options(options), input(input), bench(bench) {}

  /// Compiles the input with weights of a type, as they are if it is empty, for
  /// all phases, and measures them.
  LogicalResult measure(StringRef dtype);
  /// The figures so far.
  std::string getJSON() { return records.getText(*limits); }

private:
  /// The phases of a kind, if there are some.
  LogicalResult measure(Phase::Kind kind);
  LogicalResult prepareLimits(const TargetInfo &target);
  /// With the fusions that are compared.
  FailureOr<MutableArrayRef<Compiled>> compileVariants(Phase::Kind kind);

  DriverOptions options;
  StringRef input;
  const BenchOptions &bench;
  std::vector<std::vector<Compiled>> compiled;
  std::vector<const Session *> sessions;
  bool isFirst = true;
  std::unique_ptr<LimitMeter> limits;
  BenchRecords records;
};
} // namespace

FailureOr<MutableArrayRef<Compiled>> Bench::compileVariants(Phase::Kind kind) {
  options.cacheArguments = kind == Phase::Decode;
  std::vector<Compiled> &variants =
      compiled.emplace_back(getVariants(options.fusion));
  if (!bench.compareFusion)
    variants.resize(1);
  for (Compiled &variant : variants) {
    showStatus("compiling the input, " + variant.name);
    LogicalResult done =
        compile(variant, options, input, bench.function, sessions);
    showStatus("");
    if (failed(done))
      return failure();
    sessions.push_back(variant.session.get());
  }
  return MutableArrayRef(variants);
}

LogicalResult Bench::prepareLimits(const TargetInfo &target) {
  if (limits)
    return success();
  auto created = LimitMeter::create(target);
  if (failed(created))
    return failure();
  limits = std::move(*created);
  return success();
}

LogicalResult Bench::measure(Phase::Kind kind) {
  SmallVector<Phase> phases(llvm::make_filter_range(
      bench.phases, [&](Phase phase) { return phase.kind == kind; }));
  if (phases.empty())
    return success();
  FailureOr<MutableArrayRef<Compiled>> variants = compileVariants(kind);
  if (failed(variants))
    return failure();
  if (failed(prepareLimits(variants->front().session->target)))
    return failure();
  if (compiled.size() > 1 || !isFirst)
    llvm::outs() << '\n';
  printCompiled(*variants);
  for (Phase phase : phases)
    if (failed(measurePhase(*variants, phase, bench.rounds, *limits, records)))
      return failure();
  return success();
}

LogicalResult Bench::measure(StringRef dtype) {
  if (!dtype.empty())
    options.types.weights = dtype.str();
  if (failed(measure(Phase::Prefill)) || failed(measure(Phase::Decode)))
    return failure();
  // The next type shares nothing with this one.
  sessions.clear();
  compiled.clear();
  isFirst = false;
  return success();
}

/// Writes the figures, if they go to a file.
static LogicalResult write(std::optional<OutputFile> &file, StringRef text) {
  if (!file)
    return success();
  if (llvm::Error error = file->append(text))
    return fail(std::move(error));
  if (llvm::Error error = file->commit())
    return fail(std::move(error));
  return success();
}

int llamir::runBench(const DriverOptions &options, StringRef input,
                     const BenchOptions &bench) {
  if (bench.suite.empty() &&
      failed(checkOptions(bench, input, getVariants(options.fusion))))
    return 1;
  // Made before anything is measured, so that a wrong path is told at once.
  std::optional<OutputFile> file;
  if (!bench.json.empty()) {
    llvm::Expected<OutputFile> created = OutputFile::create(bench.json);
    if (!created)
      return failed(fail(created.takeError()));
    file.emplace(std::move(*created));
  }
  if (!bench.suite.empty()) {
    std::unique_ptr<LimitMeter> limits;
    BenchRecords records;
    if (failed(runSuite(options, bench.suite, bench.function, bench.rounds,
                        limits, records)))
      return 1;
    return failed(write(file, records.getText(*limits)));
  }
  Bench measured(options, input, bench);
  if (bench.dtypes.empty() && failed(measured.measure("")))
    return 1;
  for (const std::string &dtype : bench.dtypes)
    if (failed(measured.measure(dtype)))
      return 1;
  return failed(write(file, measured.getJSON()));
}
