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
#include "Bounds.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Parallel.h"

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
    int64_t width = table.getWidth();
    for (auto [place, id] : llvm::enumerate(ids.data))
      results[0].copy(place * width, table, int64_t(id) * width, width);
    return success();
  }
};

struct LinearModel : Model<LinearModel, LinearOp> {
  /// Numbers of `count` tokens from `first` on, interleaved; where a group is
  /// not full, zeros whose sums nobody reads.
  template <int64_t group>
  static std::vector<double> interleave(ArrayRef<double> numbers, int64_t width,
                                        int64_t first, int64_t count) {
    std::vector<double> rows(width * group);
    for (int64_t t = 0; t < count; ++t)
      for (int64_t k = 0; k < width; ++k)
        rows[k * group + t] = numbers[(first + t) * width + k];
    return rows;
  }

  /// Sums of products, and of their magnitudes.
  template <int64_t group> struct Sums {
    double values[group] = {};
    double magnitudes[group] = {};

    /// Sums run side by side. Each is still added up one term after the other,
    /// whatever its place in the group; the machine works on the others while
    /// it waits for an addition, and reads the weight once for all.
    Sums(ArrayRef<double> rows, ArrayRef<double> column) {
      for (size_t k = 0; k < column.size(); ++k)
        for (int64_t t = 0; t < group; ++t) {
          double product = rows[k * group + t] * column[k];
          values[t] += product;
          magnitudes[t] += std::abs(product);
        }
    }
  };

  /// How far inputs may be off: by their bounds, and by all of themselves where
  /// a kernel may take them for zero.
  static std::vector<double> getInputErrors(const Tensor &x) {
    std::vector<double> errors = x.bound;
    for (auto [index, value] : llvm::enumerate(x.data))
      if (value != 0 && std::abs(value) < leastNormal) {
        errors.resize(x.data.size());
        errors[index] += std::abs(value);
      }
    return errors;
  }

  /// Projects `count` tokens from `first` on, at most `group`.
  template <int64_t group>
  static void project(Operands operands, ArrayRef<double> inputErrors,
                      int64_t first, int64_t count, Tensor &result) {
    const Tensor &x = *operands[0], &weight = *operands[1];
    const Tensor *bias = operands.size() > 2 ? operands[2] : nullptr;
    int64_t in = x.getWidth();
    double sumError = getSumError(in);
    std::vector<double> rows = interleave<group>(x.data, in, first, count);
    std::vector<double> rowErrors;
    if (!inputErrors.empty())
      rowErrors = interleave<group>(inputErrors, in, first, count);
    // A product, and a weight times its input, may be too small for a kernel.
    std::vector<double> flushed(count, double(in) * leastNormal);
    for (int64_t t = 0; t < count; ++t)
      for (double value : x.getRow(first + t))
        flushed[t] += std::abs(value) * leastNormal;

    for (int64_t n = 0; n < weight.getRows(); ++n) {
      Sums<group> sums(rows, weight.getRow(n));
      for (int64_t t = 0; t < count; ++t) {
        double magnitude = sums.magnitudes[t];
        double value = sums.values[t];
        double bound = sumError * magnitude + flushed[t];
        if (bias) {
          value += bias->data[n];
          magnitude += std::abs(bias->data[n]);
          bound += bias->getBound(n) + std::abs(bias->data[n]) * unit;
        }
        result.getRow(first + t)[n] = value;
        result.getBoundRow(first + t)[n] = getBoundBelow(magnitude, bound);
      }
      auto addErrors = [&](ArrayRef<double> rows, ArrayRef<double> column) {
        Sums<group> errors(rows, column);
        for (int64_t t = 0; t < count; ++t)
          result.getBoundRow(first + t)[n] += errors.magnitudes[t];
      };
      if (!rowErrors.empty())
        addErrors(rowErrors, weight.getRow(n));
      if (!weight.bound.empty())
        addErrors(rows, weight.getBoundRow(n));
      if (!rowErrors.empty() && !weight.bound.empty())
        addErrors(rowErrors, weight.getBoundRow(n));
    }
  }

  LogicalResult evaluate(Operation *op, Operands operands,
                         Results results) const {
    constexpr int64_t group = 8;
    int64_t tokens = operands[0]->getRows();
    std::vector<double> inputErrors = getInputErrors(*operands[0]);
    addBounds(results[0]);
    llvm::parallelFor(0, llvm::divideCeil(tokens, group), [&](size_t index) {
      int64_t first = int64_t(index) * group;
      int64_t count = std::min(group, tokens - first);
      // A single token, as when text is generated, would wait for the zeros.
      if (count == 1)
        project<1>(operands, inputErrors, first, count, results[0]);
      else
        project<group>(operands, inputErrors, first, count, results[0]);
    });
    return success();
  }
};

