//===- Passes.td - Passes from kernels to Halide pipelines -*- tablegen -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_CONVERSION_LLAMATOHALIDE_PASSES_TD
#define LLAMIR_CONVERSION_LLAMATOHALIDE_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertLlamaToHalide : Pass<"convert-llama-to-halide", "::mlir::ModuleOp"> {
  let summary = "Turn kernel functions into Halide pipelines";
  let description = [{
    Each function with the attribute `llama.kernel` becomes a `halide.pipeline`
    of its name, without a schedule: one buffer for each argument, an output
    buffer for each result, and funcs for what its ops compute, in f32.
    Element-wise ops, splits and joins become part of the expressions of what
    reads them. The tensor type stays as the attribute `llama.kernel_type`.

    Attributes tell the schedules what they have before them: `llama.kind` on
    the pipeline, `llama.role` on each func.

    Refused are kernels without a body or results, ops without a lowering
    (everything but the llama dialect's layer operations, joins, splits and
    packs), inputs that are no tensors of rank 1 or 2, tensors that no buffer
    holds, results that are indices or of a dynamic rank 1, packed weights that
    are not inputs, or are returned by a kernel that did not pack them, and
    rotations of more than 2^20 pairs, whose table would not fit into code.

    ```mlir
    func.func private @twice(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {llama.kernel} {
      %s = llama.add %x, %x : tensor<?x8xf32>
      return %s : tensor<?x8xf32>
    }
    // becomes
    halide.pipeline @twice(%x: !halide.buffer<8x?xf32>)
        attributes {llama.kernel_type = (tensor<?x8xf32>) -> tensor<?x8xf32>, llama.kind = "elementwise"} {
      %out = halide.func "out" ["i", "t"] {llama.role = "output"} : <2, f32> {
      ^bb0(%i: index, %t: index):
        %0 = halide.at %x[%i, %t] : !halide.buffer<8x?xf32> -> f32
        %1 = arith.addf %0, %0 : f32
        halide.yield %1 : f32
      }
      halide.output %out : !halide.func<2, f32> as [!halide.buffer<8x?xf32>]
    }
    ```
  }];
  let dependentDialects = ["::llamir::halide::HalideDialect", "::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect"];
}

#endif // LLAMIR_CONVERSION_LLAMATOHALIDE_PASSES_TD
