//===- Eval.cpp - The command eval ----------------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "llamir/Support/Npy.h"
#include "llamir/Support/OutputFile.h"
#include "llamir/Support/Progress.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace llamir;

//===----------------------------------------------------------------------===//
// Ids
//===----------------------------------------------------------------------===//

namespace {
/// Sequences of ids of the same length.
struct Sequences {
  Array ids; // [tokens] or [batch, tokens].

  int64_t getTokens() const { return ids.getShape().back(); }
  int64_t getCount() const {
    return ids.getShape().size() == 2 ? ids.getShape().front() : 1;
  }
  int64_t get(int64_t sequence, int64_t token) const {
    return int64_t(ids.get(sequence * getTokens() + token));
  }
};
} // namespace

static FailureOr<Sequences> readIds(StringRef path) {
  llvm::Expected<Array> ids = readNpy(path);
  if (!ids)
    return fail(ids.takeError());
  size_t rank = ids->getShape().size();
  bool isInteger =
      ids->getType() == ElementType::I64 || ids->getType() == ElementType::I32;
  if (rank < 1 || rank > 2 || !isInteger)
    return fail(path + ": is of " + formatShape(ids->getShape()) + " " +
                getName(ids->getType()) +
                ", ids are of [tokens] or [batch, tokens] i32 or i64");
  if (ids->getNumElements() == 0)
    return fail(path + ": has no ids, its shape is " +
                formatShape(ids->getShape()));
  return Sequences{std::move(*ids)};
}

