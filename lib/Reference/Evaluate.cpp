//===- Evaluate.cpp - Run a function op by op -----------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Reference/Reference.h"
#include "llamir/Reference/Rounding.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>
#include <memory>

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;
using namespace llamir::reference;

namespace {

/// A value may be an operand of several ops and of a kernel around them; it is
/// shared and not copied.
using SharedTensor = std::shared_ptr<const Tensor>;
using Values = SmallVector<SharedTensor>;

class Evaluator {
public:
  Evaluator(WeightProvider weights, Observer observer)
      : weights(weights), observer(observer) {}

  FailureOr<Values> evaluate(func::FuncOp function, Values arguments);

private:
  FailureOr<Values> evaluate(Block &block, Values arguments);
  FailureOr<Values> evaluate(Operation &op, Values operands);
  FailureOr<Values> evaluateCompute(ComputeOpInterface op,
                                    ArrayRef<SharedTensor> operands);
  FailureOr<Values> evaluateCallee(Operation *op, FlatSymbolRefAttr symbol,
                                   Values operands);

  WeightProvider weights;
  Observer observer;
  /// The functions that are being evaluated, to refuse recursion.
  SmallVector<Operation *> active;
};

} // namespace

/// True when a tensor of this shape may be a value of the type.
static bool fits(ArrayRef<int64_t> shape, Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() == int64_t(shape.size()) &&
         llvm::all_of(llvm::zip(shape, tensor.getShape()), [](auto sizes) {
           auto [size, expected] = sizes;
           return ShapedType::isDynamic(expected) ? size >= 0
                                                  : size == expected;
         });
}

