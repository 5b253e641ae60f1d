//===- FuseEpilogue.cpp - What follows a projection or norm, in its kernel ===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fusion.h"
#include "llamir/Transforms/Passes.h"
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

/// What an op is called in the name of a kernel.
static StringRef getPartName(Operation *op) {
  if (auto activation = dyn_cast<ActivationOp>(op))
    return stringifyActivationKind(activation.getKind());
  return op->getName().stripDialect();
}

namespace {
struct FuseEpiloguePass
    : llamir::impl::LlamaFuseEpilogueBase<FuseEpiloguePass> {
  /// Whether an op can be computed where its operand is: each element of its
  /// only result from the same element, or behind a norm from the same head.
  static bool canFollow(Operation *first, Operation *op) {
    auto compute = dyn_cast<ComputeOpInterface>(op);
    if (!compute || op->getNumResults() != 1 || isa<SplitOp>(op))
      return false;
    if (compute.getReach() == Reach::Element)
      return true;
    // Rows that statistics are of are the heads, or have several of them.
    auto norm = dyn_cast<NormOp>(first);
    auto rope = dyn_cast<RopeOp>(op);
    return norm && rope &&
           (norm.getNumGroups() == 1 ||
            norm.getNumGroups() == int64_t(rope.getHeads()));
  }

  /// The projection or norm, and the ops behind it that nothing else needs.
  static SmallVector<Operation *> findChain(Operation *first) {
    SmallVector<Operation *> chain = {first};
    while (true) {
      Operation *last = chain.back();
      if (!last->hasOneUse())
        return chain;
      Operation *user = *last->user_begin();
      if (!canFollow(first, user) || user->getBlock() != last->getBlock())
        return chain;
      chain.push_back(user);
    }
  }

  void fuse(IRRewriter &rewriter, Operation *first) {
    SmallVector<Operation *> ops = findChain(first);
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
    std::string name;
    for (Operation *op : ops)
      name += (name.empty() ? "" : "_") + getPartName(op).str();
    // Nothing else reads what is between them, so nothing stands in the way.
    [[maybe_unused]] LogicalResult adjacent = makeAdjacent(ops);
    assert(succeeded(adjacent));
    for (Operation *op : ArrayRef(ops).drop_front())
      remarkFused(passName, op->getLoc(), "{0} moved into the kernel of a {1}",
                  getPartName(op), isa<NormOp>(first) ? "norm" : "projection");
    numFused += ops.size() - 1;
    formKernel(rewriter, name, ops);
  }

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<Operation *> firsts;
    for (Operation *op : getHostOps<ComputeOpInterface>(getOperation()))
      if (isa<LinearOp, NormOp>(op))
        firsts.push_back(op);
    for (Operation *first : firsts)
      fuse(rewriter, first);
  }
};
} // namespace
