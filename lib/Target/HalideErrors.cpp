//===- HalideErrors.cpp - What libHalide says -----------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HalideErrors.h"
#include "HalideTranslation.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace llamir;

namespace {
/// Throws errors, and warns on the op that is being translated.
class Reporter : public Halide::CompileTimeErrorReporter {
public:
  void warning(const char *words) override {
    if (op)
      op->emitWarning() << "Halide: " << clean(words, "Warning:");
  }
  [[noreturn]] void error(const char *words) override {
    throw Halide::CompileError(clean(words, "Error:").str());
  }

  /// Null while code is generated.
  Operation *op = nullptr;

private:
  static StringRef clean(StringRef words, StringRef kind) {
    words = words.trim();
    words.consume_front(kind);
    return words.trim();
  }
};
} // namespace

LogicalResult llamir::guard(Operation &op,
                            llvm::function_ref<LogicalResult()> action) {
  static Reporter reporter;
  Halide::set_custom_compile_time_error_reporter(&reporter);
  llvm::SaveAndRestore current(reporter.op, &op);
  try {
    return action();
  } catch (const Halide::Error &error) {
    return op.emitError() << "Halide: " << error.what();
  }
}
