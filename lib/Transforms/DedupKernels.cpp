//===- DedupKernels.cpp - Merge kernels that are the same -----------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Transforms/Passes.h"
#include "mlir/IR/OperationSupport.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_LLAMADEDUPKERNELS
#include "llamir/Transforms/Passes.h.inc"
} // namespace llamir

/// Equal for kernels that are the same up to locations and names of values.
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
         OperationEquivalence::isRegionEquivalentTo(
             &a.getBody(), &b.getBody(), OperationEquivalence::IgnoreLocations);
}

namespace {
struct DedupKernelsPass
    : llamir::impl::LlamaDedupKernelsBase<DedupKernelsPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    DenseMap<size_t, SmallVector<func::FuncOp>> kept;
    DenseMap<StringAttr, StringAttr> replacements;
    SmallVector<func::FuncOp> merged;
    for (auto function : module.getOps<func::FuncOp>()) {
      if (!isKernelFunction(function))
        continue;
      SmallVector<func::FuncOp> &bucket = kept[hashKernel(function)];
      auto *equal = llvm::find_if(bucket, [&](func::FuncOp other) {
        return areEqual(other, function);
      });
      if (equal == bucket.end()) {
        bucket.push_back(function);
        continue;
      }
      replacements[function.getSymNameAttr()] = equal->getSymNameAttr();
      merged.push_back(function);
    }
    module.walk([&](LaunchOp launch) {
      if (StringAttr name =
              replacements.lookup(launch.getKernelAttr().getAttr()))
        launch.setKernelAttr(FlatSymbolRefAttr::get(name));
    });
    for (func::FuncOp function : merged)
      function.erase();
    numMerged += merged.size();
  }
};
} // namespace
