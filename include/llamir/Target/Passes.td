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
    into `output-dir`, which is made where it is missing. Without `output-dir`
    the code is generated and dropped, which checks the schedules. The IR stays as it is.

    Refused are an unknown target or output, a pipeline without a schedule for
    the target, expressions that Halide does not have, and what libHalide
    refuses, with its words at the directive or op it is about. All files are
    written, or none.

    ```
    llamir-opt kernels.mlir --halide-codegen="target=x86-64-avx2 output-dir=out emit=object,asm"
    // with a halide.pipeline @add in kernels.mlir: out/add.o and out/add.s
    ```
  }];
  let options = [
    Option<"target", "target", "std::string", "\"host\"", "The target, as in --help of llamir">,
    Option<"outputDir", "output-dir", "std::string", "\"\"", "Folder for the files">,
    ListOption<"emit", "emit", "std::string", "object, asm, llvm, stmt, html; of devices ptx, cubin, resources, opencl, spirv; "
           "object if none is given">];
}

#endif // LLAMIR_TARGET_PASSES_TD
