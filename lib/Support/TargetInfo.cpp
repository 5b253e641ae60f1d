//===- TargetInfo.cpp - The targets ---------------------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Support/TargetInfo.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/TargetParser/Host.h"
#include <asm/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace llamir;

namespace {
struct ProcessorRow {
  llvm::StringLiteral name;
  llvm::StringLiteral halideTarget;
  llvm::StringLiteral cpu;
  int64_t vectorLanes;
  llvm::ArrayRef<MatrixProduct> products;
  /// What the processor must have, in LLVM's words separated by commas: what
  /// code for `cpu` uses, as far as not every processor with the rest has it.
  llvm::StringLiteral features;
};

struct DeviceRow {
  llvm::StringLiteral name;
  /// Of the device's part in libHalide's target.
  llvm::StringLiteral halideFeatures;
  DeviceInterface interface;
  llvm::StringLiteral architecture;
  bool hasLanes;
  int64_t mostThreads, sharedBytes;
};
} // namespace

// More than one operand load for two multiply-adds makes the loads the limit:
// the cost of the narrow tiles.
static constexpr RegisterTile tilesOf32Registers[] = {
    {4, 6, 1.0}, {3, 8, 1.0},  {5, 5, 1.0},  {2, 12, 1.0},
    {6, 4, 1.0}, {7, 3, 1.03}, {1, 14, 1.35}};
static constexpr RegisterTile tilesOf16Registers[] = {
    {3, 4, 1.0}, {2, 6, 1.0}, {1, 10, 1.3}};
// Each vector of pairs is widened to two, which need registers, too.
static constexpr RegisterTile wideningTilesOf16Registers[] = {{2, 6, 1.0},
                                                              {1, 10, 1.3}};
// Wider tiles are taken apart by libHalide into pairs that do not stay in
// registers.
static constexpr RegisterTile dotTiles[] = {{2, 12, 1.0}, {1, 14, 1.35}};

// With less than four sums a tile waits for the one before.
static constexpr RegisterTile matrixTiles[] = {{4, 16, 1.0}, {6, 16, 1.0},
                                               {5, 16, 1.0}, {3, 16, 1.15},
                                               {2, 16, 1.7}, {1, 16, 3.3}};

// A pair of bf16 is a word, of which a shift gives the first number and a mask
// the second: any target can read them.
static constexpr MatrixProduct sse41Products[] = {
    {ElementType::F32, ProductInstruction::MultiplyAdd, 1, tilesOf16Registers},
    {ElementType::BF16, ProductInstruction::MultiplyAdd, 2,
     wideningTilesOf16Registers}};
static constexpr MatrixProduct avx2Products[] = {
    {ElementType::F32, ProductInstruction::MultiplyAdd, 1, tilesOf16Registers},
    {ElementType::BF16, ProductInstruction::MultiplyAdd, 2,
     wideningTilesOf16Registers},
    {ElementType::F16, ProductInstruction::MultiplyAdd, 1,
     wideningTilesOf16Registers}};
static constexpr MatrixProduct avx512Products[] = {
    {ElementType::F32, ProductInstruction::MultiplyAdd, 1, tilesOf32Registers},
    {ElementType::BF16, ProductInstruction::MultiplyAdd, 2, tilesOf32Registers},
    {ElementType::F16, ProductInstruction::MultiplyAdd, 1, tilesOf32Registers}};
// Sapphire Rapids has the dot product, too, but takes it at a quarter of the
// rate of multiply-adds, which is half of their arithmetic.
static constexpr MatrixProduct zen4Products[] = {
    {ElementType::F32, ProductInstruction::MultiplyAdd, 1, tilesOf32Registers},
    {ElementType::BF16, ProductInstruction::DotBF16, 2, dotTiles},
    {ElementType::BF16, ProductInstruction::MultiplyAdd, 2, tilesOf32Registers},
    {ElementType::F16, ProductInstruction::MultiplyAdd, 1, tilesOf32Registers}};
static constexpr MatrixProduct amxProducts[] = {
    {ElementType::F32, ProductInstruction::MultiplyAdd, 1, tilesOf32Registers},
    {ElementType::BF16, ProductInstruction::TileBF16, 2, matrixTiles},
    {ElementType::BF16, ProductInstruction::MultiplyAdd, 2, tilesOf32Registers},
    {ElementType::F16, ProductInstruction::MultiplyAdd, 1, tilesOf32Registers}};

