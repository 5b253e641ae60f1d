//===- LowerStatistics.cpp - Statistics of channels in Halide -------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Statistics of a batch are made of those of its parts, so that each part is
// read from memory once, and parts are independent. A part is what a sample has
// of a channel, or, where that is one element, some samples:
//
//   total(c, b)   = sum of the part
//   squares(c, b) = sum over the part of (x - total / count)²
//   part(c, b)    = (total, squares)
//   batch_total(c)   = sum over b of total(c, b)
//   batch_squares(c) = sum over b of squares(c, b)
//                          + count · (total(c, b) / count - mean(c))²
//
// The roles of the first two begin with row_ where a part lies side by side,
// and with column_ where the channels do.
//
// Source: Chan et al., Algorithms for computing the sample variance, 1983.
//
//===----------------------------------------------------------------------===//

#include "LoweringUtils.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

/// A number of things as an f32.
static Expression countOf(ImplicitLocOpBuilder &body, Index index) {
  Value integer =
      arith::IndexCastOp::create(body, body.getI32Type(), index.value);
  return {body, arith::SIToFPOp::create(body, body.getF32Type(), integer)};
}

LogicalResult llamir::checkSummed(Operation *op, ArrayRef<Value> operands,
                                  HalideLowering &lowering) {
  for (Value operand : operands)
    if (operand && !lowering.getBuffer(operand))
      return op->emitOpError() << "sums over the tokens of what its kernel "
                                  "computes, of which an empty array has one "
                                  "too many: let it read inputs of the kernel";
  return success();
}

//===----------------------------------------------------------------------===//
// Statistics
//===----------------------------------------------------------------------===//

namespace {
class StatisticsLowering {
public:
  StatisticsLowering(llama::StatisticsOp op, HalideLowering &lowering)
      : op(op), low(lowering), builder(lowering.getBuilder()),
        x(lowering.getReader(op.getX())), channels(op.getNumChannels()),
        elements(op.getCount()), isRow(elements > 1),
        samples(builder, lowering.getTokens(op.getX())),
        parts(isRow || !op.isOverBatch()
                  ? samples
                  : (samples + (samplesOfBlock - 1)) / samplesOfBlock) {}

  void lower();

private:
  /// Adds a func that sums up what `term` makes of the elements of a part.
  Value addPartSum(
      StringRef name,
      llvm::function_ref<Expression(Expression x, Value c, Value b)> term);
  void addParts();
  /// Adds a func that sums up what `term` makes of the parts of a channel.
  Value addBatchSum(StringRef name,
                    llvm::function_ref<Expression(
                        Expression total, Expression squares, Value c, Value b)>
                        term);
  /// Elements of a part, as an f32.
  Expression getPartCount(ImplicitLocOpBuilder &body, Value b);
  /// Elements that share statistics, at least one, as an f32; `less` fewer.
  Expression getCount(ImplicitLocOpBuilder &body, double less = 0);
  Expression read(ImplicitLocOpBuilder &body, Value func, Values place) {
    return {body, low.read(body, func, place)[0]};
  }
  void setStatistics();
  void setUpdated();

  llama::StatisticsOp op;
  HalideLowering &low;
  ImplicitLocOpBuilder &builder;
  Reader x;
  int64_t channels, elements;
  bool isRow;
  Index samples, parts;
  Value total, squares, part, batchTotal, batchSquares;
};
} // namespace

Expression StatisticsLowering::getPartCount(ImplicitLocOpBuilder &body,
                                            Value b) {
  if (isRow || !op.isOverBatch())
    return {body, getF32(body, double(elements))};
  Index first = Index{body, b} * samplesOfBlock;
  Index rest = Index{body, samples.value} - first;
  return countOf(body, rest.min(rest.number(samplesOfBlock)));
}

Expression StatisticsLowering::getCount(ImplicitLocOpBuilder &body,
                                        double less) {
  if (!op.isOverBatch())
    return {body, getF32(body, double(elements))};
  Expression count = countOf(body, {body, samples.value});
  count = count * count.number(double(elements));
  if (less != 0)
    count = count - count.number(less);
  return {body,
          arith::MaxNumFOp::create(body, count.value, count.number(1).value)};
}

