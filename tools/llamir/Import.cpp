//===- Import.cpp - The command import ------------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Commands.h"
#include "llamir/Support/OutputFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace llamir;

/// The folder that the paths of weights in a file are relative to.
static std::string getFolder(StringRef output) {
  StringRef folder = llvm::sys::path::parent_path(output);
  return folder.empty() ? "." : folder.str();
}

int llamir::runImport(const DriverOptions &options, StringRef input,
                      StringRef output) {
  if (input.empty())
    return failed(fail("there is no input; give a model's folder"));
  if (!llvm::sys::fs::is_directory(input))
    return failed(fail(input + ": not a folder with a model"));
  bool prints = output.empty() || output == "-";
  ImportOptions import = options.import;
  if (!prints)
    import.relativeTo = getFolder(output);
  Session session(options);
  auto module = importHuggingFace(input, import, session.getContext());
  if (!module)
    return failed(fail(module.takeError()));
  std::string text;
  llvm::raw_string_ostream stream(text);
  OpPrintingFlags flags;
  flags.enableDebugInfo(true, false);
  (*module)->print(stream, flags);
  if (prints)
    llvm::outs() << text;
  else if (llvm::Error error = writeFile(output, text))
    return failed(fail(std::move(error)));
  return 0;
}