// The best last: `host` takes the last that the machine can run.
static constexpr ProcessorRow processors[] = {
    {"x86-64", "x86-64-linux-sse41", "penryn", 4, sse41Products, "sse4.1"},
    {"x86-64-avx2", "x86-64-linux-sse41-avx-f16c-fma-avx2", "haswell", 8,
     avx2Products, "avx2,fma,f16c"},
    {"x86-64-avx512",
     "x86-64-linux-sse41-avx-f16c-fma-avx2-avx512-avx512_skylake",
     "skylake-avx512", 16, avx512Products,
     "avx512f,avx512bw,avx512vl,avx512dq,avx512cd"},
    {"x86-64-avx512-zen4",
     "x86-64-linux-sse41-avx-f16c-fma-avx2-avx512-avx512_skylake-"
     "avx512_cannonlake-avx512_zen4",
     "znver4", 16, zen4Products,
     "avx512f,avx512bw,avx512vl,avx512dq,avx512cd,avx512vnni,avx512bf16,"
     "avx512vbmi,avx512ifma,sse4a"},
    {"x86-64-avx512-sapphirerapids",
     "x86-64-linux-sse41-avx-f16c-fma-avx2-avx512-avx512_skylake-"
     "avx512_cannonlake-avx512_sapphirerapids",
     "sapphirerapids", 16, avx512Products,
     "avx512f,avx512bw,avx512vl,avx512dq,avx512cd,avx512vnni,avx512bf16,"
     "avx512vbmi,avx512ifma,avx512fp16,avxvnni"},
    {"x86-64-amx",
     "x86-64-linux-sse41-avx-f16c-fma-avx2-avx512-avx512_skylake-"
     "avx512_cannonlake-avx512_sapphirerapids",
     "sapphirerapids", 16, amxProducts,
     "avx512f,avx512bw,avx512vl,avx512dq,avx512cd,avx512vnni,avx512bf16,"
     "avx512vbmi,avx512ifma,avx512fp16,avxvnni,amx-tile,amx-bf16"},
};

// Rows of a weight, each in steps of the 16 bytes that a thread loads at once.
static constexpr RegisterTile rowTiles[] = {{1, 1, 1.0}};
static constexpr MatrixProduct deviceProducts[] = {
    {ElementType::F32, ProductInstruction::MultiplyAdd, 4, rowTiles},
    {ElementType::BF16, ProductInstruction::MultiplyAdd, 8, rowTiles},
    {ElementType::F16, ProductInstruction::MultiplyAdd, 8, rowTiles}};

/// The code around kernels, which runs on the processor.
static constexpr llvm::StringLiteral deviceHost = "x86-64-linux-sse41";
static constexpr int64_t threadsOfWarp = 32;

// The limits are what every device of a kind has that runs the kernels at all:
// 48 KiB are what CUDA gives a block without being asked, 32 KiB what desktop
// drivers of Vulkan have.
static constexpr DeviceRow devices[] = {
    {"cuda", "cuda-cuda_capability_80", DeviceInterface::CUDA, "sm_80", true,
     1024, 48 << 10},
    {"cuda-sm_80", "cuda-cuda_capability_80", DeviceInterface::CUDA, "sm_80",
     true, 1024, 48 << 10},
    {"cuda-sm_90", "cuda-cuda_capability_80", DeviceInterface::CUDA, "sm_90",
     true, 1024, 48 << 10},
    {"cuda-sm_100", "cuda-cuda_capability_80", DeviceInterface::CUDA, "sm_100",
     true, 1024, 48 << 10},
    {"opencl", "opencl-cl_doubles", DeviceInterface::OpenCL, "", false, 256,
     32 << 10},
    {"vulkan", "vulkan-vk_v12-vk_int8-vk_int16-vk_int64-vk_float64",
     DeviceInterface::Vulkan, "", false, 256, 32 << 10},
};

static bool runsOn(const ProcessorRow &target,
                   const llvm::StringMap<bool> &processor) {
  llvm::SmallVector<llvm::StringRef> features;
  llvm::StringRef(target.features).split(features, ',');
  return llvm::all_of(features, [&](llvm::StringRef feature) {
    return processor.lookup(feature);
  });
}

