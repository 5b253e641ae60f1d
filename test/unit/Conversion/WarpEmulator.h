//===- WarpEmulator.h - Blocks of a CUDA kernel on the processor *- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Runs a kernel in the NVVM dialect where there is no GPU: each thread of a
// block is a coroutine, and what threads do together (barriers, shuffles,
// matrices) lets all others come to the same place first. Copies to shared
// memory arrive when the thread waits for them, and not before.
//
// Source: PTX ISA, sections on mma.m16n8k16, ldmatrix, shfl.sync and cp.async.
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TEST_UNIT_CONVERSION_WARPEMULATOR_H
#define LLAMIR_TEST_UNIT_CONVERSION_WARPEMULATOR_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include <cstdint>
#include <functional>
#include <memory>

namespace llvm::orc {
class LLJIT;
} // namespace llvm::orc

namespace llamir {

/// Of the elements of 16 bits that a kernel has.
float decode(uint16_t element, bool isHalf);
uint16_t encode(float value, bool isHalf);

/// A function of a gpu.module, compiled for this machine.
class WarpEmulator {
public:
  /// Fails with a diagnostic. The module is used up.
  static std::unique_ptr<WarpEmulator> create(mlir::gpu::GPUModuleOp module,
                                              llvm::StringRef function);
  ~WarpEmulator();

  /// Runs `call`, which gets the function's address, in each thread of each
  /// block of a grid. False if threads were not together when they had to be.
  bool run(unsigned blocksX, unsigned blocksY, unsigned threads,
           const std::function<void(void *function)> &call);

private:
  WarpEmulator();
  std::unique_ptr<llvm::orc::LLJIT> jit;
  void *function = nullptr;
};

} // namespace llamir

#endif // LLAMIR_TEST_UNIT_CONVERSION_WARPEMULATOR_H