Value StatisticsLowering::addPartSum(
    StringRef name,
    llvm::function_ref<Expression(Expression, Value, Value)> term) {
  std::string role = (isRow ? "row_" : "column_") + name.str();
  Value sum =
      low.addFunc(name, role, {"c", "b"}, builder.getF32Type(), startAtZero);
  bool isBlock = !isRow && op.isOverBatch();
  int64_t extent = isBlock ? samplesOfBlock : elements;
  low.addUpdate(
      sum, StringRef(isBlock ? "s" : "k"), getIndex(builder, extent),
      [&](ImplicitLocOpBuilder &body, ValueRange index) {
        Value c = index[0], b = index[1], i = index[2];
        Value number, isThere;
        if (isBlock) {
          Index sample = Index{body, b} * samplesOfBlock + Index{body, i};
          Index last = Index{body, samples.value} - 1;
          isThere = sample.lessEqual(last);
          number = x(body, {{c}, {channels}}, sample.min(last).value);
        } else {
          number = x(body, {{i, c}, {elements, channels}}, b);
        }
        Expression sumOf =
            read(body, sum, {c, b}) + term(Expression(body, number), c, b);
        Values values = {sumOf.value};
        if (isBlock)
          values.push_back(isThere);
        return values;
      },
      /*predicated=*/isBlock);
  return sum;
}

void StatisticsLowering::addParts() {
  total = addPartSum("total",
                     [](Expression element, Value, Value) { return element; });
  squares = addPartSum("squares", [&](Expression element, Value c, Value b) {
    ImplicitLocOpBuilder &body = *element.to;
    Expression difference =
        element - read(body, total, {c, b}) / getPartCount(body, b);
    return difference * difference;
  });
  Type f32 = builder.getF32Type();
  part = low.addFunc("part", "part", {"c", "b"}, {f32, f32},
                     [&](ImplicitLocOpBuilder &body, ValueRange index) {
                       return Values{low.read(body, total, Values(index))[0],
                                     low.read(body, squares, Values(index))[0]};
                     });
}

Value StatisticsLowering::addBatchSum(
    StringRef name,
    llvm::function_ref<Expression(Expression, Expression, Value, Value)> term) {
  Value sum = low.addFunc(name, name, {"c"}, builder.getF32Type(), startAtZero);
  low.addUpdate(sum, StringRef("b"), parts.value,
                [&](ImplicitLocOpBuilder &body, ValueRange index) {
                  Value c = index[0], b = index[1];
                  Values values = low.read(body, part, {c, b});
                  Expression sumOf =
                      read(body, sum, {c}) +
                      term({body, values[0]}, {body, values[1]}, c, b);
                  return Values{sumOf.value};
                });
  return sum;
}

void StatisticsLowering::setStatistics() {
  // Kept by the readers, which outlive this call.
  StatisticsLowering self = *this;
  bool overBatch = op.isOverBatch();
  for (unsigned index : {0, 1}) {
    Reader reader = [self, overBatch, index](ImplicitLocOpBuilder &body,
                                             const Column &column,
                                             Value t) mutable {
      Value c = column.getFlat(body);
      if (!overBatch) {
        Expression sum(body, self.low.read(body, self.part, {c, t})[index]);
        return (sum / self.getCount(body)).value;
      }
      Value sums = index == 0 ? self.batchTotal : self.batchSquares;
      return (self.read(body, sums, {c}) / self.getCount(body)).value;
    };
    low.setValue(op.getResult(index), reader, channels);
  }
}

void StatisticsLowering::setUpdated() {
  StatisticsLowering self = *this;
  double momentum = op.getMomentum()->convertToDouble();
  double less = op.getBiased() ? 0 : 1;
  Value running[] = {op.getRunningMean(), op.getRunningVariance()};
  for (unsigned index : {0, 1}) {
    Reader old = low.getReader(running[index]);
    Reader reader = [=](ImplicitLocOpBuilder &body, const Column &column,
                        Value t) mutable {
      Value c = column.getFlat(body);
      Expression before(body, old(body, column, t));
      Expression now = index == 0 ? self.read(body, self.batchTotal, {c}) /
                                        self.getCount(body)
                                  : self.read(body, self.batchSquares, {c}) /
                                        self.getCount(body, less);
      return (before + before.number(momentum) * (now - before)).value;
    };
    low.setValue(op.getResult(2 + index), reader, channels);
  }
}

