//===- Check.cpp - Kernels against the reference --------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Session.h"
#include "llamir/Reference/Compare.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;
using namespace llamir;

/// A packed matrix as the matrix that it stands for. Where its elements lie is
/// said by the encoding alone: [panels, columns, width].
static reference::Tensor unpack(const TensorView &view,
                                llama::PanelsAttr panels) {
  reference::Tensor tensor(view.shape, {});
  int64_t columns = view.shape[1], width = panels.getWidth();
  tensor.data.reserve(view.shape[0] * columns);
  for (int64_t row = 0; row < view.shape[0]; ++row) {
    int64_t packed = panels.getPackedRow(row);
    int64_t start = packed / width * columns * width + packed % width;
    for (int64_t column = 0; column < columns; ++column)
      tensor.data.push_back(readElement(
          view.type, static_cast<const char *>(view.data) +
                         (start + column * width) * getSize(view.type)));
  }
  return tensor;
}

/// The numbers of a tensor in the order of its shape.
static reference::Tensor toReference(const TensorView &view, Type type) {
  if (llama::PanelsAttr panels = llama::getPanels(type))
    return unpack(view, panels);
  reference::Tensor tensor(view.shape, {});
  int64_t rows = view.shape.size() == 2 ? view.shape[0] : 1,
          width = view.shape.back();
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
struct Row {
  std::string name;
  double maxAbs = 0, maxRel = 0, tolerance = 0;
  int64_t count = 0;
  bool ok = true;
};
} // namespace

static void printRows(ArrayRef<Row> rows) {
  llvm::outs() << llvm::formatv("{0,-24} {1,8} {2,14} {3,14} {4,12}\n",
                                "result", "times", "max abs error",
                                "max rel error", "tolerance");
  for (const Row &row : rows) {
    llvm::outs() << llvm::formatv(
        "{0,-24} {1,8} {2,14:e2} {3,14:e2} {4,12:e2}  ", row.name, row.count,
        row.maxAbs, row.maxRel, row.tolerance);
    llvm::WithColor(llvm::outs(),
                    row.ok ? llvm::raw_ostream::GREEN : llvm::raw_ostream::RED)
        << (row.ok ? "ok" : "WRONG");
    llvm::outs() << '\n';
  }
}

LogicalResult llamir::checkFunction(Session &session, func::FuncOp function,
                                    MutableArrayRef<Array> inputs,
                                    std::vector<Array> &results) {
  if (!session.kernels)
    return fail("the IR has no module @llama.kernels to compare its kernels "
                "with");
  std::vector<Row> rows;
  llvm::StringMap<size_t> indices;
  auto add = [&](StringRef name, const reference::Comparison &comparison,
                 double tolerance) {
    auto [entry, fresh] = indices.try_emplace(name, rows.size());
    if (fresh)
      rows.push_back({name.str(), 0, 0, tolerance, 0, true});
    Row &row = rows[entry->second];
    ++row.count;
    row.maxAbs = std::max(row.maxAbs, comparison.maxAbs);
    row.maxRel = std::max(row.maxRel, comparison.maxRel);
    row.ok &= comparison.ok(tolerance);
  };
  // Each kernel, on the inputs that it has in this run.
  auto observer = [&](const ObservedLaunch &observed) -> llvm::Error {
    llama::LaunchOp launch = observed.launch;
    auto kernel =
        session.kernels->lookupSymbol<func::FuncOp>(launch.getKernel());
    SmallVector<reference::Tensor> arguments;
    int64_t keys = 1;
    for (auto [index, value] : llvm::enumerate(launch.getOperands())) {
      if (auto get = value.getDefiningOp<llama::GetWeightOp>()) {
        auto weight =
            session.module->lookupSymbol<llama::WeightOp>(get.getWeight());
        FailureOr<reference::Tensor> tensor = session.getWeight(weight);
        if (failed(tensor))
          return llvm::createStringError("a weight could not be read");
        arguments.push_back(std::move(*tensor));
        continue;
      }
      arguments.push_back(
          toReference(observed.operands[index], value.getType()));
      keys = std::max(keys, observed.operands[index].shape[0]);
    }
    auto noWeights = [](llama::WeightOp) -> FailureOr<reference::Tensor> {
      return failure();
    };
    FailureOr<SmallVector<reference::Tensor>> expected =
        reference::evaluateFunction(kernel, arguments, noWeights);
    if (failed(expected))
      return llvm::createStringError("the reference could not be computed");
    for (auto [index, output] : llvm::enumerate(observed.results)) {
      auto type = cast<RankedTensorType>(launch.getResult(index).getType());
      std::string name = launch.getKernel().str();
      if (observed.results.size() > 1)
        name += "#" + std::to_string(index);
      add(name,
          reference::compare(toFloats(output, type), (*expected)[index].data),
          reference::getTolerance(type.getElementType(),
                                  reference::getReductionLength(kernel, keys)));
    }
    return llvm::Error::success();
  };
  if (failed(session.run(function, inputs, results, observer)))
    return failure();
  printRows(rows);
  for (const Row &row : rows)
    if (!row.ok)
      return fail("kernel '" + row.name +
                  "' differs from the reference by more than its tolerance");
  return success();
}
