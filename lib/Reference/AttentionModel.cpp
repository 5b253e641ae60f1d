//===- AttentionModel.cpp - Attention in double precision -----------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bounds.h"
#include "Models.h"
#include "llvm/Support/Parallel.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;
using namespace llamir::reference;

namespace {

/// The scores of one query head and its weights of keys.
struct Weights {
  std::vector<double> scores;
  /// How far the score of a kernel may be from each.
  std::vector<double> errors;
  double largest = -std::numeric_limits<double>::infinity();
  /// The largest magnitude of the terms of a score.
  double magnitude = 0;
};

/// One query head.
class Head {
public:
  /// The query sees the keys from `first` to `end`.
  Head(AttentionOp op, Operands operands, int64_t token, int64_t head,
       int64_t first, int64_t end)
      : op(op), operands(operands), q(*operands[0]), k(*operands[1]),
        v(*operands[2]), token(token), head(head),
        keyHead(head / (op.getHeads() / op.getKvHeads())),
        own(token + k.getRows() - q.getRows()), first(first), end(end) {}

  void evaluate(Tensor &result);

private:
  void setBounds(const Weights &weights, MutableArrayRef<double> row,
                 MutableArrayRef<double> bound);
  /// The relative error that the weight of a key, the first being the first
  /// that is seen, has for its score has one.
  double getWeightError(const Weights &weights, int64_t key);
  Weights getWeights();
  /// A score without its scale, the magnitudes of its terms, and how far it may
  /// be off for its operands are.
  struct Product {
    double sum = 0, magnitude = 0, error = 0;
  };
  void addProduct(Product &product, const Tensor *bias, const Tensor &keys,
                  int64_t key, int64_t head);
  Product getProduct(int64_t key);
  /// The largest magnitude that a kernel may have in a column of the values.
  double getLargestValue(int64_t column);

  AttentionOp op;
  Operands operands;
  const Tensor &q, &k, &v;
  /// `own` is the place of the query's token among the keys.
  int64_t token, head, keyHead, own, first, end;
};

} // namespace

/// The part of a row that belongs to a head; of bounds, nothing if there are
/// none.
static ArrayRef<double> getHead(ArrayRef<double> row, int64_t head,
                                int64_t width) {
  return row.empty() ? row : row.slice(head * width, width);
}

/// Adds the product of heads of a query, with a bias if there is one, and a
/// key.
void Head::addProduct(Product &product, const Tensor *bias, const Tensor &keys,
                      int64_t key, int64_t head) {
  int64_t width = op.getHeadDim();
  int64_t ownBias = this->head * width;
  ArrayRef<double> a = getHead(q.getRow(token), this->head, width),
                   aError = getHead(q.getBoundRow(token), this->head, width),
                   b = getHead(keys.getRow(key), head, width),
                   bError = getHead(keys.getBoundRow(key), head, width);
  for (int64_t d = 0; d < width; ++d) {
    double added = bias ? bias->data[ownBias + d] : 0;
    double query = a[d] + added;
    double term = query * b[d];
    product.sum += term;
    product.magnitude += std::abs(term);
    double aBound = aError.empty() ? 0 : aError[d],
           bBound = bError.empty() ? 0 : bError[d];
    // That of the sum with the bias.
    if (bias)
      aBound += (std::abs(a[d]) + std::abs(added)) * unit +
                bias->getBound(ownBias + d);
    if (aBound != 0 || bBound != 0)
      product.error +=
          aBound * (std::abs(b[d]) + bBound) + std::abs(query) * bBound;
  }
}

Head::Product Head::getProduct(int64_t key) {
  Product product;
  if (!op.getRelative()) {
    addProduct(product, nullptr, k, key, keyHead);
    return product;
  }
  const Tensor &encodings = *operands[3];
  int64_t rows = encodings.getRows();
  int64_t row = own - key + (op.getCausal() ? 0 : rows / 2);
  addProduct(product, operands[4], k, key, keyHead);
  // Kernels take an array without rows for one of zeros.
  if (rows > 0)
    addProduct(product, operands[5], encodings,
               std::clamp<int64_t>(row, 0, rows - 1), head);
  return product;
}

Weights Head::getWeights() {
  Weights weights;
  double scale = op.getScaleOrDefault();
  for (int64_t s = first; s < end; ++s) {
    auto [sum, magnitude, operandError] = getProduct(s);
    double score = scale * sum;
    double error = std::abs(scale) * (getSumError(op.getHeadDim()) * magnitude +
                                      operandError) +
                   std::abs(score) * 4 * unit;
    // The slope of the cap is at most 1. A tanh that is large is exact.
    if (op.getSoftcap()) {
      double cap = op.getSoftcap()->convertToDouble();
      score = cap * std::tanh(score / cap);
      error = std::min(error + std::abs(score) * 8 * unit, 2 * cap);
    }
    if (op.getSlopes()) {
      double penalty = (*op.getSlopes())[head] * std::abs(double(own - s));
      score -= penalty;
      error += (std::abs(score) + 3 * std::abs(penalty)) * unit;
    }
    weights.scores.push_back(score);
    weights.errors.push_back(error);
    // A NaN is not the largest, but its own exponential makes the total a NaN;
    // so does the difference of an infinite score to itself.
    weights.largest = std::max(weights.largest, score);
    weights.magnitude =
        std::max(weights.magnitude, std::abs(scale) * magnitude);
  }
  return weights;
}

