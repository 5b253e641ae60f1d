//===- LlamaOps.cpp - Ops of the llama dialect ----------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Verifiers, inferred types, folders and canonicalizations. What an op says
// about its shapes and its cost is in LlamaCost.cpp, kernels are in
// LlamaKernelOps.cpp.
//
//===----------------------------------------------------------------------===//

#include "dialects/llama/LlamaDialect.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace mlir;
using namespace llamir::llama;

#define GET_OP_CLASSES
#include "dialects/llama/LlamaOps.cpp.inc"

/// The width of an activation, checked to be static and positive.
static LogicalResult verifyWidth(Operation *op, StringRef label,
                                 RankedTensorType type) {
  if (type.isDynamicDim(1) || type.getDimSize(1) <= 0)
    return op->emitOpError()
           << label << ": the width must be static and positive, got " << type;
  return success();
}

/// True when two dimensions may be equal when the program runs.
static bool mayBeEqual(int64_t a, int64_t b) {
  return ShapedType::isDynamic(a) || ShapedType::isDynamic(b) || a == b;
}

/// True for a number that kernels can compute with: finite in f32, and zero
/// there only if it is zero.
static bool fitsF32(APFloat value) {
  bool wasZero = value.isZero(), losesInfo;
  value.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven,
                &losesInfo);
  return value.isFinite() && value.isZero() == wasZero;
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

LogicalResult WeightOp::verify() {
  auto type = dyn_cast<RankedTensorType>(getType());
  if (!type || !type.hasStaticShape() || type.getRank() < 1 ||
      type.getRank() > 2 ||
      !isa<Float32Type, BFloat16Type, Float16Type>(type.getElementType()) ||
      (type.getEncoding() && !getPanels(type)))
    return emitOpError() << "weight_c1: the type must be a static tensor of "
                            "rank 1 or 2 of f32, bf16 or f16, plain or in "
                            "panels, got "
                         << getType();
  // In panels there may be more elements, those of the padding.
  int64_t elements = 1;
  for (int64_t size : getStoredShape(type))
    if (llvm::MulOverflow(elements, size, elements) || elements >= int64_t(1)
                                                                       << 40)
      return emitOpError() << "weight_c1: " << getType() << " is too large";
  if (!isa<FileAttr, RandomAttr, PackedAttr>(getSource()))
    return emitOpError()
           << "weight_c4: the source must be #llama.file, #llama.random "
              "or #llama.packed, got "
           << getSource();
  if (getPanels(type) && !isa<PackedAttr>(getSource()))
    return emitOpError()
           << "weight_c2: a weight in panels needs a #llama.packed source";
  if (auto random = dyn_cast<RandomAttr>(getSource())) {
    auto element = cast<FloatType>(type.getElementType());
    double largest =
        APFloat::getLargest(element.getFloatSemantics()).convertToDouble();
    if (random.getLargest() > largest)
      return emitOpError() << "weight_c3: " << random << " has numbers that "
                           << element << " does not have";
  }
  return success();
}

LogicalResult WeightOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto packed = dyn_cast<PackedAttr>(getSource());
  if (!packed)
    return success();
  RankedTensorType type = getTensorType();
  int64_t rows = 0;
  for (FlatSymbolRefAttr part : packed.getParts()) {
    auto weight = symbols.lookupNearestSymbolFrom<WeightOp>(*this, part);
    if (!weight)
      return emitOpError() << "weight_c2: " << part << " is not a weight";
    RankedTensorType partType = weight.getTensorType();
    if (partType.getRank() != type.getRank() ||
        partType.getShape().drop_front() != type.getShape().drop_front() ||
        isa<PackedAttr>(weight.getSource()))
      return emitOpError() << "weight_c2: " << part << " of " << partType
                           << " cannot be a part of " << type;
    rows += partType.getDimSize(0);
  }
  if (rows != type.getDimSize(0))
    return emitOpError() << "weight_c2: the parts have " << rows
                         << " rows, the weight " << type.getDimSize(0);
  return success();
}

LogicalResult GetWeightOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto weight =
      symbols.lookupNearestSymbolFrom<WeightOp>(*this, getWeightAttr());
  if (!weight)
    return emitOpError() << "get_weight_c1: " << getWeightAttr()
                         << " is not a weight";
  if (weight.getTensorType() != getType())
    return emitOpError() << "get_weight_c1: " << getWeightAttr() << " is of "
                         << weight.getTensorType();
  return success();
}

//===----------------------------------------------------------------------===//
// Layer operations
//===----------------------------------------------------------------------===//

