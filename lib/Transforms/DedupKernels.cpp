//===- DedupKernels.cpp - Merge kernels that are the same -----------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Transforms/Passes.h"
#include "mlir/IR/OperationSupport.h"
#include "llvm/ADT/Statistic.h"

#define DEBUG_TYPE "llama-dedup-kernels"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_LLAMADEDUPKERNELS
#include "llamir/Transforms/Passes.h.inc"
} // namespace llamir

ALWAYS_ENABLED_STATISTIC(numMerged, "Kernels replaced by an equal one");

/// Equal for kernels that are the same up to names and locations.
static llvm::hash_code hashKernel(func::FuncOp kernel) {
  llvm::hash_code hash = hash_value(kernel.getFunctionType());
  for (Operation &op : kernel.front())
    hash =
        llvm::hash_combine(hash, OperationEquivalence::computeHash(
                                     &op, OperationEquivalence::ignoreHashValue,
                                     OperationEquivalence::ignoreHashValue,
                                     OperationEquivalence::IgnoreLocations));
  return hash;
}

static bool areEqual(func::FuncOp a, func::FuncOp b) {
  return a.getFunctionType() == b.getFunctionType() &&
         a.getArgAttrsAttr() == b.getArgAttrsAttr() &&
         a.getResAttrsAttr() == b.getResAttrsAttr() &&
         a->getDiscardableAttrDictionary() ==
             b->getDiscardableAttrDictionary() &&
         OperationEquivalence::isRegionEquivalentTo(
             &a.getBody(), &b.getBody(), OperationEquivalence::IgnoreLocations);
}

namespace {
struct DedupKernelsPass
    : llamir::impl::LlamaDedupKernelsBase<DedupKernelsPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTableCollection symbols;
    SymbolUserMap users(symbols, module);
    DenseMap<size_t, SmallVector<func::FuncOp>> kept;
    for (auto kernel :
         llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
      if (!isKernelFunction(kernel) || kernel.isDeclaration())
        continue;
      SmallVector<func::FuncOp> &bucket = kept[hashKernel(kernel)];
      auto *equal = llvm::find_if(
          bucket, [&](func::FuncOp other) { return areEqual(other, kernel); });
      // Who uses a public kernel is not known.
      if (equal == bucket.end() || kernel.isPublic()) {
        bucket.push_back(kernel);
        continue;
      }
      users.replaceAllUsesWith(kernel, equal->getSymNameAttr());
      kernel.erase();
      ++numMerged;
    }
  }
};
} // namespace
