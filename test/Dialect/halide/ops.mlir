// RUN: llamir-opt %s | FileCheck %s
// RUN: llamir-opt %s --mlir-print-op-generic | llamir-opt | FileCheck %s

// The example of the documentation.
// RUN: sed '/def Halide_PipelineOp/,/^}/!d' %S/../../../dialects/halide/HalideAlgorithm.td \
// RUN:   | sed '/```mlir/,/```/!d; /```/d' | llamir-opt | FileCheck %s --check-prefix=EXAMPLE
// EXAMPLE: halide.vectorize

// CHECK-LABEL: halide.pipeline @linear(
// CHECK-SAME: !halide.buffer<64x?xf32>
// CHECK: %[[T:.*]] = halide.extent %{{.*}}, 1
// CHECK: %[[PROD:.*]] = halide.func "prod" ["c", "p", "t"]
// CHECK: halide.update %[[PROD]] over ["k"] from %{{.*}} extent %{{.*}}
// CHECK: %[[OUT:.*]] = halide.func "out" ["i", "t"]
// CHECK: halide.output %[[OUT]]
// CHECK: halide.schedule for "x86-64-avx512"
// CHECK: %[[I:.*]], %[[TT:.*]] = halide.loops %[[OUT]]
// CHECK: halide.split %[[I]] by 16
// CHECK: %to, %ti = halide.split %[[TT]] by 6 tail guard_with_if names ["to", "ti"]
// CHECK: halide.compute_at %[[PROD]]
// CHECK: halide.loops %[[PROD]] update 0 : !halide.func<3, f32> + 1
// CHECK: halide.reorder_storage %[[PROD]] to [0, 2, 1] : {{.*}}<3, f32>
// CHECK: halide.never_partition %[[OUT]] : {{.*}}<2, f32>
// CHECK: halide.never_partition %[[PROD]] update 0
// CHECK: halide.specialize %[[OUT]] if
halide.pipeline @linear(%A: !halide.buffer<64x?xf32>, %W: !halide.buffer<16x64x4xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %K = arith.constant 64 : index
  %T = halide.extent %A, 1 : !halide.buffer<64x?xf32>
  %Tm1 = arith.subi %T, %c1 : index
  %prod = halide.func "prod" ["c", "p", "t"] : !halide.func<3, f32> {
  ^bb0(%c: index, %p: index, %t: index):
    %z = arith.constant 0.0 : f32
    halide.yield %z : f32
  }
  halide.update %prod over ["k"] from %c0 extent %K : !halide.func<3, f32> {
  ^bb0(%c: index, %p: index, %t: index, %k: index):
    %old = halide.at %prod[%c, %p, %t] : !halide.func<3, f32> -> f32
    %tc = arith.minsi %t, %Tm1 : index
    %a = halide.at %A[%k, %tc] : !halide.buffer<64x?xf32> -> f32
    %w = halide.at %W[%c, %k, %p] : !halide.buffer<16x64x4xf32> -> f32
    %m = arith.mulf %a, %w : f32
    %s = arith.addf %old, %m : f32
    halide.yield %s : f32
  }
  %out = halide.func "out" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %c16 = arith.constant 16 : index
    %c = halide.mod %i, %c16 : index
    %p = halide.div %i, %c16 : index
    %v = halide.at %prod[%c, %p, %t] : !halide.func<3, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %out : !halide.func<2, f32> as [!halide.buffer<64x?xf32>]
  halide.schedule for "x86-64-avx512" {
    %i, %t = halide.loops %out : !halide.func<2, f32>
    %io, %ii = halide.split %i by 16
    %to, %ti = halide.split %t by 6 tail guard_with_if names ["to", "ti"]
    halide.reorder %ii, %ti, %io, %to
    halide.vectorize %ii
    halide.bound %out dim 0 from 0 extent 64 : !halide.func<2, f32>
    halide.parallel %to
    halide.compute_at %prod, %io : !halide.func<3, f32>
    %c, %p, %y = halide.loops %prod : !halide.func<3, f32>
    halide.vectorize %c
    halide.bound_extent %prod dim 0 extent 16 : !halide.func<3, f32>
    %c2, %p2, %y2, %k = halide.loops %prod update 0 : !halide.func<3, f32> + 1
    halide.reorder %c2, %y2, %k, %p2
    halide.vectorize %c2
    halide.reorder_storage %prod to [0, 2, 1] : !halide.func<3, f32>
    halide.never_partition %out : !halide.func<2, f32>
    halide.never_partition %prod update 0 : !halide.func<3, f32>
    %c1_0 = arith.constant 1 : index
    %T_0 = halide.extent %A, 1 : !halide.buffer<64x?xf32>
    %one = arith.cmpi eq, %T_0, %c1_0 : index
    halide.specialize %out if %one : !halide.func<2, f32> {
      %si, %st = halide.loops %out : !halide.func<2, f32>
    }
  }
}
