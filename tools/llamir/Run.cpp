//===- Run.cpp - The commands import, compile, run and eval ---------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Session.h"
#include "llamir/Import/HuggingFace.h"
#include "llamir/Reference/Compare.h"
#include "llamir/Support/Npy.h"
#include "llamir/Support/OutputFile.h"
#include "llamir/Target/HostCodegen.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace llamir;

/// Of packed weights files.
static constexpr char weightsExtension[] = ".weights.safetensors";

int llamir::runImport(DriverOptions options, StringRef input,
                      StringRef output) {
  Session session(options);
  if (input.empty())
    return failed(fail("there is no input; give a model's folder"));
  if (!llvm::sys::fs::is_directory(input))
    return failed(fail(input + ": not a folder with a model"));
  ImportOptions import;
  import.block = options.block;
  if (output != "-")
    import.relativeTo = llvm::sys::path::parent_path(output).empty()
                            ? "."
                            : llvm::sys::path::parent_path(output).str();
  auto module = importHuggingFace(input, import, session.getContext());
  if (!module)
    return failed(fail(module.takeError()));
  std::string text;
  llvm::raw_string_ostream stream(text);
  OpPrintingFlags flags;
  flags.enableDebugInfo(true, false);
  (*module)->print(stream, flags);
  stream << '\n';
  if (output == "-") {
    llvm::outs() << text;
    return 0;
  }
  if (llvm::Error error = writeFile(output, text))
    return failed(fail(std::move(error)));
  return 0;
}

/// The files of a compiled module, by name.
static std::vector<std::pair<std::string, std::string>>
getFiles(const Session &session, const CompileOptions &compile) {
  std::vector<std::pair<std::string, std::string>> files;
  for (const KernelCode &code : session.code)
    for (const auto &[kind, bytes] : code.outputs)
      files.push_back({code.name + getFileExtension(kind).str(), bytes});
  std::string name = session.getName();
  if (compile.header) {
    HeaderWeights weights;
    if (session.layout.totalBytes != 0) {
      weights.file = name + weightsExtension;
      weights.fingerprint = session.layout.getFingerprintText();
      weights.bytes = session.layout.totalBytes;
    }
    files.push_back({name + ".h", writeCHeader(session.signature, name,
                                               session.target.name, weights)});
    files.push_back({"llamir_runtime.h", getRuntimeHeader().str()});
  }
  if (compile.runtime)
    files.push_back({"libllamir_rt.a", getRuntimeArchive().str()});
  return files;
}

static LogicalResult writeFiles(Session &session,
                                const CompileOptions &compile) {
  llvm::Expected<OutputFolder> folder = OutputFolder::create(compile.outputDir);
  if (!folder)
    return fail(folder.takeError());
  std::vector<OutputFile> written;
  for (const auto &[name, bytes] : getFiles(session, compile)) {
    llvm::Expected<OutputFile> file = folder->open(name);
    if (!file)
      return fail(file.takeError());
    if (llvm::Error error = file->append(bytes))
      return fail(std::move(error));
    if (llvm::Error error = file->close())
      return fail(std::move(error));
    written.push_back(std::move(*file));
  }
  if (compile.weights && session.layout.totalBytes != 0) {
    llvm::Expected<OutputFile> file =
        folder->open(session.getName() + weightsExtension);
    if (!file)
      return fail(file.takeError());
    if (failed(session.writeWeights(*file)))
      return failure();
    written.push_back(std::move(*file));
  }
  if (llvm::Error error = folder->commit(written))
    return fail(std::move(error));
  return success();
}

int llamir::runCompile(DriverOptions options, StringRef input,
                       const CompileOptions &compile) {
  Session session(options);
  bool stopped;
  if (failed(session.load(input)) ||
      failed(session.compile(compile.outputs, llvm::outs(), stopped)))
    return 1;
  if (stopped)
    return 0;
  if (compile.outputDir.empty())
    return failed(fail("compile needs -o DIR for its files"));
  return failed(writeFiles(session, compile));
}

//===----------------------------------------------------------------------===//
// Run
//===----------------------------------------------------------------------===//

/// The names of a function's results, as its attributes give them.
static std::vector<std::string> getResultNames(func::FuncOp function) {
  std::vector<std::string> names;
  for (unsigned index = 0; index < function.getNumResults(); ++index) {
    auto name = function.getResultAttrOfType<StringAttr>(
        index, llama::LlamaDialect::nameAttrName);
    names.push_back(name ? name.str() : "result" + std::to_string(index));
  }
  return names;
}

