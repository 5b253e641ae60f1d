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
    none yet: a schedule that is there, written by hand or by another pass, is
    kept. The strategy follows the kind of kernel that `--convert-llama-to-halide`
    noted (`llama.kind`); pipelines it does not know, or whose funcs are not
    arranged as it expects, get a plain schedule that computes every func once,
    with a remark that says so.

    - linear: register tiles over packed panels, the reduction in blocks, tasks
      of one panel (or head) and a block of rows;
    - norm: row by row, the sum in vectors, tasks of some rows;
    - attention: tiles of queries by blocks of keys;
    - elementwise: vectors along rows, tasks of some rows.
  }];
  let options = [Option<"target", "target", "std::string", "\"host\"",
                        "The target, as in --help of llamir">];
  let statistics = [Statistic<"numScheduled", "pipelines-scheduled", "Schedules written">];
  let dependentDialects = ["::llamir::halide::HalideDialect"];
}

#endif // LLAMIR_SCHEDULE_PASSES_TD
