//===- AnnotateSizes.cpp - Name the sizes of host functions ---------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/llama/LlamaDialect.h"
#include "llamir/Conversion/HostToLLVM/Passes.h"
#include "llamir/Conversion/HostToLLVM/SizeAnalysis.h"

using namespace mlir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_LLAMAANNOTATESIZES
#include "llamir/Conversion/HostToLLVM/Passes.h.inc"
} // namespace llamir

using namespace llamir;

namespace {
class AnnotateSizes
    : public llamir::impl::LlamaAnnotateSizesBase<AnnotateSizes> {
public:
  void runOnOperation() override {
    SymbolTableCollection symbols;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (isHostFunction(function) &&
          (failed(annotateSizes(function, symbols)) ||
           failed(annotateLimits(function, symbols))))
        return signalPassFailure();
  }

private:
  LogicalResult annotateSizes(func::FuncOp function,
                              SymbolTableCollection &symbols);
  LogicalResult annotateLimits(func::FuncOp function,
                               SymbolTableCollection &symbols);
};
} // namespace

static ArrayAttr getNames(MLIRContext *context, ArrayRef<StringAttr> names) {
  return ArrayAttr::get(context,
                        SmallVector<Attribute>(names.begin(), names.end()));
}

LogicalResult AnnotateSizes::annotateSizes(func::FuncOp function,
                                           SymbolTableCollection &symbols) {
  FailureOr<HostSizes> sizes = inferHostSizes(function, symbols);
  if (failed(sizes))
    return failure();
  for (BlockArgument argument : function.getArguments())
    if (ArrayRef<StringAttr> names = sizes->dims[argument]; !names.empty())
      function.setArgAttr(argument.getArgNumber(), LlamaDialect::dimsAttrName,
                          getNames(&getContext(), names));
  function.walk([&](LaunchOp launch) {
    SmallVector<Attribute> results;
    bool dynamic = false;
    for (Value result : launch.getResults()) {
      ArrayRef<StringAttr> names = sizes->dims[result];
      dynamic |= !names.empty();
      results.push_back(getNames(&getContext(), names));
    }
    if (dynamic)
      launch->setAttr(LlamaDialect::dimsAttrName,
                      ArrayAttr::get(&getContext(), results));
  });
  return success();
}

/// Lowers `limit` to what the ops that use `indices` as such demand.
static void addLimits(Value indices, std::optional<int64_t> &limit) {
  for (OpOperand &use : indices.getUses())
    if (auto op = dyn_cast<ComputeOpInterface>(use.getOwner()))
      if (std::optional<int64_t> own = op.getIndexLimit(use.getOperandNumber()))
        limit = std::min(limit.value_or(*own), *own);
}

LogicalResult AnnotateSizes::annotateLimits(func::FuncOp function,
                                            SymbolTableCollection &symbols) {
  SmallVector<std::optional<int64_t>> limits(function.getNumArguments());
  for (BlockArgument argument : function.getArguments())
    addLimits(argument, limits[argument.getArgNumber()]);

  for (auto launch : function.getOps<LaunchOp>()) {
    auto kernel = symbols.lookupNearestSymbolFrom<func::FuncOp>(
        launch, launch.getKernelAttr());
    for (auto [inside, outside] :
         llvm::zip_equal(kernel.getArguments(), launch.getOperands())) {
      std::optional<int64_t> limit;
      addLimits(inside, limit);
      if (!limit)
        continue;
      // Indices are checked before anything runs, so no kernel may make them.
      auto argument = dyn_cast<BlockArgument>(outside);
      if (!argument)
        return launch.emitOpError()
               << "the ids of an embedding must be an argument of the function";
      std::optional<int64_t> &known = limits[argument.getArgNumber()];
      known = std::min(known.value_or(*limit), *limit);
    }
  }

  Builder builder(&getContext());
  for (auto [index, limit] : llvm::enumerate(limits))
    if (limit)
      function.setArgAttr(index, LlamaDialect::indexLimitAttrName,
                          builder.getI64IntegerAttr(*limit));
  return success();
}
