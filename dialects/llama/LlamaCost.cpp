//===- LlamaCost.cpp - Shapes and cost of the llama ops -------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// ComputeOpInterface of each op: result shapes for given operand shapes, which
// dimensions are always equal, which operands are weights, floating-point
// operations and what is read; and of a kernel what its ops add up to.
// Operations and bytes are counted in double: the products of sizes that a type
// may have overflow any integer.
//
//===----------------------------------------------------------------------===//

#include "dialects/llama/LlamaCost.h"
#include <numeric>

using namespace mlir;
using namespace llamir::llama;

using Shape = SmallVector<int64_t>;
using Shapes = SmallVector<Shape>;
using EqualDims = function_ref<void(Value, unsigned, Value, unsigned)>;

/// The result's type with its tokens set to `tokens`.
static Shape withTokens(Value result, int64_t tokens) {
  Shape shape(cast<RankedTensorType>(result.getType()).getShape());
  shape[0] = tokens;
  return shape;
}

static double countElements(ArrayRef<int64_t> shape) {
  double count = 1;
  for (int64_t size : shape)
    count *= double(size);
  return count;
}

/// Two sizes that only running the program shows to differ.
static LogicalResult checkTokens(Operation *op, StringRef what, int64_t a,
                                 int64_t b) {
  if (a != b)
    return op->emitOpError() << what << ": " << a << " and " << b << " tokens";
  return success();
}

//===----------------------------------------------------------------------===//
// Embedding
//===----------------------------------------------------------------------===//

double EmbeddingOp::getFlops(ArrayRef<Shape>) { return 0; }

FailureOr<Shapes> EmbeddingOp::inferShapes(ArrayRef<Shape> operands) {
  return Shapes{withTokens(getResult(), operands[0][0])};
}

Shape EmbeddingOp::getReadShape(unsigned operand, ArrayRef<Shape> operands) {
  Shape shape = operands[operand];
  if (operand == getTableMutable().getOperandNumber())
    shape[0] = std::min(shape[0], operands[0][0]);
  return shape;
}

std::optional<int64_t> EmbeddingOp::getIndexLimit(unsigned operand) {
  if (operand != getIdsMutable().getOperandNumber())
    return std::nullopt;
  return getTable().getType().getDimSize(0);
}

bool EmbeddingOp::isWeight(unsigned operand) {
  return operand == getTableMutable().getOperandNumber();
}

void EmbeddingOp::getEqualDims(EqualDims equal) {
  equal(getIds(), 0, getResult(), 0);
}

//===----------------------------------------------------------------------===//
// Norm
//===----------------------------------------------------------------------===//

double NormOp::getFlops(ArrayRef<Shape> operands) {
  // Square and sum, scale; with a mean its sum and the difference; gain and
  // bias. Once for all elements that share statistics: mean, eps and root.
  double elements = countElements(operands[0]);
  double each =
      3 + (getCentered() ? 2 : 0) + (getGain() ? 1 : 0) + (getBias() ? 1 : 0);
  return elements * each +
         elements / double(getCount()) * (getCentered() ? 4 : 3);
}

FailureOr<Shapes> NormOp::inferShapes(ArrayRef<Shape> operands) {
  return Shapes{operands[0]};
}

bool NormOp::isWeight(unsigned operand) { return operand != 0; }

Reach NormOp::getReach() { return isOverBatch() ? Reach::Rows : Reach::Row; }

void NormOp::getEqualDims(EqualDims equal) { equal(getX(), 0, getResult(), 0); }

double StatisticsOp::getFlops(ArrayRef<Shape> operands) {
  // Sum; difference, square and their sum. Once for all elements that share
  // statistics the two divisions, and what moves running ones.
  double elements = countElements(operands[0]);
  double sets =
      isOverBatch() ? double(getNumChannels()) : elements / double(getCount());
  return 4 * elements + sets * (2 + (getRunningMean() ? 7 : 0));
}

FailureOr<Shapes> StatisticsOp::inferShapes(ArrayRef<Shape> operands) {
  if (isOverBatch())
    return Shapes(getNumResults(), Shape{operands[0][1]});
  return Shapes(2, Shape{operands[0][0], operands[0][1]});
}