/// Whether all of them can be names of files in one folder.
static LogicalResult checkFileNames(ArrayRef<std::string> names) {
  llvm::StringSet<> seen;
  for (const std::string &name : names) {
    if (StringRef(name).find_first_of(StringRef("/\0", 2)) != StringRef::npos)
      return fail("a result has the name '" + name +
                  "', which is not that of a file");
    if (!seen.insert(name).second)
      return fail("two results have the name '" + name +
                  "', which only one file can have");
  }
  return success();
}

namespace {
/// Where the results of a run go.
struct ResultFiles {
  OutputFolder folder;
  std::vector<OutputFile> files;
};
} // namespace

/// Makes files for results, so that a wrong path is told before the run.
static FailureOr<ResultFiles> openResults(StringRef path,
                                          ArrayRef<std::string> names) {
  if (failed(checkFileNames(names)))
    return failure();
  llvm::Expected<OutputFolder> folder = OutputFolder::create(path);
  if (!folder)
    return fail(folder.takeError());
  ResultFiles results{std::move(*folder), {}};
  for (const std::string &name : names) {
    llvm::Expected<OutputFile> file = results.folder.open(name + ".npy");
    if (!file)
      return fail(file.takeError());
    results.files.push_back(std::move(*file));
  }
  return results;
}

static LogicalResult writeResults(ResultFiles &to, ArrayRef<Array> results) {
  for (auto [file, result] : llvm::zip_equal(to.files, results))
    if (llvm::Error error = writeNpy(file, result))
      return fail(std::move(error));
  if (llvm::Error error = to.folder.commit(to.files))
    return fail(std::move(error));
  return success();
}

static void printResults(ArrayRef<std::string> names, ArrayRef<Array> results) {
  for (auto [name, result] : llvm::zip_equal(names, results))
    llvm::outs() << name << ": " << formatShape(result.getShape()) << ' '
                 << getName(result.getType()) << '\n';
}

int llamir::runRun(DriverOptions options, StringRef input,
                   const RunOptions &run) {
  Session session(options);
  bool stopped;
  if (failed(session.load(input)) ||
      failed(session.selectFunction(run.function)) ||
      failed(session.compile(KernelOutput::Object, llvm::outs(), stopped)))
    return 1;
  if (stopped)
    return 0;
  FailureOr<func::FuncOp> function = session.getFunction(run.function);
  if (failed(function))
    return 1;
  std::vector<std::string> names = getResultNames(*function);
  FailureOr<std::vector<Array>> inputs =
      makeInputs(*function, run.inputs, run.seed, run.sizes);
  if (failed(inputs))
    return 1;
  std::optional<ResultFiles> files;
  if (!run.outputDir.empty()) {
    FailureOr<ResultFiles> opened = openResults(run.outputDir, names);
    if (failed(opened))
      return 1;
    files = std::move(*opened);
  }
  std::vector<Array> results;
  if (failed(session.prepareRun()) ||
      failed(run.check ? checkFunction(session, *function, *inputs, results)
                       : session.run(*function, *inputs, results)))
    return 1;
  if (files)
    return failed(writeResults(*files, results));
  printResults(names, results);
  return 0;
}

//===----------------------------------------------------------------------===//
// Eval
//===----------------------------------------------------------------------===//

/// The logits of one sequence.
static FailureOr<Array> evaluate(Session &session, func::FuncOp function,
                                 const int64_t *ids, int64_t count) {
  std::vector<Array> inputs;
  for (int i = 0; i < 2; ++i) {
    llvm::Expected<Array> array = Array::create(ElementType::I32, {count});
    if (!array)
      return fail(array.takeError());
    for (int64_t k = 0; k < count; ++k) {
      if (i == 0 && (ids[k] < INT32_MIN || ids[k] > INT32_MAX))
        return fail("id " + Twine(ids[k]) + " is no token");
      array->getData<int32_t>()[k] = int32_t(i == 0 ? ids[k] : k);
    }
    inputs.push_back(std::move(*array));
  }
  std::vector<Array> results;
  if (failed(session.run(function, inputs, results)))
    return failure();
  return std::move(results.front());
}

