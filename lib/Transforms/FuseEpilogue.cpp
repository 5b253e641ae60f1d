//===- FuseEpilogue.cpp - What follows a projection or norm, in its kernel ===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fusion.h"
#include "llamir/Transforms/Passes.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/Statistic.h"

#define DEBUG_TYPE "llama-fuse-epilogue"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_LLAMAFUSEEPILOGUE
#include "llamir/Transforms/Passes.h.inc"
} // namespace llamir

ALWAYS_ENABLED_STATISTIC(numFused, "Ops that moved into an epilogue");
ALWAYS_ENABLED_STATISTIC(numDeclined,
                         "Projections and norms with several readers");

static constexpr llvm::StringLiteral passName = "fuse-epilogue";

/// What an op is called in a remark about those that follow it.
static StringRef getFirstName(Operation *op) {
  if (isa<LinearOp>(op))
    return "projection";
  return isa<NormOp>(op) ? "norm" : op->getName().stripDialect();
}

namespace {
struct FuseEpiloguePass
    : llamir::impl::LlamaFuseEpilogueBase<FuseEpiloguePass> {
  /// Whether an op can be computed where its operand is: each element of its
  /// only result from the same element, or behind a norm from the same head.
  static bool canFollow(Operation *first, Operation *op) {
    if (isElementwise(op))
      return true;
    // Rows that statistics are of are the heads, or have several of them.
    auto norm = dyn_cast<NormOp>(first);
    auto rope = dyn_cast<RopeOp>(op);
    return norm && rope &&
           (norm.getNumGroups() == 1 ||
            norm.getNumGroups() == int64_t(rope.getHeads()));
  }

  /// Whether a compiler may take the operands of two ops in another order,
  /// which rounds otherwise: a difference that the sum of a projection or a
  /// norm hides, but that alone is more than each op's rounding explains.
  static bool mayBeReordered(Operation *first, Operation *last,
                             Operation *user) {
    return !isa<LinearOp, NormOp>(first) && isa<AddOp, MulOp, ScaleOp>(last) &&
           isa<AddOp, MulOp, ScaleOp>(user);
  }

  /// The projection or norm, and the ops behind it that nothing else needs.
  static SmallVector<Operation *> findChain(Operation *first) {
    SmallVector<Operation *> chain = {first};
    while (true) {
      Operation *last = chain.back();
      if (!last->hasOneUse())
        return chain;
      Operation *user = *last->user_begin();
      if (!canFollow(first, user) || user->getBlock() != last->getBlock() ||
          mayBeReordered(first, last, user))
        return chain;
      chain.push_back(user);
    }
  }

  void fuse(IRRewriter &rewriter, SmallVector<Operation *> ops) {
    Operation *first = ops.front();
    if (ops.size() == 1) {
      bool isFollowed = llvm::any_of(first->getUsers(), [&](Operation *user) {
        return canFollow(first, user);
      });
      if (isFollowed && !first->hasOneUse()) {
        remarkDeclined(passName, first->getLoc(),
                       "no epilogue: what is computed is read by several ops");
        ++numDeclined;
      }
      return;
    }
    std::string name = getKernelName(ops);
    // Nothing else reads what is between them, so nothing stands in the way.
    [[maybe_unused]] LogicalResult adjacent = makeAdjacent(ops);
    assert(succeeded(adjacent));
    for (Operation *op : ArrayRef(ops).drop_front())
      remarkFused(passName, op->getLoc(), "{0} moved into the kernel of a {1}",
                  getPartName(op), getFirstName(first));
    numFused += ops.size() - 1;
    formKernel(rewriter, name, ops);
  }

  /// Whether a kernel may begin with an op: a projection or norm; with
  /// `elementwise`, what is computed element by element without one.
  static bool canBegin(Operation *op, bool elementwise) {
    if (!elementwise)
      return isa<LinearOp, NormOp>(op);
    return isa<SinusoidOp, EmbeddingOp>(op) || isElementwise(op);
  }

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    // What can follow a projection or norm does.
    for (bool elementwise : {false, true}) {
      SmallVector<Operation *> ops;
      for (ComputeOpInterface op :
           getHostOps<ComputeOpInterface>(getOperation()))
        ops.push_back(op);
      llvm::SmallPtrSet<Operation *, 16> fused;
      for (Operation *op : ops)
        if (!fused.contains(op) && canBegin(op, elementwise)) {
          SmallVector<Operation *> chain = findChain(op);
          fused.insert(chain.begin(), chain.end());
          fuse(rewriter, std::move(chain));
        }
    }
  }
};
} // namespace
