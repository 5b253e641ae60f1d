//===- ElementModels.cpp - Element-wise ops and ops that move numbers -----===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bounds.h"
#include "Models.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;
using namespace llamir::reference;

/// Of a normally distributed number, the probability to be below `x`. Unlike
/// 1 + erf it keeps its digits where it is small.
static double getNormalDistribution(double x) {
  return std::erfc(-x / std::sqrt(2.0)) / 2;
}

/// The argument of the sigmoid that `gelu_tanh` is: (1 + tanh y) / 2 is the
/// sigmoid of 2 y.
static double getGeluArgument(double x) {
  return 2 * std::sqrt(2 / llvm::numbers::pi) * (x + 0.044715 * x * x * x);
}

static double activate(ActivationKind kind, double x) {
  switch (kind) {
  case ActivationKind::Silu:
    return x / (1 + std::exp(-x));
  case ActivationKind::Gelu:
    return x * getNormalDistribution(x);
  case ActivationKind::GeluTanh:
    return x / (1 + std::exp(-getGeluArgument(x)));
  case ActivationKind::GeluQuick:
    return x / (1 + std::exp(-1.702 * x));
  case ActivationKind::Relu:
    // Not std::max(x, 0), which turns a NaN into whichever comes first.
    return x < 0 ? 0 : x;
  case ActivationKind::Sigmoid:
    return 1 / (1 + std::exp(-x));
  case ActivationKind::Tanh:
    return std::tanh(x);
  case ActivationKind::EluPlusOne:
    return x > 0 ? x + 1 : std::exp(x);
  }
  llvm_unreachable("all kinds are handled");
}

/// Where the function has its only minimum between two ends that it is larger
/// at; anywhere, if it grows everywhere.
static double getLowestPlace(ActivationKind kind) {
  switch (kind) {
  case ActivationKind::Silu:
    return -1.27846;
  case ActivationKind::Gelu:
    return -0.75179;
  case ActivationKind::GeluTanh:
    return -0.75246;
  case ActivationKind::GeluQuick:
    return -0.75115;
  default:
    return 0;
  }
}

/// How far the function is from f(x) within `bound` of x.
static double getVariation(ActivationKind kind, double x, double bound) {
  if (bound == 0)
    return 0;
  double value = activate(kind, x), most = 0;
  double lowest = std::clamp(getLowestPlace(kind), x - bound, x + bound);
  for (double place : {x - bound, lowest, x + bound})
    most = std::max(most, std::abs(activate(kind, place) - value));
  return std::isnan(bound) ? bound : most;
}

/// The error of `numerator` / (1 + exp(-y)) for an exponential with the
/// relative error `error`: a large one makes all of it, a small one nothing.
/// What is less than the numerator's 2^-126th part may be zero, for the
/// exponential is infinite.
static double getGateError(double value, double numerator, double y,
                           double error) {
  double part = 1 / (1 + std::exp(y));
  return std::abs(value) * (part * error + 3 * unit) +
         std::abs(numerator) * leastNormal;
}

/// How far a kernel's f(x) may be from `value`, for x as it is.
static double getActivationError(ActivationKind kind, double x, double value) {
  switch (kind) {
  case ActivationKind::Silu:
    return getGateError(value, x, x, exponentialError);
  case ActivationKind::Gelu:
    // x / 2 · (1 + erf y), whose error function is one of its ends exactly
    // where x is large; elsewhere the sum loses digits.
    return std::abs(x) < 6.5
               ? std::abs(x) / 2 * 8 * unit + std::abs(value) * 3 * unit
               : std::abs(x) * getNormalDistribution(-6.5);
  case ActivationKind::GeluTanh: {
    double y = getGeluArgument(x);
    return getGateError(value, x, y, exponentialError + std::abs(y) * 6 * unit);
  }
  case ActivationKind::GeluQuick:
    return getGateError(value, x, 1.702 * x,
                        exponentialError + std::abs(x) * 4 * unit);
  case ActivationKind::Relu:
    return 0;
  case ActivationKind::Sigmoid:
    return getGateError(value, 1, x, exponentialError);
  case ActivationKind::Tanh:
    return std::abs(value) * 6 * unit;
  case ActivationKind::EluPlusOne:
    return std::abs(value) * exponentialError + leastNormal;
  }
  llvm_unreachable("all kinds are handled");
}

