//===- FormKernels.cpp - A kernel for every op left alone -----------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fusion.h"
#include "llamir/Transforms/Passes.h"
#include "llvm/ADT/Statistic.h"

#define DEBUG_TYPE "llama-form-kernels"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_LLAMAFORMKERNELS
#include "llamir/Transforms/Passes.h.inc"
} // namespace llamir

ALWAYS_ENABLED_STATISTIC(numFormed, "Kernels made of one op");

namespace {
struct FormKernelsPass : llamir::impl::LlamaFormKernelsBase<FormKernelsPass> {
  /// Joins of the model's weights are done at compile time, and a split between
  /// kernels moves nothing.
  static bool staysOutside(Operation *op) {
    if (isa<JoinOp>(op))
      return llvm::all_of(op->getOperands(), [](Value part) {
        Operation *def = part.getDefiningOp();
        return isa_and_nonnull<GetWeightOp, ZerosOp>(def) ||
               (isa_and_nonnull<JoinOp>(def) && staysOutside(def));
      });
    if (isa<SplitOp>(op))
      return llvm::none_of(op->getUsers(), [](Operation *user) {
        return user->hasTrait<OpTrait::IsTerminator>();
      });
    return false;
  }

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    for (Operation *op : getHostOps<ComputeOpInterface>(getOperation())) {
      if (staysOutside(op))
        continue;
      formKernel(rewriter, op->getName().stripDialect(), op);
      ++numFormed;
    }
  }
};
} // namespace
