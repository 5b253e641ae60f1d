//===- LlamaAttentionOps.cpp - Attention ----------------------------------===//
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

/// The width of the result of an attention: that of the values, for each head.
/// Nothing when the attributes do not fit; the verifier tells why.
static std::optional<int64_t>
getAttentionWidth(int64_t valueWidth, int64_t heads, int64_t kvHeads) {
  int64_t width;
  if (ShapedType::isDynamic(valueWidth) || heads <= 0 || kvHeads <= 0 ||
      llvm::MulOverflow(valueWidth / kvHeads, heads, width))
    return std::nullopt;
  return width;
}

LogicalResult AttentionOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location>,
                                            Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  auto q = cast<RankedTensorType>(adaptor.getQ().getType());
  auto v = cast<RankedTensorType>(adaptor.getV().getType());
  std::optional<int64_t> width = getAttentionWidth(
      v.getDimSize(1), adaptor.getHeads(), adaptor.getKvHeads());
  types.push_back(RankedTensorType::get(
      {q.getDimSize(0), width.value_or(q.getDimSize(1))}, q.getElementType()));
  return success();
}

/// Whether heads divide the width of rows.
static bool haveHeads(RankedTensorType rows, int64_t heads) {
  int64_t width = rows.getDimSize(1);
  return heads > 0 && !ShapedType::isDynamic(width) && width > 0 &&
         width % heads == 0;
}

static LogicalResult verifyRelative(AttentionOp op) {
  if (!op.getRelative())
    return success();
  RankedTensorType q = op.getQ().getType(), r = op.getRelative().getType();
  int64_t width = q.getDimSize(1);
  if (r.getDimSize(1) != width || r.getElementType() != q.getElementType() ||
      r.getDimSize(0) == 0 ||
      op.getContentBias().getType().getDimSize(0) != width ||
      op.getPositionBias().getType().getDimSize(0) != width ||
      op.getHeads() != op.getKvHeads())
    return op.emitOpError()
           << "attention_c8: relative encodings and their biases must be as "
              "wide as the queries, for as many heads of keys, got "
           << r << ", " << op.getContentBias().getType() << " and "
           << op.getPositionBias().getType() << " for " << q;
  return success();
}

LogicalResult AttentionOp::verify() {
  RankedTensorType q = getQ().getType(), k = getK().getType(),
                   v = getV().getType();
  int64_t heads = getHeads(), kvHeads = getKvHeads();
  if (!haveHeads(q, heads) || !haveHeads(k, kvHeads) ||
      !haveHeads(v, kvHeads) || heads % kvHeads != 0)
    return emitOpError() << "attention_c1: " << heads << " heads and "
                         << kvHeads
                         << " key and value heads do not divide the widths of "
                         << q << ", " << k << ", " << v;
  if (q.getDimSize(1) / heads != k.getDimSize(1) / kvHeads)
    return emitOpError() << "attention_c2: a head of the queries has "
                         << q.getDimSize(1) / heads
                         << " elements, a head of the keys "
                         << k.getDimSize(1) / kvHeads;
  if (!mayBeEqual(k.getDimSize(0), v.getDimSize(0)) ||
      q.getElementType() != k.getElementType() ||
      q.getElementType() != v.getElementType())
    return emitOpError() << "attention_c3: queries, keys and values must have "
                            "one element type, keys and values as many tokens, "
                            "got "
                         << q << ", " << k << ", " << v;
  if (getScale() && !fitsF32(*getScale()))
    return emitOpError() << "attention_c4: the scale must fit in f32, got "
                         << getScaleAttr();
  if (getSoftcap() && (!fitsF32(*getSoftcap()) || getSoftcap()->isNegative() ||
                       getSoftcap()->isZero()))
    return emitOpError() << "attention_c4: the soft cap must be positive and "
                            "fit in f32, got "
                         << getSoftcapAttr();
  if (getWindow() && (int64_t(*getWindow()) <= 0 || !getCausal() ||
                      int64_t(*getWindow()) > int64_t(1) << 30))
    return emitOpError() << "attention_c5: a window must be positive, at most "
                            "2^30, and stand with causal, got "
                         << getWindowAttr();
  if (q.getEncoding() != k.getEncoding())
    return emitOpError() << "attention_c6: queries and keys were not rotated "
                            "alike: "
                         << q << " and " << k;
  auto fits = [](double slope) { return fitsF32(APFloat(slope)); };
  if (getSlopes() && (int64_t(getSlopes()->size()) != heads ||
                      !llvm::all_of(*getSlopes(), fits)))
    return emitOpError() << "attention_c7: there must be a slope for each of "
                         << heads << " heads, which fits in f32, got ["
                         << *getSlopes() << "]";
  return verifyRelative(*this);
}

double AttentionOp::getScaleOrDefault() {
  if (std::optional<APFloat> scale = getScale())
    return scale->convertToDouble();
  return 1.0 / std::sqrt(double(getHeadDim()));
}

