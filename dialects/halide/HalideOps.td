//===- HalideOps.td - Ops of the halide dialect ------------*- tablegen -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_HALIDE_OPS_TD
#define LLAMIR_HALIDE_OPS_TD

include "dialects/halide/HalideAlgorithm.td"
include "dialects/halide/HalideSchedule.td"

#endif // LLAMIR_HALIDE_OPS_TD
