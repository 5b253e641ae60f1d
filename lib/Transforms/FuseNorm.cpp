//===- FuseNorm.cpp - Residual add and norm in one kernel -----------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fusion.h"
#include "llamir/Transforms/Passes.h"
#include "llvm/ADT/Statistic.h"

#define DEBUG_TYPE "llama-fuse-norm"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_LLAMAFUSENORM
#include "llamir/Transforms/Passes.h.inc"
} // namespace llamir

ALWAYS_ENABLED_STATISTIC(numFused, "Norms that share a kernel with their add");
ALWAYS_ENABLED_STATISTIC(numDeclined, "Norms left alone");

namespace {
struct FuseNormPass : llamir::impl::LlamaFuseNormBase<FuseNormPass> {
  static constexpr llvm::StringLiteral name = "fuse-norm";

  using LlamaFuseNormBase::LlamaFuseNormBase;

  /// Whether `add` can be computed behind a projection or norm, and `norm`
  /// before the products of the projection that reads it.
  static bool isBetweenKernels(NormOp norm, AddOp add) {
    if (!norm->hasOneUse())
      return false;
    OpOperand &use = *norm->use_begin();
    return getProjectedRows(use.getOwner()) == &use &&
           llvm::any_of(add->getOperands(), [&](Value operand) {
             Operation *op = operand.getDefiningOp();
             return op && op->hasOneUse() &&
                    op->getBlock() == add->getBlock() &&
                    (isa<LinearOp, NormOp>(op) || isElementwise(op));
           });
  }

  /// Why `norm` is not fused, or an empty string when its input is `add` and
  /// they can share a kernel.
  std::string whyNot(NormOp norm, AddOp add) {
    if (!add)
      return "its input is not a residual add";
    if (add->getBlock() != norm->getBlock())
      return "the add stands in another block";
    if (leavePrologues && isBetweenKernels(norm, add))
      return "it belongs to the projection that reads it, as the add to what "
             "it reads";
    for (Operation *user : add->getUsers()) {
      auto other = dyn_cast<NormOp>(user);
      if (!other || other == norm || other->getBlock() != norm->getBlock())
        continue;
      if (other.getEps() != norm.getEps())
        return "another norm of the same sum has a different epsilon";
      if (other->getOperands() != norm->getOperands())
        return "another norm of the same sum has a different gain or bias";
      if (other->getAttrDictionary() != norm->getAttrDictionary())
        return "another norm of the same sum has other statistics";
    }
    return "";
  }

  /// Replaces the other norms of the same sum, which `whyNot` found to be
  /// equal, and adds them to `merged`.
  static void mergeEqual(IRRewriter &rewriter, NormOp norm, AddOp add,
                         llvm::SmallPtrSetImpl<Operation *> &merged) {
    for (Operation *user : llvm::make_early_inc_range(add->getUsers())) {
      auto other = dyn_cast<NormOp>(user);
      if (!other || other == norm || other->getBlock() != norm->getBlock())
        continue;
      remarkFused(name, other.getLoc(),
                  "norm is the same as another of the same sum");
      if (other->isBeforeInBlock(norm))
        norm->moveBefore(other);
      rewriter.replaceOp(other, norm.getResult());
      merged.insert(other);
    }
  }

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    llvm::SmallPtrSet<Operation *, 8> merged;
    for (NormOp norm : getHostOps<NormOp>(getOperation())) {
      if (merged.contains(norm))
        continue;
      auto add = norm.getX().getDefiningOp<AddOp>();
      std::string reason = whyNot(norm, add);
      if (!reason.empty()) {
        remarkDeclined(name, norm.getLoc(), "norm not fused: {0}", reason);
        ++numDeclined;
        continue;
      }
      mergeEqual(rewriter, norm, add, merged);
      SmallVector<Operation *> ops = {add, norm};
      if (failed(makeAdjacent(ops))) {
        remarkDeclined(name, norm.getLoc(),
                       "norm not fused: its gain or bias depends on the sum");
        ++numDeclined;
        continue;
      }
      remarkFused(name, norm.getLoc(),
                  "norm shares a kernel with the add of its input");
      formKernel(rewriter, "add_norm", ops);
      ++numFused;
    }
  }
};
} // namespace
