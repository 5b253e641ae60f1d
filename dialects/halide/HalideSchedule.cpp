//===- HalideSchedule.cpp - Schedules of the halide dialect ---------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/halide/HalideDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace llamir::halide;

/// Number of updates of a func.
static int64_t countUpdates(Value func) {
  // A partial reduction has the one update that rfactor gives it.
  if (func.getDefiningOp<RFactorOp>())
    return 1;
  return llvm::count_if(func.getUsers(), [&](Operation *user) {
    auto update = dyn_cast<UpdateOp>(user);
    return update && update.getFunc() == func;
  });
}

/// The `index`th update of a func.
static UpdateOp getUpdate(Value func, int64_t index) {
  for (Operation &op : *func.getParentBlock())
    if (auto update = dyn_cast<UpdateOp>(op);
        update && update.getFunc() == func)
      if (index-- == 0)
        return update;
  return {};
}

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
    if (auto update = ::getUpdate(getFunc(), *getUpdate()))
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

//===----------------------------------------------------------------------===//
// A schedule as a whole
//===----------------------------------------------------------------------===//

namespace {
/// Follows the loops of a schedule: which stage each belongs to, and which are
/// gone.
class LoopTracker {
public:
  LogicalResult check(Block &block) {
    if (block.getNumArguments() != 0)
      return block.getParentOp()->emitOpError()
             << "schedule_c1: has block arguments";
    for (Operation &op : block)
      if (failed(check(op)))
        return failure();
    return success();
  }

private:
  struct Loop {
    /// Where the loops of its stage come from.
    LoopsOp stage;
    bool isReduction = false;
    /// The directive that put others in its place.
    Operation *replacedBy = nullptr;
  };

  LogicalResult check(Operation &op);
  LogicalResult checkOperands(Operation &op);
  LogicalResult addLoops(LoopsOp op);
  LogicalResult replaceLoops(Operation &op);
  LogicalResult factor(RFactorOp op);
  LogicalResult addExtern(ExternOp op);
  LogicalResult checkStorage(ReorderStorageOp op);
  LogicalResult checkStage(Operation &op);

  /// The loops among the operands of an op.
  static auto getLoops(Operation &op) {
    return llvm::make_filter_range(op.getOperands(), [](Value operand) {
      return isa<VarType>(operand.getType());
    });
  }
  bool isFactored(LoopsOp stage) {
    return llvm::any_of(factored, [&](LoopsOp other) {
      return other.getFunc() == stage.getFunc() &&
             other.getUpdate() == stage.getUpdate();
    });
  }

  llvm::DenseMap<Value, Loop> loops;
  /// Updates that hold the sum of partial results, no longer all of their
  /// reduction variables.
  SmallVector<LoopsOp> factored;
  /// Funcs that functions compute, and the first directive about a stage of
  /// each func.
  llvm::DenseMap<Value, ExternOp> externs;
  llvm::DenseMap<Value, Operation *> stages;
};
} // namespace

LogicalResult LoopTracker::check(Operation &op) {
  bool isExpression = isa<ExtentOp, DivOp, ModOp>(op) ||
                      isa_and_nonnull<arith::ArithDialect>(op.getDialect());
  if (!isExpression && !op.hasTrait<Directive>())
    return op.emitOpError() << "schedule_c1: not a directive";
  if (failed(checkOperands(op)) || failed(checkStage(op)))
    return failure();
  LogicalResult result =
      llvm::TypeSwitch<Operation *, LogicalResult>(&op)
          .Case([&](ExternOp op) { return addExtern(op); })
          .Case([&](ReorderStorageOp op) { return checkStorage(op); })
          .Case([&](LoopsOp op) { return addLoops(op); })
          .Case<SplitOp, FuseOp>([&](auto) { return replaceLoops(op); })
          .Case([&](RFactorOp op) { return factor(op); })
          .Default(success());
  if (failed(result))
    return failure();
  for (Region &region : op.getRegions())
    for (Block &block : region)
      if (failed(check(block)))
        return failure();
  return success();
}

