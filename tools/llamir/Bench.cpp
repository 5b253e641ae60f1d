//===- Bench.cpp - The command bench --------------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bench.h"
#include "BenchReport.h"
#include "llamir/Support/OutputFile.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace llamir;

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

FailureOr<Phase> llamir::parsePhase(StringRef text) {
  auto [name, number] = text.split(':');
  Phase phase;
  if (name == "prefill")
    phase.kind = Phase::Prefill;
  else if (name == "decode")
    phase.kind = Phase::Decode;
  else
    return fail("unknown phase '" + name +
                "'; there are prefill:TOKENS and "
                "decode:CONTEXT");
  if (number.getAsInteger(10, phase.size) || phase.size < 1 ||
      phase.size > 1 << 24)
    return fail("--phase=" + text +
                ": expected a number from 1 to 16777216 "
                "after '" +
                name + ":'");
  return phase;
}

LogicalResult llamir::checkDType(StringRef name) {
  if (name == "f32")
    return success();
  if (name == "bf16" || name == "q8_0" || name == "q4_0")
    return fail("--dtype=" + name +
                ": kernels read weights of f32 only so far; "
                "those of other types are widened when they are packed");
  return fail("unknown dtype '" + name + "'; there is f32");
}

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
  bool stopped;
  if (failed(session.load(input)) || failed(session.selectFunction(function)) ||
      failed(session.compile(KernelOutput::Object, llvm::outs(), stopped)))
    return failure();
  if (!session.kernels)
    return fail("the IR has no module @llama.kernels to count the work of its "
                "kernels with");
  FailureOr<func::FuncOp> found = session.getFunction(function);
  if (failed(found))
    return failure();
  compiled.function = *found;
  return session.prepareRun(others);
}

namespace {
/// What a phase means for a function.
struct PhaseSizes {
  llvm::StringMap<int64_t> byName;
  int64_t tokens = 0;
  bool looksBack = false; // There is a size that is not the tokens'.
};
} // namespace

/// The tokens are the size of that name, else the rows of the first argument,
/// which may be fixed. In a decode step they are one, and what other sizes
/// there are belong to what the token looks back on.
static PhaseSizes getSizes(func::FuncOp function, Phase phase) {
  PhaseSizes sizes;
  StringRef tokens;
  for (auto [index, type] : llvm::enumerate(function.getArgumentTypes())) {
    auto names = function.getArgAttrOfType<ArrayAttr>(
        index, llama::LlamaDialect::dimsAttrName);
    if (index == 0) {
      auto tensor = cast<RankedTensorType>(type);
      if (tensor.getRank() == 0)
        sizes.tokens = 1;
      else if (!tensor.isDynamicDim(0))
        sizes.tokens = tensor.getDimSize(0);
      else if (names)
        tokens = cast<StringAttr>(names[0]).getValue();
    }
    if (!names)
      continue;
    for (StringRef name : names.getAsValueRange<StringAttr>()) {
      sizes.byName[name] = phase.size;
      if (name == "tokens")
        tokens = name;
    }
  }
  sizes.looksBack = sizes.byName.size() > size_t(!tokens.empty());
  if (tokens.empty())
    return sizes;
  sizes.tokens = phase.kind == Phase::Decode ? 1 : phase.size;
  sizes.byName[tokens] = sizes.tokens;
  return sizes;
}

//===----------------------------------------------------------------------===//
// Measuring
//===----------------------------------------------------------------------===//

static LogicalResult checkLimits(const LimitMeter &limits) {
  return limits.isReady() ? success()
                          : fail("there is no memory to measure the limits of "
                                 "reading");
}

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
  PhaseSizes sizes = getSizes(variants.front().function, phase);
  // A function of a fixed number of tokens takes no other.
  if (phase.kind == Phase::Prefill)
    phase.size = sizes.tokens;
  std::vector<Runner> runners;
  for (Compiled &compiled : variants) {
    FailureOr<std::vector<Array>> inputs =
        makeInputs(compiled.function, {}, 1, sizes.byName);
    if (failed(inputs))
      return failure();
    runners.emplace_back(*compiled.session, compiled.function,
                         std::move(*inputs));
  }
  if (failed(measureAll(runners, limits, rounds)))
    return failure();
  StringRef target = variants.front().session->target.name;
  printPhase(sizes, phase, runners.front().getBlock().dtype);
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

