//===- LlamaNormOps.cpp - Norms and their statistics ----------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/llama/LlamaDialect.h"

using namespace mlir;
using namespace llamir::llama;

/// Whether numbers grow and lie in `first .. rank - 1`, and there is one.
static bool areAxes(ArrayRef<int64_t> axes, int64_t first, int64_t rank) {
  for (int64_t axis : axes) {
    if (axis < first || axis >= rank)
      return false;
    first = axis + 1;
  }
  return !axes.empty();
}

/// Whether axes are all from `first` on but axis 1.
static bool areAllButChannels(ArrayRef<int64_t> axes, int64_t first,
                              int64_t rank) {
  SmallVector<int64_t> all;
  for (int64_t axis = first; axis < rank; ++axis)
    if (axis != 1)
      all.push_back(axis);
  return !all.empty() && axes == ArrayRef(all);
}

static LogicalResult verifyEps(Operation *op, StringRef label, FloatAttr eps) {
  if (!fitsF32(eps.getValue()) || eps.getValue().isNegative())
    return op->emitOpError()
           << label
           << ": eps must be zero or positive and fit in f32, "
              "got "
           << eps;
  return success();
}

LogicalResult NormOp::verify() {
  RankedTensorType type = getType();
  if (failed(verifyRows(*this, "norm_c5", type)))
    return failure();
  if (!areAxes(getAxes(), 0, type.getRank()))
    return emitOpError() << "norm_c1: axes must grow and lie in 0 .. "
                         << type.getRank() - 1 << ", got [" << getAxes() << "]";
  bool isOfChannels =
      getAffineAxes() ? *getAffineAxes() == ArrayRef<int64_t>{1} : !getGain();
  if (isOverBatch() &&
      (!areAllButChannels(getAxes(), 0, type.getRank()) || getGroups() ||
       !getCentered() || getGainOffset() || !isOfChannels))
    return emitOpError() << "norm_c6: statistics of the batch must be centred, "
                            "over all axes but 1, not in groups, with gain and "
                            "bias along [1] and no offset";
  if (getGroups() && (int64_t(*getGroups()) <= 0 || getAxes().front() != 1 ||
                      type.getDimSize(1) % int64_t(*getGroups()) != 0))
    return emitOpError() << "norm_c2: " << *getGroups()
                         << " groups do not divide axis 1 of " << type
                         << ", or it is none of the axes";
  bool hasAffineAxes = getGain() || getAffineAxes();
  if (hasAffineAxes && !areAxes(getAffineAxesOrDefault(), 1, type.getRank()))
    return emitOpError() << "norm_c3: affine axes must grow and lie in 1 .. "
                         << type.getRank() - 1 << ", got ["
                         << getAffineAxesOrDefault() << "]";
  SmallVector<int64_t> sizes =
      llvm::map_to_vector(getAffineAxesOrDefault(),
                          [&](int64_t axis) { return type.getDimSize(axis); });
  for (Value affine : {getGain(), getBias()}) {
    if (!affine)
      continue;
    ArrayRef<int64_t> shape =
        cast<RankedTensorType>(affine.getType()).getShape();
    bool fits = shape == ArrayRef(sizes) ||
                (getAffineAxesOrDefault().front() == 1 &&
                 shape.size() == sizes.size() &&
                 shape.front() == sizes.front() / getNumGroups() &&
                 shape.drop_front() == ArrayRef(sizes).drop_front());
    if (!fits)
      return emitOpError() << "norm_c3: " << affine.getType()
                           << " does not have the sizes of " << type
                           << " along the axes [" << getAffineAxesOrDefault()
                           << "]";
  }
  if (failed(verifyEps(*this, "norm_c4", getEpsAttr())))
    return failure();
  if (getGainOffset() && !fitsF32(*getGainOffset()))
    return emitOpError() << "norm_c4: the offset of the gain must fit in f32, "
                            "got "
                         << getGainOffsetAttr();
  return success();
}

/// Appends an extent, as part of the one before it if both are members or
/// neither is.
static void append(SmallVectorImpl<NormOp::Extent> &extents, int64_t size,
                   bool isMember) {
  if (!extents.empty() && extents.back().isMember == isMember)
    extents.back().size *= size;
  else
    extents.push_back({size, isMember});
}

SmallVector<NormOp::Extent> NormOp::getStatisticExtents() {
  SmallVector<Extent> extents;
  for (int64_t axis = 1; axis < getType().getRank(); ++axis) {
    int64_t size = getType().getDimSize(axis);
    bool isMember = llvm::is_contained(getAxes(), axis);
    if (axis == 1 && getNumGroups() > 1) {
      append(extents, getNumGroups(), false);
      size /= getNumGroups();
    }
    append(extents, size, isMember);
  }
  return extents;
}

