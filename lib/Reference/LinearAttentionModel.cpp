//===- LinearAttentionModel.cpp - Linear attention in double precision ----===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// By definition: scores of pairs of tokens, not by way of states. Kernels add
// the terms up in another order, element by element, so that a bound is that of
// as many terms as there are tokens and elements of a head.
//
//===----------------------------------------------------------------------===//

#include "Bounds.h"
#include "Models.h"
#include "llvm/Support/Parallel.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;
using namespace llamir::reference;

/// Element `i` of a head of a token.
static Number getElement(const Tensor &rows, int64_t token, int64_t head,
                         int64_t width, int64_t i) {
  return Number::of(rows, token * rows.getWidth() + head * width + i);
}

/// The product of heads of a query and a key, and that of the magnitudes of
/// their elements.
static Sum getScore(const Tensor &q, int64_t t, const Tensor &k, int64_t s,
                    int64_t head, int64_t width) {
  Sum score;
  for (int64_t d = 0; d < width; ++d)
    score.add(getElement(q, t, head, width, d),
              getElement(k, s, head, width, d));
  return score;
}

namespace {
struct LinearAttentionModel : Model<LinearAttentionModel, LinearAttentionOp> {
  /// Tokens that kernels take at once: an infinite value of a later one of them
  /// is multiplied by zero.
  static constexpr int64_t tokensOfChunk = 64;

  struct Inputs {
    const Tensor &q, &k, &v, &rotatedQ, &rotatedK;
    const Tensor *state;
  };

  static void evaluateHead(LinearAttentionOp op, const Inputs &in, int64_t t,
                           int64_t head, Tensor &result) {
    int64_t headDim = op.getHeadDim(), valueDim = op.getValueDim();
    std::vector<Sum> above(valueDim);
    Sum below;
    int64_t terms = headDim + t + 1;
    for (int64_t d = 0; in.state && d < headDim; ++d) {
      Number rotated = getElement(in.rotatedQ, t, head, headDim, d);
      int64_t row = (head * headDim + d) * (valueDim + 1);
      for (int64_t e = 0; e < valueDim; ++e)
        above[e].add(rotated, Number::of(*in.state, row + e));
      below.add(getElement(in.q, t, head, headDim, d),
                Number::of(*in.state, row + valueDim));
    }
    for (int64_t s = 0; s <= t; ++s) {
      Sum score = getScore(in.rotatedQ, t, in.rotatedK, s, head, headDim);
      for (int64_t e = 0; e < valueDim; ++e) {
        Number value = getElement(in.v, s, head, valueDim, e);
        above[e].add({score.value, score.error}, value);
        // Elements of a score may cancel, which their magnitudes do not.
        above[e].magnitude +=
            (score.magnitude - std::abs(score.value)) * std::abs(value.value);
      }
      Sum plain = getScore(in.q, t, in.k, s, head, headDim);
      below.value += plain.value;
      below.magnitude += plain.magnitude;
      below.error += plain.error;
    }
    for (int64_t e = 0; e < valueDim; ++e) {
      Number quotient = divide(above[e].finish(terms), below.finish(terms));
      int64_t last =
          std::min((t / tokensOfChunk + 1) * tokensOfChunk, in.v.getRows());
      for (int64_t s = t + 1; s < last; ++s)
        if (!std::isfinite(getElement(in.v, s, head, valueDim, e).value))
          quotient = {0, std::numeric_limits<double>::infinity()};
      quotient.storeIn(result, (t * op.getHeads() + head) * valueDim + e);
    }
  }

  LogicalResult evaluate(Operation *op, Operands operands,
                         Results results) const {
    auto attention = cast<LinearAttentionOp>(op);
    bool rotates = bool(attention.getRotatedQ());
    Inputs inputs = {*operands[0],
                     *operands[1],
                     *operands[2],
                     *operands[rotates ? 3 : 0],
                     *operands[rotates ? 4 : 1],
                     attention.getState() ? operands.back() : nullptr};
    addBounds(results[0]);
    llvm::parallelFor(0, operands[0]->getRows(), [&](size_t t) {
      for (int64_t head = 0; head < int64_t(attention.getHeads()); ++head)
        evaluateHead(attention, inputs, t, head, results[0]);
    });
    return success();
  }
};

struct LinearStateModel : Model<LinearStateModel, LinearStateOp> {
  LogicalResult evaluate(Operation *op, Operands operands,
                         Results results) const {
    auto stateOp = cast<LinearStateOp>(op);
    const Tensor &k = *operands[0], &v = *operands[1],
                 &rotated = *operands[stateOp.getRotatedK() ? 2 : 0];
    const Tensor *before = stateOp.getState() ? operands.back() : nullptr;
    int64_t headDim = stateOp.getHeadDim(), valueDim = stateOp.getValueDim();
    Tensor &result = results[0];
    addBounds(result);
    for (int64_t row = 0; row < result.getRows(); ++row)
      for (int64_t e = 0; e <= valueDim; ++e) {
        int64_t head = row / headDim, d = row % headDim;
        int64_t place = row * (valueDim + 1) + e;
        Sum sum;
        if (before)
          sum.add({1}, Number::of(*before, place));
        for (int64_t t = 0; t < k.getRows(); ++t)
          if (e < valueDim)
            sum.add(getElement(rotated, t, head, headDim, d),
                    getElement(v, t, head, valueDim, e));
          else
            sum.add({1}, getElement(k, t, head, headDim, d));
        sum.finish(k.getRows() + 1).storeIn(result, place);
      }
    return success();
  }
};

struct ApplyStateModel : Model<ApplyStateModel, ApplyStateOp> {
  LogicalResult evaluate(Operation *op, Operands operands,
                         Results results) const {
    auto apply = cast<ApplyStateOp>(op);
    const Tensor &q = *operands[0], &state = *operands[1],
                 &rotated = *operands[apply.getRotatedQ() ? 2 : 0];
    int64_t heads = apply.getHeads(), headDim = apply.getHeadDim(),
            valueDim = apply.getValueDim();
    addBounds(results[0]);
    for (int64_t t = 0; t < q.getRows(); ++t)
      for (int64_t head = 0; head < heads; ++head) {
        Sum below;
        for (int64_t d = 0; d < headDim; ++d)
          below.add(getElement(q, t, head, headDim, d),
                    getElement(state, head * headDim + d, 0, 1, valueDim));
        for (int64_t e = 0; e < valueDim; ++e) {
          Sum above;
          for (int64_t d = 0; d < headDim; ++d)
            above.add(getElement(rotated, t, head, headDim, d),
                      getElement(state, head * headDim + d, 0, 1, e));
          divide(above.finish(headDim), below.finish(headDim))
              .storeIn(results[0], (t * heads + head) * valueDim + e);
        }
      }
    return success();
  }
};

} // namespace

void reference::registerLinearAttentionModels(MLIRContext *context) {
  LinearAttentionOp::attachInterface<LinearAttentionModel>(*context);
  LinearStateOp::attachInterface<LinearStateModel>(*context);
  ApplyStateOp::attachInterface<ApplyStateModel>(*context);
}
