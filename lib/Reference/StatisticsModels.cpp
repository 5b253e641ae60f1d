//===- StatisticsModels.cpp - Statistics in double precision --------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "Statistics.h"
#include <array>

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;
using namespace llamir::reference;

namespace {

struct StatisticsModel : Model<StatisticsModel, StatisticsOp> {
  /// `before` moved towards `now`.
  static Number move(Number before, Number now, double momentum) {
    double sizes = std::abs(before.value) + std::abs(now.value);
    return {before.value + momentum * (now.value - before.value),
            momentum * now.bound + (1 + momentum) * before.bound +
                sizes * 4 * unit};
  }

  LogicalResult evaluate(Operation *op, Operands operands,
                         Results results) const {
    auto statistics = cast<StatisticsOp>(op);
    const Tensor &x = *operands[0];
    int64_t channels = statistics.getNumChannels(),
            elements = statistics.getCount();
    for (Tensor &result : results)
      addBounds(result);
    std::vector<Statistics> all(results[0].data.size());
    auto getOwn = [&](int64_t i) -> Statistics & {
      return all[i / elements % int64_t(all.size())];
    };
    for (auto [i, value] : llvm::enumerate(x.data))
      getOwn(i).addToMean(value, x.getBound(i));
    for (Statistics &own : all)
      own.finishMean();
    for (auto [i, value] : llvm::enumerate(x.data)) {
      Statistics &own = getOwn(i);
      double difference = value - own.mean;
      // Kernels take differences to the means of parts, too.
      own.addSquare(difference, x.getBound(i) + 2 * own.meanBound +
                                    std::abs(difference) * unit);
    }
    for (auto [place, own] : llvm::enumerate(all)) {
      Number{own.mean, own.meanBound}.storeIn(results[0], place);
      Number{own.getVariance(), own.getVarianceBound()}.storeIn(results[1],
                                                                place);
    }
    if (!statistics.getRunningMean())
      return success();
    double momentum = statistics.getMomentum()->convertToDouble();
    double count = double(x.getRows()) * double(elements);
    double correction =
        statistics.getBiased() ? 1 : count / std::max(count - 1, 1.0);
    for (int64_t c = 0; c < channels; ++c) {
      Number mean = Number::of(*operands[1], c),
             variance = Number::of(*operands[2], c);
      mean = move(mean, Number::of(results[0], c), momentum);
      Number now = Number::of(results[1], c);
      variance = move(
          variance, {now.value * correction, now.bound * correction}, momentum);
      mean.storeIn(results[2], c);
      variance.storeIn(results[3], c);
    }
    return success();
  }
};

struct MixStatisticsModel : Model<MixStatisticsModel, MixStatisticsOp> {
  /// The mean and the variance of several, which `place` finds.
  static std::pair<Number, Number>
  merge(const Tensor &means, const Tensor &variances, int64_t count,
        llvm::function_ref<int64_t(int64_t)> place) {
    Statistics merged;
    for (int64_t i = 0; i < count; ++i)
      merged.addToMean(means.data[place(i)], means.getBound(place(i)));
    merged.finishMean();
    Number variance;
    for (int64_t i = 0; i < count; ++i) {
      Number own = Number::of(variances, place(i));
      double difference = means.data[place(i)] - merged.mean;
      merged.addSquare(difference, means.getBound(place(i)) + merged.meanBound +
                                       std::abs(difference) * unit);
      variance.value += own.value / double(count);
      variance.bound += own.bound / double(count);
    }
    variance.bound += variance.value * getSumError(count);
    variance.value += merged.getVariance();
    variance.bound += merged.getVarianceBound() + variance.value * 4 * unit;
    return {{merged.mean, merged.meanBound}, variance};
  }

