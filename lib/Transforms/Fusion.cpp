//===- Fusion.cpp - What the fusion passes share --------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fusion.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

LogicalResult llamir::makeAdjacent(SmallVectorImpl<Operation *> &ops) {
  llvm::sort(ops,
             [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  llvm::SmallPtrSet<Operation *, 8> members(ops.begin(), ops.end());

  // Ops in between that read, directly or not, a result of a member.
  SmallVector<Operation *> readers;
  llvm::SmallPtrSet<Operation *, 8> readerSet;
  for (Operation &op : llvm::make_range(ops.front()->getIterator(),
                                        ops.back()->getIterator())) {
    if (members.contains(&op))
      continue;
    // Also what stands in the regions of an op reads.
    bool reads = op.walk([&](Operation *inner) {
                     for (Value operand : inner->getOperands())
                       if (Operation *def = operand.getDefiningOp();
                           members.contains(def) || readerSet.contains(def))
                         return WalkResult::interrupt();
                     return WalkResult::advance();
                   }).wasInterrupted();
    if (reads) {
      readers.push_back(&op);
      readerSet.insert(&op);
    }
  }
  for (Operation *op : ops)
    for (Value operand : op->getOperands())
      if (readerSet.contains(operand.getDefiningOp()))
        return failure();

  for (Operation *op : ArrayRef(ops).drop_back())
    op->moveBefore(ops.back());
  Operation *last = ops.back();
  for (Operation *reader : readers) {
    reader->moveAfter(last);
    last = reader;
  }
  return success();
}

KernelOp llamir::formKernel(RewriterBase &rewriter, StringRef name,
                            ArrayRef<Operation *> ops) {
  llvm::SmallPtrSet<Operation *, 8> members(ops.begin(), ops.end());
  llvm::SetVector<Value> inputs;
  SmallVector<Value> results;
  SmallVector<Location> locations;
  for (Operation *op : ops) {
    locations.push_back(op->getLoc());
    for (Value operand : op->getOperands())
      if (!members.contains(operand.getDefiningOp()))
        inputs.insert(operand);
    for (Value result : op->getResults())
      if (llvm::any_of(result.getUsers(), [&](Operation *user) {
            return !members.contains(user);
          }))
        results.push_back(result);
  }

  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPointAfter(ops.back());
  auto kernel = KernelOp::create(rewriter, rewriter.getFusedLoc(locations),
                                 ValueRange(results).getTypes(), name,
                                 inputs.getArrayRef());
  Block *body = rewriter.createBlock(&kernel.getBody());
  IRMapping mapping;
  for (Value input : inputs)
    mapping.map(input, body->addArgument(input.getType(), input.getLoc()));
  for (Operation *op : ops) {
    auto inner = dyn_cast<KernelOp>(op);
    if (!inner) {
      rewriter.clone(*op, mapping);
      continue;
    }
    Block &block = inner.getBody().front();
    for (auto [argument, input] :
         llvm::zip_equal(block.getArguments(), inner.getInputs()))
      mapping.map(argument, mapping.lookup(input));
    for (Operation &part : block.without_terminator())
      rewriter.clone(part, mapping);
    for (auto [result, value] : llvm::zip_equal(
             inner.getResults(), block.getTerminator()->getOperands()))
      mapping.map(result, mapping.lookup(value));
  }
  SmallVector<Value> yielded;
  for (Value result : results)
    yielded.push_back(mapping.lookup(result));
  YieldOp::create(rewriter, kernel.getLoc(), yielded);

  for (auto [old, result] : llvm::zip(results, kernel.getResults()))
    rewriter.replaceAllUsesExcept(old, result, kernel);
  for (Operation *op : llvm::reverse(ops))
    rewriter.eraseOp(op);
  return kernel;
}

StringRef llamir::getPartName(Operation *op) {
  if (auto kernel = dyn_cast<KernelOp>(op))
    return kernel.getName();
  if (auto activation = dyn_cast<ActivationOp>(op))
    return stringifyActivationKind(activation.getKind());
  return op->getName().stripDialect();
}

std::string llamir::getKernelName(ArrayRef<Operation *> ops) {
  return llvm::join(llvm::map_range(ops, getPartName), "_");
}

bool llamir::isElementwise(Operation *op) {
  auto compute = dyn_cast_or_null<ComputeOpInterface>(op);
  return compute && compute.getReach() == Reach::Element && !isa<SplitOp>(op) &&
         op->getNumResults() == 1;
}

OpOperand *llamir::getProjectedRows(Operation *op) {
  if (auto linear = dyn_cast<LinearOp>(op))
    return &linear.getXMutable();
  auto kernel = dyn_cast<KernelOp>(op);
  if (!kernel)
    return nullptr;
  auto linears = kernel.getBody().getOps<LinearOp>();
  if (!llvm::hasSingleElement(linears))
    return nullptr;
  auto rows = dyn_cast<BlockArgument>((*linears.begin()).getX());
  if (!rows || !rows.hasOneUse())
    return nullptr;
  return &kernel->getOpOperand(rows.getArgNumber());
}

Projection Projection::of(Value value) {
  Projection projection;
  projection.split = value.getDefiningOp<SplitOp>();
  if (projection.split)
    value = projection.split.getX();
  projection.linear = value.getDefiningOp<LinearOp>();
  return projection;
}

ResultRange Projection::getParts() {
  return split ? split->getResults() : linear->getResults();
}

bool Projection::standsIn(Block *block) {
  return linear->getBlock() == block && (!split || split->getBlock() == block);
}

std::string llamir::whyNotJoin(ArrayRef<LinearOp> linears) {
  LinearOp first = linears.front();
  // One may be the weight of another; what lies between two of them,
  // makeAdjacent sees.
  for (LinearOp linear : linears)
    for (Value operand : linear->getOperands())
      if (llvm::is_contained(linears, operand.getDefiningOp<LinearOp>()))
        return "one of them depends on another";
  for (LinearOp linear : linears.drop_front()) {
    Type a = first.getWeight().getType().getElementType();
    Type b = linear.getWeight().getType().getElementType();
    if (a != b)
      return llvm::formatv("weights of {0} and {1}", a, b);
  }
  Type bias;
  for (LinearOp linear : linears) {
    if (!linear.getBias())
      continue;
    Type element = linear.getBias().getType().getElementType();
    if (bias && bias != element)
      return "biases of different element types";
    bias = element;
  }
  for (LinearOp linear : linears) {
    if (linear.getWeight().getType().getEncoding())
      return "a weight is already packed";
    if (linear.getType().getElementType() != first.getType().getElementType())
      return "results of different element types";
  }
  return "";
}

JoinedProjection llamir::joinProjections(RewriterBase &rewriter,
                                         ArrayRef<LinearOp> linears) {
  LinearOp first = linears.front();
  if (linears.size() == 1)
    return {first.getWeight(), first.getBias()};
  SmallVector<Location> locations;
  SmallVector<Value> weights;
  Value someBias;
  for (LinearOp linear : linears) {
    locations.push_back(linear.getLoc());
    weights.push_back(linear.getWeight());
    if (linear.getBias())
      someBias = linear.getBias();
  }
  Location loc = rewriter.getFusedLoc(locations);
  JoinedProjection joined;
  joined.weight = JoinOp::create(rewriter, loc, weights);
  if (!someBias)
    return joined;
  // A projection without a bias adds zeros.
  auto biases = llvm::map_to_vector(linears, [&](LinearOp linear) -> Value {
    if (linear.getBias())
      return linear.getBias();
    auto type = RankedTensorType::get(
        linear.getType().getDimSize(1),
        cast<RankedTensorType>(someBias.getType()).getElementType());
    return ZerosOp::create(rewriter, linear.getLoc(), type);
  });
  joined.bias = JoinOp::create(rewriter, loc, biases);
  return joined;
}

LinearOp llamir::createJoined(RewriterBase &rewriter, Location loc,
                              ArrayRef<LinearOp> linears,
                              const JoinedProjection &joined) {
  LinearOp first = linears.front();
  int64_t width = 0;
  for (LinearOp linear : linears)
    width += linear.getType().getDimSize(1);
  auto type = RankedTensorType::get({first.getType().getDimSize(0), width},
                                    first.getType().getElementType());
  return LinearOp::create(rewriter, loc, type, first.getX(), joined.weight,
                          joined.bias);
}

Projection llamir::joinAndSplit(RewriterBase &rewriter,
                                ArrayRef<LinearOp> linears) {
  SmallVector<Location> locations;
  SmallVector<Type> types;
  for (LinearOp linear : linears) {
    locations.push_back(linear.getLoc());
    types.push_back(linear.getType());
  }
  JoinedProjection joined = joinProjections(rewriter, linears);
  LinearOp whole =
      createJoined(rewriter, rewriter.getFusedLoc(locations), linears, joined);
  auto split = SplitOp::create(rewriter, whole.getLoc(), types, whole);
  for (auto [linear, part] : llvm::zip_equal(linears, split.getParts()))
    rewriter.replaceOp(linear, part);
  return {whole, split};
}