namespace {

struct ActivationModel : Model<ActivationModel, ActivationOp> {
  LogicalResult evaluate(Operation *op, Operands operands,
                         Results results) const {
    ActivationKind kind = cast<ActivationOp>(op).getKind();
    const Tensor &x = *operands[0];
    Tensor &result = results[0];
    addBounds(result);
    int64_t first = cast<ActivationOp>(op).getFirstColumn().value_or(0);
    for (size_t i = 0; i < x.data.size(); ++i) {
      if (first > 0 && int64_t(i) % x.getWidth() < first) {
        result.data[i] = x.data[i];
        result.bound[i] = x.getBound(i);
        continue;
      }
      double value = activate(kind, x.data[i]);
      double variation = getVariation(kind, x.data[i], x.getBound(i));
      result.data[i] = value;
      result.bound[i] =
          variation +
          getActivationError(kind, x.data[i], std::abs(value) + variation);
    }
    return success();
  }
};

/// Calls `compute` with each element of the left operand and the one of the
/// right that it meets: the same, or one of a vector.
template <typename Compute>
static void forEachPair(Operands operands, Tensor &result, Compute compute) {
  const Tensor &lhs = *operands[0], &rhs = *operands[1];
  addBounds(result);
  bool isVector = rhs.getRank() != lhs.getRank();
  for (size_t i = 0; i < lhs.data.size(); ++i) {
    size_t k = isVector ? i % rhs.data.size() : i;
    compute(i, lhs.data[i], lhs.getBound(i), rhs.data[k], rhs.getBound(k));
  }
}

struct AddModel : Model<AddModel, AddOp> {
  LogicalResult evaluate(Operation *, Operands operands,
                         Results results) const {
    Tensor &result = results[0];
    forEachPair(
        operands, result,
        [&](size_t i, double a, double aBound, double b, double bBound) {
          result.data[i] = a + b;
          result.bound[i] = aBound + bBound;
        });
    return success();
  }
};

struct MulModel : Model<MulModel, MulOp> {
  LogicalResult evaluate(Operation *, Operands operands,
                         Results results) const {
    Tensor &result = results[0];
    forEachPair(
        operands, result,
        [&](size_t i, double a, double aBound, double b, double bBound) {
          result.data[i] = a * b;
          result.bound[i] =
              aBound * (std::abs(b) + bBound) + std::abs(a) * bBound;
        });
    return success();
  }
};

struct ScaleModel : Model<ScaleModel, ScaleOp> {
  LogicalResult evaluate(Operation *op, Operands operands,
                         Results results) const {
    // The factor of the formula: kernels round it, see the bound.
    double factor = cast<ScaleOp>(op).getFactor().convertToDouble();
    const Tensor &x = *operands[0];
    Tensor &result = results[0];
    addBounds(result);
    for (size_t i = 0; i < x.data.size(); ++i) {
      result.data[i] = factor * x.data[i];
      result.bound[i] =
          std::abs(factor) * x.getBound(i) + std::abs(result.data[i]) * unit;
    }
    return success();
  }
};

/// The caller rounds to the element type.
struct ConvertModel : Model<ConvertModel, ConvertOp> {
  LogicalResult evaluate(Operation *, Operands operands,
                         Results results) const {
    results[0].copy(0, *operands[0], 0, operands[0]->data.size());
    return success();
  }
};

struct JoinModel : Model<JoinModel, JoinOp> {
  LogicalResult evaluate(Operation *, Operands operands,
                         Results results) const {
    int64_t place = 0;
    for (const Tensor *part : operands) {
      results[0].copy(place, *part, 0, part->data.size());
      place += part->data.size();
    }
    return success();
  }
};

struct SplitModel : Model<SplitModel, SplitOp> {
  LogicalResult evaluate(Operation *, Operands operands,
                         Results results) const {
    const Tensor &x = *operands[0];
    for (int64_t t = 0; t < x.getRows(); ++t) {
      int64_t place = t * x.getWidth();
      for (Tensor &part : results) {
        part.copy(t * part.getWidth(), x, place, part.getWidth());
        place += part.getWidth();
      }
    }
    return success();
  }
};

/// The layout is not a matter of the numbers: a packed weight is kept as a
/// plain one.
struct PackModel : Model<PackModel, PackOp> {
  LogicalResult evaluate(Operation *, Operands operands,
                         Results results) const {
    results[0].copy(0, *operands[0], 0, operands[0]->data.size());
    return success();
  }
};

} // namespace

void reference::registerElementModels(MLIRContext *context) {
  ActivationOp::attachInterface<ActivationModel>(*context);
  AddOp::attachInterface<AddModel>(*context);
  MulOp::attachInterface<MulModel>(*context);
  ScaleOp::attachInterface<ScaleModel>(*context);
  ConvertOp::attachInterface<ConvertModel>(*context);
  JoinOp::attachInterface<JoinModel>(*context);
  SplitOp::attachInterface<SplitModel>(*context);
  PackOp::attachInterface<PackModel>(*context);
}
