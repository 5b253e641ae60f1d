//===- HostCodegen.cpp - Host functions to objects ------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Target/HostCodegen.h"
#include "DeviceCode.h"
#include "MachineCode.h"
#include "llamir/Conversion/HostToLLVM/HostSignature.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/Module.h"

using namespace mlir;
using namespace llamir;

/// The module's functions as LLVM IR. Pipelines and weights stay behind: the
/// first are compiled by libHalide, the second are data.
static std::unique_ptr<llvm::Module> translate(ModuleOp module,
                                               llvm::LLVMContext &context) {
  OwningOpRef<ModuleOp> host = ModuleOp::create(module.getLoc());
  OpBuilder builder = OpBuilder::atBlockEnd(host->getBody());
  for (Operation &op : *module.getBody())
    if (isa<LLVM::LLVMFuncOp, LLVM::GlobalOp>(op))
      builder.clone(op);
  return translateModuleToLLVMIR(*host, context, "llamir host");
}

LogicalResult llamir::compileTensorKernels(ModuleOp module,
                                           const TargetInfo &target,
                                           ArrayRef<KernelOutput> outputs,
                                           SmallVectorImpl<KernelCode> &code,
                                           StringRef prefix) {
  for (auto binary : module.getOps<gpu::BinaryOp>()) {
    KernelCode kernel;
    kernel.name = getCIdentifier((prefix + binary.getSymName()).str());
    for (KernelOutput kind : outputs) {
      if (!isDeviceCode(kind))
        continue;
      for (Attribute object : binary.getObjects()) {
        llvm::Expected<std::string> made = makeCudaOutput(
            kind, cast<gpu::ObjectAttr>(object).getObject(), target);
        if (!made)
          return binary.emitError() << llvm::toString(made.takeError());
        kernel.outputs.push_back({kind, std::move(*made)});
      }
    }
    code.push_back(std::move(kernel));
  }
  return success();
}

FailureOr<KernelCode> llamir::compileHost(ModuleOp module, StringRef name,
                                          ArrayRef<KernelOutput> outputs) {
  llvm::Expected<MachineCode> machine =
      MachineCode::create(Contraction::AsWritten);
  if (!machine)
    return module.emitError() << llvm::toString(machine.takeError());
  KernelCode code;
  code.name = name.str();
  for (KernelOutput output : outputs) {
    if (!isMachineCode(output))
      continue;
    llvm::LLVMContext context;
    std::unique_ptr<llvm::Module> translated = translate(module, context);
    if (!translated)
      return module.emitError() << "the host functions have no LLVM IR";
    machine->prepare(*translated);
    SmallVector<char, 0> bytes;
    llvm::raw_svector_ostream stream(bytes);
    if (llvm::Error error = machine->write(*translated, output, stream))
      return module.emitError() << llvm::toString(std::move(error));
    code.outputs.push_back({output, std::string(bytes.data(), bytes.size())});
  }
  return code;
}
