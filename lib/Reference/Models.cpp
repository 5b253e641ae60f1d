//===- Models.cpp - The llama ops in double precision ---------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each op's formula as a loop. Only rows of tokens run in parallel, and no sum
// crosses a row: the result does not depend on the number of threads.
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Parallel.h"
#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;
using namespace llamir::reference;

namespace {

struct EmbeddingModel : Model<EmbeddingModel, EmbeddingOp> {
  LogicalResult evaluate(Operation *op, Operands operands,
                         Results results) const {
    const Tensor &ids = *operands[0], &table = *operands[1];
    // All ids are checked first: an error leaves nothing half done.
    for (auto [place, id] : llvm::enumerate(ids.data))
      if (!(id >= 0 && id < double(table.getRows())))
        return op->emitOpError()
               << "id " << int64_t(id) << " at place " << place
               << " is outside of 0 .. " << table.getRows() - 1;
    for (auto [place, id] : llvm::enumerate(ids.data))
      llvm::copy(table.getRow(int64_t(id)), results[0].getRow(place).begin());
    return success();
  }
};

struct RMSNormModel : Model<RMSNormModel, RMSNormOp> {
  LogicalResult evaluate(Operation *op, Operands operands,
                         Results results) const {
    const Tensor &x = *operands[0], &weight = *operands[1];
    double eps = cast<RMSNormOp>(op).getEps().convertToDouble();
    for (int64_t t = 0; t < x.getRows(); ++t) {
      ArrayRef<double> row = x.getRow(t);
      double squares = 0;
      for (double value : row)
        squares += value * value;
      double root = std::sqrt(squares / double(row.size()) + eps);
      MutableArrayRef<double> result = results[0].getRow(t);
      for (size_t d = 0; d < row.size(); ++d)
        result[d] = row[d] / root * weight.data[d];
    }
    return success();
  }
};

struct LinearModel : Model<LinearModel, LinearOp> {
  /// Projects `count` tokens from `first`, at most `group`, whose sums run side
  /// by side. A sum is still added up one term after the other, whatever its
  /// place in the group; the machine works on the others while it waits for an
  /// addition, and reads the weight once for all.
  template <int64_t group>
  static void project(const Tensor &x, const Tensor &weight, const Tensor *bias,
                      int64_t first, int64_t count, Tensor &result) {
    int64_t in = x.getWidth();
    // The rows of the group, interleaved; where it is not full, zeros whose
    // sums nobody reads.
    std::vector<double> rows(in * group);
    for (int64_t t = 0; t < count; ++t)
      for (int64_t k = 0; k < in; ++k)
        rows[k * group + t] = x.getRow(first + t)[k];
    for (int64_t n = 0; n < weight.getRows(); ++n) {
      const double *column = weight.data.data() + n * in;
      double sums[group] = {};
      for (int64_t k = 0; k < in; ++k)
        for (int64_t t = 0; t < group; ++t)
          sums[t] += rows[k * group + t] * column[k];
      for (int64_t t = 0; t < count; ++t)
        result.getRow(first + t)[n] = bias ? sums[t] + bias->data[n] : sums[t];
    }
  }

