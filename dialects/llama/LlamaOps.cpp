//===- LlamaOps.cpp - Ops of the llama dialect ----------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Verifiers, inferred types, folders and canonicalizations. What an op says
// about its shapes and its cost is in LlamaCost.cpp; attention, norms and
// kernels have files of their own.
//
//===----------------------------------------------------------------------===//

#include "dialects/llama/LlamaDialect.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace mlir;
using namespace llamir::llama;

/// The types of two operands, of which the second is left out where it is the
/// first.
static ParseResult parseOperands(OpAsmParser &parser, Type &lhs, Type &rhs) {
  if (parser.parseType(lhs))
    return failure();
  rhs = lhs;
  return succeeded(parser.parseOptionalComma()) ? parser.parseType(rhs)
                                                : success();
}
static void printOperands(OpAsmPrinter &printer, Operation *, Type lhs,
                          Type rhs) {
  printer << lhs;
  if (rhs != lhs)
    printer << ", " << rhs;
}

#define GET_OP_CLASSES
#include "dialects/llama/LlamaOps.cpp.inc"

LogicalResult llamir::llama::verifyRows(Operation *op, StringRef label,
                                        RankedTensorType type) {
  int64_t width = 1;
  for (int64_t size : type.getShape().drop_front())
    if (ShapedType::isDynamic(size) || size <= 0 ||
        llvm::MulOverflow(width, size, width))
      return op->emitOpError() << label << ": all sizes but the first must be "
                               << "static and positive, got " << type;
  return success();
}

