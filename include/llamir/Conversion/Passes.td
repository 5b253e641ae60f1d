//===- Passes.td - Passes that leave the llama dialect ------*- tablegen -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_CONVERSION_PASSES_TD
#define LLAMIR_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

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
  }];
  let dependentDialects = ["::llamir::halide::HalideDialect", "::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect"];
}

//===----------------------------------------------------------------------===//
// Host code
//===----------------------------------------------------------------------===//

def LlamaAnnotateSizes : Pass<"llama-annotate-sizes", "::mlir::ModuleOp"> {
  let summary = "Name the dynamic sizes of host functions";
  let description = [{
    Finds which dynamic dimensions are always equal and names each set of them:
    by the name that a `llama.dims` argument attribute gives, else `tokens`,
    `tokens_1`, … Writes the names to `llama.dims` attributes of all arguments
    and launches with dynamic sizes. Arguments that an embedding uses as
    indices get the number of the table's rows as `llama.index_limit`.

    Runs while the kernels are functions, since their bodies tell which sizes
    are equal; what it writes is all that the passes after it need.
  }];
}

def LlamaPlanMemory : Pass<"llama-plan-memory", "::mlir::func::FuncOp"> {
  let summary = "Place the results of launches in one arena";
  let description = [{
    Gives every result of a launch a place: the caller's buffer for a value that
    the function returns, else a part of the arena that no other value uses at
    the same time. The arena is made of regions, one for each product of
    dynamic sizes, so that offsets are linear in the size: a place at `offset`
    in a region with the dims `["tokens"]` starts `offset * tokens` bytes from
    the region's start. Offsets and sizes are multiples of 64.

    Arguments are read in place, and results of `llama.split` are views. Writes
    `llama.storage` on launches and `llama.arena` on the function.
  }];
}

def LlamaPrintMemoryPlan
    : Pass<"llama-print-memory-plan", "::mlir::ModuleOp"> {
  let summary = "Print the memory plan of host functions to standard error";
  let description = [{
    For each planned function a table of buffers (value, kernel, bytes, place,
    first and last launch that uses it), the arena's size with and without reuse,
    and a chart of the lifetimes.
  }];
}

#endif // LLAMIR_CONVERSION_PASSES_TD
