//===- CacheArguments.cpp - Keys and values as arguments ------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fusion.h"
#include "llamir/Transforms/Passes.h"
#include "llvm/ADT/Statistic.h"
#include "llvm/ADT/StringSet.h"

#define DEBUG_TYPE "llama-cache-arguments"

using namespace mlir;
using namespace llamir;
using namespace llamir::llama;

namespace llamir {
#define GEN_PASS_DEF_LLAMACACHEARGUMENTS
#include "llamir/Transforms/Passes.h.inc"
} // namespace llamir

ALWAYS_ENABLED_STATISTIC(numDetached, "Attentions that read arguments now");
ALWAYS_ENABLED_STATISTIC(numDeclined, "Attentions left as they are");

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

/// `name`, or with a number behind it, so that it is not one of `taken`.
static StringAttr getFreshName(MLIRContext *context, StringRef name,
                               const llvm::StringSet<> &taken) {
  std::string fresh = name.str();
  for (int suffix = 0; taken.contains(fresh); ++suffix)
    fresh = (name + "_" + Twine(suffix)).str();
  return StringAttr::get(context, fresh);
}

/// The sizes that the arguments of a function have names for.
static llvm::StringSet<> getSizes(func::FuncOp function) {
  llvm::StringSet<> sizes;
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    if (auto names =
            function.getArgAttrOfType<ArrayAttr>(i, LlamaDialect::dimsAttrName))
      for (auto size : names.getAsValueRange<StringAttr>())
        sizes.insert(size);
  return sizes;
}

/// The names of the arguments and results of a function.
static llvm::StringSet<> getNames(func::FuncOp function) {
  llvm::StringSet<> names;
  auto add = [&](StringAttr name) {
    if (name)
      names.insert(name.getValue());
  };
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    add(function.getArgAttrOfType<StringAttr>(i, LlamaDialect::nameAttrName));
  for (unsigned i = 0; i < function.getNumResults(); ++i)
    add(function.getResultAttrOfType<StringAttr>(i,
                                                 LlamaDialect::nameAttrName));
  return names;
}

/// The attentions of a function, in kernels or not, without those of modules
/// within.
static SmallVector<AttentionOp> getAttentions(func::FuncOp function) {
  SmallVector<AttentionOp> attentions;
  function.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (auto attention = dyn_cast<AttentionOp>(op))
      attentions.push_back(attention);
    return isa<ModuleOp>(op) ? WalkResult::skip() : WalkResult::advance();
  });
  return attentions;
}

namespace {
struct CacheArgumentsPass
    : llamir::impl::LlamaCacheArgumentsBase<CacheArgumentsPass> {
  /// Why no attention of a function can read arguments, or an empty string.
  StringRef whyNot(func::FuncOp function) {
    // Callers would have to be given the caches as well.
    if (!SymbolTable::symbolKnownUseEmpty(function, getOperation()))
      return "its function is called by another";
    if (!llvm::hasSingleElement(function.getBody()))
      return "its function has several blocks";
    return "";
  }

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
  /// it read before. Returns the argument's name.
  StringAttr detach(func::FuncOp function, OpOperand &operand, StringAttr size,
                    const Twine &prefix) {
    MLIRContext *context = &getContext();
    llvm::StringSet<> taken = getNames(function);
    StringAttr name = getFreshName(context, prefix.str(), taken);
    StringAttr newName =
        getFreshName(context, ("new_" + name.getValue()).str(), taken);
    Value old = operand.get();
    RankedTensorType type = withAnyTokens(old.getType());
    Builder builder(context);
    unsigned index = function.getNumArguments();
    SmallVector<NamedAttribute> attributes{
        builder.getNamedAttr(LlamaDialect::nameAttrName, name),
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
    (void)function.insertResult(function.getNumResults(), old.getType(),
                                builder.getDictionaryAttr(builder.getNamedAttr(
                                    LlamaDialect::nameAttrName, newName)));
    exit->insertOperands(exit->getNumOperands(), old);
    return name;
  }

  void decline(AttentionOp attention, StringRef reason) {
    remarkDeclined(passName, attention.getLoc(), "attention left as it is: {0}",
                   reason);
    ++numDeclined;
  }

  void run(func::FuncOp function, ArrayRef<AttentionOp> attentions) {
    StringAttr size =
        getFreshName(&getContext(), "context", getSizes(function));
    int64_t layer = 0;
    for (AttentionOp attention : attentions) {
      OpOperand *keys = getOuterOperand(attention.getKMutable());
      OpOperand *values = getOuterOperand(attention.getVMutable());
      if (StringRef reason = whyNot(keys, values); !reason.empty()) {
        decline(attention, reason);
        continue;
      }
      StringAttr keysName =
          detach(function, *keys, size, "keys_" + Twine(layer));
      StringAttr valuesName =
          detach(function, *values, size, "values_" + Twine(layer));
      remarkFused(passName, attention.getLoc(),
                  "keys and values are the arguments {0} and {1}", keysName,
                  valuesName);
      ++layer;
      ++numDetached;
    }
  }

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (!isHostFunction(function))
        continue;
      SmallVector<AttentionOp> attentions = getAttentions(function);
      StringRef reason = whyNot(function);
      if (reason.empty()) {
        run(function, attentions);
        continue;
      }
      for (AttentionOp attention : attentions)
        decline(attention, reason);
    }
  }
};
} // namespace
