//===- ExtractProducts.cpp - Products that a library computes -------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/llama/LlamaDialect.h"
#include "llamir/Support/TargetInfo.h"
#include "llamir/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/Statistic.h"

#define DEBUG_TYPE "llama-extract-products"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_LLAMAEXTRACTPRODUCTS
#include "llamir/Transforms/Passes.h.inc"
} // namespace llamir

ALWAYS_ENABLED_STATISTIC(numExtracted, "Products that a library may compute");

/// The product that a kernel begins with, if a library can compute it.
static LinearOp findProduct(func::FuncOp kernel) {
  auto product = dyn_cast<LinearOp>(kernel.front().front());
  if (!product || product.getBias() || kernel.getNumArguments() < 2 ||
      product.getX() != kernel.getArgument(0) ||
      product.getWeight() != kernel.getArgument(1) ||
      !kernel.getArgument(0).hasOneUse() || !kernel.getArgument(1).hasOneUse())
    return {};
  RankedTensorType x = product.getX().getType(),
                   weight = product.getWeight().getType(),
                   result = product.getResult().getType();
  PanelsAttr panels = getPanels(weight);
  // Rows of a weight that end within a step have zeros behind them.
  bool liesInRows = panels && panels.getWidth() == 1 &&
                    x.getDimSize(1) % panels.getInterleave() == 0;
  if (!liesInRows || x.getElementType() != weight.getElementType() ||
      result.getElementType() != x.getElementType())
    return {};
  return product;
}

/// Whether the product is all that a kernel computes.
static bool isAll(LinearOp product, func::FuncOp kernel) {
  return product->getNextNode() == kernel.front().getTerminator() &&
         kernel.getNumResults() == 1 && kernel.getNumArguments() == 2;
}

/// The kernel of the ops behind a product.
static func::FuncOp makeRest(LinearOp product, func::FuncOp kernel) {
  OpBuilder builder(kernel.getContext());
  SmallVector<Type> inputs(kernel.getArgumentTypes());
  inputs.erase(inputs.begin());
  inputs.front() = product.getResult().getType();
  auto rest = func::FuncOp::create(
      builder, kernel.getLoc(), kernel.getSymName().str() + "_rest",
      builder.getFunctionType(inputs, kernel.getResultTypes()));
  rest.setPrivate();
  rest->setAttr(LlamaDialect::kernelAttrName, builder.getUnitAttr());
  Block *block = rest.addEntryBlock();
  IRMapping mapping;
  mapping.map(product.getResult(), block->getArgument(0));
  for (auto [argument, copy] :
       llvm::zip_equal(kernel.getArguments().drop_front(2),
                       block->getArguments().drop_front(1)))
    mapping.map(argument, copy);
  builder.setInsertionPointToEnd(block);
  for (Operation *op = product->getNextNode(); op; op = op->getNextNode())
    builder.clone(*op, mapping);
  return rest;
}

namespace {
struct ExtractProductsPass
    : llamir::impl::LlamaExtractProductsBase<ExtractProductsPass> {
  using LlamaExtractProductsBase::LlamaExtractProductsBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<TargetInfo> info = getTarget(target, module);
    if (failed(info))
      return signalPassFailure();
    if (!info->isCuda())
      return;
    SymbolTable symbols(module);
    for (auto kernel :
         llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
      if (!isKernelFunction(kernel) || kernel.isDeclaration() ||
          kernel->hasAttr(LlamaDialect::productAttrName))
        continue;
      LinearOp product = findProduct(kernel);
      if (!product)
        continue;
      Attribute rest = UnitAttr::get(&getContext());
      if (!isAll(product, kernel)) {
        func::FuncOp made = makeRest(product, kernel);
        symbols.insert(made, std::next(kernel->getIterator()));
        rest = FlatSymbolRefAttr::get(made.getSymNameAttr());
      }
      kernel->setAttr(LlamaDialect::productAttrName, rest);
      ++numExtracted;
    }
  }
};
} // namespace
