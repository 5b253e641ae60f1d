// Vectors of a table are loaded from wherever it lies: nothing places it at a
// multiple of their size.

// RUN: rm -rf %t && mkdir -p %t
// RUN: llamir-opt %s --halide-codegen="target=x86-64-avx512 output-dir=%t emit=llvm" -o /dev/null
// RUN: FileCheck %s < %t/scale.ll

// CHECK: %[[FACTORS:.*]] = getelementptr {{.*}} @factors.data, i64 4)
// CHECK: load <16 x float>, ptr %[[FACTORS]], align 4,
halide.pipeline @scale(%x: !halide.buffer<4096x?xf32>) {
  %factors = halide.constant "factors" dense<2.0> : tensor<4096xf32> -> !halide.buffer<4096xf32>
  %y = halide.func "y" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<4096x?xf32> -> f32
    %f = halide.at %factors[%i] : !halide.buffer<4096xf32> -> f32
    %p = arith.mulf %v, %f : f32
    halide.yield %p : f32
  }
  halide.output %y : !halide.func<2, f32> as [!halide.buffer<4096x?xf32>]
  halide.schedule for "x86-64-avx512" {
    halide.bound %y dim 0 from 0 extent 4096 : !halide.func<2, f32>
    %i, %t = halide.loops %y : !halide.func<2, f32>
    %o, %v = halide.split %i by 16 tail round_up
    halide.vectorize %v
  }
}
