//===- HalideScheduleTranslation.cpp - Schedules in libHalide's calls -----===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HalideScheduleTranslation.h"
#include "HalideErrors.h"
#include "StoresPastCaches.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

static Halide::PrefetchBoundStrategy toHalide(PrefetchBound bound) {
  switch (bound) {
  case PrefetchBound::GuardWithIf:
    return Halide::PrefetchBoundStrategy::GuardWithIf;
  case PrefetchBound::Clamp:
    return Halide::PrefetchBoundStrategy::Clamp;
  case PrefetchBound::NonFaulting:
    return Halide::PrefetchBoundStrategy::NonFaulting;
  }
  llvm_unreachable("unknown bound");
}

static Halide::TailStrategy toHalide(TailStrategy tail) {
  switch (tail) {
  case TailStrategy::Auto:
    return Halide::TailStrategy::Auto;
  case TailStrategy::RoundUp:
    return Halide::TailStrategy::RoundUp;
  case TailStrategy::GuardWithIf:
    return Halide::TailStrategy::GuardWithIf;
  case TailStrategy::Predicate:
    return Halide::TailStrategy::Predicate;
  case TailStrategy::PredicateLoads:
    return Halide::TailStrategy::PredicateLoads;
  case TailStrategy::PredicateStores:
    return Halide::TailStrategy::PredicateStores;
  case TailStrategy::ShiftInwards:
    return Halide::TailStrategy::ShiftInwards;
  }
  llvm_unreachable("unknown tail strategy");
}

static Halide::MemoryType toHalide(MemoryType memory) {
  switch (memory) {
  case MemoryType::Auto:
    return Halide::MemoryType::Auto;
  case MemoryType::Heap:
    return Halide::MemoryType::Heap;
  case MemoryType::Stack:
    return Halide::MemoryType::Stack;
  case MemoryType::Register:
    return Halide::MemoryType::Register;
  case MemoryType::GPUShared:
    return Halide::MemoryType::GPUShared;
  }
  llvm_unreachable("unknown memory type");
}

namespace {
/// A loop and the stage it belongs to.
struct Loop {
  Halide::VarOrRVar var = Halide::VarOrRVar("unset", false);
  /// The func and stage, shared by the loops that come from one halide.loops.
  Halide::Func func;
  std::shared_ptr<Halide::Stage> stage;
};

class ScheduleTranslator {
public:
  ScheduleTranslator(ExprTranslator &translator, const TargetInfo &target)
      : values(translator), target(target) {}
  LogicalResult translate(Block &block);

private:
  LogicalResult translate(Operation &op);
  LogicalResult translate(SpecializeOp op);
  LogicalResult checkTarget(Operation &op);

  // Loops.
  void apply(LoopsOp op);
  void apply(SplitOp op);
  void apply(FuseOp op);
  void apply(ReorderOp op);
  void apply(VectorizeOp op);
  void apply(UnrollOp op);
  void apply(ParallelOp op);
  void apply(SerialOp op);
  void apply(GPUBlocksOp op);
  void apply(GPUThreadsOp op);
  void apply(GPULanesOp op);
  // Places.
  void apply(ComputeAtOp op);
  void apply(StoreAtOp op);
  void apply(ComputeRootOp op);
  void apply(StoreInOp op);
  void apply(InOp op);
  // Ranges and storage.
  void apply(BoundOp op);
  void apply(BoundExtentOp op);
  void apply(SetHostAlignmentOp op);
  void apply(SetStrideOp op);
  void apply(AlignStorageOp op);
  void apply(ReorderStorageOp op);
  // Stages.
  void apply(NeverPartitionOp op);
  void apply(AtomicOp op);
  void apply(RFactorOp op);
  void apply(PrefetchOp op);

  Loop &loop(Value value) { return loops.at(value.getAsOpaquePointer()); }
  Halide::LoopLevel level(Value value) {
    return {loop(value).func, loop(value).var};
  }
  Halide::Func func(Value value) { return values.funcs.lookup(value); }
  Halide::Var var(Value value, int64_t dim) { return func(value).args()[dim]; }
  std::shared_ptr<Halide::Stage> getStage(Value func,
                                          std::optional<int64_t> update);

  ExprTranslator &values;
  const TargetInfo &target;
  std::map<void *, Loop> loops;
  /// Stages that are being specialized, by func and update.
  using StageKey = std::pair<void *, std::optional<int64_t>>;
  std::map<StageKey, std::shared_ptr<Halide::Stage>> specialized;
};
} // namespace

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

std::shared_ptr<Halide::Stage>
ScheduleTranslator::getStage(Value value, std::optional<int64_t> update) {
  auto found = specialized.find({value.getAsOpaquePointer(), update});
  if (found != specialized.end() && found->second)
    return found->second;
  Halide::Func target = func(value);
  if (update)
    return std::make_shared<Halide::Stage>(target.update(int(*update)));
  return std::make_shared<Halide::Stage>(target);
}