static LogicalResult checkIds(StringRef path, const Sequences &sequences,
                              int64_t limit) {
  for (int64_t i = 0; i < sequences.ids.getNumElements(); ++i) {
    double id = sequences.ids.get(i);
    if (id >= 0 && id < double(limit))
      continue;
    int64_t tokens = sequences.getTokens();
    std::string place = std::to_string(i % tokens);
    if (sequences.ids.getShape().size() == 2)
      place = std::to_string(i / tokens) + ", " + place;
    return fail(path + ": id [" + place + "] is " + Twine(int64_t(id)) +
                " and must lie in 0 .. " + Twine(limit - 1));
  }
  return success();
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

/// Whether it takes the same number of ids and positions, and gives a row of
/// logits for each.
static bool isModel(const HostSignature &host) {
  auto isOf = [](const HostArray &array, int64_t rank, bool isElement(Type)) {
    return array.type.getRank() == rank && array.type.isDynamicDim(0) &&
           array.type.getNumDynamicDims() == 1 &&
           isElement(array.type.getElementType());
  };
  auto isI32 = [](Type type) { return type.isInteger(32); };
  auto isF32 = [](Type type) { return type.isF32(); };
  return host.sizes.size() == 1 && host.arguments.size() == 2 &&
         host.results.size() == 1 && isOf(host.arguments[0], 1, isI32) &&
         isOf(host.arguments[1], 1, isI32) && isOf(host.results[0], 2, isF32);
}

/// The logits of all sequences, with the shape of the ids and their own width.
static FailureOr<Array> evaluate(Session &session, func::FuncOp function,
                                 const Sequences &sequences) {
  int64_t tokens = sequences.getTokens();
  int64_t width =
      cast<RankedTensorType>(function.getResultTypes()[0]).getDimSize(1);
  SmallVector<int64_t> shape(sequences.ids.getShape());
  shape.push_back(width);
  llvm::Expected<Array> logits = Array::create(ElementType::F32, shape);
  if (!logits)
    return fail(logits.takeError());
  std::vector<Array> inputs, results;
  for (int i = 0; i < 2; ++i) {
    llvm::Expected<Array> array = Array::create(ElementType::I32, {tokens});
    if (!array)
      return fail(array.takeError());
    inputs.push_back(std::move(*array));
  }
  for (int64_t i = 0; i < tokens; ++i)
    inputs[1].getData<int32_t>()[i] = int32_t(i);
  Progress progress("evaluating", sequences.getCount(), ProgressUnit::Items);
  for (int64_t sequence = 0; sequence < sequences.getCount(); ++sequence) {
    for (int64_t i = 0; i < tokens; ++i)
      inputs[0].getData<int32_t>()[i] = int32_t(sequences.get(sequence, i));
    if (failed(session.run(function, inputs, results)))
      return failure();
    llvm::copy(results.front().getBytes(),
               logits->getBytes().begin() +
                   sequence * results.front().getBytes().size());
    progress.advance(1);
  }
  return std::move(*logits);
}

//===----------------------------------------------------------------------===//
// Comparing
//===----------------------------------------------------------------------===//

namespace {
/// Logits of some positions, the first or the last of each sequence.
struct ExpectedLogits {
  std::vector<double> numbers;
  SmallVector<int64_t> shape;
  int64_t rows = 0; // Of each sequence.
};
} // namespace

static FailureOr<ExpectedLogits> readExpected(StringRef path) {
  llvm::Expected<Array> array = readNpy(path);
  if (!array)
    return fail(array.takeError());
  if (!isFloat(array->getType()))
    return fail(path + ": logits are floating-point numbers, not " +
                getName(array->getType()));
  ExpectedLogits expected;
  expected.shape.assign(array->getShape().begin(), array->getShape().end());
  for (int64_t i = 0; i < array->getNumElements(); ++i)
    expected.numbers.push_back(array->get(i));
  return expected;
}

static LogicalResult checkShape(StringRef path, ExpectedLogits &expected,
                                const Sequences &sequences, int64_t width) {
  int64_t tokens = sequences.getTokens(), count = sequences.getCount();
  int64_t rows = width > 0 ? int64_t(expected.numbers.size()) / width : 0;
  expected.rows = rows / count;
  if (!expected.shape.empty() && expected.shape.back() == width &&
      rows == expected.rows * count && expected.rows >= 1 &&
      expected.rows <= tokens)
    return success();
  SmallVector<int64_t> whole(sequences.ids.getShape());
  whole.push_back(width);
  return fail(path + ": its shape " + formatShape(expected.shape) +
              " does not fit the logits, " + formatShape(whole));
}

namespace {
/// How far logits are from others.
struct LogitDifference {
  double largest = 0, squares = 0;
  int64_t count = 0;

  void add(double got, double wanted) {
    bool same = got == wanted || (std::isnan(got) && std::isnan(wanted));
    double difference = same ? 0 : got - wanted;
    // A NaN next to a number is as far as can be.
    if (std::isnan(difference))
      difference = std::numeric_limits<double>::infinity();
    largest = std::max(largest, std::abs(difference));
    squares += difference * difference;
    ++count;
  }
  double getRootMeanSquare() const {
    return count > 0 ? std::sqrt(squares / double(count)) : 0;
  }
};
} // namespace

/// Where the expected rows are those from position `first` on.
static LogitDifference getDifference(ArrayRef<float> logits,
                                     const ExpectedLogits &expected,
                                     const Sequences &sequences, int64_t width,
                                     int64_t first) {
  LogitDifference difference;
  int64_t size = expected.rows * width;
  for (int64_t sequence = 0; sequence < sequences.getCount(); ++sequence) {
    int64_t row = sequence * sequences.getTokens() + first;
    for (int64_t i = 0; i < size; ++i)
      difference.add(logits[row * width + i],
                     expected.numbers[sequence * size + i]);
  }
  return difference;
}

static LogicalResult compare(const Array &logits,
                             const ExpectedLogits &expected,
                             const Sequences &sequences, double tolerance) {
  ArrayRef<float> numbers(logits.getData<float>(), logits.getNumElements());
  int64_t width = logits.getShape().back();
  LogitDifference best = getDifference(numbers, expected, sequences, width, 0);
  LogitDifference last = getDifference(numbers, expected, sequences, width,
                                       sequences.getTokens() - expected.rows);
  if (last.largest < best.largest)
    best = last;
  llvm::outs() << llvm::formatv(
      "logits: {0} rows compared, largest difference {1:e2}, root mean square "
      "{2:e2}\n",
      expected.rows * sequences.getCount(), best.largest,
      best.getRootMeanSquare());
  if (best.largest <= tolerance)
    return success();
  return fail(
      llvm::formatv("the logits differ by more than {0:e2}", tolerance).str());
}

/// Tells how far `logits` are from those that were computed without `what`.
static void printCost(StringRef what, const Array &logits,
                      const Array &before) {
  int64_t width = logits.getShape().back();
  int64_t rows = logits.getNumElements() / std::max<int64_t>(width, 1);
  LogitDifference difference, size;
  int64_t otherTokens = 0;
  for (int64_t row = 0; row < rows; ++row) {
    ArrayRef<float> a(logits.getData<float>() + row * width, width),
        b(before.getData<float>() + row * width, width);
    for (auto [x, y] : llvm::zip(a, b)) {
      difference.add(x, y);
      size.add(y, 0);
    }
    otherTokens +=
        llvm::max_element(a) - a.begin() != llvm::max_element(b) - b.begin();
  }
  llvm::outs() << llvm::formatv(
      "cost of {0}: the logits' root mean square moves by {1:e2} of "
      "{2:e2}, one of them by {3:e2}; the likeliest token is another in {4} of "
      "{5} rows\n",
      what, difference.getRootMeanSquare(), size.getRootMeanSquare(),
      difference.largest, otherTokens, rows);
}

//===----------------------------------------------------------------------===//
// The command
//===----------------------------------------------------------------------===//

namespace {
/// What is read and written.
struct EvalFiles {
  Sequences sequences;
  std::optional<ExpectedLogits> expected;
  std::optional<OutputFile> logits;
};
} // namespace

/// What can be wrong with files is told before anything long.
static FailureOr<EvalFiles> openFiles(const EvalOptions &eval) {
  FailureOr<Sequences> sequences = readIds(eval.ids);
  if (failed(sequences))
    return failure();
  EvalFiles files{std::move(*sequences), {}, {}};
  if (!eval.expected.empty()) {
    FailureOr<ExpectedLogits> expected = readExpected(eval.expected);
    if (failed(expected))
      return failure();
    files.expected = std::move(*expected);
  }
  if (!eval.logits.empty()) {
    llvm::Expected<OutputFile> logits = OutputFile::create(eval.logits);
    if (!logits)
      return fail(logits.takeError());
    files.logits.emplace(std::move(*logits));
  }
  return files;
}

/// Checks files and function against each other.
static LogicalResult checkFit(const EvalOptions &eval, EvalFiles &files,
                              func::FuncOp function,
                              const HostSignature &host) {
  if (!isModel(host))
    return fail("eval runs a function of ids and positions, tensor<?xi32> "
                "both, that gives logits in f32; '" +
                host.symbol + "' is none");
  if (host.results.front().name == hiddenStatesName)
    return fail("the model has no head to compute logits with; '" +
                host.symbol + "' gives hidden states");
  int64_t limit =
      host.arguments.front().indexLimit.value_or(int64_t(INT32_MAX) + 1);
  if (failed(checkIds(eval.ids, files.sequences, limit)))
    return failure();
  int64_t width = host.results.front().type.getDimSize(1);
  if (files.expected && failed(checkShape(eval.expected, *files.expected,
                                          files.sequences, width)))
    return failure();
  return checkMemory(function, host,
                     {{host.sizes.front(), files.sequences.getTokens()}});
}

static LogicalResult writeLogits(OutputFile &file, const Array &logits) {
  if (llvm::Error error = writeNpy(file, logits))
    return fail(std::move(error));
  if (llvm::Error error = file.commit())
    return fail(std::move(error));
  return success();
}

/// Compiles the model with the types of `options` and computes the logits.
static FailureOr<Array> evaluate(const DriverOptions &options, StringRef input,
                                 const EvalOptions &eval, EvalFiles &files) {
  Session session(options);
  if (failed(session.load(input)) ||
      failed(session.compile(KernelOutput::Object)))
    return failure();
  FailureOr<func::FuncOp> function = session.getFunction("");
  if (failed(function) ||
      failed(
          checkFit(eval, files, *function, session.getSignature(*function))) ||
      failed(session.prepareRun()))
    return failure();
  return evaluate(session, *function, files.sequences);
}

int llamir::runEval(const DriverOptions &options, StringRef input,
                    const EvalOptions &eval) {
  std::string compared = options.types.any() ? "the types" : "";
  if (options.fp == FPMode::Fast)
    compared += compared.empty() ? "--fp=fast" : " and of --fp=fast";
  if (input == "-" && !compared.empty())
    return failed(fail("the input is compiled with and without " +
                       Twine(options.types.any() ? "other types" : compared) +
                       ", which it cannot be from standard input"));
  FailureOr<EvalFiles> files = openFiles(eval);
  if (failed(files))
    return 1;
  FailureOr<Array> logits = evaluate(options, input, eval, *files);
  if (failed(logits) ||
      (files->logits && failed(writeLogits(*files->logits, *logits))))
    return 1;
  if (!compared.empty()) {
    DriverOptions plain = options;
    plain.types = TypeOptions();
    plain.fp = FPMode::Strict;
    FailureOr<Array> before = evaluate(plain, input, eval, *files);
    if (failed(before))
      return 1;
    printCost(compared, *logits, *before);
  }
  return files->expected && failed(compare(*logits, *files->expected,
                                           files->sequences, eval.tolerance));
}
