//===- HalideSchedule.cpp - Schedules of the halide dialect ---------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/halide/HalideLoops.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

void LoopsOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  SmallVector<StringRef> names;
  auto add = [&](ArrayAttr array) {
    for (auto name : array.getAsRange<StringAttr>())
      names.push_back(name.getValue());
  };
  if (auto func = getFunc().getDefiningOp<FuncOp>())
    add(func.getVars());
  if (getUpdate())
    if (auto update = halide::getUpdate(getFunc(), *getUpdate()))
      add(update.getRvars());
  if (names.size() == getNumResults())
    for (auto [result, name] : llvm::zip(getResults(), names))
      setName(result, name);
}

// halide.loops %f update 0 : !halide.func<2, f32>
// The number of results follows from the left-hand side, which is not known
// while the op is parsed; it is written behind the type instead.
ParseResult LoopsOp::parse(OpAsmParser &parser, OperationState &result) {
  OpAsmParser::UnresolvedOperand func;
  FuncType type;
  if (parser.parseOperand(func))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("update"))) {
    IntegerAttr update;
    if (parser.parseAttribute(update, parser.getBuilder().getI32Type(),
                              "update", result.attributes))
      return failure();
  }
  if (parser.parseOptionalAttrDict(result.attributes) ||
      parser.parseColonType(type) ||
      parser.resolveOperand(func, type, result.operands))
    return failure();
  size_t count = type.getRank();
  if (succeeded(parser.parseOptionalPlus())) {
    int64_t reductions;
    if (parser.parseInteger(reductions))
      return failure();
    if (reductions < 0 || reductions > FuncType::maximumRank)
      return parser.emitError(parser.getNameLoc(),
                              "expected a number of reduction loops");
    count += reductions;
  }
  result.addTypes(SmallVector<Type>(count, VarType::get(parser.getContext())));
  return success();
}

void LoopsOp::print(OpAsmPrinter &printer) {
  printer << ' ' << getFunc();
  if (getUpdate())
    printer << " update " << *getUpdate();
  printer.printOptionalAttrDict((*this)->getAttrs(), {"update"});
  printer << " : " << getFunc().getType();
  size_t rank = getFunc().getType().getRank();
  if (getNumResults() > rank)
    printer << " + " << getNumResults() - rank;
}

/// An op about an update needs one; without `update` it is about the pure
/// definition.
static LogicalResult verifyUpdate(Operation *op, Value func,
                                  std::optional<int64_t> update) {
  int64_t count = countUpdates(func);
  if (update && *update >= count)
    return op->emitOpError()
           << op->getName().stripDialect() << "_c1: the func has " << count
           << " updates, and no update " << *update;
  return success();
}

LogicalResult LoopsOp::verify() {
  return verifyUpdate(*this, getFunc(), getUpdate());
}

//===----------------------------------------------------------------------===//
// Directives
//===----------------------------------------------------------------------===//

void SplitOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  if (!getNames())
    return;
  auto names = getNames()->getAsValueRange<StringAttr>();
  if (llvm::range_size(names) != 2)
    return;
  setName(getOuter(), *names.begin());
  setName(getInner(), *std::next(names.begin()));
}

LogicalResult SplitOp::verify() {
  if (bool(getFactor()) == bool(getComputedFactor()) ||
      (getNames() && getNames()->size() != 2))
    return emitOpError()
           << "split_c1: one constant or computed factor, and two "
              "names or none";
  return success();
}

/// An op about a dimension of a func needs one.
template <typename OpTy> static LogicalResult verifyDim(OpTy op) {
  if (op.getDim() >= op.getFunc().getType().getRank())
    return op.emitOpError() << op->getName().stripDialect()
                            << "_c1: the func has no dimension " << op.getDim();
  return success();
}
LogicalResult BoundOp::verify() { return verifyDim(*this); }
LogicalResult BoundExtentOp::verify() { return verifyDim(*this); }
LogicalResult AlignStorageOp::verify() { return verifyDim(*this); }

LogicalResult ReorderStorageOp::verify() {
  if (int64_t(getOrder().size()) != getFunc().getType().getRank() ||
      !isPermutationVector(getOrder()))
    return emitOpError() << "reorder_storage_c1: the order must name each of "
                         << getFunc().getType().getRank() << " dimensions once";
  return success();
}

LogicalResult AtomicOp::verify() {
  return verifyUpdate(*this, getFunc(), getUpdate());
}
LogicalResult NeverPartitionOp::verify() {
  return verifyUpdate(*this, getFunc(), getUpdate());
}
LogicalResult SpecializeOp::verify() {
  return verifyUpdate(*this, getFunc(), getUpdate());
}

LogicalResult SetHostAlignmentOp::verify() {
  if (!isa<BlockArgument>(getBuffer()) || !llvm::isPowerOf2_32(getBytes()))
    return emitOpError() << "set_host_alignment_c1: the buffer must be an "
                            "argument of the pipeline, and "
                         << getBytes() << " a power of two";
  return success();
}

LogicalResult SetStrideOp::verify() {
  if (!isa<BlockArgument>(getBuffer()) || getBuffer().getType().getRank() < 2)
    return emitOpError() << "set_stride_c1: the buffer must be an argument of "
                            "the pipeline with more than one dimension";
  return success();
}

void InOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getCopy(), "copy");
}

