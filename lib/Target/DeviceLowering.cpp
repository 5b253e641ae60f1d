//===- DeviceLowering.cpp - What libHalide's kernels need -----------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceLowering.h"
#include "llvm/ADT/StringRef.h"

using namespace llamir;

namespace {
class ComputeAlways : public Halide::Internal::IRMutator {
  using IRMutator::visit;

  Halide::Internal::Stmt visit(const Halide::Internal::For *op) override {
    bool isKernel = op->for_type == Halide::Internal::ForType::GPUBlock;
    inKernel += isKernel;
    Halide::Internal::Stmt result = IRMutator::visit(op);
    inKernel -= isKernel;
    return result;
  }

  /// No name of ours has a dot in it.
  Halide::Expr visit(const Halide::Internal::Variable *op) override {
    llvm::StringRef name = op->name;
    if (inKernel && op->type.is_bool() &&
        (name.ends_with(".used") || name.ends_with(".loaded")))
      return Halide::Internal::const_true(op->type.lanes());
    return op;
  }

  Halide::Internal::Stmt
  visit(const Halide::Internal::IfThenElse *op) override {
    Halide::Expr condition = mutate(op->condition);
    if (Halide::Internal::is_const_one(Halide::Internal::simplify(condition)))
      return mutate(op->then_case);
    return IRMutator::visit(op);
  }

  int inKernel = 0;
};
} // namespace

void llamir::computeAlways(Halide::Pipeline &pipeline) {
  pipeline.add_custom_lowering_pass(new ComputeAlways());
}
