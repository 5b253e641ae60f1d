//===- LimitKernels.cpp - Kernels that reach what a device can ------------===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bench/LimitKernels.h"
#include "llvm/ADT/ArrayRef.h"
#include <utility>

using namespace llamir;
using llvm::ArrayRef;
using llvm::StringLiteral;
using llvm::StringRef;

/// Each thread copies four numbers, and those beside it their neighbours.
static constexpr StringLiteral copyText = R"mlir(
func.func @copy(%x: tensor<?x65536xf32> {llama.dims = ["rows"]})
    -> tensor<?x65536xf32> {
  %y = llama.launch @copy_rows(%x) {llama.dims = [["rows"]]}
    : (tensor<?x65536xf32>) -> tensor<?x65536xf32>
  return %y : tensor<?x65536xf32>
}
halide.pipeline @copy_rows(%x: !halide.buffer<65536x?xf32>)
    attributes {llama.kernel_type = (tensor<?x65536xf32>) -> tensor<?x65536xf32>} {
  %y = halide.func "y" ["i", "t"] : <2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<65536x?xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<2, f32> as [!halide.buffer<65536x?xf32>]
  halide.schedule for "$TARGET" {
    halide.bound %y dim 0 from 0 extent 65536 : <2, f32>
    %i, %t = halide.loops %y : !halide.func<2, f32>
    %block, %rest = halide.split %i by 1024 tail round_up
    %part, %thread = halide.split %rest by 256 tail round_up
    halide.reorder %part, %thread, %block, %t
    halide.unroll %part
    halide.gpu_threads %thread
    halide.gpu_blocks %block
    halide.gpu_blocks %t
  }
}
)mlir";

/// Each thread multiplies and adds in eight chains, in registers, 16 times a
/// step; $FACTOR computes %factor, which all chains share, as a tile of eight
/// tokens shares a weight. The number of steps is an array's extent.
static constexpr StringLiteral multiplyAddText = R"mlir(
func.func @$NAME(%x: tensor<?xf32> {llama.dims = ["threads"]},
                 %steps: tensor<?xf32> {llama.dims = ["steps"]})
    -> tensor<?x8xf32> {
  %y = llama.launch @$NAME_chains(%x, %steps) {llama.dims = [["threads"]]}
    : (tensor<?xf32>, tensor<?xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
halide.pipeline @$NAME_chains(%x: !halide.buffer<?xf32>,
                              %array: !halide.buffer<?xf32>)
    attributes {llama.kernel_type = (tensor<?xf32>, tensor<?xf32>) -> tensor<?x8xf32>} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %steps = halide.extent %array, 0 : <?xf32>
  %sum = halide.func "sum" ["c", "i"] : <2, f32> {
  ^bb0(%c: index, %i: index):
    %n = arith.index_cast %c : index to i32
    %v = arith.sitofp %n : i32 to f32
    halide.yield %v : f32
  }
  halide.update %sum over ["k", "step"] from %c0, %c0 extent %c16, %steps : <2, f32> {
  ^bb0(%c: index, %i: index, %k: index, %step: index):
    $FACTOR
    %addend = arith.constant 0.1 : f32
    %old = halide.at %sum[%c, %i] : !halide.func<2, f32> -> f32
    %product = arith.mulf %old, %factor : f32
    %new = arith.addf %product, %addend : f32
    halide.yield %new : f32
  }
  %y = halide.func "y" ["c", "i"] : <2, f32> {
  ^bb0(%c: index, %i: index):
    %v = halide.at %sum[%c, %i] : !halide.func<2, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<2, f32> as [!halide.buffer<8x?xf32>]
  halide.schedule for "$TARGET" {
    halide.bound %y dim 0 from 0 extent 8 : <2, f32>
    %c, %i = halide.loops %y : !halide.func<2, f32>
    %block, %thread = halide.split %i by 256 tail round_up
    halide.unroll %c
    halide.gpu_threads %thread
    halide.gpu_blocks %block
    halide.compute_at %sum, %thread : <2, f32>
    halide.store_in %sum, register : <2, f32>
    halide.bound_extent %sum dim 0 extent 8 : <2, f32>
    halide.bound_extent %sum dim 1 extent 1 : <2, f32>
    %first, %i0 = halide.loops %sum : !halide.func<2, f32>
    halide.unroll %first
    %chain, %i1, %k, %step = halide.loops %sum update 0 : !halide.func<2, f32> + 2
    halide.reorder %chain, %i1, %k, %step
    halide.unroll %chain
    halide.unroll %k
  }
}
)mlir";

/// A number that stays in a register. libHalide does not know the loops of a
/// sum that no index mentions: this one does, and adds nothing.
static constexpr StringLiteral f32Factor = R"mlir(
    %k0 = arith.minsi %k, %c0 : index
    %step0 = arith.minsi %step, %c0 : index
    %i_k = arith.addi %i, %k0 : index
    %at = arith.addi %i_k, %step0 : index
    %factor = halide.at %x[%at] : !halide.buffer<?xf32> -> f32
)mlir";

/// Another bf16 between 0.5 and 1 each time, widened. No two threads have the
/// same, or one could compute what all need.
static constexpr StringLiteral bf16Factor = R"mlir(
    %digits = arith.constant 0x7f : i32
    %half = arith.constant 0x3f00 : i32
    %row = arith.addi %step, %i : index
    %before = arith.muli %row, %c16 : index
    %at = arith.addi %before, %k : index
    %number = arith.index_cast %at : index to i32
    %low = arith.andi %number, %digits : i32
    %word = arith.ori %low, %half : i32
    %bits = arith.trunci %word : i32 to i16
    %bf16 = arith.bitcast %bits : i16 to bf16
    %factor = arith.extf %bf16 : bf16 to f32
)mlir";

/// Of a thread of a step.
static constexpr int64_t chains = 8, productsOfStep = 16;

static std::string fill(StringRef text,
                        ArrayRef<std::pair<StringRef, StringRef>> values) {
  std::string filled = text.str();
  for (auto [name, value] : values)
    for (size_t at; (at = filled.find(name)) != std::string::npos;)
      filled.replace(at, name.size(), value);
  return filled;
}

std::string llamir::getLimitKernels(StringRef target) {
  std::string text = fill(copyText, {{"$TARGET", target}});
  for (auto [name, factor] :
       {std::pair("f32_fma", f32Factor), std::pair("bf16_fma", bf16Factor)})
    text += fill(multiplyAddText,
                 {{"$TARGET", target}, {"$NAME", name}, {"$FACTOR", factor}});
  return text;
}

LimitWork llamir::getLimitWork(StringRef function,
                               const llvm::StringMap<int64_t> &sizes) {
  LimitWork work;
  if (function == "copy")
    work.bytes =
        2.0 * sizeof(float) * double(sizes.lookup("rows") * columnsOfCopy);
  else
    work.flops = 2.0 * double(chains * productsOfStep) *
                 double(sizes.lookup("threads") * sizes.lookup("steps"));
  return work;
}
