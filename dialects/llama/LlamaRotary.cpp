//===- LlamaRotary.cpp - How heads are rotated ----------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/llama/LlamaDialect.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace mlir;
using namespace llamir::llama;

#include "dialects/llama/LlamaRotary.cpp.inc"

using EmitError = function_ref<InFlightDiagnostic()>;

bool llamir::llama::fitsF32(APFloat value) {
  bool wasZero = value.isZero(), losesInfo;
  value.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven,
                &losesInfo);
  return value.isFinite() && value.isZero() == wasZero;
}

static bool isPositive(double number) {
  return number > 0 && fitsF32(APFloat(number));
}
static bool isPositive(FloatAttr number) {
  return isPositive(number.getValueAsDouble());
}

/// A number of positions, which are of i32.
static bool isLength(int64_t length) {
  return length > 0 && length <= std::numeric_limits<int32_t>::max();
}

//===----------------------------------------------------------------------===//
// Scalings
//===----------------------------------------------------------------------===//

LogicalResult LinearScalingAttr::verify(EmitError emitError, FloatAttr factor) {
  if (!isPositive(factor))
    return emitError() << "linear_scaling_c1: the factor must be positive and "
                          "fit in f32, got "
                       << factor;
  return success();
}

void LinearScalingAttr::scale(MutableArrayRef<double> frequencies, double,
                              int64_t) const {
  for (double &frequency : frequencies)
    frequency /= getFactor().getValueAsDouble();
}

LogicalResult YarnScalingAttr::verify(EmitError emitError, FloatAttr factor,
                                      int64_t length, FloatAttr fast,
                                      FloatAttr slow, FloatAttr magnitude,
                                      bool) {
  if (!isPositive(factor) || !isPositive(fast) || !isPositive(slow) ||
      !isPositive(magnitude) || !isLength(length))
    return emitError() << "yarn_scaling_c1: factor, length, fast, slow and "
                          "magnitude must be positive and fit in f32";
  return success();
}

void YarnScalingAttr::scale(MutableArrayRef<double> frequencies, double theta,
                            int64_t) const {
  double pairs = double(frequencies.size());
  // The number of the pair that turns so often within the trained length.
  auto getPair = [&](FloatAttr turns) {
    double radians = turns.getValueAsDouble() * 2 * llvm::numbers::pi;
    return pairs * std::log(double(getLength()) / radians) / std::log(theta);
  };
  double first = getPair(getFast()), last = getPair(getSlow());
  if (!getExact()) {
    first = std::floor(first);
    last = std::ceil(last);
  }
  first = std::max(first, 0.0);
  last = std::min(last, 2 * pairs - 1);
  // A step of one pair is not to be a division by zero.
  if (first == last)
    last += 0.001;
  double factor = getFactor().getValueAsDouble();
  for (auto [pair, frequency] : llvm::enumerate(frequencies)) {
    double share =
        std::clamp((double(pair) - first) / (last - first), 0.0, 1.0);
    frequency = frequency / factor * share + frequency * (1 - share);
  }
}

double YarnScalingAttr::getAmplitude() const {
  return getMagnitude().getValueAsDouble();
}

LogicalResult BandScalingAttr::verify(EmitError emitError, FloatAttr factor,
                                      FloatAttr low, FloatAttr high,
                                      int64_t length) {
  if (!isPositive(factor) || !isPositive(low) || !isPositive(high) ||
      !(low.getValueAsDouble() < high.getValueAsDouble()) || !isLength(length))
    return emitError() << "band_scaling_c1: factor, low, high and length must "
                          "be positive, fit in f32, and low be less than high";
  return success();
}

void BandScalingAttr::scale(MutableArrayRef<double> frequencies, double,
                            int64_t) const {
  double low = getLow().getValueAsDouble(), high = getHigh().getValueAsDouble();
  for (double &frequency : frequencies) {
    double turns = double(getLength()) * frequency / (2 * llvm::numbers::pi);
    double kept = std::clamp((turns - low) / (high - low), 0.0, 1.0);
    frequency = frequency / getFactor().getValueAsDouble() * (1 - kept) +
                frequency * kept;
  }
}

LogicalResult DynamicScalingAttr::verify(EmitError emitError, FloatAttr factor,
                                         int64_t length) {
  double number = factor.getValueAsDouble();
  if (!(number >= 1 && number <= 0x1p24) || !isLength(length))
    return emitError() << "dynamic_scaling_c1: the factor must be from 1 to "
                          "2^24, and the length positive and of 31 bits";
  return success();
}

void DynamicScalingAttr::scale(MutableArrayRef<double> frequencies, double,
                               int64_t length) const {
  double factor = getFactor().getValueAsDouble();
  double stretch =
      factor * double(std::max(length, getLength())) / double(getLength()) -
      (factor - 1);
  for (auto [pair, frequency] : llvm::enumerate(frequencies))
    frequency *=
        std::pow(stretch, -double(pair) / double(frequencies.size() - 1));
}

std::optional<int64_t> DynamicScalingAttr::getTrainedLength() const {
  return getLength();
}

LogicalResult DynamicScalingAttr::verifyPairs(int64_t pairs,
                                              EmitError emitError) const {
  if (pairs < 2)
    return emitError() << "dynamic_scaling_c2: a head must have two pairs at "
                          "least";
  return success();
}

LogicalResult LongScalingAttr::verify(EmitError emitError,
                                      DenseF64ArrayAttr shortFactors,
                                      DenseF64ArrayAttr longFactors,
                                      int64_t length, FloatAttr magnitude) {
  auto arePositive = [](DenseF64ArrayAttr factors) {
    return llvm::all_of(factors.asArrayRef(),
                        [](double factor) { return isPositive(factor); });
  };
  if (!arePositive(shortFactors) || !arePositive(longFactors) ||
      !isLength(length) || !isPositive(magnitude))
    return emitError() << "long_scaling_c1: factors, length and magnitude must "
                          "be positive and fit in f32";
  return success();
}