/// Sines and cosines of the pairs that positions turn.
class Turns {
public:
  Turns(RotaryAttr rotary, const Tensor &positions, int64_t width)
      : positions(positions),
        frequencies(rotary.getFrequencies(width, getLength(positions))),
        amplitude(rotary.getAmplitude()),
        // Kernels compute powers of what the length makes of the base.
        powerError(rotary.getTrainedLength() ? 0x1p-42 : 0) {
    for (auto [axis, pairs] : llvm::enumerate(rotary.getPairsOfAxes(width)))
      axes.append(pairs, axis);
  }

  struct Turn {
    double cosine, sine;
    /// How far a kernel's may be from either.
    double error;
  };
  Turn get(int64_t token, int64_t pair) const {
    double angle = positions.data[token * positions.getWidth() + axes[pair]] *
                   frequencies[pair];
    // Angles are products and remainders in double precision.
    double error =
        5 * unit + std::abs(angle) * 0x1p-51 + std::abs(angle) * powerError;
    if (amplitude != 1)
      error += 2 * unit;
    return {amplitude * std::cos(angle), amplitude * std::sin(angle),
            error * amplitude};
  }
  int64_t getNumPairs() const { return frequencies.size(); }

private:
  /// How many positions a sequence has.
  static int64_t getLength(const Tensor &positions) {
    double last = -1;
    for (double position : positions.data)
      last = std::max(last, position);
    return int64_t(last) + 1;
  }

  const Tensor &positions;
  SmallVector<double> frequencies;
  double amplitude, powerError;
  /// The axis of positions that each pair turns with.
  SmallVector<int64_t> axes;
};

struct RopeModel : Model<RopeModel, RopeOp> {
  LogicalResult evaluate(Operation *op, Operands operands,
                         Results results) const {
    auto rope = cast<RopeOp>(op);
    const Tensor &x = *operands[0];
    RotaryAttr rotary = rope.getRotary();
    int64_t width = rope.getRotaryWidth(), headDim = rope.getHeadDim();
    Turns turns(rotary, *operands[1], width);
    Tensor &turned = results[0];
    turned.copy(0, x, 0, x.data.size());
    turned.bound.resize(x.data.size());
    for (int64_t t = 0; t < x.getRows(); ++t) {
      for (int64_t i = 0; i < turns.getNumPairs(); ++i) {
        auto [cosine, sine, error] = turns.get(t, i);
        auto [first, second] = rotary.getPair(i, width);
        for (int64_t n = 0; n < rope.getNumRotated(); ++n) {
          int64_t head = t * x.getWidth() + n * headDim;
          int64_t u = head + first, v = head + second;
          turned.data[u] = x.data[u] * cosine - x.data[v] * sine;
          turned.data[v] = x.data[v] * cosine + x.data[u] * sine;
          double uBound = x.getBound(u), vBound = x.getBound(v);
          double own = error * (std::abs(x.data[u]) + std::abs(x.data[v]) +
                                uBound + vBound);
          double c = std::abs(cosine), s = std::abs(sine);
          turned.bound[u] = own + uBound * c + vBound * s;
          turned.bound[v] = own + vBound * c + uBound * s;
        }
      }
    }
    return success();
  }
};

struct SinusoidModel : Model<SinusoidModel, SinusoidOp> {
  LogicalResult evaluate(Operation *op, Operands operands,
                         Results results) const {
    auto sinusoid = cast<SinusoidOp>(op);
    RotaryAttr rotary = sinusoid.getRotary();
    Tensor &result = results[0];
    int64_t width = result.getWidth();
    Turns turns(rotary, *operands[0], width);
    addBounds(result);
    for (int64_t t = 0; t < result.getRows(); ++t)
      for (int64_t i = 0; i < turns.getNumPairs(); ++i) {
        auto [cosine, sine, error] = turns.get(t, i);
        auto [first, second] = rotary.getPair(i, width);
        result.getRow(t)[first] = sine;
        result.getRow(t)[second] = cosine;
        result.getBoundRow(t)[first] = result.getBoundRow(t)[second] = error;
      }
    return success();
  }
};

} // namespace

void reference::registerReferenceModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, LlamaDialect *) {
    EmbeddingOp::attachInterface<EmbeddingModel>(*context);
    LinearOp::attachInterface<LinearModel>(*context);
    RopeOp::attachInterface<RopeModel>(*context);
    SinusoidOp::attachInterface<SinusoidModel>(*context);
    registerAttentionModel(context);
    registerElementModels(context);
    registerLinearAttentionModels(context);
    registerNormModel(context);
    registerStatisticsModels(context);
  });
}
