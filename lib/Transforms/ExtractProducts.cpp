//===- ExtractProducts.cpp - Products that a library computes -------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fusion.h"
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

namespace {
/// A kernel cut at its product: what comes before it reads the arguments before
/// the weight, what comes behind it those behind weight and bias.
struct CutKernel {
  func::FuncOp kernel;
  LinearOp product; // Null when a library cannot compute it.
  unsigned weight = 0;

  unsigned getFirstOfRest() { return weight + (product.getBias() ? 2 : 1); }
  /// Without, the rows are the one argument before the weight.
  bool hasBefore() { return product != &kernel.front().front(); }
  bool hasRest() {
    return product->getNextNode() != kernel.front().getTerminator() ||
           kernel.getNumResults() != 1 ||
           kernel.getNumArguments() != getFirstOfRest();
  }
};
} // namespace

/// Whether a library multiplies these types, as they lie in memory.
static bool hasLibraryTypes(LinearOp product) {
  RankedTensorType x = product.getX().getType(),
                   weight = product.getWeight().getType(),
                   result = product.getResult().getType();
  PanelsAttr panels = getPanels(weight);
  // Rows of a weight that end within a step have zeros behind them.
  bool liesInRows = panels && panels.getWidth() == 1 &&
                    x.getDimSize(1) % panels.getInterleave() == 0;
  Value bias = product.getBias();
  return liesInRows && x.getElementType() == weight.getElementType() &&
         result.getElementType() == x.getElementType() &&
         (!bias || cast<RankedTensorType>(bias.getType()).getElementType() ==
                       x.getElementType());
}

/// Whether an op gives rows that lie as those that it reads, of as many: a norm
/// of whole rows, or what is computed element by element.
static bool isRowByRow(Operation *op) {
  auto norm = dyn_cast<NormOp>(op);
  return norm ? norm.isOfWholeRows() : isElementwise(op);
}

/// Whether the ops before `product` read arguments before its weight only, of
/// which the first has the rows, and nothing else reads these or what the ops
/// compute; and nothing but the product its weight and its bias, the argument
/// behind it.
static bool isCutBy(LinearOp product) {
  Block *block = product->getBlock();
  auto weight = dyn_cast<BlockArgument>(product.getWeight());
  if (!weight || weight.getArgNumber() == 0 || !weight.hasOneUse())
    return false;
  auto bias = dyn_cast_or_null<BlockArgument>(product.getBias());
  if (product.getBias() &&
      (!bias || bias.getArgNumber() != weight.getArgNumber() + 1 ||
       !bias.hasOneUse()))
    return false;
  auto isBefore = [&](Operation *op) {
    return op == product || op->isBeforeInBlock(product);
  };
  for (BlockArgument argument : block->getArguments())
    for (Operation *user : argument.getUsers())
      if (argument != weight && argument != bias &&
          isBefore(user) != (argument.getArgNumber() < weight.getArgNumber()))
        return false;
  auto before = llvm::make_range(block->begin(), product->getIterator());
  if (before.empty())
    return weight.getArgNumber() == 1 &&
           product.getX() == block->getArgument(0);
  // Each gives rows of its own shape, and all lead to the product: then all
  // arguments with rows have as many as it reads.
  for (Operation &op : before) {
    if (!isRowByRow(&op) || op.use_empty())
      return false;
    for (Operation *user : op.getUsers())
      if (!isBefore(user))
        return false;
  }
  for (BlockArgument argument :
       block->getArguments().take_front(weight.getArgNumber()))
    if (argument.use_empty())
      return false;
  auto rows = dyn_cast<RankedTensorType>(block->getArgument(0).getType());
  return rows && rows.getRank() == 2;
}

static CutKernel cutAtProduct(func::FuncOp kernel) {
  CutKernel cut = {kernel, {}};
  auto products = kernel.front().getOps<LinearOp>();
  if (!llvm::hasSingleElement(products))
    return cut;
  LinearOp product = *products.begin();
  if (!product.getX().hasOneUse() || !hasLibraryTypes(product) ||
      !isCutBy(product))
    return cut;
  cut.product = product;
  cut.weight = cast<BlockArgument>(product.getWeight()).getArgNumber();
  return cut;
}

/// A kernel of some ops of another one, whose operands are mapped to arguments
/// of these types in their order.
static func::FuncOp makePart(func::FuncOp kernel, StringRef suffix,
                             ValueRange operands, Block::iterator begin,
                             Block::iterator end, ValueRange results) {
  OpBuilder builder(kernel.getContext());
  auto part = func::FuncOp::create(
      builder, kernel.getLoc(), (kernel.getSymName() + suffix).str(),
      builder.getFunctionType(operands.getTypes(), results.getTypes()));
  part.setPrivate();
  part->setAttr(LlamaDialect::kernelAttrName, builder.getUnitAttr());
  Block *block = part.addEntryBlock();
  IRMapping mapping;
  mapping.map(operands, block->getArguments());
  builder.setInsertionPointToEnd(block);
  for (Operation &op : llvm::make_range(begin, end))
    builder.clone(op, mapping);
  func::ReturnOp::create(builder, kernel.getLoc(),
                         llvm::map_to_vector(results, [&](Value result) {
                           return mapping.lookupOrDefault(result);
                         }));
  return part;
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
      CutKernel cut = cutAtProduct(kernel);
      if (!cut.product)
        continue;
      auto add = [&](func::FuncOp part) {
        symbols.insert(part, std::next(kernel->getIterator()));
        return FlatSymbolRefAttr::get(part.getSymNameAttr());
      };
      Block &block = kernel.front();
      ValueRange arguments = kernel.getArguments();
      FlatSymbolRefAttr before, rest;
      if (cut.hasRest()) {
        SmallVector<Value> operands = {cut.product};
        llvm::append_range(operands,
                           arguments.drop_front(cut.getFirstOfRest()));
        rest = add(makePart(kernel, "_rest", operands,
                            std::next(cut.product->getIterator()),
                            block.getTerminator()->getIterator(),
                            block.getTerminator()->getOperands()));
      }
      if (cut.hasBefore())
        before = add(makePart(
            kernel, "_before", arguments.take_front(cut.weight), block.begin(),
            cut.product->getIterator(), Value(cut.product.getX())));
      kernel->setAttr(LlamaDialect::productAttrName,
                      ProductAttr::get(&getContext(), before, rest,
                                       bool(cut.product.getBias())));
      ++numExtracted;
    }
  }
};
} // namespace
