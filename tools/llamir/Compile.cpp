//===- Compile.cpp - The command compile ----------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "llamir/Support/OutputFile.h"
#include "llamir/Target/HostCodegen.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace llamir;

/// Where the weights of a session go, and what they are.
static HeaderWeights getWeights(const Session &session, StringRef file) {
  HeaderWeights weights;
  if (session.layout.totalBytes == 0)
    return weights;
  weights.file = file.str();
  weights.fingerprint = session.layout.getFingerprintText();
  weights.bytes = session.layout.totalBytes;
  return weights;
}

namespace {
/// Writes files to a folder, all or none.
class FolderWriter {
public:
  static FailureOr<FolderWriter> create(StringRef path) {
    llvm::Expected<OutputFolder> folder = OutputFolder::create(path);
    if (!folder)
      return fail(folder.takeError());
    return FolderWriter(std::move(*folder));
  }

  LogicalResult add(StringRef name, StringRef bytes) {
    return keep(folder.write(name, bytes));
  }
  LogicalResult add(ArrayRef<NamedFile> files) {
    for (const auto &[name, bytes] : files)
      if (failed(add(name, bytes)))
        return failure();
    return success();
  }
  /// The weights of a session, if it has some.
  LogicalResult addWeights(Session &session, StringRef name) {
    if (session.layout.totalBytes == 0)
      return success();
    if (failed(keep(folder.open(name))))
      return failure();
    return session.writeWeights(files.back());
  }
  LogicalResult commit() {
    if (llvm::Error error = folder.commit(files))
      return fail(std::move(error));
    return success();
  }

private:
  explicit FolderWriter(OutputFolder folder) : folder(std::move(folder)) {}
  LogicalResult keep(llvm::Expected<OutputFile> file) {
    if (!file)
      return fail(file.takeError());
    files.push_back(std::move(*file));
    return success();
  }

  OutputFolder folder;
  std::vector<OutputFile> files;
};
} // namespace

/// The files that all modules have in common.
static std::vector<NamedFile> getCommonFiles(const CompileOptions &compile) {
  std::vector<NamedFile> files = compile.more;
  if (compile.header)
    files.push_back({"llamir_runtime.h", getRuntimeHeader().str()});
  if (compile.runtime)
    files.push_back({"libllamir_rt.a", getRuntimeArchive().str()});
  return files;
}

LogicalResult llamir::writeFiles(Session &session,
                                 const CompileOptions &compile) {
  FailureOr<FolderWriter> writer = FolderWriter::create(compile.outputDir);
  if (failed(writer))
    return failure();
  std::string name = session.getName();
  std::string weightsFile = name + weightsExtension.str();
  for (const KernelCode &code : session.code)
    if (failed(writer->add(code.getFiles())))
      return failure();
  CodeForTarget code = {&session.target, &session.signature,
                        getWeights(session, weightsFile)};
  if (compile.header &&
      failed(writer->add(name + ".h",
                         writeCHeader(session.signature, name, code))))
    return failure();
  if (failed(writer->add(getCommonFiles(compile))) ||
      (compile.weights && failed(writer->addWeights(session, weightsFile))))
    return failure();
  return writer->commit();
}

//===----------------------------------------------------------------------===//
// Several targets
//===----------------------------------------------------------------------===//

namespace {
/// A module, compiled for several targets.
class TargetsCompiler {
public:
  TargetsCompiler(const DriverOptions &options, const CompileOptions &compile)
      : options(options), compile(compile) {}

  /// Compiles the input for one more target.
  LogicalResult add(StringRef target, StringRef input);
  LogicalResult write();

private:
  LogicalResult findNames(StringRef target, StringRef input);
  std::string getWeightsFile(const Session &session);

  DriverOptions options;
  const CompileOptions &compile;
  /// The functions that programs call, the session that has their types, and
  /// what stands before their names.
  std::unique_ptr<Session> names;
  ModuleSignature signature;
  std::string name;
  std::vector<std::unique_ptr<Session>> sessions; // One for each target.
  std::vector<CodeForTarget> targets;
};
} // namespace

/// Takes the names that the functions would have with one target.
LogicalResult TargetsCompiler::findNames(StringRef target, StringRef input) {
  DriverOptions own = options;
  own.target = target.str();
  names = std::make_unique<Session>(own);
  // Sizes of functions have names from this stage on.
  if (failed(names->load(input)) ||
      failed(names->printAfter("kernels", llvm::nulls())))
    return failure();
  FailureOr<ModuleSignature> found =
      getModuleSignature(*names->module, options.name);
  if (failed(found))
    return failure();
  if (found->functions.empty())
    return fail(names->getInputName() +
                ": there is no public function to compile");
  signature = std::move(*found);
  name = StringRef(signature.kernelPrefix).drop_back().str();
  return success();
}

LogicalResult TargetsCompiler::add(StringRef target, StringRef input) {
  if (!names && failed(findNames(target, input)))
    return failure();
  DriverOptions own = options;
  own.target = target.str();
  own.name = name + "_" + getCIdentifier(target);
  Session &session = *sessions.emplace_back(std::make_unique<Session>(own));
  return failed(session.load(input)) ? failure()
                                     : session.compile(compile.outputs);
}

/// That of a target before with the same weights, or a new one.
std::string TargetsCompiler::getWeightsFile(const Session &session) {
  for (const CodeForTarget &of : targets)
    if (of.weights.fingerprint == session.layout.getFingerprintText())
      return of.weights.file;
  return name + "." + session.target.name + weightsExtension.str();
}

LogicalResult TargetsCompiler::write() {
  FailureOr<FolderWriter> writer = FolderWriter::create(compile.outputDir);
  if (failed(writer))
    return failure();
  for (const std::unique_ptr<Session> &session : sessions) {
    std::string file = getWeightsFile(*session);
    bool isNew = llvm::none_of(targets, [&](const CodeForTarget &of) {
      return of.weights.file == file;
    });
    targets.push_back(
        {&session->target, &session->signature, getWeights(*session, file)});
    for (const KernelCode &code : session->code)
      if (failed(writer->add(code.getFiles())))
        return failure();
    if (compile.weights && isNew && failed(writer->addWeights(*session, file)))
      return failure();
  }
  llvm::Expected<KernelCode> dispatch =
      compileDispatch(signature, name, targets, compile.outputs);
  if (!dispatch)
    return fail(dispatch.takeError());
  if (failed(writer->add(dispatch->getFiles())) ||
      (compile.header &&
       failed(
           writer->add(name + ".h", writeCHeader(signature, name, targets)))) ||
      failed(writer->add(getCommonFiles(compile))))
    return failure();
  return writer->commit();
}

int llamir::runCompileForTargets(const DriverOptions &options,
                                 ArrayRef<std::string> targets, StringRef input,
                                 const CompileOptions &compile) {
  TargetsCompiler compiler(options, compile);
  for (const std::string &target : targets)
    if (failed(compiler.add(target, input)))
      return 1;
  return failed(compiler.write());
}

int llamir::runCompile(const DriverOptions &options, StringRef input,
                       const CompileOptions &compile) {
  Session session(options);
  if (failed(session.load(input)))
    return 1;
  if (!compile.untilAfter.empty())
    return failed(session.printAfter(compile.untilAfter, llvm::outs()));
  return failed(session.compile(compile.outputs)) ||
         failed(writeFiles(session, compile));
}
