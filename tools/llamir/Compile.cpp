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

using namespace mlir;
using namespace llamir;

/// The files of a compiled module but for the weights, by name.
static std::vector<NamedFile> getFiles(const Session &session,
                                       const CompileOptions &compile) {
  std::vector<NamedFile> files = compile.more;
  for (const KernelCode &code : session.code)
    llvm::append_range(files, code.getFiles());
  std::string name = session.getName();
  if (compile.header) {
    HeaderWeights weights;
    if (session.layout.totalBytes != 0) {
      weights.file = name + weightsExtension.str();
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

LogicalResult llamir::writeFiles(Session &session,
                                 const CompileOptions &compile) {
  llvm::Expected<OutputFolder> folder = OutputFolder::create(compile.outputDir);
  if (!folder)
    return fail(folder.takeError());
  std::vector<OutputFile> written;
  for (const auto &[name, bytes] : getFiles(session, compile)) {
    llvm::Expected<OutputFile> file = folder->write(name, bytes);
    if (!file)
      return fail(file.takeError());
    written.push_back(std::move(*file));
  }
  if (compile.weights && session.layout.totalBytes != 0) {
    llvm::Expected<OutputFile> file =
        folder->open(session.getName() + weightsExtension.str());
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
