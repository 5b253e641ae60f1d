//===- JoinProjections.cpp - Projections of one input as one --------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fusion.h"
#include "llamir/Transforms/Passes.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/Statistic.h"

#define DEBUG_TYPE "llama-join-projections"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_LLAMAJOINPROJECTIONS
#include "llamir/Transforms/Passes.h.inc"
} // namespace llamir

ALWAYS_ENABLED_STATISTIC(numJoined, "Projections joined with another");

static constexpr llvm::StringLiteral passName = "join-projections";

namespace {
struct JoinProjectionsPass
    : llamir::impl::LlamaJoinProjectionsBase<JoinProjectionsPass> {
  /// Whether a projection stays by itself: what reads it becomes its epilogue,
  /// its parts are split off already, or it leaves the function.
  static bool staysAlone(LinearOp linear) {
    return llvm::any_of(linear->getUsers(), [](Operation *user) {
      auto compute = dyn_cast<ComputeOpInterface>(user);
      return !compute || compute.getReach() <= Reach::Head;
    });
  }

  /// Joins projections for which `whyNotJoin` has no reason. Fails when one of
  /// them depends on another.
  static LogicalResult join(IRRewriter &rewriter, ArrayRef<LinearOp> linears) {
    SmallVector<Operation *> ops(linears.begin(), linears.end());
    if (failed(makeAdjacent(ops)))
      return failure();
    SmallVector<LinearOp> ordered = llvm::map_to_vector(
        ops, [](Operation *op) { return cast<LinearOp>(op); });
    rewriter.setInsertionPoint(ops.front());
    joinAndSplit(rewriter, ordered);
    return success();
  }

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    // By input and block, in the order of the function.
    llvm::MapVector<std::pair<Value, Block *>, SmallVector<LinearOp>> groups;
    for (LinearOp linear : getHostOps<LinearOp>(getOperation()))
      if (!staysAlone(linear))
        groups[{linear.getX(), linear->getBlock()}].push_back(linear);
    for (auto &[key, linears] : groups) {
      if (linears.size() < 2)
        continue;
      std::string reason = whyNotJoin(linears);
      SmallVector<Location> locations = llvm::map_to_vector(
          linears, [](LinearOp linear) { return linear.getLoc(); });
      if (reason.empty() && failed(join(rewriter, linears)))
        reason = "one of them depends on another";
      for (Location loc : locations) {
        if (reason.empty())
          remarkFused(passName, loc, "one of {0} projections joined",
                      locations.size());
        else
          remarkDeclined(passName, loc,
                         "projections of one input not joined: {0}", reason);
      }
      if (reason.empty())
        numJoined += locations.size();
    }
  }
};
} // namespace