  LogicalResult evaluate(Operation *op, Operands operands,
                         Results results) const {
    const Tensor &x = *operands[0], &weight = *operands[1];
    const Tensor *bias = operands.size() > 2 ? operands[2] : nullptr;
    constexpr int64_t group = 8;
    int64_t tokens = x.getRows();
    llvm::parallelFor(0, llvm::divideCeil(tokens, group), [&](size_t index) {
      int64_t first = int64_t(index) * group;
      int64_t count = std::min(group, tokens - first);
      // A single token, as when text is generated, would wait for the zeros.
      if (count == 1)
        project<1>(x, weight, bias, first, count, results[0]);
      else
        project<group>(x, weight, bias, first, count, results[0]);
    });
    return success();
  }
};

struct RopeModel : Model<RopeModel, RopeOp> {
  LogicalResult evaluate(Operation *op, Operands operands,
                         Results results) const {
    auto rope = cast<RopeOp>(op);
    const Tensor &x = *operands[0], &positions = *operands[1];
    double theta = rope.getTheta().convertToDouble();
    int64_t rotary = rope.getRotaryWidth(), headDim = rope.getHeadDim();
    for (int64_t t = 0; t < x.getRows(); ++t) {
      ArrayRef<double> row = x.getRow(t);
      MutableArrayRef<double> result = results[0].getRow(t);
      llvm::copy(row, result.begin());
      for (int64_t i = 0; i < rotary / 2; ++i) {
        double angle = positions.data[t] *
                       std::pow(theta, -2.0 * double(i) / double(rotary));
        double cosine = std::cos(angle), sine = std::sin(angle);
        auto [first, second] = rope.getPair(i);
        for (int64_t n = 0; n < rope.getNumRotated(); ++n) {
          int64_t u = n * headDim + first, v = n * headDim + second;
          result[u] = row[u] * cosine - row[v] * sine;
          result[v] = row[v] * cosine + row[u] * sine;
        }
      }
    }
    return success();
  }
};

struct AttentionModel : Model<AttentionModel, AttentionOp> {
  LogicalResult evaluate(Operation *op, Operands operands,
                         Results results) const {
    auto attention = cast<AttentionOp>(op);
    const Tensor &q = *operands[0], &k = *operands[1], &v = *operands[2];
    int64_t heads = attention.getHeads(),
            group = heads / attention.getKvHeads();
    int64_t headDim = attention.getHeadDim();
    int64_t valueDim = attention.getValueDim();
    double scale = attention.getScaleOrDefault();
    bool causal = attention.getCausal();
    int64_t queries = q.getRows(), keys = k.getRows();
    llvm::parallelFor(0, queries, [&](size_t t) {
      int64_t visible = keys;
      if (causal)
        visible = std::clamp<int64_t>(int64_t(t) + keys - queries + 1, 0, keys);
      // A query that sees no key: the result is zero already.
      if (visible == 0)
        return;
      std::vector<double> scores(visible);
      for (int64_t n = 0; n < heads; ++n) {
        ArrayRef<double> query = q.getRow(t).slice(n * headDim, headDim);
        // Subtracting the largest score changes nothing in the quotient and
        // keeps the exponentials finite. A NaN is not the largest, but its own
        // exponential makes the total a NaN; so does the difference of an
        // infinite score to itself.
        double largest = -std::numeric_limits<double>::infinity();
        for (int64_t s = 0; s < visible; ++s) {
          ArrayRef<double> key =
              k.getRow(s).slice(n / group * headDim, headDim);
          double sum = 0;
          for (int64_t d = 0; d < headDim; ++d)
            sum += query[d] * key[d];
          scores[s] = scale * sum;
          largest = std::max(largest, scores[s]);
        }
        MutableArrayRef<double> result =
            results[0].getRow(t).slice(n * valueDim, valueDim);
        double total = 0;
        for (int64_t s = 0; s < visible; ++s) {
          double p = std::exp(scores[s] - largest);
          total += p;
          ArrayRef<double> value =
              v.getRow(s).slice(n / group * valueDim, valueDim);
          for (int64_t d = 0; d < valueDim; ++d)
            result[d] += p * value[d];
        }
        for (double &value : result)
          value /= total;
      }
    });
    return success();
  }
};

} // namespace

void reference::registerReferenceModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, LlamaDialect *) {
    EmbeddingOp::attachInterface<EmbeddingModel>(*context);
    RMSNormOp::attachInterface<RMSNormModel>(*context);
    LinearOp::attachInterface<LinearModel>(*context);
    RopeOp::attachInterface<RopeModel>(*context);
    AttentionOp::attachInterface<AttentionModel>(*context);
    registerElementModels(context);
  });
}
