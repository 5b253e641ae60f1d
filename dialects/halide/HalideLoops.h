//===- HalideLoops.h - The loops that a schedule makes ----------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_DIALECTS_HALIDE_HALIDELOOPS_H
#define LLAMIR_DIALECTS_HALIDE_HALIDELOOPS_H

#include "dialects/halide/HalideDialect.h"
#include <memory>

namespace llamir::halide {

/// Number of updates of a func.
int64_t countUpdates(mlir::Value func);
/// The `index`th update of a func, unless `halide.rfactor` made it.
UpdateOp getUpdate(mlir::Value func, int64_t index);

/// The indices that an update computes; none where it writes to each value.
mlir::ValueRange getIndices(UpdateOp update);

struct Stage;

/// A loop of a stage.
struct Loop {
  Stage *stage = nullptr;
  bool isReduction = false;
  /// The steps that it has, where the schedule says so.
  std::optional<int64_t> extent = {};
  /// The directive that says how it runs; null where it runs step after step.
  mlir::Operation *mapping = nullptr;
  /// Whether that was said of a loop that it comes from.
  bool isInherited = false;
  /// The directive that put others in its place.
  mlir::Operation *replacedBy = nullptr;

  bool isBlocks() const { return llvm::isa_and_nonnull<GPUBlocksOp>(mapping); }
  bool isThreads() const {
    return llvm::isa_and_nonnull<GPUThreadsOp>(mapping);
  }
  bool isLanes() const { return llvm::isa_and_nonnull<GPULanesOp>(mapping); }
};

/// The loops of a func's pure definition or of one of its updates, or those of
/// a specialized version of it.
struct Stage {
  mlir::Value func;
  std::optional<int64_t> update;
  /// Null for the general version.
  SpecializeOp version;
  /// What `halide.loops` gives, and the loops as they are now, the innermost
  /// first.
  llvm::SmallVector<Loop *> named, order;
  /// Whether steps of a reduction may run side by side.
  bool isAtomic = false;
};

/// Follows the loops of a schedule, as libHalide applies the directives.
class ScheduleLoops {
public:
  explicit ScheduleLoops(ScheduleOp schedule);

  /// Applies one directive, without those of its region. What it does with
  /// loops must be valid.
  void apply(mlir::Operation &op);
  void applyAll(mlir::Block &block);

  /// The loop that a value stands for, null if it stands for none.
  Loop *lookup(mlir::Value value) const { return loops.lookup(value); }
  /// The stage, or the version of it that `at` is in the region of.
  Stage &getStage(mlir::Operation *at, mlir::Value func,
                  std::optional<int64_t> update);
  llvm::ArrayRef<std::unique_ptr<Stage>> getStages() const { return stages; }

  /// The last directive of each func about where it is computed
  /// (`halide.compute_at` or `halide.compute_root`) and stored, and in what.
  using Directives = llvm::MapVector<mlir::Value, mlir::Operation *>;
  Directives computed, stored, memories;

  /// The extent of a func's dimension, where the schedule says so.
  std::optional<int64_t> getExtent(mlir::Value func, int64_t dim) const;

  /// The loop that a func is computed at; null if it is computed at none.
  Loop *getPlace(mlir::Value func) const;
  /// The innermost loop of some kind that a loop is or lies in, be it one of
  /// another stage that the func is computed at; null if there is none, nothing
  /// where it cannot be known.
  std::optional<const Loop *>
  findAround(const Loop *loop,
             llvm::function_ref<bool(const Loop &)> isWanted) const;
  /// The same for loops of blocks.
  std::optional<const Loop *> findBlocks(const Loop *loop) const {
    return findAround(loop, [](const Loop &outer) { return outer.isBlocks(); });
  }

private:
  Stage &addStage(mlir::Value func, std::optional<int64_t> update,
                  SpecializeOp version);
  Loop *addLoop(Stage &stage, bool isReduction, std::optional<int64_t> extent);
  Loop *copyLoop(const Loop &loop, Stage &stage);
  void addPureLoops(Stage &stage, UpdateOp update);
  Stage *findStage(mlir::Value func, std::optional<int64_t> update,
                   SpecializeOp version);
  Stage &getVersion(SpecializeOp op);
  void inherit(Stage &version, const Stage &general);

  void apply(LoopsOp op);
  void apply(SplitOp op);
  void apply(FuseOp op);
  void apply(ReorderOp op);
  void apply(RFactorOp op);
  void map(mlir::Operation &op);

  llvm::DenseMap<mlir::Value, Loop *> loops;
  llvm::SmallVector<std::unique_ptr<Stage>> stages;
  llvm::SmallVector<std::unique_ptr<Loop>> allLoops;
  /// Extents of dimensions of funcs.
  llvm::DenseMap<std::pair<mlir::Value, int64_t>, int64_t> extents;
};

/// Checks what a schedule says of blocks, threads and lanes of a GPU and of
/// their memories, as far as it does not depend on the target.
llvm::LogicalResult verifyGPULoops(const ScheduleLoops &loops);

} // namespace llamir::halide

#endif // LLAMIR_DIALECTS_HALIDE_HALIDELOOPS_H