LogicalResult LoopTracker::checkOperands(Operation &op) {
  LoopsOp stage;
  for (Value operand : getLoops(op)) {
    auto found = loops.find(operand);
    if (found == loops.end())
      return op.emitOpError()
             << "schedule_c2: this is no loop of a directive above";
    const Loop &loop = found->second;
    if (loop.replacedBy) {
      InFlightDiagnostic diagnostic =
          op.emitOpError()
          << "schedule_c2: this loop was split, fused or factored before";
      diagnostic.attachNote(loop.replacedBy->getLoc()) << "here";
      return diagnostic;
    }
    if (stage && stage != loop.stage)
      return op.emitOpError() << "schedule_c3: loops of two stages";
    stage = loop.stage;
  }
  return success();
}

/// Reports that a func has both loops and a function that computes it.
static LogicalResult refuseLoops(ExternOp op, Operation *stage) {
  InFlightDiagnostic diagnostic =
      op.emitOpError() << "extern_c4: the func has loops or other functions";
  diagnostic.attachNote(stage->getLoc()) << "here";
  return diagnostic;
}

LogicalResult LoopTracker::checkStage(Operation &op) {
  if (!isa<LoopsOp, NeverPartitionOp, AtomicOp, SpecializeOp>(op))
    return success();
  Value func = op.getOperand(0);
  if (ExternOp found = externs.lookup(func))
    return refuseLoops(found, &op);
  stages.try_emplace(func, &op);
  return success();
}

LogicalResult LoopTracker::addExtern(ExternOp op) {
  if (Operation *stage = stages.lookup(op.getFunc()))
    return refuseLoops(op, stage);
  if (ExternOp other = externs.lookup(op.getFunc()))
    return refuseLoops(op, other);
  externs[op.getFunc()] = op;
  return success();
}

LogicalResult LoopTracker::checkStorage(ReorderStorageOp op) {
  bool isTaken = llvm::any_of(op.getFunc().getUsers(), [&](Operation *user) {
    return isa<ExternOp>(user) &&
           user->getParentOp() == op->getParentOfType<ScheduleOp>();
  });
  if (isTaken && !op.getOrder().empty() && op.getOrder().front() != 0)
    return op.emitOpError() << "extern_c5: a function takes what has its "
                               "innermost dimension closest in memory";
  return success();
}

LogicalResult LoopTracker::addLoops(LoopsOp op) {
  size_t rank = op.getFunc().getType().getRank(), expected = rank;
  // What is left of a reduction domain after rfactor is known to libHalide.
  bool isKnown = !op.getUpdate() ||
                 (!op.getFunc().getDefiningOp<RFactorOp>() && !isFactored(op));
  if (op.getUpdate() && isKnown)
    expected += ::getUpdate(op.getFunc(), *op.getUpdate()).getRvars().size();
  if (isKnown && op.getNumResults() != expected)
    return op.emitOpError() << "loops_c1: the stage has " << expected
                            << " loops, not " << op.getNumResults();
  for (OpResult loop : op->getResults())
    loops[loop] = {op, loop.getResultNumber() >= rank};
  return success();
}

LogicalResult LoopTracker::replaceLoops(Operation &op) {
  Loop made = {{}, /*isReduction=*/true};
  for (Value operand : getLoops(op)) {
    Loop &loop = loops[operand];
    made.stage = loop.stage;
    made.isReduction &= loop.isReduction;
    loop.replacedBy = &op;
  }
  for (Value result : op.getResults())
    loops[result] = made;
  return success();
}

LogicalResult LoopTracker::factor(RFactorOp op) {
  const Loop &loop = loops[op.getLoop()];
  if (!loop.isReduction)
    return op.emitOpError() << "rfactor_c2: not a reduction loop";
  LoopsOp stage = loop.stage;
  FuncType func = stage.getFunc().getType();
  auto partial = cast<FuncType>(op.getPartial().getType());
  if (partial.getRank() != func.getRank() + 1 ||
      partial.getValueTypes() != func.getValueTypes())
    return op.emitOpError() << "rfactor_c1: partial results of " << func
                            << " cannot be of " << partial;
  factored.push_back(stage);
  for (auto &[value, other] : loops)
    if (other.stage.getFunc() == stage.getFunc() &&
        other.stage.getUpdate() == stage.getUpdate() && !other.replacedBy)
      other.replacedBy = op;
  return success();
}

LogicalResult ScheduleOp::verifyRegions() {
  return LoopTracker().check(getBody().front());
}
