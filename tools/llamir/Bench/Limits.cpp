//===- Limits.cpp - What a machine can do at most -------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bench/Limits.h"

using namespace llamir;

llvm::FailureOr<std::unique_ptr<LimitMeter>>
LimitMeter::create(const TargetInfo &target) {
  switch (target.getMachine()) {
  case MachineKind::Processor:
    return createLimitsOfProcessor(target);
  case MachineKind::Device:
    return createLimitsOfDevice(target);
  }
  llvm_unreachable("unknown kind of machine");
}

LimitMeter::~LimitMeter() = default;

llvm::LogicalResult LimitMeter::sample() {
  if (failed(sampleArithmetic()))
    return llvm::failure();
  if (samplesCopy && failed(sampleCopy()))
    return llvm::failure();
  return sampleMemory();
}

const Limit &LimitMeter::getArithmetic(ProductInstruction instruction,
                                       ElementType weights) const {
  for (const ArithmeticLimit &limit : arithmetic)
    if (limit.instruction == instruction && limit.weights == weights)
      return limit;
  return getArithmetic();
}

const Limit &LimitMeter::getMemory(double bytes) const {
  for (const MemoryLimit &limit : memory)
    if (bytes <= double(limit.capacity))
      return limit;
  return memory.back();
}
