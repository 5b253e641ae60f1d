//===- HalideScheduleTranslation.cpp - Schedules in libHalide's calls ----===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HalideScheduleTranslation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::halide;

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
  explicit ScheduleTranslator(ExprTranslator &translator)
      : values(translator) {}
  LogicalResult translate(Block &block);

private:
  LogicalResult translate(Operation &op);
  void getLoops(LoopsOp op);
  void split(SplitOp op);
  void specialize(SpecializeOp op);

  Loop &loop(Value value) { return loops.at(value.getAsOpaquePointer()); }
  Halide::Func func(Value value) { return values.funcs.lookup(value); }
  std::shared_ptr<Halide::Stage> getStage(Value func,
                                          std::optional<int64_t> update);

  ExprTranslator &values;
  std::map<void *, Loop> loops;
  /// Stages that are being specialized, by func and update.
  using StageKey = std::pair<void *, std::optional<int64_t>>;
  std::map<StageKey, std::shared_ptr<Halide::Stage>> specialized;
};
} // namespace

std::shared_ptr<Halide::Stage>
ScheduleTranslator::getStage(Value value, std::optional<int64_t> update) {
  auto found = specialized.find({value.getAsOpaquePointer(), update});
  if (found != specialized.end())
    return found->second;
  Halide::Func target = func(value);
  if (update)
    return std::make_shared<Halide::Stage>(target.update(int(*update)));
  return std::make_shared<Halide::Stage>(target);
}

void ScheduleTranslator::getLoops(LoopsOp op) {
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

void ScheduleTranslator::split(SplitOp op) {
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

void ScheduleTranslator::specialize(SpecializeOp op) {
  std::optional<int64_t> update = op.getUpdate();
  auto stage = std::make_shared<Halide::Stage>(
      getStage(op.getFunc(), update)
          ->specialize(values.exprs.lookup(op.getCondition())));
  specialized[{op.getFunc().getAsOpaquePointer(), update}] = stage;
}

LogicalResult ScheduleTranslator::translate(Operation &op) {
  llvm::TypeSwitch<Operation *>(&op)
      .Case([&](LoopsOp loops) { getLoops(loops); })
      .Case([&](SplitOp splitOp) { split(splitOp); })
      .Case([&](FuseOp fuse) {
        Loop &inner = loop(fuse.getInner()), &outer = loop(fuse.getOuter());
        Halide::VarOrRVar fused(fuse.getName()
                                    ? fuse.getName()->str()
                                    : inner.var.name() + outer.var.name(),
                                inner.var.is_rvar && outer.var.is_rvar);
        inner.stage->fuse(inner.var, outer.var, fused);
        Loop result = {fused, inner.func, inner.stage};
        loops[fuse.getFused().getAsOpaquePointer()] = result;
      })
      .Case([&](ReorderOp reorder) {
        if (reorder.getLoops().empty())
          return;
        std::vector<Halide::VarOrRVar> order;
        for (Value value : reorder.getLoops())
          order.push_back(loop(value).var);
        loop(reorder.getLoops()[0]).stage->reorder(order);
      })
      .Case([&](VectorizeOp op) {
        loop(op.getLoop()).stage->vectorize(loop(op.getLoop()).var);
      })
      .Case([&](UnrollOp op) {
        loop(op.getLoop()).stage->unroll(loop(op.getLoop()).var);
      })
      .Case([&](ParallelOp op) {
        loop(op.getLoop()).stage->parallel(loop(op.getLoop()).var);
      })
      .Case([&](SerialOp op) {
        loop(op.getLoop()).stage->serial(loop(op.getLoop()).var);
      })
      .Case([&](GPUBlocksOp op) {
        loop(op.getLoop()).stage->gpu_blocks(loop(op.getLoop()).var);
      })
      .Case([&](GPUThreadsOp op) {
        loop(op.getLoop()).stage->gpu_threads(loop(op.getLoop()).var);
      })
      .Case([&](ComputeAtOp op) {
        Loop &at = loop(op.getLoop());
        func(op.getFunc()).compute_at(Halide::LoopLevel(at.func, at.var));
      })
      .Case([&](StoreAtOp op) {
        Loop &at = loop(op.getLoop());
        func(op.getFunc()).store_at(Halide::LoopLevel(at.func, at.var));
      })
      .Case([&](ComputeRootOp op) { func(op.getFunc()).compute_root(); })
      .Case([&](StoreInOp op) {
        func(op.getFunc()).store_in(toHalide(op.getMemory()));
      })
      .Case([&](BoundOp op) {
        Halide::Func target = func(op.getFunc());
        target.bound(target.args()[op.getDim()], int(op.getMin()),
                     int(op.getExtent()));
      })
      .Case([&](BoundExtentOp op) {
        Halide::Func target = func(op.getFunc());
        target.bound_extent(target.args()[op.getDim()], int(op.getExtent()));
      })
      .Case([&](AlignStorageOp op) {
        Halide::Func target = func(op.getFunc());
        target.align_storage(target.args()[op.getDim()],
                             int(op.getAlignment()));
      })
      .Case([&](ReorderStorageOp op) {
        Halide::Func target = func(op.getFunc());
        std::vector<Halide::Var> order;
        for (int64_t dim : op.getOrder())
          order.push_back(target.args()[dim]);
        target.reorder_storage(order);
      })
      .Case([&](AtomicOp op) {
        getStage(op.getFunc(), op.getUpdate())->atomic();
      })
      .Case([&](NeverPartitionOp op) {
        getStage(op.getFunc(), op.getUpdate())->never_partition_all();
      })
      .Case([&](RFactorOp op) {
        Loop &old = loop(op.getLoop());
        values.funcs[op.getPartial()] =
            old.stage->rfactor(old.var.rvar, Halide::Var(op.getVar().str()));
      })
      .Case([&](PrefetchOp op) {
        Loop &at = loop(op.getAt());
        at.stage->prefetch(values.params.lookup(op.getBuffer()), at.var,
                           loop(op.getFrom()).var, int(op.getOffset()));
      })
      .Case([&](SpecializeOp op) { specialize(op); })
      .Default([&](Operation *op) {
        Halide::Expr expr = values.translate(*op);
        if (!expr.defined())
          throw Halide::CompileError("not an expression of a schedule");
        values.exprs[op->getResult(0)] = expr;
      });
  return success();
}

LogicalResult ScheduleTranslator::translate(Block &block) {
  for (Operation &op : block) {
    if (failed(guard(op, [&] { return translate(op); })))
      return failure();
    if (auto nested = dyn_cast<SpecializeOp>(op)) {
      LogicalResult result = translate(nested.getBody().front());
      specialized.erase(
          {nested.getFunc().getAsOpaquePointer(), nested.getUpdate()});
      if (failed(result))
        return failure();
    }
  }
  return success();
}

LogicalResult llamir::translateSchedule(ScheduleOp schedule,
                                        ExprTranslator &translator) {
  return ScheduleTranslator(translator).translate(schedule.getBody().front());
}