static const llvm::StringMap<bool> &getHostFeatures() {
  static const llvm::StringMap<bool> features = [] {
    llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
    // What the processor has and the system keeps is as if it were not there.
    if (features.lookup("amx-tile"))
      features["amx-tile"] = requestMatrixTiles();
    return features;
  }();
  return features;
}

llvm::StringRef llamir::getMachineName(MachineKind kind) {
  return kind == MachineKind::Processor ? "processor" : "device";
}

const RegisterTile &MatrixProduct::chooseTile(int64_t group,
                                              int64_t lanes) const {
  const RegisterTile *best = nullptr;
  double bestCost = 0;
  for (const RegisterTile &tile : tiles) {
    double cost = tile.cost * llvm::alignTo(group, tile.vectors * lanes);
    // Ties, and what is too close to matter, go to the earlier tile.
    if (!best || cost < bestCost * 0.995) {
      best = &tile;
      bestCost = cost;
    }
  }
  return *best;
}

const RegisterTile *MatrixProduct::findTile(int64_t panelWidth,
                                            int64_t lanes) const {
  for (const RegisterTile &tile : tiles)
    if (tile.vectors * lanes == panelWidth)
      return &tile;
  return nullptr;
}

const MatrixProduct &TargetInfo::getProduct(ElementType activations,
                                            ElementType weights) const {
  for (const MatrixProduct &product : products)
    if (product.weights == weights && product.takes(activations))
      return product;
  return getProduct(activations, ElementType::F32);
}

bool llamir::requestMatrixTiles() {
  // How Linux numbers the state that tiles are.
  constexpr int stateOfTiles = 18;
  return syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, stateOfTiles) == 0;
}

bool TargetInfo::needsMatrixTiles() const {
  return llvm::any_of(products, [](const MatrixProduct &product) {
    return product.instruction == ProductInstruction::TileBF16;
  });
}

llvm::ArrayRef<llvm::StringRef> llamir::getTargetNames() {
  static const std::vector<llvm::StringRef> names = [] {
    std::vector<llvm::StringRef> names = {"host"};
    for (const ProcessorRow &target : processors)
      names.push_back(target.name);
    for (const DeviceRow &target : devices)
      names.push_back(target.name);
    return names;
  }();
  return names;
}

static TargetInfo toInfo(const ProcessorRow &row) {
  return {row.name.str(), row.halideTarget.str(),
          Processor{row.cpu.str(), row.features.str(), row.vectorLanes},
          row.products};
}

static TargetInfo toInfo(const DeviceRow &row) {
  return {row.name.str(), (deviceHost + "-" + row.halideFeatures).str(),
          Device{row.interface, row.architecture.str(), threadsOfWarp,
                 row.hasLanes, row.mostThreads, row.sharedBytes},
          deviceProducts};
}

llvm::Expected<TargetInfo>
llamir::getBestTarget(const llvm::StringMap<bool> &features) {
  for (const ProcessorRow &target : llvm::reverse(processors))
    if (runsOn(target, features))
      return toInfo(target);
  return llvm::createStringError(
      "this machine's processor lacks SSE 4.1, which generated code needs");
}

llvm::Expected<TargetInfo> llamir::getTarget(llvm::StringRef name) {
  if (name == "host")
    return getBestTarget(getHostFeatures());
  for (const ProcessorRow &target : processors)
    if (target.name == name)
      return toInfo(target);
  for (const DeviceRow &target : devices)
    if (target.name == name)
      return toInfo(target);
  return llvm::createStringError("unknown target '" + name + "'; there are " +
                                 llvm::join(getTargetNames(), ", "));
}

llvm::FailureOr<TargetInfo> llamir::getTarget(llvm::StringRef name,
                                              mlir::Operation *op) {
  llvm::Expected<TargetInfo> info = getTarget(name);
  if (!info)
    return op->emitError() << llvm::toString(info.takeError());
  return std::move(*info);
}

llvm::Error llamir::checkRunsHere(const TargetInfo &target) {
  for (const ProcessorRow &row : processors)
    if (row.name == target.name && !runsOn(row, getHostFeatures()))
      return llvm::createStringError("this machine cannot run code for " +
                                     target.name);
  return llvm::Error::success();
}