int llamir::runEval(DriverOptions options, StringRef input, StringRef idsPath,
                    StringRef logitsPath, StringRef expectedPath,
                    double tolerance) {
  Session session(options);
  bool stopped;
  if (idsPath.empty())
    return failed(fail("eval needs --input-ids=FILE.npy"));
  llvm::Expected<Array> ids = readNpy(idsPath);
  if (!ids)
    return failed(fail(ids.takeError()));
  if (ids->getShape().empty() || ids->getShape().size() > 2 ||
      (ids->getType() != ElementType::I64 &&
       ids->getType() != ElementType::I32))
    return failed(fail(
        idsPath + ": ids are integers of shape [tokens] or [batch, tokens]"));
  if (failed(session.load(input)) ||
      failed(session.compile(KernelOutput::Object, llvm::outs(), stopped)))
    return 1;
  if (stopped)
    return 0;
  FailureOr<func::FuncOp> function = session.getFunction("");
  if (failed(function))
    return 1;
  // The same number of ids and positions, and a row of logits for each.
  auto isOf = [](Type type, int64_t rank, bool isElement(Type)) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && tensor.getRank() == rank && tensor.isDynamicDim(0) &&
           tensor.getNumDynamicDims() == 1 &&
           isElement(tensor.getElementType());
  };
  auto isI32 = [](Type type) { return type.isInteger(32); };
  auto isF32 = [](Type type) { return type.isF32(); };
  if (function->getNumArguments() != 2 || function->getNumResults() != 1 ||
      !isOf(function->getArgumentTypes()[0], 1, isI32) ||
      !isOf(function->getArgumentTypes()[1], 1, isI32) ||
      !isOf(function->getResultTypes()[0], 2, isF32))
    return failed(fail("eval runs a function of ids and positions, "
                       "tensor<?xi32> both, that gives logits in f32"));
  if (failed(session.prepareRun()))
    return 1;
  int64_t tokens = ids->getShape().back();
  int64_t batch = ids->getShape().size() == 2 ? ids->getShape()[0] : 1;
  int64_t width =
      cast<RankedTensorType>(function->getResultTypes()[0]).getDimSize(1);
  SmallVector<int64_t> shape(ids->getShape());
  shape.push_back(width);
  llvm::Expected<Array> logits = Array::create(ElementType::F32, shape);
  if (!logits)
    return failed(fail(logits.takeError()));
  for (int64_t b = 0; b < batch; ++b) {
    std::vector<int64_t> row;
    for (int64_t i = 0; i < tokens; ++i)
      row.push_back(int64_t(ids->get(b * tokens + i)));
    FailureOr<Array> result = evaluate(session, *function, row.data(), tokens);
    if (failed(result))
      return 1;
    std::memcpy(logits->getData<float>() + b * tokens * width,
                result->getData<float>(), result->getBytes().size());
  }
  if (!logitsPath.empty())
    if (llvm::Error error = writeNpy(logitsPath, *logits))
      return failed(fail(std::move(error)));
  if (expectedPath.empty())
    return 0;
  llvm::Expected<Array> expected = readNpy(expectedPath);
  if (!expected)
    return failed(fail(expected.takeError()));
  // Some positions' logits may be kept, the first or the last of each sequence.
  int64_t rows = width ? expected->getNumElements() / width : 0;
  int64_t perSequence = batch ? rows / batch : 0;
  if (expected->getShape().empty() || expected->getShape().back() != width ||
      rows != perSequence * batch || perSequence > tokens)
    return failed(fail(expectedPath + ": its shape does not fit the logits"));
  std::vector<double> numbers(expected->getNumElements());
  for (size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = expected->get(i);
  double best = std::numeric_limits<double>::infinity();
  for (int64_t first : {int64_t(0), tokens - perSequence}) {
    double worst = 0;
    for (int64_t b = 0; b < batch; ++b) {
      auto part = [&](auto all, int64_t row) {
        return all.slice(row * width, perSequence * width);
      };
      ArrayRef<float> got(logits->getData<float>(), logits->getNumElements());
      worst = std::max(
          worst, reference::compare(part(got, b * tokens + first),
                                    part(ArrayRef(numbers), b * perSequence))
                     .maxAbs);
    }
    best = std::min(best, worst);
  }
  llvm::outs() << llvm::formatv(
      "logits: {0} rows compared, largest difference {1:e2}\n", rows, best);
  if (!(best <= tolerance))
    return failed(
        fail(llvm::formatv("the logits differ by more than {0:e2}", tolerance)
                 .str()));
  return 0;
}