LogicalResult InOp::verify() {
  FuncType expected = dyn_cast<FuncType>(getSource().getType());
  if (auto buffer = dyn_cast<BufferType>(getSource().getType())) {
    if (!isa<BlockArgument>(getSource()))
      return emitOpError() << "in_c1: the buffer must be an argument of the "
                              "pipeline";
    expected = FuncType::get(getContext(), buffer.getRank(),
                             {buffer.getElementType()});
  }
  if (getCopy().getType() != expected)
    return emitOpError() << "in_c1: the result must be " << expected;
  return success();
}

void RFactorOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getPartial(), "partial");
}

LogicalResult PrefetchOp::verify() {
  if (!isa<BlockArgument>(getBuffer()))
    return emitOpError()
           << "prefetch_c1: the buffer must be an argument of the "
              "pipeline";
  return success();
}

//===----------------------------------------------------------------------===//
// Funcs that functions compute
//===----------------------------------------------------------------------===//

LogicalResult ExternOp::verify() {
  Operation *computed = getFunc().getDefiningOp<FuncOp>();
  for (Value value : getOperands()) {
    auto type = dyn_cast<FuncType>(value.getType());
    if (!type && !isa<BlockArgument>(value))
      return emitOpError()
             << "extern_c1: a buffer must be an argument of the pipeline";
    if (!type)
      continue;
    if (type.getValueTypes().size() != 1 || type.getRank() == 0)
      return emitOpError() << "extern_c1: " << type
                           << " has several values or no dimension";
    Operation *func = value.getDefiningOp<FuncOp>();
    if (!func || !computed ||
        (value != getFunc() && !func->isBeforeInBlock(computed)) ||
        llvm::is_contained(getInputs(), getFunc()))
      return emitOpError()
             << "extern_c3: the pipeline must define the func that is "
                "computed, and the funcs that are read before it";
  }
  bool isOutput = llvm::any_of(getFunc().getUsers(), llvm::IsaPred<OutputOp>);
  if (isOutput && getRows() != 1)
    return emitOpError() << "extern_c6: an output has as many rows as its "
                            "buffer, not a multiple of "
                         << getRows();
  return success();
}

MemRefType llamir::halide::getExternMemRef(ArrayRef<int64_t> shape,
                                           Type element) {
  SmallVector<int64_t> strides(shape.size(), ShapedType::kDynamic);
  strides.back() = 1;
  return MemRefType::get(
      shape, element, StridedLayoutAttr::get(element.getContext(), 0, strides));
}

/// Whether a function can take an argument for an input of `halide.extern`.
static LogicalResult verifyInput(ExternOp op, Type input, Type argument) {
  auto memref = dyn_cast<MemRefType>(argument);
  if (auto buffer = dyn_cast<BufferType>(input)) {
    SmallVector<int64_t> shape(llvm::reverse(buffer.getShape()));
    Type expected = getExternMemRef(shape, buffer.getElementType());
    if (argument != expected)
      return op.emitOpError() << "extern_c2: the function takes " << argument
                              << ", where it must take " << expected;
    return success();
  }
  auto func = cast<FuncType>(input);
  Type element = func.getValueTypes().front();
  if (memref && memref.getRank() == func.getRank() && memref.isDynamicDim(0) &&
      !ShapedType::isDynamicShape(memref.getShape().drop_front()) &&
      memref == getExternMemRef(memref.getShape(), element))
    return success();
  return op.emitOpError()
         << "extern_c2: the function takes " << argument
         << ", where it must take a memref of rank " << func.getRank() << " of "
         << element
         << " with static extents but for the outermost and strides [?, …, 1]";
}

LogicalResult ExternOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto callee = symbols.lookupNearestSymbolFrom<FunctionOpInterface>(
      *this, getCalleeAttr());
  auto target =
      callee ? callee->getAttrOfType<StringAttr>(externAttrName) : StringAttr();
  StringAttr needed = cast<ScheduleOp>((*this)->getParentOp()).getTargetAttr();
  if (target != needed)
    return emitOpError() << "extern_c2: there is no function '" << getCallee()
                         << "' with the attribute " << externAttrName << " = "
                         << needed;
  // Afterwards it is one of C.
  if (!isa<func::FuncOp>(callee))
    return success();
  ArrayRef<Type> arguments = callee.getArgumentTypes();
  OperandRange inputs = getInputs();
  FuncType func = getFunc().getType();
  size_t constants = getConstants().size();
  size_t count = inputs.size() + constants + func.getRank();
  if (arguments.size() != count || callee.getNumResults() != 0)
    return emitOpError() << "extern_c2: the function must have " << count
                         << " arguments and no results";
  for (auto [input, argument] :
       llvm::zip(inputs.getTypes(), arguments.take_front(inputs.size())))
    if (failed(verifyInput(*this, input, argument)))
      return failure();
  SmallVector<int64_t> shape(func.getRank(), ShapedType::kDynamic);
  SmallVector<Type> others(constants, IndexType::get(getContext()));
  others.push_back(getExternMemRef(shape, func.getValueTypes().front()));
  others.append(func.getRank() - 1, IndexType::get(getContext()));
  for (auto [expected, argument] :
       llvm::zip(others, arguments.drop_front(inputs.size())))
    if (expected != argument)
      return emitOpError() << "extern_c2: the function takes " << argument
                           << ", where it must take " << expected;
  return success();
}
