//===- Check.cpp - Kernels against the reference --------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "llamir/Reference/Compare.h"
#include "llamir/Support/Progress.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace llamir;

/// A packed matrix as the matrix that it stands for. Where its elements lie is
/// said by the encoding alone.
static reference::Tensor unpack(const TensorView &view,
                                llama::PanelsAttr panels) {
  reference::Tensor tensor(view.shape, {});
  int64_t columns = view.shape[1];
  tensor.data.reserve(view.shape[0] * columns);
  for (int64_t row = 0; row < view.shape[0]; ++row)
    for (int64_t column = 0; column < columns; ++column)
      tensor.data.push_back(readElement(
          view.type, static_cast<const char *>(view.data) +
                         panels.getStoredIndex(row, column, columns) *
                             getSize(view.type)));
  return tensor;
}

/// The numbers of a tensor in the order of its shape.
static reference::Tensor toReference(const TensorView &view, Type type) {
  if (llama::PanelsAttr panels = llama::getPanels(type))
    return unpack(view, panels);
  reference::Tensor tensor(view.shape, {});
  int64_t rows = view.shape.size() >= 2 ? view.shape[0] : 1,
          width = view.getWidth();
  tensor.data.reserve(rows * width);
  std::vector<float> row(width);
  for (int64_t r = 0; r < rows; ++r) {
    const char *start = static_cast<const char *>(view.data) +
                        r * view.stride * getSize(view.type);
    if (view.type == ElementType::I32) {
      for (int64_t i = 0; i < width; ++i)
        tensor.data.push_back(reinterpret_cast<const int32_t *>(start)[i]);
      continue;
    }
    convertToF32(view.type, start, row.data(), width);
    tensor.data.insert(tensor.data.end(), row.begin(), row.end());
  }
  return tensor;
}

static std::vector<float> toFloats(const TensorView &view, Type type) {
  reference::Tensor tensor = toReference(view, type);
  return std::vector<float>(tensor.data.begin(), tensor.data.end());
}

namespace {
/// Collects the errors of a run.
class ErrorMeter {
public:
  explicit ErrorMeter(Session &session) : session(session) {}

  /// Compares the results of a launch.
  llvm::Error observe(const ObservedLaunch &observed);

  std::vector<KernelError> errors;

private:
  FailureOr<SmallVector<reference::Tensor>>
  getArguments(const ObservedLaunch &observed);
  KernelError &getError(StringRef kernel, const std::string &name);

  Session &session;
  llvm::StringMap<size_t> indices;
};
} // namespace

KernelError &ErrorMeter::getError(StringRef kernel, const std::string &name) {
  auto [entry, fresh] = indices.try_emplace(name, errors.size());
  if (fresh) {
    KernelError &error = errors.emplace_back();
    error.kernel = kernel.str();
    error.name = name;
  }
  return errors[entry->second];
}

FailureOr<SmallVector<reference::Tensor>>
ErrorMeter::getArguments(const ObservedLaunch &observed) {
  llama::LaunchOp launch = observed.launch;
  SmallVector<reference::Tensor> arguments;
  for (auto [view, value] :
       llvm::zip_equal(observed.operands, launch.getOperands())) {
    auto get = value.getDefiningOp<llama::GetWeightOp>();
    if (!get) {
      arguments.push_back(toReference(view, value.getType()));
      continue;
    }
    FailureOr<reference::Tensor> weight = session.getWeight(
        session.module->lookupSymbol<llama::WeightOp>(get.getWeight()));
    if (failed(weight))
      return failure();
    arguments.push_back(std::move(*weight));
  }
  return arguments;
}

llvm::Error ErrorMeter::observe(const ObservedLaunch &observed) {
  llama::LaunchOp launch = observed.launch;
  StringRef name = launch.getKernel();
  FailureOr<SmallVector<reference::Tensor>> arguments = getArguments(observed);
  if (failed(arguments))
    return llvm::createStringError("a weight could not be read");
  auto kernel = session.kernels->lookupSymbol<func::FuncOp>(name);
  auto noWeights = [](llama::WeightOp) -> FailureOr<reference::Tensor> {
    return failure();
  };
  FailureOr<SmallVector<reference::Tensor>> expected =
      reference::evaluateFunction(kernel, *arguments, noWeights);
  if (failed(expected))
    return llvm::createStringError("the reference could not be computed");
  for (auto [index, output] : llvm::enumerate(observed.results)) {
    Type type = launch.getResult(index).getType();
    reference::Comparison comparison =
        reference::compare(toFloats(output, type), (*expected)[index],
                           cast<RankedTensorType>(type).getElementType());
    std::string suffix =
        observed.results.size() > 1 ? "#" + std::to_string(index) : "";
    KernelError &error = getError(name, name.str() + suffix);
    ++error.count;
    error.maxAbs = std::max(error.maxAbs, comparison.maxAbs);
    error.maxRel = std::max(error.maxRel, comparison.maxRel);
    error.ofBound = std::max(error.ofBound, comparison.ofBound);
  }
  return llvm::Error::success();
}

FailureOr<std::vector<KernelError>>
llamir::measureErrors(Session &session, func::FuncOp function,
                      MutableArrayRef<Array> inputs,
                      std::vector<Array> &results) {
  if (!session.kernels)
    return fail(session.getInputName() +
                ": the IR has no module @llama.kernels to compare its kernels "
                "with");
  ErrorMeter meter(session);
  Progress progress("comparing kernels",
                    llvm::range_size(function.getOps<llama::LaunchOp>()),
                    ProgressUnit::Items);
  if (failed(session.run(function, inputs, results,
                         [&](const ObservedLaunch &observed) {
                           llvm::Error error = meter.observe(observed);
                           progress.advance(1);
                           return error;
                         })))
    return failure();
  return std::move(meter.errors);
}

LogicalResult llamir::checkErrors(ArrayRef<KernelError> errors) {
  for (const KernelError &error : errors)
    if (!error.ok())
      return fail("kernel '" + error.name +
                  "' differs from the reference by more than its bound");
  return success();
}

static void printErrors(ArrayRef<KernelError> errors) {
  if (errors.empty()) {
    llvm::outs() << "no kernel ran\n";
    return;
  }
  llvm::outs() << llvm::formatv("{0,-24} {1,8} {2,14} {3,14} {4,12}\n",
                                "result", "times", "max abs error",
                                "max rel error", "of the bound");
  for (const KernelError &error : errors) {
    llvm::outs() << llvm::formatv(
        "{0,-24} {1,8} {2,14:e2} {3,14:e2} {4,12:p0}  ", error.name,
        error.count, error.maxAbs, error.maxRel, error.ofBound);
    llvm::WithColor(llvm::outs(), error.ok() ? llvm::raw_ostream::GREEN
                                             : llvm::raw_ostream::RED)
        << (error.ok() ? "ok" : "WRONG");
    llvm::outs() << '\n';
  }
}

LogicalResult llamir::checkFunction(Session &session, func::FuncOp function,
                                    MutableArrayRef<Array> inputs,
                                    std::vector<Array> &results) {
  FailureOr<std::vector<KernelError>> errors =
      measureErrors(session, function, inputs, results);
  if (failed(errors))
    return failure();
  printErrors(*errors);
  return checkErrors(*errors);
}
