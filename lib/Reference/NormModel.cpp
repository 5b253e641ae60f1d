//===- NormModel.cpp - Norms in double precision --------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bounds.h"
#include "Models.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;
using namespace llamir::reference;

namespace {

/// The number of each column of a row among the members of extents, or among
/// the others.
std::vector<int64_t> getNumbers(ArrayRef<NormOp::Extent> extents,
                                bool ofMembers) {
  std::vector<int64_t> numbers = {0};
  for (NormOp::Extent extent : extents) {
    std::vector<int64_t> finer;
    for (int64_t number : numbers)
      for (int64_t i = 0; i < extent.size; ++i)
        finer.push_back(extent.isMember == ofMembers ? number * extent.size + i
                                                     : number);
    numbers = std::move(finer);
  }
  return numbers;
}

/// What elements have in common that share statistics.
struct Statistics {
  int64_t count = 0;
  double sum = 0, magnitudes = 0, squares = 0;
  /// How far kernels' may be from the sums of their operands.
  double sumBound = 0, squaresBound = 0;
  double mean = 0, meanBound = 0;
  /// 1 / sqrt(variance + eps), and its relative error.
  double scale = 0, scaleError = 0;

  void addToMean(double value, double bound) {
    ++count;
    sum += value;
    magnitudes += std::abs(value);
    sumBound += bound;
  }
  void finishMean() {
    mean = sum / double(count);
    meanBound = getBoundBelow(
        magnitudes, (getSumError(count) * magnitudes + sumBound) / count +
                        std::abs(mean) * 2 * unit);
  }
  /// Adds a difference to the mean.
  void addSquare(double difference, double bound) {
    squares += difference * difference;
    squaresBound += (2 * std::abs(difference) + bound) * bound;
  }
  void finish(double eps) {
    double infinity = std::numeric_limits<double>::infinity();
    double sumError = getSumError(count);
    if (std::isfinite(squares) && squares * (1 - sumError) >= tooLarge &&
        squaresBound < squares / 2)
      return; // Zero, without an error.
    double variance = squares / double(count) + eps;
    // Squares may be too small for an f32, each by itself.
    double relative =
        (sumError * squares + squaresBound) / double(count) / variance +
        leastNormal / variance + 4 * unit;
    if (squares * (1 + sumError) >= tooLarge || !(relative < 1))
      relative = 1;
    scale = 1 / std::sqrt(variance);
    scaleError = relative < 1 ? 1 / std::sqrt(1 - relative) - 1 : infinity;
  }
};

struct NormModel : Model<NormModel, NormOp> {
  LogicalResult evaluate(Operation *op, Operands operands,
                         Results results) const {
    auto norm = cast<NormOp>(op);
    const Tensor &x = *operands[0];
    const Tensor *gain = norm.getGain() ? operands[1] : nullptr;
    const Tensor *bias = norm.getBias() ? operands.back() : nullptr;
    Tensor &result = results[0];
    std::vector<int64_t> group = getNumbers(norm.getStatisticExtents(), false);
    std::vector<int64_t> affine;
    if (gain)
      affine =
          getNumbers(norm.getAffineExtents(norm.getGain().getType()), true);
    double eps = norm.getEps().convertToDouble();
    bool isCentered = norm.getCentered();
    std::optional<APFloat> gainOffset = norm.getGainOffset();
    double offset = gainOffset ? gainOffset->convertToDouble() : 0;
    int64_t width = group.size();
    addBounds(result);
    for (int64_t first = 0; first < int64_t(x.data.size()); first += width) {
      std::vector<Statistics> statistics(group.back() + 1);
      for (int64_t i = 0; i < width; ++i)
        statistics[group[i]].addToMean(x.data[first + i],
                                       x.getBound(first + i));
      if (isCentered)
        for (Statistics &own : statistics)
          own.finishMean();
      // The differences, and how far a kernel's may be from them.
      std::vector<double> differences(width), bounds(width);
      for (int64_t i = 0; i < width; ++i) {
        Statistics &own = statistics[group[i]];
        differences[i] = x.data[first + i] - own.mean;
        bounds[i] = x.getBound(first + i) + own.meanBound;
        if (isCentered)
          bounds[i] += std::abs(differences[i]) * unit;
        own.addSquare(differences[i], bounds[i]);
      }
      for (Statistics &own : statistics)
        own.finish(eps);
      for (int64_t i = 0; i < width; ++i) {
        const Statistics &own = statistics[group[i]];
        double factor = gain ? gain->data[affine[i]] + offset : 1,
               factorBound = gain ? gain->getBound(affine[i]) : 0;
        if (offset != 0)
          factorBound += std::abs(factor) * unit;
        double value = differences[i] * own.scale * factor;
        double bound = std::abs(value) * (own.scaleError + 4 * unit);
        if (bounds[i] != 0 || factorBound != 0)
          bound += (bounds[i] * (std::abs(factor) + factorBound) +
                    std::abs(differences[i]) * factorBound) *
                   own.scale * (1 + own.scaleError);
        if (bias) {
          double term = bias->data[affine[i]];
          bound += bias->getBound(affine[i]) +
                   (std::abs(value) + std::abs(term)) * unit;
          value += term;
        }
        result.data[first + i] = value;
        result.bound[first + i] = bound;
      }
    }
    return success();
  }
};

} // namespace

void reference::registerNormModel(MLIRContext *context) {
  NormOp::attachInterface<NormModel>(*context);
}
