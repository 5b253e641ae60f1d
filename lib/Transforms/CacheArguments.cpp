//===- CacheArguments.cpp - Keys and values as arguments ------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fusion.h"
#include "llamir/Transforms/Passes.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_LLAMACACHEARGUMENTS
#include "llamir/Transforms/Passes.h.inc"
} // namespace llamir

static constexpr StringRef passName = "cache-arguments";

/// The operand outside of any kernel that becomes `operand`; null when a kernel
/// computes it itself or reads it elsewhere too.
static OpOperand *getOuterOperand(OpOperand &operand) {
  auto kernel = dyn_cast<KernelOp>(operand.getOwner()->getParentOp());
  if (!kernel)
    return &operand;
  auto argument = dyn_cast<BlockArgument>(operand.get());
  return argument && argument.hasOneUse()
             ? &kernel->getOpOperand(argument.getArgNumber())
             : nullptr;
}

/// The same rows for any number of tokens.
static RankedTensorType withAnyTokens(Type type) {
  auto ranked = cast<RankedTensorType>(type);
  return RankedTensorType::get({ShapedType::kDynamic, ranked.getDimSize(1)},
                               ranked.getElementType());
}

/// A name of a size that no argument of the function has yet.
static StringAttr getFreshSize(func::FuncOp function, StringRef name) {
  llvm::StringSet<> taken;
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    if (auto names =
            function.getArgAttrOfType<ArrayAttr>(i, LlamaDialect::dimsAttrName))
      for (auto size : names.getAsValueRange<StringAttr>())
        taken.insert(size);
  std::string fresh = name.str();
  for (int suffix = 0; taken.contains(fresh); ++suffix)
    fresh = (name + "_" + Twine(suffix)).str();
  return StringAttr::get(function.getContext(), fresh);
}

namespace {
struct CacheArgumentsPass
    : llamir::impl::LlamaCacheArgumentsBase<CacheArgumentsPass> {
  /// Why the keys and values of an attention cannot be arguments.
  static StringRef whyNot(OpOperand *keys, OpOperand *values) {
    if (!keys || !values)
      return "its kernel computes the keys or the values itself, or reads them "
             "elsewhere too";
    if (isa<BlockArgument>(keys->get()) || isa<BlockArgument>(values->get()))
      return "its keys or values are arguments already";
    return "";
  }

  /// Adds an argument that `operand` reads from then on, and a result for what
  /// it read before.
  void detach(func::FuncOp function, OpOperand &operand, StringAttr size,
              const Twine &name) {
    MLIRContext *context = &getContext();
    Value old = operand.get();
    RankedTensorType type = withAnyTokens(old.getType());
    Builder builder(context);
    unsigned index = function.getNumArguments();
    SmallVector<NamedAttribute> attributes{
        builder.getNamedAttr(LlamaDialect::nameAttrName,
                             builder.getStringAttr(name)),
        builder.getNamedAttr(LlamaDialect::dimsAttrName,
                             builder.getArrayAttr(size))};
    (void)function.insertArgument(
        index, type, builder.getDictionaryAttr(attributes), old.getLoc());
    operand.set(function.getArgument(index));
    // The body of a kernel reads the same type as its input.
    if (auto kernel = dyn_cast<KernelOp>(operand.getOwner()))
      kernel.getBody().getArgument(operand.getOperandNumber()).setType(type);

    Operation *exit = function.getBody().front().getTerminator();
    // A split that is returned is copied as a whole: this one copies no
    // queries.
    if (auto split = old.getDefiningOp<SplitOp>()) {
      OpBuilder before(exit);
      Operation *copy = before.clone(*split);
      old = copy->getResult(cast<OpResult>(old).getResultNumber());
    }
    (void)function.insertResult(
        function.getNumResults(), old.getType(),
        builder.getDictionaryAttr(builder.getNamedAttr(
            LlamaDialect::nameAttrName, builder.getStringAttr("new_" + name))));
    exit->insertOperands(exit->getNumOperands(), old);
  }

  void run(func::FuncOp function) {
    StringAttr size = getFreshSize(function, "context");
    int64_t layer = 0;
    SmallVector<AttentionOp> attentions;
    function.walk([&](AttentionOp op) { attentions.push_back(op); });
    for (AttentionOp attention : attentions) {
      OpOperand *keys = getOuterOperand(attention.getKMutable());
      OpOperand *values = getOuterOperand(attention.getVMutable());
      if (StringRef reason = whyNot(keys, values); !reason.empty()) {
        remarkDeclined(passName, attention.getLoc(), "{0}", reason);
        ++numDeclined;
        continue;
      }
      detach(function, *keys, size, "keys_" + Twine(layer));
      detach(function, *values, size, "values_" + Twine(layer));
      ++layer;
      ++numDetached;
    }
  }

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal() || isKernelFunction(function) ||
          !llvm::hasSingleElement(function.getBody()))
        continue;
      // Callers would have to be given the caches as well.
      if (!SymbolTable::symbolKnownUseEmpty(function, getOperation())) {
        function.walk([&](AttentionOp attention) {
          remarkDeclined(passName, attention.getLoc(),
                         "its function is called by another");
          ++numDeclined;
        });
        continue;
      }
      run(function);
    }
  }
};
} // namespace
