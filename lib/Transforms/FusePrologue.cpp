//===- FusePrologue.cpp - What only a projection reads, in its kernel -----===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fusion.h"
#include "llamir/Transforms/Passes.h"
#include "llvm/ADT/Statistic.h"

#define DEBUG_TYPE "llama-fuse-prologue"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_LLAMAFUSEPROLOGUE
#include "llamir/Transforms/Passes.h.inc"
} // namespace llamir

ALWAYS_ENABLED_STATISTIC(numFused, "Ops and kernels that moved in front of a "
                                   "projection");
ALWAYS_ENABLED_STATISTIC(numDeclined, "Norms before a projection left alone");

static constexpr llvm::StringLiteral passName = "fuse-prologue";

/// The ops that a kernel has, or the op itself.
static SmallVector<Operation *> getComputeOps(Operation *op) {
  SmallVector<Operation *> ops;
  if (auto kernel = dyn_cast<KernelOp>(op))
    for (Operation &part : kernel.getBody().front().without_terminator())
      ops.push_back(&part);
  else
    ops.push_back(op);
  return ops;
}

static bool hasNorm(Operation *op) {
  return llvm::any_of(getComputeOps(op), llvm::IsaPred<NormOp>);
}

/// Why an op or kernel cannot be computed before the products of `projection`,
/// which reads it, or an empty string.
static StringRef whyNot(Operation *op, Operation *projection) {
  for (Operation *part : getComputeOps(op)) {
    auto norm = dyn_cast<NormOp>(part);
    if (!norm && !isElementwise(part))
      return "it is no norm and not computed element by element";
    if (norm && !norm.isOfWholeRows())
      return "its statistics are not those of whole rows";
    if (norm && hasNorm(projection))
      return "the projection's kernel has a norm already";
  }
  if (op->getNumResults() != 1 || !op->hasOneUse())
    return "it has other readers";
  return op->getBlock() == projection->getBlock()
             ? ""
             : "the projection stands in another block";
}

namespace {
struct FusePrologue : llamir::impl::LlamaFusePrologueBase<FusePrologue> {
  /// The ops and kernels to compute before the products: what `rows` is, and,
  /// unless that is a norm, what this alone reads.
  static SmallVector<Operation *> findOps(Operation *projection, Value rows) {
    SmallVector<Operation *> ops;
    SmallVector<Value> open = {rows};
    while (!open.empty()) {
      Operation *op = open.pop_back_val().getDefiningOp();
      if (!op || !whyNot(op, projection).empty() ||
          (!ops.empty() && hasNorm(op)))
        continue;
      ops.push_back(op);
      if (!hasNorm(op))
        llvm::append_range(open, op->getOperands());
    }
    return ops;
  }

  void fuse(IRRewriter &rewriter, Operation *projection, Value rows) {
    SmallVector<Operation *> ops = findOps(projection, rows);
    Operation *first = rows.getDefiningOp();
    if (ops.empty()) {
      if (first && hasNorm(first)) {
        remarkDeclined(passName, first->getLoc(),
                       "norm not moved in front of its projection: {0}",
                       whyNot(first, projection));
        ++numDeclined;
      }
      return;
    }
    for (Operation *op : ops)
      remarkFused(passName, op->getLoc(), "{0} moved in front of a projection",
                  getPartName(op));
    numFused += ops.size();
    ops.push_back(projection);
    // Nothing else reads what is between them, so nothing stands in the way.
    [[maybe_unused]] LogicalResult adjacent = makeAdjacent(ops);
    assert(succeeded(adjacent));
    formKernel(rewriter, getKernelName(ops), ops);
  }

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    // Kernels without a projection may be gone when their turn comes.
    SmallVector<Operation *> projections;
    auto collect = [&](Operation *op) {
      if (getProjectedRows(op))
        projections.push_back(op);
    };
    llvm::for_each(getHostOps<LinearOp>(getOperation()), collect);
    llvm::for_each(getHostOps<KernelOp>(getOperation()), collect);
    for (Operation *op : projections)
      fuse(rewriter, op, getProjectedRows(op)->get());
  }
};
} // namespace
