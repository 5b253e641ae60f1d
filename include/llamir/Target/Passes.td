//===- Passes.td - Code generation -------------------------*- tablegen -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_TARGET_PASSES_TD
#define LLAMIR_TARGET_PASSES_TD

include "mlir/Pass/PassBase.td"

def HalideCodegen : Pass<"halide-codegen", "::mlir::ModuleOp"> {
  let summary = "Compiles every pipeline through libHalide into files";
  let description = [{
    Writes `NAME.o` (and what else `emit` asks for) for each `halide.pipeline`
    into `output-dir`, which must exist. Without `output-dir` the code is
    generated and dropped, which checks the schedules. The IR stays as it is.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"host\"", "The target, as in --help of llamir">,
    Option<"outputDir", "output-dir", "std::string", "\"\"", "Folder for the files">,
    ListOption<"emit", "emit", "std::string", "object, asm, llvm, stmt, html; object if none is given">];
}

#endif // LLAMIR_TARGET_PASSES_TD