bool StatisticsOp::isState(unsigned operand) { return operand != 0; }

bool StatisticsOp::hasActivations() { return false; }

void StatisticsOp::getEqualDims(EqualDims equal) {
  if (!isOverBatch())
    for (Value statistic : getStatistics())
      equal(getX(), 0, statistic, 0);
}

double MixStatisticsOp::getFlops(ArrayRef<Shape> operands) {
  // A mean over the channels and the samples: a sum, a squared distance and
  // its sum each; then three products and two sums of means and variances.
  return countElements(operands[0]) * (2 * 5 + 2 * 5);
}

FailureOr<Shapes> MixStatisticsOp::inferShapes(ArrayRef<Shape> operands) {
  if (failed(checkTokens(*this, "mean and variance differ", operands[0][0],
                         operands[1][0])))
    return failure();
  return Shapes{operands[0], operands[0]};
}

bool MixStatisticsOp::isWeight(unsigned) { return true; }

bool MixStatisticsOp::hasActivations() { return false; }

void MixStatisticsOp::getEqualDims(EqualDims equal) {
  equal(getMean(), 0, getVariance(), 0);
  for (Value result : getResults())
    equal(getMean(), 0, result, 0);
}

double NormalizeOp::getFlops(ArrayRef<Shape> operands) {
  double elements = countElements(operands[0]);
  return elements * (2 + (getGain() ? 1 : 0) + (getBias() ? 1 : 0)) +
         3 * countElements(operands[1]);
}

FailureOr<Shapes> NormalizeOp::inferShapes(ArrayRef<Shape> operands) {
  if (hasSamples())
    for (unsigned statistic : {1, 2})
      if (failed(checkTokens(*this, "statistics and samples differ",
                             operands[statistic][0], operands[0][0])))
        return failure();
  return Shapes{operands[0]};
}

bool NormalizeOp::isWeight(unsigned operand) { return operand != 0; }

Reach NormalizeOp::getReach() { return Reach::Element; }

void NormalizeOp::getEqualDims(EqualDims equal) {
  equal(getX(), 0, getResult(), 0);
  if (hasSamples()) {
    equal(getX(), 0, getMean(), 0);
    equal(getX(), 0, getVariance(), 0);
  }
}

//===----------------------------------------------------------------------===//
// Linear
//===----------------------------------------------------------------------===//

double LinearOp::getFlops(ArrayRef<Shape> operands) {
  double tokens = operands[0][0], in = operands[0][1], out = operands[1][0];
  return tokens * out * (2 * in + (getBias() ? 1 : 0));
}

FailureOr<Shapes> LinearOp::inferShapes(ArrayRef<Shape> operands) {
  return Shapes{withTokens(getResult(), operands[0][0])};
}

bool LinearOp::isWeight(unsigned operand) {
  return operand != getXMutable().getOperandNumber();
}

void LinearOp::getEqualDims(EqualDims equal) {
  equal(getX(), 0, getResult(), 0);
}

//===----------------------------------------------------------------------===//
// Rope
//===----------------------------------------------------------------------===//

double RopeOp::getFlops(ArrayRef<Shape> operands) {
  double tokens = operands[0][0], pairs = getRotaryWidth() / 2;
  // Six for each pair of each head; angle, sine and cosine once a token.
  return tokens * pairs * (6 * double(getNumRotated()) + 3);
}

FailureOr<Shapes> RopeOp::inferShapes(ArrayRef<Shape> operands) {
  if (failed(checkTokens(*this, "rope_c4: tokens and positions differ",
                         operands[0][0], operands[1][0])))
    return failure();
  return Shapes{operands[0]};
}

Reach RopeOp::getReach() { return Reach::Head; }

void RopeOp::getEqualDims(EqualDims equal) {
  equal(getX(), 0, getResult(), 0);
  equal(getX(), 0, getPositions(), 0);
}

double SinusoidOp::getFlops(ArrayRef<Shape> operands) {
  // Angle, and sine or cosine.
  return double(operands[0][0]) * double(getType().getDimSize(1)) / 2 * 3;
}

