//===- HalideOps.cpp - Algorithms of the halide dialect -------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/halide/HalideDialect.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/FunctionImplementation.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace llamir::halide;

#define GET_OP_CLASSES
#include "dialects/halide/HalideOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Pipeline
//===----------------------------------------------------------------------===//

void PipelineOp::build(OpBuilder &builder, OperationState &state,
                       StringRef name, TypeRange arguments) {
  state.addAttribute(getSymNameAttrName(state.name),
                     builder.getStringAttr(name));
  state.addAttribute(getFunctionTypeAttrName(state.name),
                     TypeAttr::get(builder.getFunctionType(arguments, {})));
  Region *body = state.addRegion();
  Block &block = body->emplaceBlock();
  for (Type type : arguments)
    block.addArgument(type, state.location);
}

ParseResult PipelineOp::parse(OpAsmParser &parser, OperationState &result) {
  auto buildType = [](Builder &builder, ArrayRef<Type> arguments,
                      ArrayRef<Type> results,
                      function_interface_impl::VariadicFlag, std::string &) {
    return builder.getFunctionType(arguments, results);
  };
  return function_interface_impl::parseFunctionOp(
      parser, result, /*allowVariadic=*/false,
      getFunctionTypeAttrName(result.name), buildType,
      getArgAttrsAttrName(result.name), getResAttrsAttrName(result.name));
}

void PipelineOp::print(OpAsmPrinter &printer) {
  function_interface_impl::printFunctionOp(
      printer, *this, /*isVariadic=*/false, getFunctionTypeAttrName(),
      getArgAttrsAttrName(), getResAttrsAttrName());
}

LogicalResult PipelineOp::verify() {
  if (getBody().empty())
    return emitOpError() << "a pipeline needs a body";
  if (!getResultTypes().empty())
    return emitOpError() << "pipeline_c1: a pipeline has no results; "
                            "halide.output names what it writes";
  for (Type type : getArgumentTypes())
    if (!isa<BufferType>(type) && !isValueType(type))
      return emitOpError() << "pipeline_c1: an argument must be a buffer or a "
                              "number that a buffer can hold, not "
                           << type;
  return success();
}

/// Checks an op of another dialect: it must be about scalars, and a constant
/// fit into Halide's indices.
static LogicalResult verifyExpression(Operation *op) {
  auto isNumber = [](Type type) { return type.isIndex() || isValueType(type); };
  for (TypeRange types :
       {TypeRange(op->getOperandTypes()), TypeRange(op->getResultTypes())})
    for (Type type : types)
      if (!isNumber(type))
        return op->emitOpError()
               << "pipeline_c4: expressions are made of indices and of numbers "
                  "that a buffer can hold, not of "
               << type;
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    if (auto value = dyn_cast<IntegerAttr>(constant.getValue());
        value && value.getType().isIndex() && !llvm::isInt<32>(value.getInt()))
      return op->emitOpError() << "pipeline_c5: " << value.getInt()
                               << " does not fit into the 32 bits of an index";
  llvm::APInt amount;
  if (isa<arith::ShLIOp, arith::ShRSIOp>(op) &&
      matchPattern(op->getOperand(1), m_ConstantInt(&amount)) &&
      amount.uge(amount.getBitWidth()))
    return op->emitOpError() << "pipeline_c6: shifts " << amount.getBitWidth()
                             << " bits by " << amount.getSExtValue();
  return success();
}

LogicalResult PipelineOp::verifyRegions() {
  WalkResult result = getBody().walk([&](Operation *op) {
    if (isa_and_nonnull<HalideDialect>(op->getDialect()))
      return WalkResult::advance();
    return WalkResult(verifyExpression(op));
  });
  if (result.wasInterrupted())
    return failure();

  OutputOp output;
  llvm::StringSet<> targets, names;
  for (Operation &op : getBody().front()) {
    if (output && isa<FuncOp, UpdateOp>(op))
      return op.emitOpError() << "pipeline_c2: comes after the output";
    if (auto other = dyn_cast<OutputOp>(op)) {
      if (output)
        return other.emitOpError() << "pipeline_c2: a second output";
      output = other;
    } else if (auto schedule = dyn_cast<ScheduleOp>(op)) {
      if (!targets.insert(schedule.getTarget()).second)
        return schedule.emitOpError() << "pipeline_c2: a second schedule for "
                                      << schedule.getTargetAttr();
    } else if (isa<FuncOp, ConstantOp>(op)) {
      auto name = op.getAttrOfType<StringAttr>("name");
      if (!names.insert(name).second)
        return op.emitOpError()
               << "pipeline_c3: a second func or constant named " << name;
    }
  }
  if (!output)
    return emitOpError() << "pipeline_c2: there is no halide.output";
  return success();
}

OutputOp PipelineOp::getOutput() {
  return *getBody().front().getOps<OutputOp>().begin();
}

ScheduleOp PipelineOp::getSchedule(StringRef target) {
  for (auto schedule : getBody().front().getOps<ScheduleOp>())
    if (schedule.getTarget() == target)
      return schedule;
  return {};
}

SmallVector<Type> PipelineOp::getParameterTypes() {
  SmallVector<Type> types(getArgumentTypes());
  for (Attribute type : getOutput().getBuffers())
    types.push_back(cast<TypeAttr>(type).getValue());
  return types;
}

//===----------------------------------------------------------------------===//
// Definitions
//===----------------------------------------------------------------------===//

void FuncOp::getAsmResultNames(function_ref<void(Value, StringRef)> setName) {
  setName(getResult(), getName());
}

