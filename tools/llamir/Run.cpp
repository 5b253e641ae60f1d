//===- Run.cpp - The command run ------------------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "Commands.h"
#include "llamir/Support/Npy.h"
#include "llamir/Support/OutputFile.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace llamir;

/// Whether all results can have files in one folder.
static LogicalResult checkFileNames(ArrayRef<HostArray> results) {
  llvm::StringSet<> seen;
  for (const HostArray &result : results) {
    StringRef name = result.name;
    if (name.find_first_of(StringRef("/\0", 2)) != StringRef::npos)
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
                                          ArrayRef<HostArray> results) {
  if (failed(checkFileNames(results)))
    return failure();
  llvm::Expected<OutputFolder> folder = OutputFolder::create(path);
  if (!folder)
    return fail(folder.takeError());
  ResultFiles opened{std::move(*folder), {}};
  for (const HostArray &result : results) {
    llvm::Expected<OutputFile> file = opened.folder.open(result.name + ".npy");
    if (!file)
      return fail(file.takeError());
    opened.files.push_back(std::move(*file));
  }
  return opened;
}

static LogicalResult writeResults(ResultFiles &to, ArrayRef<Array> results) {
  for (auto [file, result] : llvm::zip_equal(to.files, results))
    if (llvm::Error error = writeNpy(file, result))
      return fail(std::move(error));
  if (llvm::Error error = to.folder.commit(to.files))
    return fail(std::move(error));
  return success();
}

static void printResults(ArrayRef<HostArray> names, ArrayRef<Array> results) {
  for (auto [result, array] : llvm::zip_equal(names, results))
    llvm::outs() << result.name << ": " << formatShape(array.getShape()) << ' '
                 << getName(array.getType()) << '\n';
}

int llamir::runRun(const DriverOptions &options, StringRef input,
                   const RunOptions &run) {
  Session session(options);
  if (failed(session.load(input)) ||
      failed(session.selectFunction(run.function)) ||
      failed(session.compile(KernelOutput::Object)))
    return 1;
  FailureOr<func::FuncOp> function = session.getFunction(run.function);
  if (failed(function))
    return 1;
  FailureOr<Inputs> inputs = makeInputs(session, *function, run.inputs);
  if (failed(inputs))
    return 1;
  ArrayRef<HostArray> names = session.getSignature(*function).results;
  std::optional<ResultFiles> files;
  if (!run.outputDir.empty()) {
    FailureOr<ResultFiles> opened = openResults(run.outputDir, names);
    if (failed(opened))
      return 1;
    files = std::move(*opened);
  }
  std::vector<Array> results;
  if (failed(session.prepareRun()) ||
      failed(run.check
                 ? checkFunction(session, *function, inputs->arrays, results)
                 : session.run(*function, inputs->arrays, results)))
    return 1;
  if (files && failed(writeResults(*files, results)))
    return 1;
  printSizes(inputs->sizes);
  if (!files)
    printResults(names, results);
  return 0;
}
