//===- HostCodegen.cpp - Host functions to objects ------------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "llamir/Target/HostCodegen.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;
using namespace llamir;

/// The module's functions as LLVM IR. Pipelines and weights stay behind: the
/// first are compiled by libHalide, the second are data.
static std::unique_ptr<llvm::Module> translate(ModuleOp module,
                                               llvm::LLVMContext &context) {
  DialectRegistry registry;
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  module.getContext()->appendDialectRegistry(registry);
  OwningOpRef<ModuleOp> host = ModuleOp::create(module.getLoc());
  OpBuilder builder = OpBuilder::atBlockEnd(host->getBody());
  for (Operation &op : *module.getBody())
    if (isa<LLVM::LLVMFuncOp, LLVM::GlobalOp>(op))
      builder.clone(op);
  return translateModuleToLLVMIR(*host, context, "llamir host");
}

static std::unique_ptr<llvm::TargetMachine> createMachine(std::string &error) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  llvm::Triple triple("x86_64-unknown-linux-gnu");
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, "x86-64", "", llvm::TargetOptions(), llvm::Reloc::PIC_));
}

FailureOr<KernelCode> llamir::compileHost(ModuleOp module, StringRef name,
                                          ArrayRef<KernelOutput> outputs) {
  std::string error;
  std::unique_ptr<llvm::TargetMachine> machine = createMachine(error);
  if (!machine)
    return module.emitError() << "no code for the host: " << error;
  KernelCode code;
  code.name = name.str();
  for (KernelOutput output : outputs) {
    // Code generation changes the module: each output has its own.
    llvm::LLVMContext context;
    std::unique_ptr<llvm::Module> translated = translate(module, context);
    if (!translated)
      return module.emitError() << "the host functions have no LLVM IR";
    translated->setTargetTriple(machine->getTargetTriple());
    translated->setDataLayout(machine->createDataLayout());
    SmallVector<char, 0> bytes;
    llvm::raw_svector_ostream stream(bytes);
    if (output == KernelOutput::LLVMAssembly) {
      translated->print(stream, nullptr);
    } else if (output == KernelOutput::Object ||
               output == KernelOutput::Assembly) {
      auto type = output == KernelOutput::Object
                      ? llvm::CodeGenFileType::ObjectFile
                      : llvm::CodeGenFileType::AssemblyFile;
      llvm::legacy::PassManager passes;
      if (machine->addPassesToEmitFile(passes, stream, nullptr, type))
        return module.emitError() << "LLVM cannot write this kind of file";
      passes.run(*translated);
    } else {
      continue;
    }
    code.outputs.push_back({output, std::string(bytes.data(), bytes.size())});
  }
  return code;
}
