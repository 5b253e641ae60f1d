//===- ReferenceTestBase.h - Evaluate a function from its text --*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TEST_UNIT_REFERENCE_REFERENCETESTBASE_H
#define LLAMIR_TEST_UNIT_REFERENCE_REFERENCETESTBASE_H

#include "llamir/Reference/Reference.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"
#include <cmath>
#include <limits>
#include <string>

namespace llamir::reference {

// NOLINTNEXTLINE(readability-identifier-naming): as they are printed.
constexpr double Inf = std::numeric_limits<double>::infinity();
// NOLINTNEXTLINE(readability-identifier-naming)
constexpr double NaN = std::numeric_limits<double>::quiet_NaN();

class ReferenceTest : public testing::Test {
protected:
  ReferenceTest() : context(getRegistry()) {
    context.loadDialect<llama::LlamaDialect, mlir::func::FuncDialect>();
    handler = context.getDiagEngine().registerHandler(
        [this](mlir::Diagnostic &diagnostic) { errors += diagnostic.str(); });
  }

  /// Parses a module; the tests name their function @f.
  mlir::func::FuncOp parse(llvm::StringRef text) {
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    EXPECT_TRUE(module) << errors;
    return module ? module->lookupSymbol<mlir::func::FuncOp>("f")
                  : mlir::func::FuncOp();
  }

  /// The results of @f, or none and `errors` when it fails.
  llvm::SmallVector<Tensor> run(llvm::StringRef text,
                                llvm::ArrayRef<Tensor> arguments,
                                Observer observer = nullptr) {
    mlir::func::FuncOp function = parse(text);
    if (!function)
      return {};
    llvm::FailureOr<llvm::SmallVector<Tensor>> results = evaluateFunction(
        function, arguments,
        [this](llama::WeightOp) -> llvm::FailureOr<Tensor> { return weight; },
        observer);
    if (failed(results))
      return {};
    return std::move(*results);
  }

  /// Every weight of the module.
  Tensor weight;
  std::string errors;
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;

private:
  static mlir::DialectRegistry getRegistry() {
    mlir::DialectRegistry registry;
    registry.insert<llama::LlamaDialect, mlir::func::FuncDialect>();
    registerReferenceModels(registry);
    return registry;
  }

  mlir::DiagnosticEngine::HandlerID handler;
};

/// Expects one result of this shape with these numbers.
inline void expectResult(llvm::ArrayRef<Tensor> results,
                         llvm::ArrayRef<int64_t> shape,
                         std::vector<double> expected) {
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(llvm::ArrayRef<int64_t>(results[0].shape), shape);
  ASSERT_EQ(results[0].data.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    if (std::isnan(expected[i]))
      EXPECT_TRUE(std::isnan(results[0].data[i])) << "at " << i;
    else if (std::isinf(expected[i]))
      EXPECT_EQ(results[0].data[i], expected[i]) << "at " << i;
    else
      EXPECT_NEAR(results[0].data[i], expected[i], 1e-14) << "at " << i;
  }
}

} // namespace llamir::reference

#endif // LLAMIR_TEST_UNIT_REFERENCE_REFERENCETESTBASE_H
