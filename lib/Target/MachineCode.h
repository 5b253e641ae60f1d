//===- MachineCode.h - From LLVM's modules to files -------------*- C++ -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_LIB_TARGET_MACHINECODE_H
#define LLAMIR_LIB_TARGET_MACHINECODE_H

#include "llamir/Target/HalideCodegen.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"

namespace llamir {

/// What may become of an addition of a product.
enum class Contraction {
  /// What the module's instructions say.
  AsWritten,
  /// A multiply-add, which rounds once.
  Allowed
};

/// Makes machine code of LLVM's modules for x86-64. The processor is that of
/// each function's attributes, or any.
class MachineCode {
public:
  static llvm::Expected<MachineCode> create(Contraction contraction);

  /// Gives a new module the layout of data that code is made for.
  void prepare(llvm::Module &module) const;

  /// Writes an object, assembly, or the module itself. Code generation changes
  /// the module: each output needs its own.
  llvm::Error write(llvm::Module &module, KernelOutput kind,
                    llvm::raw_pwrite_stream &stream) const;

private:
  std::unique_ptr<llvm::TargetMachine> machine;
};

} // namespace llamir

#endif // LLAMIR_LIB_TARGET_MACHINECODE_H