//===----------------------------------------------------------------------===//
// Linear attention
//===----------------------------------------------------------------------===//

/// Whether rows are as many, of as many elements of one type. The encodings may
/// differ.
static bool areAlike(RankedTensorType a, RankedTensorType b) {
  return mayBeEqual(a.getDimSize(0), b.getDimSize(0)) &&
         a.getDimSize(1) == b.getDimSize(1) &&
         a.getElementType() == b.getElementType();
}

/// Whether a tensor is the state of heads.
static bool isStateOf(RankedTensorType state, int64_t heads, int64_t headDim,
                      int64_t valueDim) {
  return state.getElementType().isF32() &&
         state.getDimSize(0) == heads * headDim &&
         state.getDimSize(1) == valueDim + 1;
}

LogicalResult LinearAttentionOp::verify() {
  RankedTensorType q = getQ().getType(), k = getK().getType(),
                   v = getV().getType(), result = getType();
  int64_t heads = getHeads();
  if (!haveHeads(q, heads) || !haveHeads(v, heads) ||
      q.getDimSize(1) != k.getDimSize(1))
    return emitOpError() << "linear_attention_c1: " << heads
                         << " heads do not divide the widths of " << q << ", "
                         << k << " and " << v;
  if (!areAlike(q, k) || !mayBeEqual(q.getDimSize(0), v.getDimSize(0)) ||
      q.getElementType() != v.getElementType())
    return emitOpError() << "linear_attention_c2: queries, keys and values "
                            "must have as many tokens and one element type, "
                            "got "
                         << q << ", " << k << " and " << v;
  if (bool(getRotatedQ()) != bool(getRotatedK()) ||
      (getRotatedQ() && (!areAlike(q, getRotatedQ().getType()) ||
                         !areAlike(q, getRotatedK().getType()) ||
                         getRotatedQ().getType().getEncoding() !=
                             getRotatedK().getType().getEncoding())))
    return emitOpError() << "linear_attention_c3: rotated queries and keys "
                            "must stand together, rotated alike, and be like "
                         << q;
  if (getState() &&
      !isStateOf(getState().getType(), heads, getHeadDim(), getValueDim()))
    return emitOpError() << "linear_attention_c4: the state must be f32 ["
                         << q.getDimSize(1) << ", " << getValueDim() + 1
                         << "], got " << getState().getType();
  if (!areAlike(v, result) || result.getDimSize(0) != q.getDimSize(0))
    return emitOpError() << "linear_attention_c5: the result must be like the "
                            "values, with the tokens of the queries, got "
                         << result;
  return success();
}

LogicalResult LinearStateOp::verify() {
  RankedTensorType k = getK().getType(), v = getV().getType();
  int64_t heads = getHeads();
  if (!haveHeads(k, heads) || !haveHeads(v, heads))
    return emitOpError() << "linear_state_c1: " << heads
                         << " heads do not divide the widths of " << k
                         << " and " << v;
  if (!mayBeEqual(k.getDimSize(0), v.getDimSize(0)) ||
      k.getElementType() != v.getElementType() ||
      (getRotatedK() && !areAlike(k, getRotatedK().getType())))
    return emitOpError() << "linear_state_c2: keys, rotated keys and values "
                            "must have as many tokens and one element type, "
                            "got "
                         << k << " and " << v;
  SmallVector<RankedTensorType> states = {getType()};
  if (getState())
    states.push_back(getState().getType());
  for (RankedTensorType state : states)
    if (!isStateOf(state, heads, getHeadDim(), getValueDim()))
      return emitOpError() << "linear_state_c3: a state must be f32 ["
                           << k.getDimSize(1) << ", " << getValueDim() + 1
                           << "], got " << state;
  return success();
}

LogicalResult ApplyStateOp::verify() {
  RankedTensorType q = getQ().getType(), state = getState().getType(),
                   result = getType();
  int64_t heads = getHeads();
  if (!haveHeads(q, heads) ||
      (getRotatedQ() && !areAlike(q, getRotatedQ().getType())))
    return emitOpError() << "apply_state_c1: " << heads
                         << " heads do not divide the width of " << q
                         << ", or rotated queries are not like it";
  int64_t valueDim = getValueDim();
  if (valueDim < 1 || !isStateOf(state, heads, getHeadDim(), valueDim))
    return emitOpError() << "apply_state_c2: the state must be f32 with a row "
                            "for each element of "
                         << q << " and 2 columns at least, got " << state;
  if (result.getDimSize(0) != q.getDimSize(0) ||
      result.getDimSize(1) != heads * valueDim ||
      result.getElementType() != q.getElementType())
    return emitOpError() << "apply_state_c3: the result must have the tokens "
                            "and the element type of "
                         << q << ", and the values of all heads, got "
                         << result;
  return success();
}
