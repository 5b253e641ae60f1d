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
#include <set>

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

class AccessWholePieces : public Halide::Internal::IRMutator {
  using IRMutator::visit;

  /// The elements of a piece that a vector's access is made of; nothing if it
  /// is to stay as it is.
  std::optional<int> getLanes(const std::string &name, Halide::Type type,
                              const Halide::Internal::Ramp *ramp,
                              const Halide::Expr &predicate,
                              Halide::Internal::ModulusRemainder place) const {
    bool isDense = ramp && Halide::Internal::is_const_one(ramp->stride) &&
                   Halide::Internal::is_const_one(predicate);
    int bits = type.bits() * type.lanes();
    bool isNarrow = type.bits() == 8 || type.bits() == 16 || type.bits() == 32;
    if (!inKernel || !isDense || !isNarrow || locals.count(name))
      return std::nullopt;
    bool isHandled = type.bits() == 32 && type.lanes() == 4;
    if ((bits != 64 && bits % 128 != 0) || isHandled)
      return std::nullopt;
    int lanes = std::min(bits, 128) / type.bits();
    if (place.modulus % lanes != 0 || place.remainder % lanes != 0)
      return std::nullopt;
    return lanes;
  }

  /// The type of a piece in memory, and the index of it.
  static Halide::Type getPieceType(Halide::Type type, int lanes) {
    return lanes * type.bits() == 64 ? Halide::UInt(64) : Halide::UInt(32, 4);
  }
  static Halide::Expr getPieceIndex(Halide::Expr base, Halide::Type piece,
                                    int elements) {
    base = Halide::Internal::simplify(base / elements);
    if (piece.lanes() == 1)
      return base;
    return Halide::Internal::Ramp::make(base, 1, piece.lanes());
  }

  static Halide::Internal::ModulusRemainder
  getPiecePlace(Halide::Internal::ModulusRemainder place, int first,
                int elements) {
    int64_t remainder = place.remainder + first;
    if (place.modulus)
      remainder %= place.modulus;
    return {place.modulus / elements, remainder / elements};
  }

  Halide::Internal::Stmt visit(const Halide::Internal::For *op) override {
    bool isKernel = op->for_type == Halide::Internal::ForType::GPUBlock;
    inKernel += isKernel;
    Halide::Internal::Stmt result = IRMutator::visit(op);
    inKernel -= isKernel;
    return result;
  }

  /// Memory of a block or thread is no memory of the device.
  Halide::Internal::Stmt visit(const Halide::Internal::Allocate *op) override {
    if (!inKernel)
      return IRMutator::visit(op);
    bool isNew = locals.insert(op->name).second;
    Halide::Internal::Stmt result = IRMutator::visit(op);
    if (isNew)
      locals.erase(op->name);
    return result;
  }

  Halide::Expr visit(const Halide::Internal::Load *op) override {
    auto *ramp = op->index.as<Halide::Internal::Ramp>();
    std::optional<int> lanes =
        getLanes(op->name, op->type, ramp, op->predicate, op->alignment);
    if (!lanes)
      return IRMutator::visit(op);
    Halide::Type piece = getPieceType(op->type, *lanes);
    int elements = *lanes / piece.lanes();
    Halide::Expr base = mutate(ramp->base);
    std::vector<Halide::Expr> loaded;
    for (int first = 0; first < op->type.lanes(); first += *lanes)
      loaded.push_back(Halide::reinterpret(
          op->type.with_lanes(*lanes),
          Halide::Internal::Load::make(
              piece, op->name, getPieceIndex(base + first, piece, elements),
              op->image, op->param, Halide::Internal::const_true(piece.lanes()),
              getPiecePlace(op->alignment, first, elements))));
    if (loaded.size() == 1)
      return loaded.front();
    return Halide::Internal::Shuffle::make_concat(loaded);
  }

  Halide::Internal::Stmt visit(const Halide::Internal::Store *op) override {
    auto *ramp = op->index.as<Halide::Internal::Ramp>();
    std::optional<int> lanes = getLanes(op->name, op->value.type(), ramp,
                                        op->predicate, op->alignment);
    if (!lanes)
      return IRMutator::visit(op);
    Halide::Type type = op->value.type();
    Halide::Type piece = getPieceType(type, *lanes);
    int elements = *lanes / piece.lanes();
    Halide::Expr value = mutate(op->value), base = mutate(ramp->base);
    std::string name = Halide::Internal::unique_name("stored");
    Halide::Expr stored = Halide::Internal::Variable::make(type, name);
    std::vector<Halide::Internal::Stmt> stores;
    for (int first = 0; first < type.lanes(); first += *lanes) {
      Halide::Expr part =
          *lanes == type.lanes()
              ? stored
              : Halide::Internal::Shuffle::make_slice(stored, first, 1, *lanes);
      stores.push_back(Halide::Internal::Store::make(
          op->name, Halide::reinterpret(piece, part),
          getPieceIndex(base + first, piece, elements), op->param,
          Halide::Internal::const_true(piece.lanes()),
          getPiecePlace(op->alignment, first, elements)));
    }
    return Halide::Internal::LetStmt::make(
        name, value, Halide::Internal::Block::make(stores));
  }

  int inKernel = 0;
  std::set<std::string> locals;
};
} // namespace

void llamir::computeAlways(Halide::Pipeline &pipeline,
                           DeviceInterface interface) {
  pipeline.add_custom_lowering_pass(
      new ComputeAlways(interface == DeviceInterface::CUDA));
}

void llamir::accessWholePieces(Halide::Pipeline &pipeline) {
  pipeline.add_custom_lowering_pass(new AccessWholePieces());
}
