//===- llamir-opt.cpp - Run passes on IR ----------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/InitAll.h"
#include "llamir/Support/IRText.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/ADT/Statistic.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/ToolOutputFile.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;

static LogicalResult fail(const Twine &message) {
  llvm::WithColor::error(llvm::errs(), "llamir-opt") << message << '\n';
  return failure();
}

/// What MlirOptMain does, on IR that was looked over.
static LogicalResult run(StringRef input, StringRef output,
                         DialectRegistry &registry,
                         const MlirOptMainConfig &config) {
  auto buffer = llamir::readIRText(input);
  if (!buffer)
    return fail(llvm::toString(buffer.takeError()));
  std::string message;
  std::unique_ptr<llvm::ToolOutputFile> file = openOutputFile(output, &message);
  if (!file)
    return fail(message);
  if (failed(MlirOptMain(file->os(), std::move(*buffer), registry, config)))
    return failure();
  file->keep();
  return success();
}

/// True if --mlir-pass-statistics was given.
static bool wantsStatistics() {
  auto &options = llvm::cl::getRegisteredOptions();
  auto found = options.find("mlir-pass-statistics");
  return found != options.end() &&
         static_cast<llvm::cl::opt<bool> *>(found->second)->getValue();
}

int main(int argc, char **argv) {
  DialectRegistry registry;
  llamir::registerAllDialects(registry);
  llamir::registerAllPasses();
  auto [input, output] = registerAndParseCLIOptions(
      argc, argv, "llamir optimizer driver\n", registry);
  auto config = MlirOptMainConfig::createFromCLOptions();
  if (config.shouldShowDialects() || config.shouldListPasses())
    return asMainReturnCode(MlirOptMain(argc, argv, input, output, registry));
  llvm::InitLLVM init(argc, argv);
  bool statistics = wantsStatistics();
  if (statistics)
    llvm::EnableStatistics(/*DoPrintOnExit=*/false);
  LogicalResult result = run(input, output, registry, config);
  // What MLIR prints is empty where it was built without assertions.
  if (statistics)
    llvm::PrintStatistics(*llvm::CreateInfoOutputFile());
  return asMainReturnCode(result);
}