void ScheduleTranslator::apply(LoopsOp op) {
  std::shared_ptr<Halide::Stage> stage = getStage(op.getFunc(), op.getUpdate());
  Halide::Func target = func(op.getFunc());
  std::vector<Halide::VarOrRVar> vars;
  for (const Halide::Var &var : target.args())
    vars.push_back(var);
  if (op.getUpdate())
    for (const Halide::RVar &rvar : target.rvars(int(*op.getUpdate())))
      vars.push_back(rvar);
  if (vars.size() != op.getNumResults())
    throw Halide::CompileError(("the stage has " + llvm::Twine(vars.size()) +
                                " loops, not " +
                                llvm::Twine(op.getNumResults()))
                                   .str()
                                   .c_str());
  for (auto [result, var] : llvm::zip(op.getLoops(), vars))
    loops[result.getAsOpaquePointer()] = {var, target, stage};
}

void ScheduleTranslator::apply(SplitOp op) {
  Loop &old = loop(op.getLoop());
  auto name = [&](unsigned index, const char *suffix) {
    if (op.getNames())
      return cast<StringAttr>((*op.getNames())[index]).getValue().str();
    return old.var.name() + suffix;
  };
  Halide::VarOrRVar outer(name(0, "o"), old.var.is_rvar);
  Halide::VarOrRVar inner(name(1, "i"), old.var.is_rvar);
  Halide::Expr factor = op.getFactor()
                            ? Halide::Expr(int(*op.getFactor()))
                            : values.exprs.lookup(op.getComputedFactor());
  old.stage->split(old.var, outer, inner, factor, toHalide(op.getTail()));
  Loop outerLoop = {outer, old.func, old.stage};
  Loop innerLoop = {inner, old.func, old.stage};
  loops[op.getOuter().getAsOpaquePointer()] = outerLoop;
  loops[op.getInner().getAsOpaquePointer()] = innerLoop;
}

void ScheduleTranslator::apply(FuseOp op) {
  Loop &inner = loop(op.getInner()), &outer = loop(op.getOuter());
  Halide::VarOrRVar fused(op.getName() ? op.getName()->str()
                                       : inner.var.name() + outer.var.name(),
                          inner.var.is_rvar && outer.var.is_rvar);
  inner.stage->fuse(inner.var, outer.var, fused);
  Loop result = {fused, inner.func, inner.stage};
  loops[op.getFused().getAsOpaquePointer()] = result;
}

void ScheduleTranslator::apply(ReorderOp op) {
  if (op.getLoops().empty())
    return;
  std::vector<Halide::VarOrRVar> order;
  for (Value value : op.getLoops())
    order.push_back(loop(value).var);
  loop(op.getLoops()[0]).stage->reorder(order);
}

void ScheduleTranslator::apply(VectorizeOp op) {
  loop(op.getLoop()).stage->vectorize(loop(op.getLoop()).var);
}
void ScheduleTranslator::apply(UnrollOp op) {
  loop(op.getLoop()).stage->unroll(loop(op.getLoop()).var);
}
void ScheduleTranslator::apply(ParallelOp op) {
  Loop &target = loop(op.getLoop());
  // Generated code is told by the name, which the function of a task has.
  if (op.getPastCaches()) {
    Halide::Var marked(pastCachesName.str());
    target.stage->rename(target.var, marked);
    target.var = marked;
  }
  target.stage->parallel(target.var);
}
void ScheduleTranslator::apply(SerialOp op) {
  loop(op.getLoop()).stage->serial(loop(op.getLoop()).var);
}
void ScheduleTranslator::apply(GPUBlocksOp op) {
  loop(op.getLoop()).stage->gpu_blocks(loop(op.getLoop()).var);
}
void ScheduleTranslator::apply(GPUThreadsOp op) {
  loop(op.getLoop()).stage->gpu_threads(loop(op.getLoop()).var);
}
void ScheduleTranslator::apply(GPULanesOp op) {
  loop(op.getLoop()).stage->gpu_lanes(loop(op.getLoop()).var);
}

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

void ScheduleTranslator::apply(ComputeAtOp op) {
  func(op.getFunc()).compute_at(level(op.getLoop()));
}
void ScheduleTranslator::apply(StoreAtOp op) {
  func(op.getFunc()).store_at(level(op.getLoop()));
}
void ScheduleTranslator::apply(ComputeRootOp op) {
  func(op.getFunc()).compute_root();
}
void ScheduleTranslator::apply(StoreInOp op) {
  func(op.getFunc()).store_in(toHalide(op.getMemory()));
}
void ScheduleTranslator::apply(InOp op) {
  auto copy = [&](auto source) {
    return op.getReader() ? source.in(func(op.getReader())) : source.in();
  };
  values.funcs[op.getCopy()] = isa<FuncType>(op.getSource().getType())
                                   ? copy(func(op.getSource()))
                                   : copy(values.params.lookup(op.getSource()));
}

//===----------------------------------------------------------------------===//
// Ranges and storage
//===----------------------------------------------------------------------===//

