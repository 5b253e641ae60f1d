//===- Messages.cpp - What the driver tells its user ----------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Messages.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace llamir;

LogicalResult llamir::fail(const Twine &message) {
  llvm::WithColor::error(llvm::errs(), "llamir") << message << '\n';
  return failure();
}

LogicalResult llamir::fail(llvm::Error error) {
  return fail(llvm::toString(std::move(error)));
}

static std::string getPlace(Location location) {
  if (auto file = location->findInstanceOf<FileLineColLoc>())
    return (file.getFilename().getValue() + ":" + Twine(file.getLine()) + ":" +
            Twine(file.getColumn()) + ": ")
        .str();
  if (auto name = location->findInstanceOf<NameLoc>())
    return (name.getName().getValue() + ": ").str();
  return "";
}

static void print(const Diagnostic &diagnostic) {
  bool isError = diagnostic.getSeverity() == DiagnosticSeverity::Error;
  std::string place = getPlace(diagnostic.getLocation());
  static llvm::StringSet<> warnings; // Of all contexts.
  if (!isError && !warnings.insert(place + diagnostic.str()).second)
    return;
  (isError ? llvm::WithColor::error(llvm::errs(), "llamir")
           : llvm::WithColor::warning(llvm::errs(), "llamir"))
      << place << diagnostic << '\n';
  for (const Diagnostic &note : diagnostic.getNotes())
    llvm::WithColor::note(llvm::errs(), "llamir") << note << '\n';
}

/// A remark with the name of what it is about, or else its line.
static std::string formatRemark(const Diagnostic &remark) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  Location location = remark.getLocation();
  if (auto name = location->findInstanceOf<NameLoc>())
    stream << name.getName().getValue() << ": ";
  else if (auto file = location->findInstanceOf<FileLineColLoc>())
    stream << file.getFilename().getValue() << ':' << file.getLine() << ": ";
  stream << remark;
  return text;
}

void llamir::handleDiagnostics(MLIRContext &context,
                               std::vector<std::string> &remarks) {
  context.printOpOnDiagnostic(false);
  remark::RemarkCategories categories;
  categories.all = categories.passed = categories.missed = categories.analysis =
      ".*";
  (void)remark::enableOptimizationRemarks(
      context, nullptr, std::make_unique<remark::RemarkEmittingPolicyAll>(),
      categories,
      /*printAsEmitRemarks=*/true);
  context.getDiagEngine().registerHandler([&remarks](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Remark)
      remarks.push_back(formatRemark(diagnostic));
    else
      print(diagnostic);
  });
}