bool llamir::llama::mayBeEqual(int64_t a, int64_t b) {
  return ShapedType::isDynamic(a) || ShapedType::isDynamic(b) || a == b;
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

/// Whether an array of some sizes has more elements than weights may have.
static bool isTooLarge(ArrayRef<int64_t> shape) {
  constexpr int64_t limit = int64_t(1) << 40;
  int64_t elements = 1;
  return llvm::any_of(shape, [&](int64_t size) {
    return llvm::MulOverflow(elements, size, elements) || elements >= limit;
  });
}

LogicalResult WeightOp::verify() {
  auto type = dyn_cast<RankedTensorType>(getType());
  if (!type || !type.hasStaticShape() || type.getRank() < 1 ||
      type.getRank() > 4 ||
      !isa<Float32Type, BFloat16Type, Float16Type>(type.getElementType()) ||
      (type.getEncoding() &&
       !isa<PanelsAttr, PairingKindAttr>(type.getEncoding())))
    return emitOpError() << "weight_c1: the type must be a static tensor of "
                            "rank 1 to 4 of f32, bf16 or f16, plain, of pairs "
                            "or in panels, got "
                         << getType();
  // In panels there may be more elements, those of the padding.
  if (isTooLarge(getStoredShape(type)))
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

void LinearOp::build(OpBuilder &builder, OperationState &state, Value x,
                     Value weight, Value bias) {
  auto rows = cast<RankedTensorType>(x.getType());
  auto matrix = cast<RankedTensorType>(weight.getType());
  auto type = RankedTensorType::get(
      {rows.getDimSize(0), matrix.getDimSize(0)}, rows.getElementType(),
      dyn_cast_or_null<PairingKindAttr>(matrix.getEncoding()));
  build(builder, state, type, x, weight, bias);
}

LogicalResult LinearOp::verify() {
  RankedTensorType x = getX().getType(), weight = getWeight().getType();
  if (failed(verifyRows(*this, "linear_c3", x)))
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
  auto pairs = dyn_cast_or_null<PairingKindAttr>(weight.getEncoding());
  if (result.getEncoding() != pairs)
    return emitOpError() << "linear_c5: the rows of the weight "
                         << (pairs ? "are" : "are not")
                         << " ordered in pairs, unlike the result " << result;
  return success();
}

/// Whether a rotation fits elements of `width`, of which it turns some.
static bool fitsRotary(RotaryAttr rotary, int64_t width) {
  int64_t own = rotary.getWidth(width), pairs = 0;
  for (int64_t section : rotary.getPairsOfAxes(own))
    pairs += section;
  return own > 0 && own % 2 == 0 && own <= width && pairs == own / 2;
}

/// Whether there are positions for so many tokens along the axes of a rotation.
static bool fitsPositions(RotaryAttr rotary, RankedTensorType positions,
                          int64_t tokens) {
  if (!mayBeEqual(positions.getDimSize(0), tokens))
    return false;
  if (!rotary.getSections())
    return positions.getRank() == 1;
  return positions.getRank() == 2 &&
         positions.getDimSize(1) == rotary.getSections().size();
}

LogicalResult RopeOp::verify() {
  RankedTensorType x = getX().getType(), result = getType();
  int64_t heads = getHeads();
  if (x.isDynamicDim(1) || heads <= 0 || x.getDimSize(1) <= 0 ||
      x.getDimSize(1) % heads != 0)
    return emitOpError() << "rope_c1: " << heads
                         << " heads do not divide the width of " << x;
  int64_t rotary = getRotaryWidth();
  if (!fitsRotary(getRotary(), getHeadDim()))
    return emitOpError() << "rope_c2: the rotary width must be even, positive, "
                            "at most a head's "
                         << getHeadDim() << " and that of the sections, got "
                         << rotary;
  auto scaling = dyn_cast_or_null<RotaryScaling>(getRotary().getScaling());
  if (scaling &&
      failed(scaling.verifyPairs(rotary / 2, [&] { return emitOpError(); })))
    return failure();
  auto pairs = dyn_cast_or_null<PairingKindAttr>(x.getEncoding());
  if (pairs && pairs.getValue() != getRotary().getPairing())
    return emitOpError() << "rope_c3: turns other pairs than those that the "
                            "heads of "
                         << x << " are ordered for";
  if (!fitsPositions(getRotary(), getPositions().getType(), x.getDimSize(0)))
    return emitOpError() << "rope_c4: " << getPositions().getType()
                         << " does not give a position for each token of " << x
                         << (getRotary().getSections() ? " and each section"
                                                       : "");
  bool rotatesAll = getNumRotated() == heads;
  if (getNumRotated() < 1 || getNumRotated() > heads)
    return emitOpError() << "rope_c5: rotated_heads must lie in 1 .. " << heads
                         << ", got " << getNumRotated();
  if (result.getEncoding() && !rotatesAll)
    return emitOpError() << "rope_c5: " << result
                         << " has heads that are not rotated";
  if (result.getShape() != x.getShape() ||
      result.getElementType() != x.getElementType() ||
      (result.getEncoding() && result.getEncoding() != getRotary()))
    return emitOpError() << "rope_c6: the result must have the shape and the "
                            "element type of "
                         << x << ", and no encoding but the rotation, got "
                         << result;
  return success();
}

LogicalResult SinusoidOp::verify() {
  RankedTensorType type = getType();
  if (failed(verifyRows(*this, "sinusoid_c1", type)))
    return failure();
  int64_t width = type.getDimSize(1);
  if (!fitsRotary(getRotary(), width) || getRotary().getWidth(width) != width)
    return emitOpError() << "sinusoid_c1: the width must be that of the "
                            "rotation, which is even, got "
                         << type;
  auto scaling = dyn_cast_or_null<RotaryScaling>(getRotary().getScaling());
  if (scaling &&
      failed(scaling.verifyPairs(width / 2, [&] { return emitOpError(); })))
    return failure();
  if (!fitsPositions(getRotary(), getPositions().getType(), type.getDimSize(0)))
    return emitOpError() << "sinusoid_c2: " << getPositions().getType()
                         << " does not give a position for each row of " << type
                         << (getRotary().getSections() ? " and each section"
                                                       : "");
  return success();
}

LogicalResult ActivationOp::verify() {
  RankedTensorType type = getType();
  if (failed(verifyRows(*this, "activation_c1", type)))
    return failure();
  if (getFirstColumn() &&
      (type.getRank() != 2 || int64_t(*getFirstColumn()) < 1 ||
       int64_t(*getFirstColumn()) >= type.getDimSize(1)))
    return emitOpError() << "activation_c2: the first column must be one of "
                         << type << " but the first, got " << *getFirstColumn();
  return success();
}

/// `rhs` is like `lhs`, or a vector for all rows of a matrix.
static LogicalResult verifyBinary(Operation *op) {
  auto lhs = cast<RankedTensorType>(op->getOperand(0).getType()),
       rhs = cast<RankedTensorType>(op->getOperand(1).getType());
  if (failed(verifyRows(op, "binary_c1", lhs)))
    return failure();
  bool isVector = lhs.getRank() == 2 && rhs.getRank() == 1 &&
                  rhs.getDimSize(0) == lhs.getDimSize(1);
  if (rhs != lhs && !isVector)
    return op->emitOpError() << "binary_c2: " << rhs << " is not like " << lhs
                             << ", nor a vector for its rows";
  return success();
}

LogicalResult AddOp::verify() { return verifyBinary(*this); }

LogicalResult MulOp::verify() { return verifyBinary(*this); }

LogicalResult ScaleOp::verify() {
  if (failed(verifyRows(*this, "scale_c1", getType())))
    return failure();
  if (!fitsF32(getFactor()))
    return emitOpError() << "scale_c2: the factor must fit in f32, got "
                         << getFactorAttr();
  return success();
}

LogicalResult MulOp::canonicalize(MulOp op, PatternRewriter &rewriter) {
  // The rounding of an f32 within f32 is the only one that may go.
  if (!op.getType().getElementType().isF32())
    return failure();
  Value lhs = op.getLhs(), rhs = op.getRhs();
  for (auto [x, factor] : {std::pair(lhs, rhs), std::pair(rhs, lhs)}) {
    auto sigmoid = factor.getDefiningOp<ActivationOp>();
    if (!sigmoid || sigmoid.getKind() != ActivationKind::Sigmoid ||
        sigmoid.getX() != x || sigmoid.getFirstColumn() ||
        !sigmoid->hasOneUse())
      continue;
    rewriter.replaceOpWithNewOp<ActivationOp>(op, ActivationKind::Silu, x);
    return success();
  }
  return failure();
}

LogicalResult ConvertOp::verify() {
  if (failed(verifyRows(*this, "convert_c1", getType())))
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

LogicalResult ZerosOp::verify() {
  if (isTooLarge(getType().getShape()))
    return emitOpError() << "zeros_c1: " << getType() << " is too large";
  return success();
}

OpFoldResult JoinOp::fold(FoldAdaptor) {
  if (getParts().size() == 1)
    return getParts()[0];
  return {};
}

LogicalResult SplitOp::verify() {
  RankedTensorType type = getX().getType();
  if (failed(verifyRows(*this, "split_c1", type)))
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
