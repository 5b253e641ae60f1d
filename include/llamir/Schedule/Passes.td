//===- Passes.td - Schedules for Halide pipelines ----------*- tablegen -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_SCHEDULE_PASSES_TD
#define LLAMIR_SCHEDULE_PASSES_TD

include "mlir/Pass/PassBase.td"

def HalideSchedule : Pass<"halide-schedule", "::mlir::ModuleOp"> {
  let summary = "Writes a schedule for a target into every pipeline";
  let description = [{
    Adds a `halide.schedule` for the target to each `halide.pipeline` that has
    none yet. The strategy follows the kind of kernel that
    `--convert-llama-to-halide` noted (`llama.kind`):

    - linear: register tiles over packed panels, the reduction in blocks, tasks
      of one panel (or head) and a block of rows;
    - norm: row by row, the sum in vectors, tasks of some rows;
    - attention: tiles of queries by blocks of keys, with versions for one token
      and for few;
    - elementwise: vectors along rows, tasks of some rows.

    A strategy says which funcs it expects, by their roles (`llama.role`), with
    their dimensions and updates; a pipeline is compared with that before the
    strategy looks at it. One that has other funcs, as a kernel with several
    outputs or with a weight that is not packed, gets a plain schedule that
    computes every func once, with a remark of the category "schedule" that says
    why. So does a pipeline of no kind. Where the pipeline is not what the
    compiler makes of a kernel (an unknown kind, a role that is missing or whose
    func has other dimensions, a weight whose panels the target has no register
    tile for), that is a warning, too.

    A schedule for the target that is there, written by hand or by another pass,
    is kept. Refused are an unknown target, a pipeline that is scheduled for
    other targets only, and llama ops that are in no pipeline yet.

    ```mlir
    halide.pipeline @add(%x: !halide.buffer<8x?xf32>, %y: !halide.buffer<8x?xf32>)
        attributes {llama.kind = "elementwise"} {
      %out = halide.func "out" ["i", "t"] {llama.role = "output"} : <2, f32> { … }
      halide.output %out : !halide.func<2, f32> as [!halide.buffer<8x?xf32>]
    }
    // becomes, for x86-64-avx2
    halide.pipeline @add(…) attributes {llama.kind = "elementwise"} {
      …
      halide.schedule for "x86-64-avx2" {
        halide.bound %out dim 0 from 0 extent 8 : <2, f32>
        …
        %i, %t = halide.loops %out : !halide.func<2, f32>
        %task, %row = halide.split %t by 2048 tail guard_with_if names ["task", "row"]
        halide.parallel %task
        %0:2 = halide.split %i by 8 tail guard_with_if
        halide.vectorize %0#1
      }
    }
    ```
  }];
  let options = [Option<"target", "target", "std::string", "\"host\"",
                        "The target, as in --help of llamir">];
  let dependentDialects = ["::llamir::halide::HalideDialect", "::mlir::amx::AMXDialect",
                           "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
}

#endif // LLAMIR_SCHEDULE_PASSES_TD
