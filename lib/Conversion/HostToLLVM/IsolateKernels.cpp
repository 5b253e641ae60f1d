//===- IsolateKernels.cpp - A function for each kernel --------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/llama/LlamaDialect.h"
#include "llamir/Conversion/HostToLLVM/Passes.h"
#include "llamir/Conversion/HostToLLVM/SizeAnalysis.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_LLAMAISOLATEKERNELS
#include "llamir/Conversion/HostToLLVM/Passes.h.inc"
} // namespace llamir

using namespace llamir;

namespace {
class IsolateKernels
    : public llamir::impl::LlamaIsolateKernelsBase<IsolateKernels> {
public:
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTable symbols(module);
    SmallVector<func::FuncOp> before;
    for (auto function : module.getOps<func::FuncOp>())
      if (isHostFunction(function))
        before.push_back(function);
    for (func::FuncOp function : before) {
      FailureOr<HostSizes> sizes = readHostSizes(function);
      if (failed(sizes))
        return signalPassFailure();
      for (auto launch : function.getOps<LaunchOp>())
        if (isolated.insert(launch.getKernelAttr().getAttr()).second)
          isolate(launch, *sizes, symbols);
    }
    for (func::FuncOp function : before)
      function.erase();
  }

private:
  void isolate(LaunchOp launch, const HostSizes &sizes, SymbolTable &symbols);

  llvm::DenseSet<StringAttr> isolated;
};
} // namespace

/// Adds a function that does nothing but this launch.
void IsolateKernels::isolate(LaunchOp launch, const HostSizes &sizes,
                             SymbolTable &symbols) {
  OpBuilder builder(launch->getParentOfType<func::FuncOp>());
  SmallVector<Type> types;
  SmallVector<DictionaryAttr> attributes;
  for (Value operand : launch.getOperands()) {
    if (operand.getDefiningOp<GetWeightOp>())
      continue;
    types.push_back(operand.getType());
    SmallVector<NamedAttribute> named;
    SmallVector<StringAttr> dims = sizes.dims.lookup(operand);
    if (!dims.empty())
      named.push_back(
          builder.getNamedAttr(LlamaDialect::dimsAttrName,
                               builder.getArrayAttr(SmallVector<Attribute>(
                                   dims.begin(), dims.end()))));
    attributes.push_back(builder.getDictionaryAttr(named));
  }
  auto function = func::FuncOp::create(
      builder, launch.getLoc(), "run_" + launch.getKernel().str(),
      builder.getFunctionType(types, launch.getResultTypes()));
  symbols.insert(function); // Makes the name unique.
  for (auto [index, dictionary] : llvm::enumerate(attributes))
    function.setArgAttrs(index, dictionary);

  Block *body = function.addEntryBlock();
  builder.setInsertionPointToStart(body);
  IRMapping weights;
  SmallVector<Value> operands;
  unsigned next = 0;
  for (Value operand : launch.getOperands()) {
    auto get = operand.getDefiningOp<GetWeightOp>();
    if (get && !weights.contains(operand))
      builder.clone(*get, weights);
    operands.push_back(get ? weights.lookup(operand)
                           : Value(body->getArgument(next++)));
  }
  auto only = cast<LaunchOp>(builder.clone(*launch));
  only->setOperands(operands);
  func::ReturnOp::create(builder, launch.getLoc(), only.getResults());
}
