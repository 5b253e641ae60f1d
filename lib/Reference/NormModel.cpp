//===- NormModel.cpp - Norms in double precision --------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bounds.h"
#include "Models.h"
#include "Statistics.h"

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
    std::optional<APFloat> gainOffset = norm.getGainOffset();
    double offset = gainOffset ? gainOffset->convertToDouble() : 0;
    int64_t width = group.size(), groups = group.back() + 1,
            elements = x.data.size();
    addBounds(result);
    // Samples of a batch share statistics, rows have their own.
    std::vector<Statistics> statistics(
        norm.isOverBatch() ? groups : elements / width * groups);
    auto getOwn = [&](int64_t i) -> Statistics & {
      int64_t row = norm.isOverBatch() ? 0 : i / width;
      return statistics[row * groups + group[i % width]];
    };
    for (int64_t i = 0; i < elements; ++i)
      getOwn(i).addToMean(x.data[i], x.getBound(i));
    if (norm.getCentered())
      for (Statistics &own : statistics)
        own.finishMean();
    // The difference to the mean, and how far a kernel's may be from it.
    auto getDifference = [&](int64_t i) {
      const Statistics &own = getOwn(i);
      double difference = x.data[i] - own.mean;
      double bound = x.getBound(i) + own.meanBound;
      if (norm.getCentered())
        bound += std::abs(difference) * unit;
      return std::pair(difference, bound);
    };
    for (int64_t i = 0; i < elements; ++i) {
      auto [difference, bound] = getDifference(i);
      getOwn(i).addSquare(difference, bound);
    }
    for (Statistics &own : statistics)
      own.finishScale(norm.getEps().convertToDouble());
    for (int64_t i = 0; i < elements; ++i) {
      const Statistics &own = getOwn(i);
      int64_t place = gain ? affine[i % width] : 0;
      Number factor = readAffine(gain, place).value_or(Number{1});
      if (gain && offset != 0) {
        factor.value += offset;
        factor.bound += std::abs(factor.value) * unit;
      }
      auto [difference, differenceBound] = getDifference(i);
      normalize({difference, differenceBound}, own.scale, own.scaleError,
                factor, readAffine(bias, place))
          .storeIn(result, i);
    }
    return success();
  }
};

} // namespace

void reference::registerNormModel(MLIRContext *context) {
  NormOp::attachInterface<NormModel>(*context);
}
