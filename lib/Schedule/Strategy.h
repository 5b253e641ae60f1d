//===- Strategy.h - What schedules a kind of kernel -------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A strategy declares the funcs that it expects, by their roles. They are
// checked before it runs, so that it reads no func of another kind: a pipeline
// may have been edited by hand.
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_SCHEDULE_STRATEGY_H
#define LLAMIR_LIB_SCHEDULE_STRATEGY_H

#include "ScheduleBuilder.h"

namespace llamir {

/// Why a strategy cannot schedule a pipeline.
struct Mismatch {
  std::string reason;
  /// Whether the pipeline is not what the compiler makes of a kernel of its
  /// kind: someone has changed it.
  bool isDamaged = false;
};

/// The funcs with a role.
struct FuncRequirement {
  enum Count { One, AtLeastOne, AtMostOne, Any };
  /// Of whatever rank, or with whatever updates.
  static constexpr int64_t any = -1;

  llvm::StringLiteral role;
  Count count;
  int64_t rank;
  /// Reduction variables of the one update that each has; 0 for no update.
  int64_t reductions;
};

/// How a kind of kernel is scheduled.
struct Strategy {
  llvm::StringLiteral kind; // As `llama.kind` has it.
  /// The roles of its funcs; a pipeline with others is none for it.
  llvm::ArrayRef<FuncRequirement> funcs;
  /// Prefixes of roles: the funcs of `groupFuncs` with a prefix are there as a
  /// whole or not at all, and of one prefix at least.
  llvm::ArrayRef<llvm::StringLiteral> prefixes;
  llvm::ArrayRef<FuncRequirement> groupFuncs;
  /// Writes the schedule of a pipeline with those funcs, or nothing and says
  /// why.
  std::optional<Mismatch> (*schedule)(ScheduleBuilder &schedule);
};

extern const Strategy linearStrategy, normStrategy, attentionStrategy,
    elementwiseStrategy;

/// Compares a pipeline with what a strategy expects; nothing when it fits.
std::optional<Mismatch> findMismatch(halide::PipelineOp pipeline,
                                     const Strategy &strategy);

} // namespace llamir

#endif // LLAMIR_LIB_SCHEDULE_STRATEGY_H