void StatisticsLowering::lower() {
  low.needKind(KernelKind::Statistics);
  addParts();
  if (op.isOverBatch()) {
    batchTotal =
        addBatchSum("batch_total", [](Expression partTotal, Expression, Value,
                                      Value) { return partTotal; });
    batchSquares = addBatchSum(
        "batch_squares",
        [&](Expression partTotal, Expression partSquares, Value c, Value b) {
          ImplicitLocOpBuilder &body = *partTotal.to;
          Expression count = getPartCount(body, b);
          Expression mean = read(body, batchTotal, {c}) / getCount(body);
          Expression distance = partTotal / count - mean;
          return partSquares + count * distance * distance;
        });
  }
  setStatistics();
  if (op.getRunningMean())
    setUpdated();
}

LogicalResult llamir::lowerStatistics(llama::StatisticsOp op,
                                      HalideLowering &lowering) {
  if (op.isOverBatch() && failed(checkSummed(op, Value(op.getX()), lowering)))
    return failure();
  StatisticsLowering(op, lowering).lower();
  return success();
}

//===----------------------------------------------------------------------===//
// Mixing
//===----------------------------------------------------------------------===//

/// The softmax of three numbers.
static Values getShares(ImplicitLocOpBuilder &body, const Reader &logits) {
  SmallVector<Expression> numbers;
  for (int64_t i : {0, 1, 2})
    numbers.push_back(
        {body, logits(body, {{getIndex(body, i)}, {3}}, Value())});
  Value largest = numbers[0].value;
  for (Expression number : numbers)
    largest = arith::MaxNumFOp::create(body, largest, number.value);
  Expression sum(body, getF32(body, 0));
  for (Expression &number : numbers) {
    number.value =
        math::ExpOp::create(body, (number - Expression(body, largest)).value);
    sum = sum + number;
  }
  return llvm::map_to_vector(
      numbers, [&](Expression number) { return (number / sum).value; });
}

namespace {
/// The mean and the variance of several, of a sample or of a channel.
struct Merged {
  Value mean, variance;
};

class MixLowering {
public:
  MixLowering(llama::MixStatisticsOp op, HalideLowering &lowering)
      : op(op), low(lowering), builder(lowering.getBuilder()),
        mean(lowering.getReader(op.getMean())),
        variance(lowering.getReader(op.getVariance())),
        channels(op.getMean().getType().getDimSize(1)),
        samples(builder, lowering.getTokens(op.getMean())) {}

  void lower();

private:
  /// Adds the funcs of the statistics of a sample over its channels, or of a
  /// channel over the samples.
  Merged merge(StringRef prefix, bool overSamples);
  Value readAt(ImplicitLocOpBuilder &body, const Reader &reader, Value c,
               Value t) {
    return reader(body, {{c}, {channels}}, t);
  }

  llama::MixStatisticsOp op;
  HalideLowering &low;
  ImplicitLocOpBuilder &builder;
  Reader mean, variance;
  int64_t channels;
  Index samples;
};
} // namespace

Merged MixLowering::merge(StringRef prefix, bool overSamples) {
  StringRef kept = overSamples ? "c" : "t", summed = overSamples ? "s" : "k";
  Value extent = overSamples ? samples.value : getIndex(builder, channels);
  auto add = [&](StringRef name,
                 llvm::function_ref<Expression(ImplicitLocOpBuilder &, Value,
                                               Value, Value)>
                     term) {
    std::string full = (prefix + name).str();
    Value sum =
        low.addFunc(full, full, kept, builder.getF32Type(), startAtZero);
    low.addUpdate(
        sum, summed, extent, [&](ImplicitLocOpBuilder &body, ValueRange index) {
          Value c = index[overSamples ? 0 : 1], t = index[overSamples ? 1 : 0];
          Expression old(body, low.read(body, sum, index[0])[0]);
          Expression count =
              overSamples ? countOf(body, {body, samples.value})
                          : Expression(body, getF32(body, double(channels)));
          Expression own = term(body, c, t, index[0]);
          return Values{(old + own / count).value};
        });
    return sum;
  };
  Merged merged;
  merged.mean = add(
      "mean",
      [&](ImplicitLocOpBuilder &body, Value c, Value t, Value) -> Expression {
        return {body, readAt(body, mean, c, t)};
      });
  merged.variance = add("variance", [&](ImplicitLocOpBuilder &body, Value c,
                                        Value t, Value place) {
    Expression distance =
        Expression(body, readAt(body, mean, c, t)) -
        Expression(body, low.read(body, merged.mean, place)[0]);
    return Expression(body, readAt(body, variance, c, t)) + distance * distance;
  });
  return merged;
}