void LongScalingAttr::scale(MutableArrayRef<double> frequencies, double,
                            int64_t length) const {
  ArrayRef<double> factors =
      length > getLength() ? getLongFactors() : getShortFactors();
  for (auto [frequency, factor] : llvm::zip_equal(frequencies, factors))
    frequency /= factor;
}

double LongScalingAttr::getAmplitude() const {
  return getMagnitude().getValueAsDouble();
}

std::optional<int64_t> LongScalingAttr::getTrainedLength() const {
  return getLength();
}

LogicalResult LongScalingAttr::verifyPairs(int64_t pairs,
                                           EmitError emitError) const {
  if (getShortFactors().size() != pairs || getLongFactors().size() != pairs)
    return emitError() << "long_scaling_c2: there must be a factor for each of "
                       << pairs << " pairs";
  return success();
}

//===----------------------------------------------------------------------===//
// The rotation
//===----------------------------------------------------------------------===//

/// Whether sections of a head go together with the rest.
static LogicalResult verifySections(EmitError emitError,
                                    std::optional<int64_t> dims,
                                    Attribute scaling,
                                    DenseI64ArrayAttr sections, bool axial) {
  if (!sections) {
    if (axial)
      return emitError() << "rotary_c4: axial stands with sections";
    return success();
  }
  // More pairs than any head has would be too many to count with.
  constexpr int64_t mostPairs = int64_t(1) << 32;
  int64_t pairs = 0;
  bool arePositive = true;
  for (int64_t section : sections.asArrayRef()) {
    arePositive &= section > 0 && section <= mostPairs;
    pairs += arePositive ? section : 0;
  }
  if (sections.size() < 2 || sections.size() > 4 || !arePositive)
    return emitError() << "rotary_c4: there must be 2 to 4 sections, all "
                          "positive, got "
                       << sections;
  if (dims && *dims != 2 * pairs)
    return emitError() << "rotary_c4: sections of " << pairs
                       << " pairs are not the " << *dims << " dims";
  auto scales = dyn_cast_or_null<RotaryScaling>(scaling);
  if (scales && (axial || scales.getTrainedLength()))
    return emitError() << "rotary_c4: " << scaling << " does not stand with "
                       << (axial ? "axial" : "sections");
  return success();
}

LogicalResult RotaryAttr::verify(EmitError emitError, PairingKind,
                                 FloatAttr theta, std::optional<int64_t> dims,
                                 Attribute scaling, DenseI64ArrayAttr sections,
                                 bool axial) {
  if (!isPositive(theta))
    return emitError() << "rotary_c1: theta must be positive and fit in f32, "
                          "got "
                       << theta;
  if (dims && (*dims <= 0 || *dims % 2 != 0))
    return emitError() << "rotary_c2: dims must be even and positive, got "
                       << *dims;
  if (isa_and_nonnull<YarnScalingAttr>(scaling) &&
      theta.getValueAsDouble() <= 1)
    return emitError() << "rotary_c1: theta must be more than 1 for "
                          "#llama.yarn_scaling, got "
                       << theta;
  if (scaling && !isa<RotaryScaling>(scaling))
    return emitError() << "rotary_c3: " << scaling
                       << " is no scaling of rotations";
  return verifySections(emitError, dims, scaling, sections, axial);
}

LogicalResult RotaryAttr::verifyEncoding(ArrayRef<int64_t> shape, Type,
                                         EmitError emitError) const {
  if (shape.size() != 2)
    return emitError() << "what was rotated is of rank 2, [tokens, width]";
  return success();
}

SmallVector<int64_t> RotaryAttr::getPairsOfAxes(int64_t width) const {
  if (getSections())
    return SmallVector<int64_t>(getSections().asArrayRef());
  return {width / 2};
}

std::pair<int64_t, int64_t> RotaryAttr::getPair(int64_t i,
                                                int64_t width) const {
  // The section that the pair lies in, where sections are rotated apart.
  int64_t first = 0, pairs = width / 2;
  if (getAxial())
    for (int64_t section : getPairsOfAxes(width)) {
      pairs = section;
      if (i < first + section)
        break;
      first += section;
    }
  if (getPairing() == PairingKind::Half)
    return {first + i, first + i + pairs};
  return {2 * i, 2 * i + 1};
}

SmallVector<double> RotaryAttr::getFrequencies(int64_t width,
                                               int64_t length) const {
  double theta = getTheta().getValueAsDouble();
  SmallVector<double> frequencies;
  auto append = [&](int64_t pairs) {
    for (int64_t i = 0; i < pairs; ++i)
      frequencies.push_back(std::pow(theta, -double(i) / double(pairs)));
  };
  if (getAxial())
    llvm::for_each(getPairsOfAxes(width), append);
  else
    append(width / 2);
  if (auto scaling = dyn_cast_or_null<RotaryScaling>(getScaling()))
    scaling.scale(frequencies, theta, length);
  return frequencies;
}

std::optional<int64_t> RotaryAttr::getTrainedLength() const {
  if (auto scaling = dyn_cast_or_null<RotaryScaling>(getScaling()))
    return scaling.getTrainedLength();
  return std::nullopt;
}

double RotaryAttr::getAmplitude() const {
  if (auto scaling = dyn_cast_or_null<RotaryScaling>(getScaling()))
    return scaling.getAmplitude();
  return 1;
}
