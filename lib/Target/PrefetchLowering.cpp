//===- PrefetchLowering.cpp - Every line of a prefetch --------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PrefetchLowering.h"
#include "llvm/ADT/StringRef.h"

using namespace llamir;

namespace {
/// Goes on by the elements of a line, which a prefetch has as its stride.
class PrefetchAllLines : public Halide::Internal::IRMutator {
  using IRMutator::visit;

  Halide::Internal::Stmt visit(const Halide::Internal::For *op) override {
    if (!llvm::StringRef(op->name).starts_with("prefetch_split_"))
      return IRMutator::visit(op);
    line = op->name;
    Halide::Internal::Stmt body =
        mutate(Halide::Internal::substitute_in_all_lets(op->body));
    line.clear();
    return Halide::Internal::For::make(op->name, op->min, op->extent,
                                       op->for_type, op->partition_policy,
                                       op->device_api, body);
  }

  Halide::Expr visit(const Halide::Internal::Call *op) override {
    // The buffer, the first element, how many times, and the stride.
    if (line.empty() || !op->is_intrinsic(Halide::Internal::Call::prefetch) ||
        op->args.size() != 4)
      return IRMutator::visit(op);
    std::vector<Halide::Expr> arguments = op->args;
    Halide::Expr number =
        Halide::Internal::Variable::make(Halide::Int(32), line);
    arguments[1] = Halide::Internal::simplify(
        Halide::Internal::substitute(
            line, Halide::Internal::make_zero(number.type()), arguments[1]) +
        number * arguments[3]);
    return Halide::Internal::Call::make(op->type, op->name, arguments,
                                        op->call_type);
  }

  /// The loop over the lines of a prefetch that contains what is visited.
  std::string line;
};
} // namespace

void llamir::prefetchAllLines(Halide::Pipeline &pipeline) {
  pipeline.add_custom_lowering_pass(new PrefetchAllLines());
}
