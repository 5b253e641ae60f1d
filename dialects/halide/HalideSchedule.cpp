//===- HalideSchedule.cpp - Schedules of the halide dialect ---------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/halide/HalideDialect.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

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
    if (parser.parseAttribute(update, parser.getBuilder().getI64Type(),
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
    if (reductions < 0 || reductions > 64)
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

LogicalResult LoopsOp::verify() {
  size_t expected = getFunc().getType().getRank();
  if (getUpdate()) {
    int64_t index = *getUpdate();
    if (index < 0 || index >= countUpdates(getFunc()))
      return emitOpError() << "loops_c1: the func has "
                           << countUpdates(getFunc()) << " updates, not "
                           << index + 1;
    // What is left of a reduction domain after rfactor is known to libHalide.
    if (getFunc().getDefiningOp<RFactorOp>())
      return success();
    bool factored =
        llvm::any_of((*this)->getParentOfType<ScheduleOp>().getOps<RFactorOp>(),
                     [](RFactorOp) { return true; });
    if (!factored)
      expected += ::getUpdate(getFunc(), index).getRvars().size();
    else
      return success();
  }
  if (getNumResults() != expected)
    return emitOpError() << "loops_c1: the stage has " << expected
                         << " loops, not " << getNumResults();
  return success();
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
      (getFactor() && int64_t(*getFactor()) <= 0) ||
      (getNames() && getNames()->size() != 2))
    return emitOpError()
           << "split_c1: one positive constant or computed factor, "
              "and two names or none";
  return success();
}

template <typename OpTy> static LogicalResult verifyBound(OpTy op) {
  if (op.getDim() >= op.getFunc().getType().getRank() ||
      int64_t(op.getExtent()) <= 0)
    return op.emitOpError() << "bound_c1: the func has no dimension "
                            << op.getDim() << " or the extent is not positive";
  return success();
}
LogicalResult BoundOp::verify() { return verifyBound(*this); }
LogicalResult BoundExtentOp::verify() { return verifyBound(*this); }
LogicalResult AlignStorageOp::verify() { return verifyBound(*this); }

LogicalResult ReorderStorageOp::verify() {
  if (int64_t(getOrder().size()) != getFunc().getType().getRank() ||
      !isPermutationVector(getOrder()))
    return emitOpError() << "reorder_storage_c1: the order must name each of "
                         << getFunc().getType().getRank() << " dimensions once";
  return success();
}

/// An op about an update needs one; without `update` it is about the pure
/// definition.
static LogicalResult verifyUpdate(Operation *op, Value func,
                                  std::optional<int64_t> update) {
  int64_t count = countUpdates(func);
  if (update && (*update < 0 || *update >= count))
    return op->emitOpError()
           << op->getName().stripDialect() << "_c1: the func has " << count
           << " updates, and no update " << *update;
  return success();
}
LogicalResult AtomicOp::verify() {
  return verifyUpdate(*this, getFunc(), int64_t(getUpdate()));
}
LogicalResult NeverPartitionOp::verify() {
  return verifyUpdate(*this, getFunc(), getUpdate());
}
LogicalResult SpecializeOp::verify() {
  return verifyUpdate(*this, getFunc(), getUpdate());
}

void RFactorOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getPartial(), "partial");
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
    for (Operation &op : block)
      if (failed(check(op)))
        return failure();
    return success();
  }

private:
  LogicalResult check(Operation &op) {
    if (op.getDialect()->getNamespace() !=
        HalideDialect::getDialectNamespace()) {
      if (isa<arith::ArithDialect>(op.getDialect()))
        return success();
      return op.emitOpError() << "schedule_c1: not a directive";
    }
    if (isa<FuncOp, UpdateOp, OutputOp, ScheduleOp, PipelineOp, AtOp,
            ConstantOp>(op))
      return op.emitOpError() << "schedule_c1: not a directive";
    for (Value operand : op.getOperands())
      if (isa<VarType>(operand.getType()) && gone.contains(operand)) {
        InFlightDiagnostic diagnostic =
            op.emitOpError()
            << "schedule_c2: this loop was split or fused before";
        diagnostic.attachNote(gone.lookup(operand)->getLoc()) << "here";
        return diagnostic;
      }
    if (auto loops = dyn_cast<LoopsOp>(op)) {
      for (Value loop : loops.getResults())
        stages[loop] = loops;
      return success();
    }
    if (isa<SplitOp, FuseOp, ReorderOp>(op)) {
      Operation *stage = stages.lookup(op.getOperand(0));
      for (Value operand : op.getOperands())
        if (isa<VarType>(operand.getType()) && stages.lookup(operand) != stage)
          return op.emitOpError() << "schedule_c3: loops of two stages";
      for (Value result : op.getResults())
        stages[result] = stage;
      if (isa<SplitOp, FuseOp>(op))
        for (Value operand : op.getOperands())
          if (isa<VarType>(operand.getType()))
            gone[operand] = &op;
    }
    if (auto rfactor = dyn_cast<RFactorOp>(op)) {
      auto func =
          cast<LoopsOp>(stages.lookup(rfactor.getLoop())).getFunc().getType();
      auto partial = cast<FuncType>(rfactor.getPartial().getType());
      if (partial.getRank() != func.getRank() + 1 ||
          partial.getValueTypes() != func.getValueTypes())
        return op.emitOpError() << "rfactor_c1: partial results of " << func
                                << " cannot be of " << partial;
    }
    for (Region &region : op.getRegions())
      for (Block &block : region)
        if (failed(check(block)))
          return failure();
    return success();
  }

  /// The halide.loops op that a loop comes from.
  llvm::DenseMap<Value, Operation *> stages;
  /// Loops that are gone, with the directive that replaced them.
  llvm::DenseMap<Value, Operation *> gone;
};
} // namespace

LogicalResult ScheduleOp::verifyRegions() {
  return LoopTracker().check(getBody().front());
}
