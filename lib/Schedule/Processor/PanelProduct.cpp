//===- PanelProduct.cpp - Products of packed weights ----------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PanelProduct.h"
#include "../ScheduleBuilder.h"
#include "dialects/llama/LlamaDialect.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

/// The one value of a definition or an update, null if there are others.
static Value getYielded(Region &body) {
  auto yield = cast<YieldOp>(body.front().getTerminator());
  if (yield.getValues().size() != 1 || !yield.getIndices().empty() ||
      yield.getPredicate())
    return {};
  return yield.getValues().front();
}

/// Whether a value is what `source` has at these indices.
static bool isAt(Value value, Value source, ArrayRef<Value> indices) {
  auto at = value ? value.getDefiningOp<AtOp>() : AtOp();
  return at && at.getSource() == source &&
         llvm::equal(at.getIndices(), indices);
}

static bool hasRole(Value func, StringRef role) {
  Operation *op = func.getDefiningOp<halide::FuncOp>();
  auto name =
      op ? op->getAttrOfType<StringAttr>(llama::LlamaDialect::roleAttrName)
         : StringAttr();
  return name && name.getValue() == role;
}

/// The funcs and buffers that an expression reads.
static llvm::SmallSetVector<Value, 4> getSources(Value expression) {
  llvm::SmallSetVector<Value, 4> sources;
  SmallVector<Value> open = {expression};
  llvm::SmallPtrSet<Operation *, 16> seen;
  while (!open.empty()) {
    Operation *op = open.pop_back_val().getDefiningOp();
    if (!op || !seen.insert(op).second)
      continue;
    if (auto at = dyn_cast<AtOp>(op)) {
      sources.insert(at.getSource());
      llvm::append_range(open, at.getIndices());
    } else {
      llvm::append_range(open, op->getOperands());
    }
  }
  return sources;
}

/// The func of bf16 that an expression of the rows rests on.
static Value findRows(Value expression) {
  llvm::SmallSetVector<Value, 4> sources = getSources(expression);
  if (sources.size() != 1)
    return {};
  Value source = sources.front();
  if (hasRole(source, "activations")) {
    auto func = source.getDefiningOp<halide::FuncOp>();
    Value widened = getYielded(func.getBody());
    auto widen =
        widened ? widened.getDefiningOp<arith::ExtFOp>() : arith::ExtFOp();
    sources = widen ? getSources(widen.getIn()) : sources;
    return sources.size() == 1 && hasRole(sources.front(), "rows")
               ? sources.front()
               : Value();
  }
  // Rows of f32 are read where they are; a func has the parts of the same.
  for (auto func : expression.getParentRegion()
                       ->getParentOfType<PipelineOp>()
                       .getBody()
                       .getOps<halide::FuncOp>())
    if (hasRole(func, "parts"))
      if (Value part = getYielded(func.getBody()))
        if (getSources(part).getArrayRef() == ArrayRef(source))
          return func;
  return {};
}

/// The number that is added to an index, nothing if it is something else.
static std::optional<int64_t> getOffset(Value value, Value index) {
  APInt constant;
  if (value == index)
    return 0;
  auto add = value.getDefiningOp<arith::AddIOp>();
  if (add && add.getLhs() == index &&
      matchPattern(add.getRhs(), m_ConstantInt(&constant)))
    return constant.getSExtValue();
  return std::nullopt;
}

std::optional<PanelProduct> llamir::matchPanelProduct(Value product,
                                                      Value sum) {
  auto func = sum.getDefiningOp<halide::FuncOp>();
  UpdateOp update = getUpdate(sum);
  if (!func || !update || sum.getType() != product.getType())
    return std::nullopt;
  if (product != sum) {
    auto reader = product.getDefiningOp<halide::FuncOp>();
    SmallVector<Value> same(reader.getBody().getArguments());
    if (!isAt(getYielded(reader.getBody()), sum, same))
      return std::nullopt;
  }
  Value start = getYielded(func.getBody());
  if (!start || !matchPattern(start, m_AnyZeroFloat()))
    return std::nullopt;

  SmallVector<Value> indices(update.getBody().getArguments());
  Value added = getYielded(update.getBody());
  auto add = added ? added.getDefiningOp<arith::AddFOp>() : arith::AddFOp();
  auto multiply =
      add ? add.getRhs().getDefiningOp<arith::MulFOp>() : arith::MulFOp();
  if (!multiply || !isAt(add.getLhs(), sum, ArrayRef(indices).take_front(3)))
    return std::nullopt;

  // The weight, or a panel of it in f32, at (input of a step,) column, step and
  // panel.
  Value factor = multiply.getRhs();
  if (auto widen = factor.getDefiningOp<arith::ExtFOp>())
    factor = widen.getIn();
  auto at = factor.getDefiningOp<AtOp>();
  if (!at)
    return std::nullopt;
  SmallVector<Value> place = {indices[0], indices.back()};
  if (indices.size() == 5)
    place.insert(place.begin(), indices[3]);
  std::optional<int64_t> first = getOffset(at.getIndices().back(), indices[1]);
  if (!first || !llvm::equal(at.getIndices().drop_back(), place))
    return std::nullopt;
  Value weight = at.getSource();
  if (hasRole(weight, "panel")) {
    Value widened =
        getYielded(weight.getDefiningOp<halide::FuncOp>().getBody());
    llvm::SmallSetVector<Value, 4> sources =
        widened ? getSources(widened) : llvm::SmallSetVector<Value, 4>();
    weight = sources.size() == 1 ? sources.front() : Value();
  }
  Value rows = findRows(multiply.getLhs());
  if (!isa_and_nonnull<BlockArgument>(weight) || !rows)
    return std::nullopt;
  return PanelProduct{weight, *first, rows};
}