/// Suggests the names in `names` for the arguments from `first` on.
static void nameArguments(Region &region, ArrayAttr names, unsigned first,
                          OpAsmSetValueNameFn setName) {
  for (auto [index, name] : llvm::enumerate(names))
    if (first + index < region.getNumArguments())
      if (auto string = dyn_cast<StringAttr>(name))
        setName(region.getArgument(first + index), string.getValue());
}

void FuncOp::getAsmBlockArgumentNames(Region &region,
                                      OpAsmSetValueNameFn setName) {
  nameArguments(region, getVars(), 0, setName);
}

/// Checks names of loops: as many as `count`, all different.
static bool areLoopNames(ArrayAttr names, size_t count) {
  llvm::SmallDenseSet<Attribute> different(names.begin(), names.end());
  return names.size() == count && different.size() == count;
}

LogicalResult FuncOp::verify() {
  FuncType type = getType();
  if (!areLoopNames(getVars(), type.getRank()) ||
      getBody().getNumArguments() != type.getRank() ||
      !llvm::all_of(getBody().getArgumentTypes(),
                    [](Type type) { return type.isIndex(); }))
    return emitOpError()
           << "func_c1: a func of rank " << type.getRank()
           << " needs as many different names and index arguments";
  auto yield = dyn_cast<YieldOp>(getBody().front().back());
  if (!yield || !yield.getIndices().empty() || yield.getPredicate() ||
      TypeRange(yield.getValues().getTypes()) !=
          TypeRange(type.getValueTypes()))
    return emitOpError()
           << "func_c2: the definition must yield the value types "
              "of "
           << type << " without index or predicate";
  return success();
}

void UpdateOp::getAsmBlockArgumentNames(Region &region,
                                        OpAsmSetValueNameFn setName) {
  if (auto func = getFunc().getDefiningOp<FuncOp>())
    nameArguments(region, func.getVars(), 0, setName);
  nameArguments(region, getRvars(), getFunc().getType().getRank(), setName);
}

LogicalResult UpdateOp::verify() {
  FuncType type = getFunc().getType();
  if (!areLoopNames(getRvars(), getMins().size()) ||
      getMins().size() != getExtents().size() ||
      getBody().getNumArguments() != type.getRank() + getMins().size() ||
      !llvm::all_of(getBody().getArgumentTypes(),
                    [](Type type) { return type.isIndex(); }))
    return emitOpError()
           << "update_c1: an update needs a name, minimum and extent for each "
              "reduction variable and an index argument for each of the func's "
              "indices and the variables";
  auto yield = dyn_cast<YieldOp>(getBody().front().back());
  if (!yield ||
      TypeRange(yield.getValues().getTypes()) !=
          TypeRange(type.getValueTypes()) ||
      (!yield.getIndices().empty() &&
       yield.getIndices().size() != type.getRank()))
    return emitOpError()
           << "update_c2: the update must yield the value types of " << type;
  return success();
}

LogicalResult AtOp::verify() {
  SmallVector<Type> types;
  unsigned rank;
  if (auto func = dyn_cast<FuncType>(getSource().getType())) {
    types.append(func.getValueTypes().begin(), func.getValueTypes().end());
    rank = func.getRank();
  } else {
    auto buffer = cast<BufferType>(getSource().getType());
    types.push_back(buffer.getElementType());
    rank = buffer.getRank();
  }
  if (getIndices().size() != rank ||
      TypeRange(getResultTypes()) != TypeRange(types))
    return emitOpError() << "at_c1: " << getSource().getType() << " takes "
                         << rank << " indices and gives " << types;
  return success();
}

LogicalResult ExtentOp::verify() {
  if (getDim() >= getBuffer().getType().getRank() ||
      !isa<BlockArgument>(getBuffer()))
    return emitOpError()
           << "extent_c1: " << getDim()
           << " is not a dimension of an argument of the pipeline";
  return success();
}

void ConstantOp::getAsmResultNames(
    function_ref<void(Value, StringRef)> setName) {
  setName(getResult(), getName());
}

LogicalResult ConstantOp::verify() {
  auto value = cast<ShapedType>(getValue().getType());
  Type element = value.getElementType();
  SmallVector<int64_t> shape(llvm::reverse(value.getShape()));
  if (!isa<DenseElementsAttr>(getValue()))
    return emitOpError() << "constant_c1: the value must be dense, and lie in "
                            "the IR itself";
  if (shape != SmallVector<int64_t>(getType().getShape()) ||
      element != getType().getElementType() ||
      !(element.isF32() || element.isF64() || element.isSignlessInteger(32)))
    return emitOpError() << "constant_c1: " << value << " does not fit "
                         << getType();
  return success();
}

LogicalResult OutputOp::verify() {
  SmallVector<std::pair<unsigned, Type>> values;
  for (Value func : getFuncs()) {
    auto type = cast<FuncType>(func.getType());
    for (Type valueType : type.getValueTypes())
      values.push_back({type.getRank(), valueType});
  }
  bool fits = values.size() == getBuffers().size() && !values.empty();
  for (size_t i = 0; fits && i < values.size(); ++i) {
    auto buffer =
        dyn_cast<BufferType>(cast<TypeAttr>(getBuffers()[i]).getValue());
    fits = buffer && buffer.getRank() == values[i].first &&
           buffer.getElementType() == values[i].second;
  }
  if (!fits)
    return emitOpError() << "output_c1: each value of each func needs a buffer "
                            "type of its rank and element type";
  return success();
}
