//===- KernelOutput.cpp - What can be written of kernels ------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceCode.h"
#include "llamir/Target/HalideCodegen.h"
#include "llvm/ADT/STLExtras.h"

using namespace llamir;

namespace {
struct OutputRow {
  KernelOutput kind;
  llvm::StringLiteral name, extension;
  /// The interface whose code it is.
  std::optional<DeviceInterface> interface;
};
} // namespace

static constexpr OutputRow rows[] = {
    {KernelOutput::Object, "object", ".o", std::nullopt},
    {KernelOutput::Assembly, "asm", ".s", std::nullopt},
    {KernelOutput::LLVMAssembly, "llvm", ".ll", std::nullopt},
    {KernelOutput::Stmt, "stmt", ".stmt", std::nullopt},
    {KernelOutput::Html, "html", ".stmt.html", std::nullopt},
    {KernelOutput::PTX, "ptx", ".ptx", DeviceInterface::CUDA},
    {KernelOutput::Cubin, "cubin", ".cubin", DeviceInterface::CUDA},
    {KernelOutput::Resources, "resources", ".resources.json",
     DeviceInterface::CUDA},
    {KernelOutput::OpenCL, "opencl", ".cl", DeviceInterface::OpenCL},
    {KernelOutput::SPIRV, "spirv", ".spv", DeviceInterface::Vulkan}};

static const OutputRow &getRow(KernelOutput kind) {
  return *llvm::find_if(rows,
                        [&](const OutputRow &row) { return row.kind == kind; });
}

std::optional<KernelOutput> llamir::findKernelOutput(llvm::StringRef name) {
  for (const OutputRow &row : rows)
    if (row.name == name)
      return row.kind;
  return std::nullopt;
}

llvm::SmallVector<llvm::StringRef> llamir::getKernelOutputNames() {
  return llvm::to_vector(llvm::map_range(
      rows, [](const OutputRow &row) -> llvm::StringRef { return row.name; }));
}

bool llamir::isMachineCode(KernelOutput kind) {
  return kind == KernelOutput::Object || kind == KernelOutput::Assembly ||
         kind == KernelOutput::LLVMAssembly;
}

bool llamir::isDeviceCode(KernelOutput kind) {
  return getRow(kind).interface.has_value();
}

llvm::Error llamir::checkOutputs(const TargetInfo &target,
                                 llvm::ArrayRef<KernelOutput> outputs) {
  for (KernelOutput kind : outputs) {
    const OutputRow &row = getRow(kind);
    if (row.interface &&
        (!target.isDevice() || target.getDevice().interface != *row.interface))
      return llvm::createStringError("there is no output '" + row.name +
                                     "' of kernels for the target '" +
                                     target.name + "'");
  }
  return llvm::Error::success();
}

llvm::StringRef KernelCode::get(KernelOutput kind) const {
  for (const auto &[outputKind, bytes] : outputs)
    if (outputKind == kind)
      return bytes;
  return {};
}

std::vector<std::pair<std::string, std::string>> KernelCode::getFiles() const {
  std::vector<std::pair<std::string, std::string>> files;
  for (const auto &[kind, bytes] : outputs) {
    std::string extension = getRow(kind).extension.str();
    if (kind != KernelOutput::SPIRV) {
      files.push_back({name + extension, bytes});
      continue;
    }
    for (auto [index, module] : llvm::enumerate(splitSPIRV(bytes)))
      files.push_back(
          {name + "." + std::to_string(index) + extension, module.str()});
  }
  return files;
}
