//===- StoresPastCaches.cpp - Results that no cache holds -----------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StoresPastCaches.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/IntrinsicsX86.h"
#include "llvm/IR/MDBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"

using namespace llamir;

/// The func that a store writes to, as libHalide says for alias analysis; empty
/// if it does not.
static llvm::StringRef getStoredFunc(const llvm::StoreInst &store) {
  llvm::MDNode *tag = store.getMetadata(llvm::LLVMContext::MD_tbaa);
  auto *type = tag && tag->getNumOperands() > 1
                   ? llvm::dyn_cast<llvm::MDNode>(tag->getOperand(1))
                   : nullptr;
  // Vectors at places that are known are types within that of the func.
  while (type && type->getNumOperands() > 1) {
    auto *name = llvm::dyn_cast<llvm::MDString>(type->getOperand(0));
    auto *parent = llvm::dyn_cast<llvm::MDNode>(type->getOperand(1));
    auto *parentName =
        parent && parent->getNumOperands() > 0
            ? llvm::dyn_cast<llvm::MDString>(parent->getOperand(0))
            : nullptr;
    if (name && parentName && parentName->getString() == "Halide buffer")
      return name->getString().split('.').first;
    type = parent;
  }
  return "";
}

/// Stores a vector past the caches if its address is a multiple of its size.
static void chooseStore(llvm::StoreInst *store, uint64_t bytes) {
  llvm::IRBuilder<> builder(store);
  llvm::Value *address =
      builder.CreatePtrToInt(store->getPointerOperand(), builder.getInt64Ty());
  llvm::Value *isAligned = builder.CreateICmpEQ(
      builder.CreateAnd(address, bytes - 1), builder.getInt64(0));
  llvm::Instruction *then = nullptr, *otherwise = nullptr;
  llvm::SplitBlockAndInsertIfThenElse(
      isAligned, store, &then, &otherwise,
      llvm::MDBuilder(store->getContext()).createLikelyBranchWeights());
  auto *past = llvm::cast<llvm::StoreInst>(store->clone());
  past->insertBefore(then->getIterator());
  past->setAlignment(llvm::Align(bytes));
  past->setMetadata(
      llvm::LLVMContext::MD_nontemporal,
      llvm::MDNode::get(store->getContext(),
                        llvm::ConstantAsMetadata::get(builder.getInt32(1))));
  store->moveBefore(otherwise->getIterator());
}

void llamir::storePastCaches(llvm::Module &module) {
  for (llvm::Function &function : module) {
    llvm::StringRef task = function.getName().split("_par_for_").second;
    if (!task.ends_with(("_" + pastCachesName).str()))
      continue;
    llvm::SmallVector<std::pair<llvm::StoreInst *, uint64_t>> stores;
    llvm::SmallVector<llvm::Instruction *> ends;
    for (llvm::Instruction &instruction : llvm::instructions(function)) {
      if (llvm::isa<llvm::ReturnInst>(instruction))
        ends.push_back(&instruction);
      auto *call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
      if (call && call->getIntrinsicID() == llvm::Intrinsic::prefetch)
        call->setArgOperand(
            2, llvm::ConstantInt::get(
                   llvm::Type::getInt32Ty(module.getContext()), 3));
      auto *store = llvm::dyn_cast<llvm::StoreInst>(&instruction);
      if (!store || !store->isSimple() ||
          !store->getValueOperand()->getType()->isVectorTy())
        continue;
      llvm::StringRef func = getStoredFunc(*store);
      uint64_t bytes =
          module.getDataLayout()
              .getTypeStoreSize(store->getValueOperand()->getType())
              .getFixedValue();
      bool isVector = bytes == 16 || bytes == 32 || bytes == 64;
      if (isVector && !func.empty() && task.starts_with((func + "_s").str()))
        stores.emplace_back(store, bytes);
    }
    for (auto [store, bytes] : stores)
      chooseStore(store, bytes);
    for (llvm::Instruction *end : ends)
      llvm::IRBuilder<>(end).CreateIntrinsic(llvm::Intrinsic::x86_sse_sfence,
                                             {});
  }
}
