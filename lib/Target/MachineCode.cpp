//===- MachineCode.cpp - From LLVM's modules to files ---------------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MachineCode.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"

using namespace llamir;

llvm::Expected<MachineCode> MachineCode::create(Contraction contraction) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  llvm::Triple triple("x86_64-unknown-linux-gnu");
  std::string error;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return llvm::createStringError("no code for x86-64: " + error);
  llvm::TargetOptions options;
  if (contraction == Contraction::Allowed)
    options.AllowFPOpFusion = llvm::FPOpFusion::Fast;
  MachineCode code;
  code.machine.reset(target->createTargetMachine(
      triple, "x86-64", "", options, llvm::Reloc::PIC_, std::nullopt,
      llvm::CodeGenOptLevel::Aggressive));
  return code;
}

void MachineCode::prepare(llvm::Module &module) const {
  module.setTargetTriple(machine->getTargetTriple());
  module.setDataLayout(machine->createDataLayout());
}

llvm::Error MachineCode::write(llvm::Module &module, KernelOutput kind,
                               llvm::raw_pwrite_stream &stream) const {
  if (kind == KernelOutput::LLVMAssembly) {
    module.print(stream, nullptr);
    return llvm::Error::success();
  }
  auto type = kind == KernelOutput::Object
                  ? llvm::CodeGenFileType::ObjectFile
                  : llvm::CodeGenFileType::AssemblyFile;
  llvm::legacy::PassManager passes;
  if (machine->addPassesToEmitFile(passes, stream, nullptr, type))
    return llvm::createStringError("LLVM cannot write this kind of file");
  passes.run(module);
  return llvm::Error::success();
}