FailureOr<Shapes> SinusoidOp::inferShapes(ArrayRef<Shape> operands) {
  return Shapes{withTokens(getResult(), operands[0][0])};
}

void SinusoidOp::getEqualDims(EqualDims equal) {
  equal(getPositions(), 0, getResult(), 0);
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

double AttentionOp::getFlops(ArrayRef<Shape> operands) {
  double queries = operands[0][0], keys = operands[1][0];
  // Pairs of a query and a key it sees.
  double pairs = queries * keys;
  if (getCausal()) {
    // The last query sees all keys, each one before it one less.
    double seeing = std::min(queries, keys);
    pairs = seeing * (keys - (seeing - 1) / 2);
    // Less those that lie before a window: what is seen of a full one would be
    // the same with so many keys less.
    if (getWindow()) {
      double hidden = std::max(keys - double(*getWindow()), 0.0);
      seeing = std::min(seeing, hidden);
      pairs -= seeing * (hidden - (seeing - 1) / 2);
    }
  }
  // Scores and weighted sum; scale, exponential and sum of each pair.
  return double(getHeads()) * pairs *
             (2 * double(getHeadDim()) + 2 * double(getValueDim()) + 3 +
              (getSoftcap() ? 3 : 0) + (getSlopes() ? 2 : 0) +
              (getRelative() ? 2 * double(getHeadDim()) : 0)) +
         (getRelative() ? 2 * countElements(operands[0]) : 0);
}

bool AttentionOp::isWeight(unsigned operand) {
  // Behind queries, keys, values and encodings: the biases.
  return operand >= 4;
}

FailureOr<Shapes> AttentionOp::inferShapes(ArrayRef<Shape> operands) {
  if (failed(checkTokens(*this, "attention_c3: keys and values differ",
                         operands[1][0], operands[2][0])))
    return failure();
  return Shapes{withTokens(getResult(), operands[0][0])};
}

void AttentionOp::getEqualDims(EqualDims equal) {
  equal(getQ(), 0, getResult(), 0);
  equal(getK(), 0, getV(), 0);
}

double LinearAttentionOp::getFlops(ArrayRef<Shape> operands) {
  // As the state would be updated and read, token by token: its products and
  // sums, and those of the denominator.
  double states = double(getHeads() * getHeadDim()) * double(operands[0][0]);
  return states * (4 * double(getValueDim()) + 3);
}

FailureOr<Shapes> LinearAttentionOp::inferShapes(ArrayRef<Shape> operands) {
  for (const Shape &shape : operands.slice(1, getRotatedQ() ? 4 : 2))
    if (failed(checkTokens(*this, "linear_attention_c2: tokens differ",
                           operands[0][0], shape[0])))
      return failure();
  return Shapes{withTokens(getResult(), operands[0][0])};
}

bool LinearAttentionOp::isState(unsigned operand) {
  return getState() && operand + 1 == getNumOperands();
}

void LinearAttentionOp::getEqualDims(EqualDims equal) {
  for (Value other : {Value(getK()), Value(getV()), Value(getRotatedQ()),
                      Value(getRotatedK()), Value(getResult())})
    if (other)
      equal(getQ(), 0, other, 0);
}

double LinearStateOp::getFlops(ArrayRef<Shape> operands) {
  double states = double(getHeads() * getHeadDim());
  return states * double(operands[0][0]) * (2 * double(getValueDim()) + 1) +
         (getState() ? states * double(getValueDim() + 1) : 0);
}

FailureOr<Shapes> LinearStateOp::inferShapes(ArrayRef<Shape> operands) {
  for (const Shape &shape : operands.slice(1, getRotatedK() ? 2 : 1))
    if (failed(checkTokens(*this, "linear_state_c2: tokens differ",
                           operands[0][0], shape[0])))
      return failure();
  return Shapes{Shape(getType().getShape())};
}

bool LinearStateOp::isState(unsigned operand) {
  return getState() && operand + 1 == getNumOperands();
}

bool LinearStateOp::hasActivations() { return false; }

void LinearStateOp::getEqualDims(EqualDims equal) {
  equal(getK(), 0, getV(), 0);
  if (getRotatedK())
    equal(getK(), 0, getRotatedK(), 0);
}

double ApplyStateOp::getFlops(ArrayRef<Shape> operands) {
  double states = double(getHeads() * getHeadDim()) * double(operands[0][0]);
  return states * (2 * double(getValueDim()) + 2);
}

FailureOr<Shapes> ApplyStateOp::inferShapes(ArrayRef<Shape> operands) {
  if (getRotatedQ() &&
      failed(checkTokens(*this, "apply_state_c1: tokens differ", operands[0][0],
                         operands[2][0])))
    return failure();
  return Shapes{withTokens(getResult(), operands[0][0])};
}

bool ApplyStateOp::isState(unsigned operand) {
  return operand == getStateMutable().getOperandNumber();
}

void ApplyStateOp::getEqualDims(EqualDims equal) {
  equal(getQ(), 0, getResult(), 0);
  if (getRotatedQ())
    equal(getQ(), 0, getRotatedQ(), 0);
}

//===----------------------------------------------------------------------===//
// Element-wise ops
//===----------------------------------------------------------------------===//

double ActivationOp::getFlops(ArrayRef<Shape> operands) {
  double each = 0;
  switch (getKind()) {
  case ActivationKind::Relu:
  case ActivationKind::Tanh:
    each = 1;
    break;
  case ActivationKind::EluPlusOne:
    each = 2;
    break;
  case ActivationKind::Sigmoid:
    each = 3;
    break;
  case ActivationKind::Silu:
  case ActivationKind::Gelu:
    each = 4;
    break;
  case ActivationKind::GeluQuick:
    each = 5;
    break;
  case ActivationKind::GeluTanh:
    each = 8;
    break;
  }
  double elements = countElements(operands[0]);
  if (getFirstColumn())
    elements *= 1 - double(*getFirstColumn()) / double(operands[0].back());
  return each * elements;
}

FailureOr<Shapes> ActivationOp::inferShapes(ArrayRef<Shape> operands) {
  return Shapes{operands[0]};
}

Reach ActivationOp::getReach() { return Reach::Element; }

void ActivationOp::getEqualDims(EqualDims equal) {
  equal(getX(), 0, getResult(), 0);
}

template <typename OpTy>
static FailureOr<Shapes> inferBinaryShapes(OpTy op, ArrayRef<Shape> operands) {
  if (!op.hasVector() && failed(checkTokens(op, "the operands differ",
                                            operands[0][0], operands[1][0])))
    return failure();
  return Shapes{operands[0]};
}

template <typename OpTy>
static void getEqualBinaryDims(OpTy op, EqualDims equal) {
  if (!op.hasVector())
    equal(op.getLhs(), 0, op.getRhs(), 0);
  equal(op.getLhs(), 0, op.getResult(), 0);
}

double AddOp::getFlops(ArrayRef<Shape> operands) {
  return countElements(operands[0]);
}
FailureOr<Shapes> AddOp::inferShapes(ArrayRef<Shape> operands) {
  return inferBinaryShapes(*this, operands);
}
bool AddOp::isWeight(unsigned operand) { return operand == 1 && hasVector(); }
Reach AddOp::getReach() { return Reach::Element; }
void AddOp::getEqualDims(EqualDims equal) { getEqualBinaryDims(*this, equal); }

double MulOp::getFlops(ArrayRef<Shape> operands) {
  return countElements(operands[0]);
}
FailureOr<Shapes> MulOp::inferShapes(ArrayRef<Shape> operands) {
  return inferBinaryShapes(*this, operands);
}
bool MulOp::isWeight(unsigned operand) { return operand == 1 && hasVector(); }
Reach MulOp::getReach() { return Reach::Element; }
void MulOp::getEqualDims(EqualDims equal) { getEqualBinaryDims(*this, equal); }

double ScaleOp::getFlops(ArrayRef<Shape> operands) {
  return countElements(operands[0]);
}
FailureOr<Shapes> ScaleOp::inferShapes(ArrayRef<Shape> operands) {
  return Shapes{operands[0]};
}
Reach ScaleOp::getReach() { return Reach::Element; }
void ScaleOp::getEqualDims(EqualDims equal) {
  equal(getX(), 0, getResult(), 0);
}

double ConvertOp::getFlops(ArrayRef<Shape>) { return 0; }
FailureOr<Shapes> ConvertOp::inferShapes(ArrayRef<Shape> operands) {
  return Shapes{operands[0]};
}
Reach ConvertOp::getReach() { return Reach::Element; }
void ConvertOp::getEqualDims(EqualDims equal) {
  equal(getX(), 0, getResult(), 0);
}

//===----------------------------------------------------------------------===//
// Joining and splitting
//===----------------------------------------------------------------------===//

double JoinOp::getFlops(ArrayRef<Shape>) { return 0; }
FailureOr<Shapes> JoinOp::inferShapes(ArrayRef<Shape>) {
  return Shapes{Shape(cast<RankedTensorType>(getType()).getShape())};
}
bool JoinOp::isWeight(unsigned) { return true; }
bool JoinOp::hasActivations() { return false; }
void JoinOp::getEqualDims(EqualDims) {}

double SplitOp::getFlops(ArrayRef<Shape>) { return 0; }
FailureOr<Shapes> SplitOp::inferShapes(ArrayRef<Shape> operands) {
  Shapes shapes;
  for (Value part : getParts())
    shapes.push_back(withTokens(part, operands[0][0]));
  return shapes;
}
Reach SplitOp::getReach() { return Reach::Element; }
void SplitOp::getEqualDims(EqualDims equal) {
  for (Value part : getParts())
    equal(getX(), 0, part, 0);
}

double PackOp::getFlops(ArrayRef<Shape>) { return 0; }
FailureOr<Shapes> PackOp::inferShapes(ArrayRef<Shape> operands) {
  return Shapes{operands[0]};
}
bool PackOp::isWeight(unsigned) { return true; }
bool PackOp::hasActivations() { return false; }
void PackOp::getEqualDims(EqualDims) {}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

/// Bytes of a tensor of this type and shape.
static double countBytes(Type type, ArrayRef<int64_t> shape) {
  int64_t bits = cast<RankedTensorType>(type).getElementTypeBitWidth();
  return countElements(shape) * double(bits / 8);
}

double KernelCost::getBytes() const {
  return std::accumulate(argumentBytes.begin(), argumentBytes.end(),
                         resultBytes);
}

FailureOr<KernelCost> llamir::llama::getKernelCost(func::FuncOp kernel,
                                                   ArrayRef<Shape> arguments) {
  KernelCost cost;
  cost.argumentBytes.assign(arguments.size(), 0);
  DenseMap<Value, Shape> shapes;
  for (auto [argument, shape] :
       llvm::zip_equal(kernel.getArguments(), arguments))
    shapes[argument] = shape;
  auto read = [&](Value value, ArrayRef<int64_t> shape) {
    auto argument = dyn_cast<BlockArgument>(value);
    if (!argument)
      return;
    double &bytes = cost.argumentBytes[argument.getArgNumber()];
    bytes = std::max(bytes, countBytes(argument.getType(), shape));
  };
  Block &body = kernel.front();
  for (auto op : body.getOps<ComputeOpInterface>()) {
    Shapes operands;
    for (Value operand : op->getOperands())
      operands.push_back(shapes.lookup(operand));
    cost.opFlops.push_back({op, op.getFlops(operands)});
    cost.flops += cost.opFlops.back().second;
    for (OpOperand &operand : op->getOpOperands())
      read(operand.get(),
           op.getReadShape(operand.getOperandNumber(), operands));
    FailureOr<Shapes> results = op.inferShapes(operands);
    if (failed(results))
      return failure();
    for (auto [result, shape] : llvm::zip_equal(op->getResults(), *results))
      shapes[result] = shape;
  }
  for (Value returned : body.getTerminator()->getOperands()) {
    read(returned, shapes.lookup(returned));
    cost.resultBytes += countBytes(returned.getType(), shapes.lookup(returned));
  }
  return cost;
}
