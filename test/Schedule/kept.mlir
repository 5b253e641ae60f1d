// A schedule that is there for the target is kept as it is, beside one for another.

// RUN: llamir-opt %s --halide-schedule=target=x86-64-avx2 | FileCheck %s
// RUN: llamir-opt %s --halide-schedule=target=x86-64-avx512 | FileCheck %s

// CHECK: halide.schedule for "x86-64-avx2" {
// CHECK-NEXT: %[[I:.*]] = halide.loops %y : !halide.func<1, f32>
// CHECK-NEXT: halide.unroll %[[I]]
// CHECK-NEXT: }
// CHECK-NEXT: halide.schedule for "x86-64-avx512" {
// CHECK-NEXT: }
// CHECK-NOT: halide.schedule
halide.pipeline @by_hand(%x: !halide.buffer<?xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<?xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<?xf32>]
  halide.schedule for "x86-64-avx2" {
    %i = halide.loops %y : !halide.func<1, f32>
    halide.unroll %i
  }
  halide.schedule for "x86-64-avx512" {
  }
}
