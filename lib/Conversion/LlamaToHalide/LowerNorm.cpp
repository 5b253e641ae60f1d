//===- LowerNorm.cpp - Norms in Halide ------------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A row is seen as extents of which some are summed over. The funcs of the
// statistics have the others as dimensions, and the row:
//
//   total(g, t)       = sum over i of x(i, g, t)            of centred norms
//   sum_squares(g, t) = sum over i of (x(i, g, t) - mean)²
//   scale(g, t)       = 1 / sqrt(sum_squares / count + eps)
//
// The mean comes first, so that no digits are lost where it is large.

#include "LoweringUtils.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

using Extents = SmallVector<llama::NormOp::Extent>;

/// The sizes of extents, innermost first.
static SmallVector<int64_t> getLayout(const Extents &extents) {
  SmallVector<int64_t> layout;
  for (llama::NormOp::Extent extent : llvm::reverse(extents))
    layout.push_back(extent.size);
  return layout;
}

namespace {
/// The funcs of a norm.
class NormLowering {
public:
  NormLowering(llama::NormOp op, HalideLowering &lowering)
      : op(op), low(lowering), builder(lowering.getBuilder()),
        extents(op.getStatisticExtents()), layout(getLayout(extents)),
        x(lowering.getReader(op.getX())) {
    static constexpr StringRef kept[] = {"g", "h", "m"},
                               summed[] = {"k", "l", "n"};
    for (llama::NormOp::Extent extent : llvm::reverse(extents)) {
      if (extent.isMember) {
        variables.push_back(summed[variables.size()]);
        sizes.push_back(getIndex(builder, extent.size));
      } else {
        dims.push_back(kept[dims.size()]);
      }
    }
    dims.push_back("t");
    // The elements that share statistics lie side by side.
    isRow = llvm::all_of(ArrayRef(extents).drop_back(),
                         [](auto extent) { return !extent.isMember; }) &&
            extents.back().isMember;
  }

  void lower();

private:
  /// Adds a func that sums up what `term` makes of the elements that share
  /// statistics; `place` are the indices of the func.
  Value
  addSum(StringRef name, StringRef role,
         llvm::function_ref<Expression(Expression element, ValueRange place)>
             term);
  /// The mean at a place of the statistics; only of a centred norm.
  Expression getMean(ImplicitLocOpBuilder &body, ValueRange place) {
    Expression sum(body, low.read(body, total, SmallVector<Value>(place))[0]);
    return sum * sum.number(1 / double(op.getCount()));
  }
  /// The gain or bias at a column of a row.
  Value readAffine(ImplicitLocOpBuilder &body, Value affine,
                   const Column &column);

  llama::NormOp op;
  HalideLowering &low;
  ImplicitLocOpBuilder &builder;
  Extents extents;
  /// Sizes of the extents, innermost first.
  SmallVector<int64_t> layout;
  Reader x;
  SmallVector<StringRef> dims, variables;
  SmallVector<Value> sizes;
  bool isRow;
  Value total, squares, scale;
};
} // namespace

Value llamir::getScale(Expression variance, double eps) {
  Expression sum = variance + variance.number(eps);
  Expression root(*sum.to, math::SqrtOp::create(*sum.to, sum.value));
  return (sum.number(1) / root).value;
}

Value NormLowering::addSum(
    StringRef name, StringRef role,
    llvm::function_ref<Expression(Expression, ValueRange)> term) {
  Value sum = low.addFunc(name, role, dims, builder.getF32Type(), startAtZero);
  low.addUpdate(
      sum, variables, sizes, [&](ImplicitLocOpBuilder &body, ValueRange index) {
        ValueRange place = index.take_front(dims.size());
        ValueRange keptIndices = place,
                   summedIndices = index.drop_front(dims.size());
        Column column{{}, layout};
        for (llama::NormOp::Extent extent : llvm::reverse(extents)) {
          ValueRange &from = extent.isMember ? summedIndices : keptIndices;
          column.indices.push_back(from.front());
          from = from.drop_front();
        }
        Expression element(body, x(body, column, place.back()));
        Expression old(body, low.read(body, sum, SmallVector<Value>(place))[0]);
        return SmallVector<Value>{(old + term(element, place)).value};
      });
  return sum;
}

Value NormLowering::readAffine(ImplicitLocOpBuilder &body, Value affine,
                               const Column &column) {
  auto type = cast<RankedTensorType>(affine.getType());
  Extents affineExtents = op.getAffineExtents(type);
  Column place = column.divide(body, getLayout(affineExtents)), own;
  for (auto [extent, index] :
       llvm::zip_equal(llvm::reverse(affineExtents), place.indices))
    if (extent.isMember) {
      own.indices.push_back(index);
      own.extents.push_back(extent.size);
    }
  const Reader &reader = low.getReader(affine);
  if (type.getRank() == 1)
    return reader(body, own, Value());
  int64_t width = type.getNumElements() / type.getDimSize(0);
  auto [inRow, row] = own.getGroup(body, width);
  return reader(body, {{inRow}, {width}}, row);
}

void NormLowering::lower() {
  low.needKind(KernelKind::Norm);
  std::string prefix = isRow ? "row_" : "column_";
  if (op.getCentered())
    total = addSum("total", prefix + "total",
                   [](Expression element, ValueRange) { return element; });
  squares = addSum(
      "sum_squares", prefix + "sum", [&](Expression element, ValueRange place) {
        Expression difference =
            total ? element - getMean(*element.to, place) : element;
        return difference * difference;
      });
  double eps = op.getEps().convertToDouble(), count = double(op.getCount());
  scale = low.addFunc(
      "scale", prefix + "scale", dims, builder.getF32Type(),
      [&](ImplicitLocOpBuilder &body, ValueRange index) {
        Expression sum(body,
                       low.read(body, squares, SmallVector<Value>(index))[0]);
        return Values{getScale(sum * sum.number(1 / count), eps)};
      });
  // Kept by the reader, which outlives this call.
  NormLowering self = *this;
  Reader reader = [self](ImplicitLocOpBuilder &body, const Column &column,
                         Value t) mutable {
    Column place = column.divide(body, self.layout);
    SmallVector<Value> statistics;
    for (auto [extent, index] :
         llvm::zip_equal(llvm::reverse(self.extents), place.indices))
      if (!extent.isMember)
        statistics.push_back(index);
    statistics.push_back(t);
    Value value = self.x(body, column, t);
    if (self.total)
      value = arith::SubFOp::create(body, value,
                                    self.getMean(body, statistics).value);
    value = arith::MulFOp::create(
        body, value, self.low.read(body, self.scale, statistics)[0]);
    if (Value gain = self.op.getGain()) {
      Expression factor(body, self.readAffine(body, gain, column));
      if (std::optional<APFloat> offset = self.op.getGainOffset())
        factor.value =
            (factor + factor.number(offset->convertToDouble())).value;
      value = arith::MulFOp::create(body, value, factor.value);
    }
    if (Value bias = self.op.getBias())
      value = arith::AddFOp::create(body, value,
                                    self.readAffine(body, bias, column));
    return value;
  };
  low.setValue(op.getResult(), reader, layout);
}

LogicalResult llamir::lowerNorm(llama::NormOp op, HalideLowering &lowering) {
  if (op.isOverBatch())
    return op.emitOpError() << "is a norm over the batch, which is several "
                               "kernels: run --llama-expand-norms first";
  NormLowering(op, lowering).lower();
  return success();
}