  static std::array<Number, 3> getShares(const Tensor &logits) {
    double largest = *llvm::max_element(logits.data), sum = 0;
    std::array<Number, 3> shares;
    for (int64_t i = 0; i < 3; ++i)
      sum += shares[i].value = std::exp(logits.data[i] - largest);
    for (int64_t i = 0; i < 3; ++i) {
      double below = largest - logits.data[i];
      shares[i].value /= sum;
      shares[i].bound = shares[i].value * (2 * exponentialError + below * unit +
                                           logits.getBound(i) + 8 * unit) +
                        leastNormal;
    }
    return shares;
  }

  static Number mix(const std::array<Number, 3> &shares, Number a, Number b,
                    Number c) {
    Number mixed;
    for (auto [share, number] :
         llvm::zip_equal(shares, std::array<Number, 3>{a, b, c})) {
      double product = share.value * number.value;
      mixed.value += product;
      mixed.bound += std::abs(product) * 4 * unit + share.value * number.bound +
                     share.bound * (std::abs(number.value) + number.bound);
    }
    return mixed;
  }

  LogicalResult evaluate(Operation *op, Operands operands,
                         Results results) const {
    auto mixOp = cast<MixStatisticsOp>(op);
    const Tensor &means = *operands[0], &variances = *operands[1];
    std::array<Number, 3> meanShares = getShares(*operands[2]),
                          varianceShares = getShares(*operands[3]);
    int64_t samples = means.getRows(), channels = means.getWidth();
    for (Tensor &result : results)
      addBounds(result);
    SmallVector<std::pair<Number, Number>> ofChannels;
    for (int64_t c = 0; c < channels; ++c)
      ofChannels.push_back(
          mixOp.getRunningMean()
              ? std::pair(Number::of(*operands[4], c),
                          Number::of(*operands[5], c))
              : merge(means, variances, samples,
                      [&](int64_t n) { return n * channels + c; }));
    for (int64_t n = 0; n < samples; ++n) {
      auto layer = merge(means, variances, channels,
                         [&](int64_t c) { return n * channels + c; });
      for (int64_t c = 0; c < channels; ++c) {
        int64_t place = n * channels + c;
        mix(meanShares, Number::of(means, place), layer.first,
            ofChannels[c].first)
            .storeIn(results[0], place);
        mix(varianceShares, Number::of(variances, place), layer.second,
            ofChannels[c].second)
            .storeIn(results[1], place);
      }
    }
    return success();
  }
};

struct NormalizeModel : Model<NormalizeModel, NormalizeOp> {
  LogicalResult evaluate(Operation *op, Operands operands,
                         Results results) const {
    auto normalizeOp = cast<NormalizeOp>(op);
    const Tensor &x = *operands[0], &mean = *operands[1],
                 &variance = *operands[2];
    const Tensor *gain = normalizeOp.getGain() ? operands[3] : nullptr,
                 *bias = normalizeOp.getBias() ? operands.back() : nullptr;
    double eps = normalizeOp.getEps().convertToDouble();
    int64_t channels = normalizeOp.getType().getDimSize(1);
    int64_t elements = x.getWidth() / channels;
    addBounds(results[0]);
    for (int64_t i = 0, end = x.data.size(); i < end; ++i) {
      int64_t c = i / elements % channels;
      int64_t place = normalizeOp.hasSamples() ? i / elements : c;
      double sum = variance.data[place] + eps;
      double relative = variance.getBound(place) / sum + 4 * unit;
      double difference = x.data[i] - mean.data[place];
      double differenceBound =
          x.getBound(i) + mean.getBound(place) + std::abs(difference) * unit;
      normalize({difference, differenceBound}, 1 / std::sqrt(sum),
                Statistics::getRootError(relative),
                readAffine(gain, c).value_or(Number{1}), readAffine(bias, c))
          .storeIn(results[0], i);
    }
    return success();
  }
};

} // namespace

void reference::registerStatisticsModels(MLIRContext *context) {
  StatisticsOp::attachInterface<StatisticsModel>(*context);
  MixStatisticsOp::attachInterface<MixStatisticsModel>(*context);
  NormalizeOp::attachInterface<NormalizeModel>(*context);
}