void MixLowering::lower() {
  low.needKind(KernelKind::Statistics);
  Merged layer = merge("layer_", false), batch;
  if (!op.getRunningMean())
    batch = merge("samples_", true);
  Type f32 = builder.getF32Type();
  Reader logits[] = {low.getReader(op.getMeanLogits()),
                     low.getReader(op.getVarianceLogits())};
  Value shares =
      low.addFunc("shares", "shares", StringRef("z"), SmallVector<Type>(6, f32),
                  [&](ImplicitLocOpBuilder &body, ValueRange) {
                    Values values = getShares(body, logits[0]);
                    llvm::append_range(values, getShares(body, logits[1]));
                    return values;
                  });
  MixLowering self = *this;
  for (unsigned index : {0, 1}) {
    Reader own = index == 0 ? mean : variance;
    Value overChannels = index == 0 ? layer.mean : layer.variance,
          overSamples = index == 0 ? batch.mean : batch.variance;
    Reader running;
    if (op.getRunningMean())
      running = low.getReader(index == 0 ? op.getRunningMean()
                                         : op.getRunningVariance());
    Reader reader = [=](ImplicitLocOpBuilder &body, const Column &column,
                        Value t) mutable {
      Value c = column.getFlat(body);
      Values share = self.low.read(body, shares, getIndex(body, 0));
      auto weigh = [&](unsigned kind, Value number) {
        return Expression(body, share[3 * index + kind]) *
               Expression(body, number);
      };
      Value ofBatch = running ? running(body, column, Value())
                              : self.low.read(body, overSamples, c)[0];
      return (weigh(0, own(body, column, t)) +
              weigh(1, self.low.read(body, overChannels, t)[0]) +
              weigh(2, ofBatch))
          .value;
    };
    low.setValue(op.getResult(index), reader, channels);
  }
}

LogicalResult llamir::lowerMixStatistics(llama::MixStatisticsOp op,
                                         HalideLowering &lowering) {
  if (!op.getRunningMean() &&
      failed(checkSummed(op, {op.getMean(), op.getVariance()}, lowering)))
    return failure();
  MixLowering(op, lowering).lower();
  return success();
}

//===----------------------------------------------------------------------===//
// Normalization
//===----------------------------------------------------------------------===//

LogicalResult llamir::lowerNormalize(llama::NormalizeOp op,
                                     HalideLowering &lowering) {
  ImplicitLocOpBuilder &builder = lowering.getBuilder();
  HalideLowering *low = &lowering;
  Reader x = lowering.getReader(op.getX()),
         mean = lowering.getReader(op.getMean()),
         variance = lowering.getReader(op.getVariance());
  RankedTensorType type = op.getType();
  int64_t channels = type.getDimSize(1),
          elements = llama::getRowWidth(type) / channels;
  double eps = op.getEps().convertToDouble();
  bool hasSamples = op.hasSamples();
  // Of all samples: computed once for each channel.
  Value scale;
  if (!hasSamples)
    scale = lowering.addFunc(
        "scale", "scale", StringRef("c"), builder.getF32Type(),
        [&](ImplicitLocOpBuilder &body, ValueRange index) {
          return Values{getScale(
              {body, variance(body, {{index[0]}, {channels}}, Value())}, eps)};
        });
  Reader gain, bias;
  if (op.getGain())
    gain = lowering.getReader(op.getGain());
  if (op.getBias())
    bias = lowering.getReader(op.getBias());
  Reader reader = [=](ImplicitLocOpBuilder &body, const Column &column,
                      Value t) {
    Value c = column.getGroup(body, elements).second;
    Column channel{{c}, {channels}};
    Value sample = hasSamples ? t : Value();
    Expression value(body, x(body, column, t));
    value = value - Expression(body, mean(body, channel, sample));
    Value factor = scale
                       ? low->read(body, scale, c)[0]
                       : getScale({body, variance(body, channel, sample)}, eps);
    value = value * Expression(body, factor);
    if (gain)
      value = value * Expression(body, gain(body, channel, Value()));
    if (bias)
      value = value + Expression(body, bias(body, channel, Value()));
    return value.value;
  };
  SmallVector<int64_t> layout = {channels};
  if (elements > 1)
    layout = {elements, channels};
  lowering.setValue(op.getResult(), reader, layout);
  return success();
}