void ScheduleTranslator::apply(BoundOp op) {
  func(op.getFunc())
      .bound(var(op.getFunc(), op.getDim()), int(op.getMin()),
             int(op.getExtent()));
}
void ScheduleTranslator::apply(BoundExtentOp op) {
  func(op.getFunc())
      .bound_extent(var(op.getFunc(), op.getDim()), int(op.getExtent()));
}
void ScheduleTranslator::apply(SetHostAlignmentOp op) {
  values.params.lookup(op.getBuffer()).set_host_alignment(int(op.getBytes()));
}
void ScheduleTranslator::apply(SetStrideOp op) {
  values.params.lookup(op.getBuffer())
      .dim(int(op.getBuffer().getType().getRank()) - 1)
      .set_stride(int(op.getStride()));
}
void ScheduleTranslator::apply(AlignStorageOp op) {
  func(op.getFunc())
      .align_storage(var(op.getFunc(), op.getDim()), int(op.getAlignment()));
}
void ScheduleTranslator::apply(ReorderStorageOp op) {
  std::vector<Halide::Var> order;
  for (int64_t dim : op.getOrder())
    order.push_back(var(op.getFunc(), dim));
  func(op.getFunc()).reorder_storage(order);
}

//===----------------------------------------------------------------------===//
// Stages
//===----------------------------------------------------------------------===//

void ScheduleTranslator::apply(NeverPartitionOp op) {
  getStage(op.getFunc(), op.getUpdate())->never_partition_all();
}
void ScheduleTranslator::apply(AtomicOp op) {
  getStage(op.getFunc(), op.getUpdate())->atomic();
}
void ScheduleTranslator::apply(RFactorOp op) {
  Loop &old = loop(op.getLoop());
  values.funcs[op.getPartial()] =
      old.stage->rfactor(old.var.rvar, Halide::Var(op.getVar().str()));
}
void ScheduleTranslator::apply(PrefetchOp op) {
  Loop &at = loop(op.getAt());
  at.stage->prefetch(values.params.lookup(op.getBuffer()), at.var,
                     loop(op.getFrom()).var, int(op.getOffset()),
                     toHalide(op.getBound()));
}

LogicalResult ScheduleTranslator::translate(SpecializeOp op) {
  Halide::Expr condition = values.exprs.lookup(op.getCondition());
  auto stage = std::make_shared<Halide::Stage>(
      getStage(op.getFunc(), op.getUpdate())->specialize(condition));
  std::shared_ptr<Halide::Stage> &current =
      specialized[{op.getFunc().getAsOpaquePointer(), op.getUpdate()}];
  std::swap(current, stage);
  LogicalResult result = translate(op.getBody().front());
  // The one around it again, if there is one.
  std::swap(current, stage);
  return result;
}

//===----------------------------------------------------------------------===//
// The schedule
//===----------------------------------------------------------------------===//

/// libHalide tells of a missing GPU without a place, and not of its memory.
LogicalResult ScheduleTranslator::checkTarget(Operation &op) {
  auto store = dyn_cast<StoreInOp>(op);
  bool needsGPU = isa<GPUBlocksOp, GPUThreadsOp, GPULanesOp>(op) ||
                  (store && store.getMemory() == MemoryType::GPUShared);
  if (needsGPU && !target.isDevice())
    return op.emitOpError() << "needs a GPU, which the target '" << target.name
                            << "' does not have";
  if (isa<GPULanesOp>(op) && !target.getDevice().hasLanes)
    return op.emitOpError() << "needs lanes, which the target '" << target.name
                            << "' does not have";
  return success();
}

LogicalResult ScheduleTranslator::translate(Operation &op) {
  if (failed(checkTarget(op)))
    return failure();
  return llvm::TypeSwitch<Operation *, LogicalResult>(&op)
      .Case<LoopsOp, SplitOp, FuseOp, ReorderOp, VectorizeOp, UnrollOp,
            ParallelOp, SerialOp, GPUBlocksOp, GPUThreadsOp, GPULanesOp, InOp,
            SetHostAlignmentOp, SetStrideOp, ComputeAtOp, StoreAtOp,
            ComputeRootOp, StoreInOp, BoundOp, BoundExtentOp, AlignStorageOp,
            ReorderStorageOp, NeverPartitionOp, AtomicOp, RFactorOp,
            PrefetchOp>([&](auto directive) {
        apply(directive);
        return success();
      })
      .Case([&](SpecializeOp specialize) { return translate(specialize); })
      // The definition has come from it already.
      .Case([&](ExternOp) { return success(); })
      .Default([&](Operation *) { return values.translate(op); });
}

LogicalResult ScheduleTranslator::translate(Block &block) {
  for (Operation &op : block)
    if (failed(guard(op, [&] { return translate(op); })))
      return failure();
  return success();
}

LogicalResult llamir::translateSchedule(ScheduleOp schedule,
                                        const TargetInfo &target,
                                        ExprTranslator &translator) {
  return ScheduleTranslator(translator, target)
      .translate(schedule.getBody().front());
}
