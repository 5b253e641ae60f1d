//===- Fusion.h - What the fusion passes share ------------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_TRANSFORMS_FUSION_H
#define LLAMIR_LIB_TRANSFORMS_FUSION_H

#include "dialects/llama/LlamaDialect.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/FormatVariadic.h"

namespace llamir {

/// The ops of a kind that are yet to become kernels or are kernels: those of a
/// function that is no kernel itself, without those in kernels. A module within
/// the function is compiled by itself.
template <typename OpTy>
llvm::SmallVector<OpTy> getHostOps(mlir::func::FuncOp function) {
  llvm::SmallVector<OpTy> ops;
  if (!llama::isHostFunction(function))
    return ops;
  function.walk<mlir::WalkOrder::PreOrder>([&](mlir::Operation *op) {
    if (auto match = llvm::dyn_cast<OpTy>(op))
      ops.push_back(match);
    return llvm::isa<llama::KernelOp, mlir::ModuleOp>(op)
               ? mlir::WalkResult::skip()
               : mlir::WalkResult::advance();
  });
  return ops;
}

/// The same of all functions of a module, without those of modules in it.
template <typename OpTy>
llvm::SmallVector<OpTy> getHostOps(mlir::ModuleOp module) {
  llvm::SmallVector<OpTy> ops;
  for (auto function : module.getOps<mlir::func::FuncOp>())
    llvm::append_range(ops, getHostOps<OpTy>(function));
  return ops;
}

/// Moves `ops`, all of one block, next to each other where the last of them
/// stands, and whatever reads their results behind them. Fails, changing
/// nothing, when an op outside of `ops` both reads a result of one of them and
/// feeds another. On success `ops` is in the order of the block.
llvm::LogicalResult makeAdjacent(llvm::SmallVectorImpl<mlir::Operation *> &ops);

/// Puts adjacent `ops` in a kernel: its inputs are the values that they read
/// from outside, its results those that are read outside. Of an op that is a
/// kernel itself, its body. Erases the ops.
llama::KernelOp formKernel(mlir::RewriterBase &rewriter, llvm::StringRef name,
                           llvm::ArrayRef<mlir::Operation *> ops);

/// What an op, or a kernel, is called in the name of a kernel.
llvm::StringRef getPartName(mlir::Operation *op);
/// What a kernel of some ops is called.
std::string getKernelName(llvm::ArrayRef<mlir::Operation *> ops);

/// Whether each element of an op's only result is computed from the same
/// element of its operands.
bool isElementwise(mlir::Operation *op);

/// What a projection, alone or as the only one of a kernel, multiplies by its
/// weight, if nothing else of its kernel reads it; null for other ops.
mlir::OpOperand *getProjectedRows(mlir::Operation *op);

/// A projection, and the split of it where it was written joined.
struct Projection {
  llama::LinearOp linear; // Null when there is none.
  llama::SplitOp split;   // Null when the projection is read as a whole.

  /// The projection that `value` is, or is a part of.
  static Projection of(mlir::Value value);

  /// What others read: the projection, or each part of it.
  mlir::ResultRange getParts();

  bool standsIn(mlir::Block *block);

  /// True when the projection is not read by its split alone: another split, or
  /// an op that wants all columns, needs it as it is.
  bool isReadBesidesSplit() { return split && !linear->hasOneUse(); }
};

/// Joined weights and biases of several projections.
struct JoinedProjection {
  mlir::Value weight;
  mlir::Value bias; // Null when the projections have none.
};

/// Why projections cannot be joined, or an empty string when they can.
std::string whyNotJoin(llvm::ArrayRef<llama::LinearOp> linears);

/// Joins the weights and biases of projections for which `whyNotJoin` is empty.
JoinedProjection joinProjections(mlir::RewriterBase &rewriter,
                                 llvm::ArrayRef<llama::LinearOp> linears);

/// The projection by joined weights: what the projections give, side by side.
llama::LinearOp createJoined(mlir::RewriterBase &rewriter, mlir::Location loc,
                             llvm::ArrayRef<llama::LinearOp> linears,
                             const JoinedProjection &joined);

/// The same with a split behind it: a part for each of the projections, which
/// it replaces. They stand side by side.
Projection joinAndSplit(mlir::RewriterBase &rewriter,
                        llvm::ArrayRef<llama::LinearOp> linears);

/// A remark on a decision of a fusion pass. `name` is the pass's, for filters.
/// Cheap when nobody listens.
template <typename... Args>
void remarkFused(llvm::StringRef name, mlir::Location loc, const char *format,
                 Args &&...args) {
  using namespace mlir;
  remark::passed(loc, remark::RemarkOpts::name(name).category("fusion"))
      << remark::add(format, std::forward<Args>(args)...);
}
template <typename... Args>
void remarkDeclined(llvm::StringRef name, mlir::Location loc,
                    const char *format, Args &&...args) {
  using namespace mlir;
  remark::missed(loc, remark::RemarkOpts::name(name).category("fusion"))
      << remark::reason(format, std::forward<Args>(args)...);
}

} // namespace llamir

#endif // LLAMIR_LIB_TRANSFORMS_FUSION_H