double Head::getLargestValue(int64_t column) {
  int64_t place = keyHead * op.getValueDim() + column;
  double largest = 0;
  for (int64_t s = first; s < end; ++s)
    largest = std::max(largest, std::abs(v.getRow(s)[place]) +
                                    v.getBound(s * v.getWidth() + place));
  return largest;
}

/// Weights of a type of 16 bits may be multiplied as the sum of two elements:
/// twice the mantissa and a sign, or what f16 has below its normal numbers.
static double getPartsError(Type type) {
  return type.isBF16() ? 0x1p-18 : type.isF16() ? 0x1p-24 : 0;
}
static double getLeastPart(Type type) {
  return type.isF16() ? 0x1p-25 : leastNormal;
}

double Head::getWeightError(const Weights &weights, int64_t key) {
  double below = weights.scores[key] - weights.largest;
  // A score of minus infinity has no weight, whatever its error.
  if (below == -std::numeric_limits<double>::infinity())
    return 0;
  return std::expm1(weights.errors[key] + std::abs(below) * 4 * unit +
                    exponentialError +
                    getPartsError(op.getResult().getType().getElementType()));
}

void Head::evaluate(Tensor &result) {
  Weights weights = getWeights();
  int64_t width = op.getValueDim();
  MutableArrayRef<double> row = result.getRow(token).slice(head * width, width);
  double total = 0;
  for (int64_t s = first; s < end; ++s) {
    // Subtracting the largest score changes nothing in the quotient and keeps
    // the exponentials finite.
    double weight = std::exp(weights.scores[s - first] - weights.largest);
    total += weight;
    ArrayRef<double> value = getHead(v.getRow(s), keyHead, width);
    for (int64_t d = 0; d < width; ++d)
      row[d] += weight * value[d];
  }
  for (double &number : row)
    number /= total;
  setBounds(weights, row, result.getBoundRow(token).slice(head * width, width));
}

/// With weights that are off by the part e, the total of the weights is at
/// least the sum of weight / (1 + e). As the exact sum of weight · (value -
/// result) is zero, the result is off by the sum of weight · e · |value -
/// result|, and by the errors of the two sums, over that total.
void Head::setBounds(const Weights &weights, MutableArrayRef<double> row,
                     MutableArrayRef<double> bound) {
  int64_t width = row.size();
  double sumError = getSumError(end - first);
  double least = 0, roundings = 0, largestError = 0;
  double leastPart = getLeastPart(op.getResult().getType().getElementType());
  // An infinity times a weight that is zero in f32, or may be, is a NaN.
  std::vector<bool> isAnything(width);
  for (int64_t s = first; s < end; ++s) {
    double weight = std::exp(weights.scores[s - first] - weights.largest);
    double part = getWeightError(weights, s - first);
    double error = weight * part + leastPart;
    double rounding = (weight + error) * sumError;
    least += weight / (1 + part);
    roundings += rounding;
    largestError = std::max(largestError, part);
    ArrayRef<double> value = getHead(v.getRow(s), keyHead, width),
                     valueError = getHead(v.getBoundRow(s), keyHead, width);
    for (int64_t d = 0; d < width; ++d)
      bound[d] +=
          error * std::abs(value[d] - row[d]) + rounding * std::abs(value[d]);
    if (!valueError.empty())
      for (int64_t d = 0; d < width; ++d)
        bound[d] += (weight + error) * valueError[d];
    if (weight < 2 * leastNormal)
      for (int64_t d = 0; d < width; ++d)
        if (!std::isfinite(value[d]))
          isAnything[d] = true;
  }
  for (int64_t d = 0; d < width; ++d) {
    // The terms of the sum are not divided by the total yet.
    double magnitude = std::max(weights.magnitude, bound[d] / sumError);
    double size = std::abs(row[d]);
    double error = (bound[d] + size * roundings) / least + size * 2 * unit;
    // Scores that may be anything: a mean of the values all the same.
    if (!(largestError < 0.5)) {
      double most = getLargestValue(d) * (1 + 4 * sumError) + size;
      if (!(error <= most))
        error = most;
    }
    bound[d] = getBoundBelow(magnitude, error);
    if (isAnything[d]) {
      // A bound counts for finite numbers only.
      row[d] = 0;
      bound[d] = std::numeric_limits<double>::infinity();
    }
  }
}

namespace {
struct AttentionModel : Model<AttentionModel, AttentionOp> {
  LogicalResult evaluate(Operation *op, Operands operands,
                         Results results) const {
    auto attention = cast<AttentionOp>(op);
    int64_t queries = operands[0]->getRows(), keys = operands[1]->getRows();
    addBounds(results[0]);
    llvm::parallelFor(0, queries, [&](size_t t) {
      int64_t first = 0, end = keys;
      if (attention.getCausal())
        end = std::clamp<int64_t>(int64_t(t) + keys - queries + 1, 0, keys);
      if (attention.getWindow())
        first = std::max<int64_t>(end - int64_t(*attention.getWindow()), 0);
      // A query that sees no key: the result is zero already.
      if (first == end)
        return;
      for (int64_t head = 0; head < int64_t(attention.getHeads()); ++head)
        Head(attention, operands, t, head, first, end).evaluate(results[0]);
    });
    return success();
  }
};
} // namespace

void reference::registerAttentionModel(MLIRContext *context) {
  AttentionOp::attachInterface<AttentionModel>(*context);
}