LogicalResult EmbeddingOp::verify() {
  RankedTensorType result = getType();
  if (result.getDimSize(1) != getTable().getType().getDimSize(1) ||
      !mayBeEqual(result.getDimSize(0), getIds().getType().getDimSize(0)))
    return emitOpError() << "embedding_c1: the result must have a row for each "
                            "id, as wide as the table's, got "
                         << result;
  return success();
}

LogicalResult RMSNormOp::verify() {
  if (failed(verifyWidth(*this, "rms_norm_c3", getType())))
    return failure();
  if (getWeight().getType().getDimSize(0) != getType().getDimSize(1))
    return emitOpError() << "rms_norm_c1: the weight has "
                         << getWeight().getType().getDimSize(0)
                         << " elements, a row " << getType().getDimSize(1);
  if (!fitsF32(getEps()) || getEps().isNegative())
    return emitOpError() << "rms_norm_c2: eps must be zero or positive and fit "
                            "in f32, got "
                         << getEpsAttr();
  return success();
}

void LinearOp::build(OpBuilder &builder, OperationState &state, Value x,
                     Value weight, Value bias) {
  auto rows = cast<RankedTensorType>(x.getType());
  auto type = RankedTensorType::get(
      {rows.getDimSize(0),
       cast<RankedTensorType>(weight.getType()).getDimSize(0)},
      rows.getElementType());
  build(builder, state, type, x, weight, bias);
}

LogicalResult LinearOp::verify() {
  RankedTensorType x = getX().getType(), weight = getWeight().getType();
  if (failed(verifyWidth(*this, "linear_c3", x)))
    return failure();
  if (x.getDimSize(1) != weight.getDimSize(1))
    return emitOpError() << "linear_c1: the weight has " << weight.getDimSize(1)
                         << " columns, the input is " << x.getDimSize(1)
                         << " wide";
  if (getBias() && getBias().getType().getDimSize(0) != weight.getDimSize(0))
    return emitOpError() << "linear_c2: the bias has "
                         << getBias().getType().getDimSize(0)
                         << " elements, the weight " << weight.getDimSize(0)
                         << " rows";
  RankedTensorType result = getType();
  Type element = result.getElementType();
  if (result.getDimSize(0) != x.getDimSize(0) ||
      result.getDimSize(1) != weight.getDimSize(0) ||
      (element != x.getElementType() && !element.isF32()))
    return emitOpError() << "linear_c4: the result must have the tokens of the "
                            "input, a column for each row of the weight, and "
                            "the input's element type or f32, got "
                         << result;
  return success();
}

LogicalResult RopeOp::verify() {
  RankedTensorType type = getType();
  int64_t heads = getHeads();
  if (type.isDynamicDim(1) || heads <= 0 || type.getDimSize(1) <= 0 ||
      type.getDimSize(1) % heads != 0)
    return emitOpError() << "rope_c1: " << heads
                         << " heads do not divide the width of " << type;
  int64_t rotary = getRotaryWidth();
  if (rotary <= 0 || rotary % 2 != 0 || rotary > getHeadDim())
    return emitOpError() << "rope_c2: the rotary width must be even, positive "
                            "and at most a head's "
                         << getHeadDim() << ", got " << rotary;
  if (!fitsF32(getTheta()) || getTheta().isNegative() || getTheta().isZero())
    return emitOpError() << "rope_c3: theta must be positive and fit in f32, "
                            "got "
                         << getThetaAttr();
  if (!mayBeEqual(getPositions().getType().getDimSize(0), type.getDimSize(0)))
    return emitOpError() << "rope_c4: " << getPositions().getType()
                         << " does not give a position for each token of "
                         << type;
  if (getNumRotated() < 1 || getNumRotated() > heads)
    return emitOpError() << "rope_c5: rotated_heads must lie in 1 .. " << heads
                         << ", got " << getNumRotated();
  return success();
}

std::pair<int64_t, int64_t> RopeOp::getPair(int64_t i) {
  if (getPairing() == PairingKind::Half)
    return {i, i + getRotaryWidth() / 2};
  return {2 * i, 2 * i + 1};
}

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

LogicalResult AttentionOp::verify() {
  RankedTensorType q = getQ().getType(), k = getK().getType(),
                   v = getV().getType();
  int64_t heads = getHeads(), kvHeads = getKvHeads();
  auto divides = [](int64_t count, RankedTensorType type) {
    int64_t width = type.getDimSize(1);
    return !type.isDynamicDim(1) && width > 0 && width % count == 0;
  };
  if (heads <= 0 || kvHeads <= 0 || heads % kvHeads != 0 ||
      !divides(heads, q) || !divides(kvHeads, k) || !divides(kvHeads, v))
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
  return success();
}

double AttentionOp::getScaleOrDefault() {
  if (std::optional<APFloat> scale = getScale())
    return scale->convertToDouble();
  return 1.0 / std::sqrt(double(getHeadDim()));
}

