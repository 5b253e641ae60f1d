//===- Strategy.cpp - How a machine computes a kind of kernel -------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Strategy.h"

using namespace llamir;

std::optional<Mismatch> llamir::findNormedOperand(ScheduleBuilder &s,
                                                  NormedOperand &found) {
  mlir::Value sum = s.getFunc("row_sum");
  if (!sum && !s.getFunc("row_total") && !s.getFunc("row_scale"))
    return std::nullopt;
  std::optional<int64_t> width =
      sum ? getReductionExtent(sum) : std::optional<int64_t>();
  mlir::Value operand = s.getFunc("operand"), scale = s.getFunc("row_scale");
  if (!scale || !width || *width <= 0)
    return Mismatch{"its funcs are not those of a norm", true};
  // A norm may stand elsewhere in the kernel.
  bool isNormed =
      operand && llvm::any_of(scale.getUsers(), [&](mlir::Operation *user) {
        return operand.getDefiningOp()->isProperAncestor(user);
      });
  if (!isNormed)
    return Mismatch{"it has a norm that is not what its projection reads"};
  found = {operand, *width};
  return std::nullopt;
}

/// "Processor" and "Linear" make "processor-linear".
static std::string joinNames(llvm::StringRef machine, llvm::StringRef kernel) {
  return (machine + "-" + kernel).str();
}

const Strategy *llamir::findStrategy(MachineKind machine,
                                     llvm::StringRef kernel) {
  static const Strategy strategies[] = {
#define STRATEGY(MACHINE, KERNEL)                                              \
  {llvm::StringRef(joinNames(#MACHINE, #KERNEL)).lower(),                      \
   schedule##MACHINE##KERNEL},
#include "Strategies.inc"
#undef STRATEGY
  };
  std::string name = joinNames(getMachineName(machine), kernel);
  const Strategy *found =
      llvm::find_if(strategies, [&](const Strategy &strategy) {
        return strategy.name == name;
      });
  return found == std::end(strategies) ? nullptr : found;
}