LogicalResult llamir::benchSession(Session &session, func::FuncOp function,
                                   Phase phase) {
  FailureOr<std::vector<Array>> inputs =
      makeInputs(function, {}, 1, getSizes(function, phase).byName);
  LimitMeter limits(session.target.vectorLanes);
  if (failed(inputs) || failed(checkLimits(limits)))
    return failure();
  std::vector<Runner> runners;
  runners.emplace_back(session, function, std::move(*inputs));
  if (failed(measureAll(runners, limits, /*rounds=*/0)))
    return failure();
  printLimits(limits);
  printTimes(runners.front(), limits);
  return success();
}

//===----------------------------------------------------------------------===//
// The command
//===----------------------------------------------------------------------===//

/// What would go wrong at the end goes wrong at the beginning.
static LogicalResult checkOptions(const BenchOptions &bench, StringRef input,
                                  ArrayRef<Compiled> variants) {
  if (bench.compareFusion && variants.size() < 2)
    return fail("there is no fusion left to compare with");
  bool decodes = llvm::any_of(
      bench.phases, [](Phase phase) { return phase.kind == Phase::Decode; });
  bool prefills = llvm::any_of(
      bench.phases, [](Phase phase) { return phase.kind == Phase::Prefill; });
  if (input == "-" && (bench.compareFusion || (decodes && prefills)))
    return fail("the input is compiled several times, which it cannot be from "
                "standard input");
  return success();
}

static void printCompiled(ArrayRef<Compiled> variants) {
  const Session &session = *variants.front().session;
  size_t kernels = session.code.size() - 1; // One object is the host's.
  llvm::outs() << llvm::formatv("{0}, {1} kernels, compiled in {2:f2} s",
                                session.target.name, kernels,
                                session.compileSeconds);
  if (session.packSeconds > 0)
    llvm::outs() << llvm::formatv("; {0:f1} MB of weights, packed in {1:f2} s",
                                  double(session.layout.totalBytes) / 1e6,
                                  session.packSeconds);
  llvm::outs() << '\n';
}

int llamir::runBench(DriverOptions options, StringRef input,
                     const BenchOptions &bench) {
  auto getAll = [&] {
    std::vector<Compiled> variants = getVariants(options.fusion);
    if (!bench.compareFusion)
      variants.resize(1);
    return variants;
  };
  options.untilAfter.clear();
  if (failed(checkOptions(bench, input, getVariants(options.fusion))))
    return 1;
  // Made before anything is measured, so that a wrong path is told at once.
  std::optional<OutputFile> file;
  if (!bench.json.empty()) {
    llvm::Expected<OutputFile> created = OutputFile::create(bench.json);
    if (!created)
      return failed(fail(created.takeError()));
    file.emplace(std::move(*created));
  }
  std::vector<std::vector<Compiled>> compiled;
  std::vector<const Session *> sessions;
  std::optional<LimitMeter> limits;
  BenchRecords records;
  for (Phase::Kind kind : {Phase::Prefill, Phase::Decode}) {
    SmallVector<Phase> phases(llvm::make_filter_range(
        bench.phases, [&](Phase phase) { return phase.kind == kind; }));
    if (phases.empty())
      continue;
    options.cacheArguments = kind == Phase::Decode;
    std::vector<Compiled> &variants = compiled.emplace_back(getAll());
    for (Compiled &variant : variants) {
      showStatus("compiling the input, " + variant.name);
      if (failed(compile(variant, options, input, bench.function, sessions)))
        return 1;
      showStatus("");
      sessions.push_back(variant.session.get());
    }
    if (!limits)
      limits.emplace(variants.front().session->target.vectorLanes);
    if (failed(checkLimits(*limits)))
      return 1;
    if (compiled.size() > 1)
      llvm::outs() << '\n';
    printCompiled(variants);
    for (Phase phase : phases)
      if (failed(measurePhase(variants, phase, bench.rounds, *limits, records)))
        return 1;
  }
  if (!file)
    return 0;
  if (llvm::Error error = file->append(records.getText(*limits)))
    return failed(fail(std::move(error)));
  if (llvm::Error error = file->commit())
    return failed(fail(std::move(error)));
  return 0;
}