LogicalResult ActivationOp::verify() {
  return verifyWidth(*this, "activation_c1", getType());
}

LogicalResult AddOp::verify() {
  return verifyWidth(*this, "binary_c1", getType());
}

LogicalResult MulOp::verify() {
  return verifyWidth(*this, "binary_c1", getType());
}

LogicalResult MulOp::canonicalize(MulOp op, PatternRewriter &rewriter) {
  // The rounding of an f32 within f32 is the only one that may go.
  if (!op.getType().getElementType().isF32())
    return failure();
  for (auto [x, factor] : {std::pair(op.getLhs(), op.getRhs()),
                           std::pair(op.getRhs(), op.getLhs())}) {
    auto sigmoid = factor.getDefiningOp<ActivationOp>();
    if (!sigmoid || sigmoid.getKind() != ActivationKind::Sigmoid ||
        sigmoid.getX() != x || !sigmoid->hasOneUse())
      continue;
    rewriter.replaceOpWithNewOp<ActivationOp>(op, ActivationKind::Silu, x);
    return success();
  }
  return failure();
}

LogicalResult ConvertOp::verify() {
  if (failed(verifyWidth(*this, "convert_c1", getType())))
    return failure();
  RankedTensorType x = getX().getType();
  if (x.getShape() != getType().getShape())
    return emitOpError() << "convert_c2: operand and result must have one "
                            "shape, got "
                         << x << " and " << getType();
  return success();
}

OpFoldResult ConvertOp::fold(FoldAdaptor) {
  if (getX().getType() == getType())
    return getX();
  // Widened and rounded back is as it was.
  auto widened = getX().getDefiningOp<ConvertOp>();
  if (widened && widened.getX().getType() == getType() &&
      widened.getType().getElementType().isF32())
    return widened.getX();
  return {};
}

//===----------------------------------------------------------------------===//
// Joining and splitting
//===----------------------------------------------------------------------===//

LogicalResult JoinOp::inferReturnTypes(MLIRContext *,
                                       std::optional<Location> location,
                                       Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  if (adaptor.getParts().empty())
    return emitOptionalError(location, "join_c1: nothing to join");
  auto first = cast<RankedTensorType>(adaptor.getParts()[0].getType());
  SmallVector<int64_t> shape(first.getShape());
  shape[0] = 0;
  for (Value part : adaptor.getParts())
    if (llvm::AddOverflow(shape[0],
                          cast<RankedTensorType>(part.getType()).getDimSize(0),
                          shape[0]))
      return emitOptionalError(location, "join_c1: too many rows");
  types.push_back(RankedTensorType::get(shape, first.getElementType()));
  return success();
}

LogicalResult JoinOp::verify() {
  auto first = cast<RankedTensorType>(getParts()[0].getType());
  for (Value part : getParts()) {
    auto type = cast<RankedTensorType>(part.getType());
    if (type.getRank() != first.getRank() ||
        type.getShape().drop_front() != first.getShape().drop_front())
      return emitOpError() << "join_c1: parts must have the same rank and "
                              "columns, got "
                           << first << " and " << type;
  }
  return success();
}

OpFoldResult JoinOp::fold(FoldAdaptor) {
  if (getParts().size() == 1)
    return getParts()[0];
  return {};
}

LogicalResult SplitOp::verify() {
  RankedTensorType type = getX().getType();
  if (failed(verifyWidth(*this, "split_c1", type)))
    return failure();
  if (getParts().empty())
    return emitOpError() << "split_c1: there must be a result";
  int64_t width = 0;
  for (Value part : getParts()) {
    auto partType = cast<RankedTensorType>(part.getType());
    if (partType.isDynamicDim(1) || partType.getDimSize(1) <= 0 ||
        partType.getElementType() != type.getElementType() ||
        partType.getDimSize(0) != type.getDimSize(0))
      return emitOpError() << "split_c1: " << partType
                           << " cannot be columns of " << type;
    if (llvm::AddOverflow(width, partType.getDimSize(1), width))
      return emitOpError() << "split_c1: the parts are too wide";
  }
  if (width != type.getDimSize(1))
    return emitOpError() << "split_c1: the parts are " << width
                         << " wide together, the input " << type.getDimSize(1);
  return success();
}

LogicalResult SplitOp::canonicalize(SplitOp op, PatternRewriter &rewriter) {
  if (op.getNumResults() != 1)
    return failure();
  rewriter.replaceOp(op, op.getX());
  return success();
}

LogicalResult PackOp::verify() {
  RankedTensorType from = getWeight().getType();
  if (from.getShape() != getType().getShape())
    return emitOpError() << "pack_c1: the result must have the input's shape, "
                            "got "
                         << from << " and " << getType();
  return success();
}
