// Tasks that store past the caches: what lies at multiples of a vector, of the func
// of the loop alone; and at their ends others see it.

// RUN: rm -rf %t && mkdir %t
// RUN: llamir-opt %s --halide-codegen="target=x86-64-avx512 output-dir=%t emit=asm" -o /dev/null
// RUN: FileCheck %s --input-file=%t/twice.s

// CHECK-LABEL: twice_par_for_y_s0_t_task_past_caches:
// CHECK-NOT: sfence
// CHECK: prefetcht0
// CHECK: testb ${{63}},
// CHECK: vmovntps
// CHECK: sfence
// CHECK-LABEL: twice:
// CHECK-NOT: vmovntps
halide.pipeline @twice(%x: !halide.buffer<64x?xf32>) {
  %s = halide.func "s" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<64x?xf32> -> f32
    %w = arith.addf %v, %v : f32
    halide.yield %w : f32
  }
  %y = halide.func "y" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %s[%i, %t] : !halide.func<2, f32> -> f32
    %u = halide.at %x[%i, %t] : !halide.buffer<64x?xf32> -> f32
    %w = arith.mulf %u, %v : f32
    halide.yield %w : f32
  }
  halide.output %y : !halide.func<2, f32> as [!halide.buffer<64x?xf32>]
  halide.schedule for "x86-64-avx512" {
    halide.bound %y dim 0 from 0 extent 64 : !halide.func<2, f32>
    %i, %t = halide.loops %y : !halide.func<2, f32>
    %task, %row = halide.split %t by 4 tail guard_with_if names ["task", "row"]
    halide.parallel %task past_caches
    %vectors, %v = halide.split %i by 16
    halide.vectorize %v
    halide.prefetch %x at %row from %row offset 1 bound non_faulting : !halide.buffer<64x?xf32>
    halide.compute_at %s, %row : !halide.func<2, f32>
    %si, %st = halide.loops %s : !halide.func<2, f32>
    %so, %sv = halide.split %si by 16
    halide.vectorize %sv
  }
}
