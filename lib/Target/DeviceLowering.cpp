//===- DeviceLowering.cpp - What libHalide's kernels need -----------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceLowering.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MathExtras.h"

using namespace llamir;

namespace {
/// Finds barriers.
class BarrierFinder : public Halide::Internal::IRVisitor {
public:
  bool found = false;

private:
  using IRVisitor::visit;
  void visit(const Halide::Internal::Call *op) override {
    found |= op->is_intrinsic(Halide::Internal::Call::gpu_thread_barrier);
    IRVisitor::visit(op);
  }
};

class ComputeAlways : public Halide::Internal::IRMutator {
public:
  explicit ComputeAlways(bool keepsConditions)
      : keepsConditions(keepsConditions) {}

private:
  using IRMutator::visit;

  Halide::Internal::Stmt visit(const Halide::Internal::For *op) override {
    bool isKernel = op->for_type == Halide::Internal::ForType::GPUBlock;
    inKernel += isKernel;
    Halide::Internal::Stmt result = IRMutator::visit(op);
    inKernel -= isKernel;
    return result;
  }

  Halide::Internal::Stmt visit(const Halide::Internal::LetStmt *op) override {
    if (!inKernel && op->value.type().is_bool())
      truths[op->name] = mutate(op->value);
    return IRMutator::visit(op);
  }

  /// No name of ours has a dot in it.
  Halide::Expr visit(const Halide::Internal::Variable *op) override {
    if (!op->type.is_bool())
      return op;
    llvm::StringRef name = op->name;
    if (inKernel && (name.ends_with(".used") || name.ends_with(".loaded")))
      return Halide::Internal::const_true(op->type.lanes());
    auto found = truths.find(name);
    if (inKernel && found != truths.end())
      return mutate(found->second);
    return op;
  }

  /// Halide's division, which rounds down, of numbers that are not negative:
  /// libHalide 21 has Vulkan divide others as if they had no sign. Nothing
  /// where its own division is right.
  Halide::Expr divide(Halide::Expr a, Halide::Expr b) {
    std::optional<int64_t> divisor = Halide::Internal::as_const_int(b);
    Halide::Type type = a.type();
    if (!inKernel || keepsConditions || !type.is_int() || !divisor ||
        *divisor <= 0 || llvm::isPowerOf2_64(*divisor))
      return {};
    Halide::Expr one = Halide::Internal::make_one(type);
    Halide::Expr zero = Halide::Internal::make_zero(type);
    Halide::Expr above = Halide::Internal::Div::make(Halide::max(a, zero), b);
    Halide::Expr below =
        Halide::Internal::Div::make(Halide::max(b - one - a, zero), b);
    return Halide::select(a >= zero, above, zero - below);
  }

  Halide::Expr visit(const Halide::Internal::Div *op) override {
    Halide::Expr a = mutate(op->a), b = mutate(op->b);
    Halide::Expr quotient = divide(a, b);
    return quotient.defined() ? quotient : a / b;
  }

  Halide::Expr visit(const Halide::Internal::Mod *op) override {
    Halide::Expr a = mutate(op->a), b = mutate(op->b);
    Halide::Expr quotient = divide(a, b);
    return quotient.defined() ? a - quotient * b : a % b;
  }

  /// Vulkan's kernels have no constant truths either.
  Halide::Expr visit(const Halide::Internal::And *op) override {
    Halide::Expr a = mutate(op->a), b = mutate(op->b);
    if (Halide::Internal::is_const_one(a))
      return b;
    return Halide::Internal::is_const_one(b) ? a : a && b;
  }

  Halide::Internal::Stmt
  visit(const Halide::Internal::IfThenElse *op) override {
    Halide::Expr condition = mutate(op->condition);
    if (Halide::Internal::is_const_one(condition))
      return mutate(op->then_case);
    if (inKernel && !keepsConditions && !op->else_case.defined()) {
      BarrierFinder barriers;
      op->then_case.accept(&barriers);
      if (barriers.found)
        return mutate(op->then_case);
    }
    return IRMutator::visit(op);
  }

  bool keepsConditions;
  int inKernel = 0;
  /// What the processor computes, by the variable that holds it.
  llvm::StringMap<Halide::Expr> truths;
};
} // namespace

void llamir::computeAlways(Halide::Pipeline &pipeline,
                           DeviceInterface interface) {
  pipeline.add_custom_lowering_pass(
      new ComputeAlways(interface == DeviceInterface::CUDA));
}
