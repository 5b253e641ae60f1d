//===- TargetInfo.h - The machines that code is made for --------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_SUPPORT_TARGETINFO_H
#define LLAMIR_SUPPORT_TARGETINFO_H

#include "llamir/Support/ElementType.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/LogicalResult.h"
#include <string>
#include <variant>

namespace mlir {
class Operation;
} // namespace mlir

namespace llamir {

/// A block of a matrix product that is summed up in registers: `rows` rows of
/// activations by `vectors` vectors of weights, with a register for each vector
/// and one for an activation beside the sums.
struct RegisterTile {
  int64_t vectors;
  int64_t rows;
  /// Time for a multiply-add relative to the best tile.
  double cost;
};

/// What adds up the products of a matrix product.
enum class ProductInstruction {
  /// Multiply-adds of f32. Narrower numbers are widened in registers.
  MultiplyAdd,
  /// Two products of bf16 at a time added to an f32 (`vdpbf16ps`).
  DotBF16,
  /// Products of tiles of 16 rows, up to 32 inputs and 16 columns of bf16 added
  /// to a tile of f32 (`tdpbf16ps` of AMX). A register tile's `vectors` are
  /// tiles of 16 columns. An f32 is multiplied as the three bf16 whose sum it
  /// is.
  TileBF16,
};

/// Whether both factors are bf16: wider activations must be rounded or divided.
constexpr bool multipliesBF16(ProductInstruction instruction) {
  return instruction != ProductInstruction::MultiplyAdd;
}

/// How a target multiplies activations by packed weights of a type.
struct MatrixProduct {
  /// The type that the packed weights have.
  ElementType weights;
  ProductInstruction instruction;
  /// Neighbouring inputs of a row that lie side by side in a panel.
  int64_t interleave;
  /// The best first.
  llvm::ArrayRef<RegisterTile> tiles;

  /// Whether activations of this type can be multiplied so.
  bool takes(ElementType activations) const {
    return instruction == ProductInstruction::MultiplyAdd ||
           activations == ElementType::BF16 || getParts(activations) > 1;
  }
  /// How many numbers that it takes add up to one of these activations.
  int64_t getParts(ElementType activations) const {
    bool divides = instruction == ProductInstruction::TileBF16 &&
                   activations == ElementType::F32;
    return divides ? 3 : 1;
  }
  /// The tile for weights in groups of `group` rows: the one that spends the
  /// least on the padding of a group's last panel of vectors of `lanes`.
  const RegisterTile &chooseTile(int64_t group, int64_t lanes) const;
  /// The tile whose columns are a panel of that width, null if there is none.
  const RegisterTile *findTile(int64_t panelWidth, int64_t lanes) const;
};

/// What a target's schedules are made for.
enum class MachineKind {
  /// Vectors, caches, and tasks that threads share.
  Processor,
  /// Blocks of threads that share memory: a GPU.
  Device
};

/// "processor" or "device", as strategies are named.
llvm::StringRef getMachineName(MachineKind kind);

/// A processor, as schedules see it.
struct Processor {
  /// LLVM's name of it, which libHalide generates code for.
  std::string cpu;
  /// What it must have, by LLVM's names: "avx2,fma".
  std::string features;
  /// f32 lanes of a vector register.
  int64_t vectorLanes;
};

/// What a device's kernels are handed to.
enum class DeviceInterface { CUDA, OpenCL, Vulkan };

/// A device, as schedules see it.
struct Device {
  DeviceInterface interface;
  /// What machine code is made for, "sm_80"; empty where drivers make it.
  std::string architecture;
  /// Threads that run in step, and whether they can read each other's
  /// registers (`halide.gpu_lanes`).
  int64_t warp;
  bool hasLanes;
  /// Limits of a block: its threads, and bytes of the memory that they share.
  int64_t mostThreads, sharedBytes;
};

/// A target that kernels are scheduled and compiled for.
struct TargetInfo {
  /// The name users give: x86-64, x86-64-avx2, opencl, …; never "host".
  std::string name;
  /// The same in libHalide's words.
  std::string halideTarget;
  std::variant<Processor, Device> machine;
  /// The best first.
  llvm::ArrayRef<MatrixProduct> products;

  MachineKind getMachine() const {
    return isDevice() ? MachineKind::Device : MachineKind::Processor;
  }
  bool isDevice() const { return std::holds_alternative<Device>(machine); }
  bool isCuda() const {
    return isDevice() && getDevice().interface == DeviceInterface::CUDA;
  }
  /// Each only for a target of that kind.
  const Processor &getProcessor() const { return std::get<Processor>(machine); }
  const Device &getDevice() const { return std::get<Device>(machine); }
  /// Columns of a panel for each vector of a register tile. Devices read rows.
  int64_t getPanelLanes() const {
    return isDevice() ? 1 : getProcessor().vectorLanes;
  }

  /// What the places of arrays in the arena are multiples of, in bytes.
  int64_t getArenaAlignment() const { return isDevice() ? 512 : 64; }

  /// How activations are multiplied by weights that the model has in a type,
  /// f32, bf16 or f16. Weights of a type that the target has no instruction to
  /// read are packed as f32.
  const MatrixProduct &getProduct(ElementType activations,
                                  ElementType weights) const;
  /// Whether its code needs matrix tiles, which a process must ask the system
  /// for.
  bool needsMatrixTiles() const;
};

/// Asks the system for matrix tiles, for the whole process; false if it has
/// none to give.
bool requestMatrixTiles();

/// Names of all targets, `host` among them.
llvm::ArrayRef<llvm::StringRef> getTargetNames();

/// The target of that name; `host` is the best one that this machine's
/// processor and system can run. An unknown name is an error that lists those
/// there are.
llvm::Expected<TargetInfo> getTarget(llvm::StringRef name);

/// The same for a pass: the error is that of the op.
llvm::FailureOr<TargetInfo> getTarget(llvm::StringRef name,
                                      mlir::Operation *op);

/// The best target that a processor with these features (LLVM's names) can run;
/// an error when there is none.
llvm::Expected<TargetInfo> getBestTarget(const llvm::StringMap<bool> &features);

/// An error when this machine cannot run code for the target.
llvm::Error checkRunsHere(const TargetInfo &target);

} // namespace llamir

#endif // LLAMIR_SUPPORT_TARGETINFO_H