static InFlightDiagnostic emitShapeError(Operation *op, const Twine &what,
                                         ArrayRef<int64_t> shape, Type type) {
  InFlightDiagnostic diagnostic = op->emitOpError() << what << " has shape [";
  llvm::interleaveComma(shape, diagnostic);
  diagnostic << "], which is not of " << type;
  return diagnostic;
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

FailureOr<Values> Evaluator::evaluateCompute(ComputeOpInterface op,
                                             ArrayRef<SharedTensor> operands) {
  auto model = dyn_cast<ReferenceOpInterface>(op.getOperation());
  if (!model)
    return op->emitOpError() << "cannot be evaluated";
  SmallVector<SmallVector<int64_t>> operandShapes;
  SmallVector<const Tensor *> tensors;
  for (const SharedTensor &operand : operands) {
    operandShapes.push_back(operand->shape);
    tensors.push_back(operand.get());
  }
  FailureOr<SmallVector<SmallVector<int64_t>>> shapes =
      op.inferShapes(operandShapes);
  if (failed(shapes))
    return failure();
  SmallVector<Tensor> results;
  for (auto [index, shape] : llvm::enumerate(*shapes)) {
    Type type = op->getResult(index).getType();
    if (!fits(shape, type))
      return emitShapeError(op, "result " + Twine(index), shape, type);
    FailureOr<Tensor> zeros = Tensor::getZeros(shape);
    if (failed(zeros))
      return op->emitOpError() << "result " << index << " is too large";
    results.push_back(std::move(*zeros));
  }
  if (failed(model.evaluate(tensors, results)))
    return failure();
  for (auto [result, value] : llvm::zip(results, op->getResults()))
    roundResult(result,
                cast<RankedTensorType>(value.getType()).getElementType());
  if (observer)
    observer(op, results);
  Values values;
  for (Tensor &result : results)
    values.push_back(std::make_shared<const Tensor>(std::move(result)));
  return values;
}

FailureOr<Values> Evaluator::evaluateCallee(Operation *op,
                                            FlatSymbolRefAttr symbol,
                                            Values operands) {
  auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(op, symbol);
  if (!callee)
    return op->emitOpError() << symbol << " is not a function";
  if (llvm::is_contained(active, callee.getOperation()))
    return op->emitOpError()
           << symbol << (isa<LaunchOp>(op) ? " launches" : " calls")
           << " itself";
  return evaluate(callee, std::move(operands));
}

FailureOr<Values> Evaluator::evaluate(Operation &op, Values operands) {
  if (auto compute = dyn_cast<ComputeOpInterface>(op))
    return evaluateCompute(compute, operands);

  FailureOr<Values> values = failure();
  if (auto getWeight = dyn_cast<GetWeightOp>(op)) {
    auto weight = SymbolTable::lookupNearestSymbolFrom<WeightOp>(
        getWeight, getWeight.getWeightAttr());
    if (!weight)
      return op.emitOpError()
             << getWeight.getWeightAttr() << " is not a weight";
    FailureOr<Tensor> tensor = weights(weight);
    if (failed(tensor))
      return failure();
    if (!fits(tensor->shape, getWeight.getType()))
      return emitShapeError(&op, "the weight", tensor->shape,
                            getWeight.getType());
    values = Values{std::make_shared<const Tensor>(std::move(*tensor))};
  } else if (auto kernel = dyn_cast<KernelOp>(op)) {
    values = evaluate(kernel.getBody().front(), std::move(operands));
  } else if (auto launch = dyn_cast<LaunchOp>(op)) {
    values =
        evaluateCallee(launch, launch.getKernelAttr(), std::move(operands));
  } else if (auto call = dyn_cast<func::CallOp>(op)) {
    values = evaluateCallee(call, call.getCalleeAttr(), std::move(operands));
  } else {
    return op.emitOpError() << "cannot be evaluated";
  }
  if (succeeded(values) && observer) {
    SmallVector<Tensor> copies;
    for (const SharedTensor &value : *values)
      copies.push_back(*value);
    observer(&op, copies);
  }
  return values;
}

//===----------------------------------------------------------------------===//
// Blocks and functions
//===----------------------------------------------------------------------===//

FailureOr<Values> Evaluator::evaluate(Block &block, Values arguments) {
  struct Live {
    SharedTensor tensor;
    int64_t uses;
  };
  llvm::DenseMap<Value, Live> live;
  auto define = [&](Value value, SharedTensor tensor) {
    int64_t uses = std::distance(value.use_begin(), value.use_end());
    if (uses > 0)
      live[value] = {std::move(tensor), uses};
  };
  for (auto [argument, tensor] : llvm::zip(block.getArguments(), arguments))
    define(argument, std::move(tensor));
  arguments.clear();

  for (Operation &op : block) {
    // A value leaves the map with its last use, so that the op holds it alone.
    Values operands;
    for (Value operand : op.getOperands()) {
      auto found = live.find(operand);
      if (found == live.end())
        return op.emitOpError() << "an operand was not evaluated";
      operands.push_back(found->second.tensor);
      if (--found->second.uses == 0)
        live.erase(found);
    }
    if (op.hasTrait<OpTrait::IsTerminator>()) {
      if (!isa<func::ReturnOp, YieldOp>(op))
        return op.emitOpError() << "cannot be evaluated";
      return operands;
    }
    FailureOr<Values> results = evaluate(op, std::move(operands));
    if (failed(results))
      return failure();
    for (auto [result, tensor] : llvm::zip(op.getResults(), *results))
      define(result, std::move(tensor));
  }
  return block.getParentOp()->emitOpError() << "has no terminator";
}

/// Dimensions that `llama.dims` gives one name must have one size.
static LogicalResult checkNamedSizes(func::FuncOp function,
                                     ArrayRef<SharedTensor> arguments) {
  // The size of each name, and the argument that gave it.
  llvm::StringMap<std::pair<int64_t, unsigned>> known;
  for (auto [index, argument] : llvm::enumerate(arguments)) {
    auto names =
        function.getArgAttrOfType<ArrayAttr>(index, LlamaDialect::dimsAttrName);
    if (!names)
      continue;
    auto type = cast<RankedTensorType>(function.getArgumentTypes()[index]);
    auto name = names.getAsRange<StringAttr>().begin();
    for (int64_t axis = 0; axis < type.getRank(); ++axis) {
      if (!type.isDynamicDim(axis))
        continue;
      int64_t size = argument->shape[axis];
      StringRef spelling = (*name++).getValue();
      auto [entry, fresh] = known.try_emplace(spelling, size, index);
      auto [before, giver] = entry->second;
      if (before != size)
        return function.emitOpError()
               << "'" << spelling << "' is " << before << " in argument "
               << giver << " and " << size << " in argument " << index;
    }
  }
  return success();
}

FailureOr<Values> Evaluator::evaluate(func::FuncOp function, Values arguments) {
  if (failed(checkNamedSizes(function, arguments)))
    return failure();
  if (!llvm::hasSingleElement(function.getBody()))
    return function.emitOpError()
           << "cannot be evaluated: it must have one block";
  active.push_back(function);
  FailureOr<Values> results =
      evaluate(function.getBody().front(), std::move(arguments));
  active.pop_back();
  return results;
}

/// An argument as a function of this type takes it.
static LogicalResult checkArgument(func::FuncOp function, unsigned index,
                                   const Tensor &tensor) {
  Type type = function.getFunctionType().getInput(index);
  if (!fits(tensor.shape, type))
    return emitShapeError(function, "argument " + Twine(index), tensor.shape,
                          type);
  uint64_t count = 1;
  for (int64_t size : tensor.shape)
    count = llvm::SaturatingMultiply(count, uint64_t(size));
  if (tensor.data.size() != count)
    return function.emitOpError()
           << "argument " << index << " has " << tensor.data.size()
           << " elements, not " << count;
  if (!cast<RankedTensorType>(type).getElementType().isInteger(32))
    return success();
  for (auto [place, value] : llvm::enumerate(tensor.data))
    if (value != std::trunc(value) || value < -0x1p31 || value >= 0x1p31)
      return function.emitOpError() << "element " << place << " of argument "
                                    << index << " is not an i32";
  return success();
}

FailureOr<SmallVector<Tensor>>
reference::evaluateFunction(func::FuncOp function, ArrayRef<Tensor> arguments,
                            WeightProvider weights, Observer observer) {
  if (arguments.size() != function.getNumArguments())
    return function.emitOpError() << "takes " << function.getNumArguments()
                                  << " arguments, got " << arguments.size();
  Values values;
  for (auto [index, argument] : llvm::enumerate(arguments)) {
    if (failed(checkArgument(function, index, argument)))
      return failure();
    // The caller's tensor outlives the evaluation: it is not copied.
    values.push_back(SharedTensor(SharedTensor(), &argument));
  }
  FailureOr<Values> results =
      Evaluator(weights, observer).evaluate(function, std::move(values));
  if (failed(results))
    return failure();
  SmallVector<Tensor> tensors;
  for (const SharedTensor &result : *results)
    tensors.push_back(*result);
  return tensors;
}