SmallVector<NormOp::Extent> NormOp::getAffineExtents(RankedTensorType gain) {
  SmallVector<Extent> extents;
  ArrayRef<int64_t> axes = getAffineAxesOrDefault();
  for (int64_t axis = 1; axis < getType().getRank(); ++axis) {
    int64_t size = getType().getDimSize(axis);
    bool isMember = llvm::is_contained(axes, axis);
    if (axis == 1 && isMember && gain.getDimSize(0) != size) {
      append(extents, size / gain.getDimSize(0), false);
      size = gain.getDimSize(0);
    }
    append(extents, size, isMember);
  }
  return extents;
}

int64_t NormOp::getCount() {
  int64_t count = 1;
  for (Extent extent : getStatisticExtents())
    count *= extent.isMember ? extent.size : 1;
  return count;
}

//===----------------------------------------------------------------------===//
// Statistics apart from what they normalize
//===----------------------------------------------------------------------===//

/// Whether a tensor has a number for each channel of `x`, or, with `samples`,
/// for each channel of each sample.
static bool fitsChannels(Value value, RankedTensorType x, bool samples) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(value.getType()).getShape();
  return samples ? shape == x.getShape().take_front(2)
                 : shape == x.getShape().slice(1, 1);
}

int64_t StatisticsOp::getCount() {
  return getRowWidth(getX().getType()) / getNumChannels();
}

LogicalResult StatisticsOp::verify() {
  RankedTensorType x = getX().getType();
  if (failed(verifyRows(*this, "statistics_c1", x)))
    return failure();
  if (!areAllButChannels(getAxes(), isOverBatch() ? 0 : 2, x.getRank()))
    return emitOpError() << "statistics_c2: axes must be all but 1, or all but "
                            "0 and 1, got ["
                         << getAxes() << "]";
  bool updates = bool(getRunningMean());
  if (updates != bool(getRunningVariance()) ||
      updates != getMomentum().has_value() || (getBiased() && !updates) ||
      (updates && !isOverBatch()))
    return emitOpError() << "statistics_c4: a running mean, a running variance "
                            "and a momentum must stand together, with axis 0";
  if (getStatistics().size() != (updates ? 4 : 2))
    return emitOpError() << (updates ? "statistics_c4: there must be 4 results"
                                     : "statistics_c3: there must be 2 results")
                         << ", got " << getStatistics().size();
  for (Value statistic : getStatistics().take_front(2))
    if (!fitsChannels(statistic, x, !isOverBatch()) ||
        !cast<RankedTensorType>(statistic.getType()).getElementType().isF32())
      return emitOpError() << "statistics_c3: mean and variance must be f32 "
                              "with a number for each channel"
                           << (isOverBatch() ? "" : " of each sample")
                           << ", got " << statistic.getType();
  if (!updates)
    return success();
  for (Value running : {Value(getRunningMean()), Value(getRunningVariance()),
                        Value(getStatistics()[2]), Value(getStatistics()[3])})
    if (running.getType() != getRunningMean().getType() ||
        !fitsChannels(running, x, false))
      return emitOpError()
             << "statistics_c4: running statistics must be of one "
                "type with a number for each channel, got "
             << running.getType();
  double momentum = getMomentum()->convertToDouble();
  if (!(momentum >= 0 && momentum <= 1))
    return emitOpError() << "statistics_c4: the momentum must lie in 0 .. 1, "
                            "got "
                         << getMomentumAttr();
  return success();
}

LogicalResult MixStatisticsOp::verify() {
  RankedTensorType mean = getMean().getType();
  if (failed(verifyRows(*this, "mix_statistics_c1", mean)))
    return failure();
  for (Value logits : {getMeanLogits(), getVarianceLogits()})
    if (cast<RankedTensorType>(logits.getType()).getDimSize(0) != 3)
      return emitOpError() << "mix_statistics_c2: there must be 3 logits, got "
                           << logits.getType();
  if (bool(getRunningMean()) != bool(getRunningVariance()) ||
      (getRunningMean() && (!fitsChannels(getRunningMean(), mean, false) ||
                            !fitsChannels(getRunningVariance(), mean, false))))
    return emitOpError() << "mix_statistics_c3: a running mean and a running "
                            "variance must stand together, with a number for "
                            "each channel of "
                         << mean;
  return success();
}

LogicalResult NormalizeOp::verify() {
  RankedTensorType x = getType();
  if (failed(verifyRows(*this, "normalize_c1", x)))
    return failure();
  for (Value statistic : {getMean(), getVariance()})
    if (!fitsChannels(statistic, x, hasSamples()))
      return emitOpError() << "normalize_c2: mean and variance must have a "
                              "number for each channel of "
                           << x << ", or for each channel of each sample, got "
                           << getMean().getType() << " and "
                           << getVariance().getType();
  for (Value affine : {getGain(), getBias()})
    if (affine && !fitsChannels(affine, x, false))
      return emitOpError() << "normalize_c3: " << affine.getType()
                           << " does not have a number for each channel of "
                           << x;
  return verifyEps(*this, "normalize_c4", getEpsAttr());
}
