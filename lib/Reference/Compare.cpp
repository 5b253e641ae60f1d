//===- Compare.cpp - Compare results with the reference -------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Reference/Compare.h"
#include "dialects/llama/LlamaDialect.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;
using namespace llamir::reference;

double reference::getTolerance(Type elementType, int64_t reductionLength) {
  double length = double(std::max<int64_t>(reductionLength, 1));
  double sum = std::min(std::ldexp(8 + std::sqrt(length), -24), 1e-5);
  if (isa<BFloat16Type>(elementType))
    return std::ldexp(1.0, -8) + sum;
  if (isa<Float16Type>(elementType))
    return std::ldexp(1.0, -11) + sum;
  return sum;
}

//===----------------------------------------------------------------------===//
// Reduction length
//===----------------------------------------------------------------------===//

static int64_t addLengths(int64_t a, int64_t b) {
  int64_t sum;
  return llvm::AddOverflow(a, b, sum) ? std::numeric_limits<int64_t>::max()
                                      : sum;
}

/// The terms that one op sums up for an element of its result, with `keys` for
/// every dynamic size.
static int64_t getOwnLength(Operation *op, int64_t keys) {
  auto compute = dyn_cast<ComputeOpInterface>(op);
  if (!compute)
    return 0;
  SmallVector<SmallVector<int64_t>> shapes;
  for (Type type : op->getOperandTypes()) {
    SmallVector<int64_t> &shape =
        shapes.emplace_back(cast<RankedTensorType>(type).getShape());
    llvm::replace(shape, ShapedType::kDynamic, keys);
  }
  return compute.getReductionLength(shapes);
}

/// The length of a sum whose error is that of both: errors grow with the square
/// root of the length.
static int64_t addErrors(int64_t a, int64_t b) {
  double sum = std::sqrt(double(a)) + std::sqrt(double(b));
  constexpr int64_t most = std::numeric_limits<int64_t>::max();
  return sum * sum < double(most) ? int64_t(std::llround(sum * sum)) : most;
}

namespace {

/// Follows the sums from the arguments of a block to the values it ends with.
class LengthAnalysis {
public:
  explicit LengthAnalysis(int64_t keys) : keys(keys) {}

  /// The lengths of the terminator's operands for those of the arguments.
  SmallVector<int64_t> measure(Block &block, ArrayRef<int64_t> arguments);

private:
  SmallVector<int64_t> measure(Operation &op, ArrayRef<int64_t> operands);

  int64_t keys;
  /// The functions on the way: one that runs itself has no length.
  SmallVector<Operation *> active;
};

} // namespace

SmallVector<int64_t> LengthAnalysis::measure(Operation &op,
                                             ArrayRef<int64_t> operands) {
  if (auto kernel = dyn_cast<KernelOp>(op))
    return measure(kernel.getBody().front(), operands);
  FlatSymbolRefAttr symbol;
  if (auto launch = dyn_cast<LaunchOp>(op))
    symbol = launch.getKernelAttr();
  else if (auto call = dyn_cast<func::CallOp>(op))
    symbol = call.getCalleeAttr();
  auto callee =
      symbol ? SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(&op, symbol)
             : func::FuncOp();
  if (callee && !callee.isExternal() && !llvm::is_contained(active, callee)) {
    active.push_back(callee);
    SmallVector<int64_t> lengths = measure(callee.getBody().front(), operands);
    active.pop_back();
    return lengths;
  }
  auto compute = dyn_cast<ComputeOpInterface>(op);
  bool isProduct = compute && compute.isProduct();
  int64_t longest = 0;
  for (int64_t length : operands)
    longest =
        isProduct ? addErrors(longest, length) : std::max(longest, length);
  return SmallVector<int64_t>(op.getNumResults(),
                              addLengths(longest, getOwnLength(&op, keys)));
}

SmallVector<int64_t> LengthAnalysis::measure(Block &block,
                                             ArrayRef<int64_t> arguments) {
  llvm::DenseMap<Value, int64_t> lengths;
  for (auto [argument, length] : llvm::zip(block.getArguments(), arguments))
    lengths[argument] = length;
  SmallVector<int64_t> operands;
  for (Operation &op : block) {
    operands.clear();
    for (Value operand : op.getOperands())
      operands.push_back(lengths.lookup(operand));
    if (op.hasTrait<OpTrait::IsTerminator>())
      break;
    for (auto [result, length] :
         llvm::zip(op.getResults(), measure(op, operands)))
      lengths[result] = length;
  }
  return operands;
}

int64_t reference::getReductionLength(Operation *kernel, int64_t keys) {
  keys = std::max<int64_t>(keys, 0);
  if (kernel->getNumRegions() == 0)
    return getOwnLength(kernel, keys);
  int64_t longest = 0;
  for (Region &region : kernel->getRegions())
    for (Block &block : region)
      for (int64_t length : LengthAnalysis(keys).measure(
               block, SmallVector<int64_t>(block.getNumArguments(), 0)))
        longest = std::max(longest, length);
  return longest;
}

//===----------------------------------------------------------------------===//
// Comparison
//===----------------------------------------------------------------------===//

/// The difference of two numbers; infinite where one of them is not a number
/// that the other can be near to.
static double getDifference(double got, double expected) {
  if (std::isnan(got) && std::isnan(expected))
    return 0;
  if (std::isfinite(got) && std::isfinite(expected))
    return std::abs(got - expected);
  return got == expected ? 0 : std::numeric_limits<double>::infinity();
}

Comparison reference::compare(ArrayRef<float> got, ArrayRef<double> expected) {
  Comparison comparison;
  if (got.size() != expected.size()) {
    comparison.maxAbs = comparison.maxRel =
        std::numeric_limits<double>::infinity();
    comparison.worst = std::min(got.size(), expected.size());
    return comparison;
  }
  double largest = 0;
  for (auto [index, pair] : llvm::enumerate(llvm::zip(got, expected))) {
    auto [value, reference] = pair;
    if (std::isfinite(reference))
      largest = std::max(largest, std::abs(reference));
    double difference = getDifference(value, reference);
    if (difference <= comparison.maxAbs)
      continue;
    comparison.maxAbs = difference;
    comparison.worst = index;
    comparison.got = value;
    comparison.expected = reference;
  }
  if (comparison.maxAbs == 0)
    return comparison;
  // Next to zeros alone there is no scale: any difference is infinite.
  comparison.maxRel = largest > 0 ? comparison.maxAbs / largest
                                  : std::numeric_limits<double>::infinity();
  return comparison;
}
