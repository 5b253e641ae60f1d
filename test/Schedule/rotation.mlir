// RUN: llamir-opt %s --llamir-halide --halide-schedule=target=x86-64-avx512 | FileCheck %s

// In the epilogue of a projection: a task is a head for a block of rows, both halves
// of it unrolled, and computes the panels of that head. Cosines and sines are
// computed before, for all heads.
// CHECK-LABEL: halide.pipeline @projected(
// CHECK: halide.schedule
// CHECK: halide.specialize %out if
// CHECK: %i, %g, %h, %t = halide.loops %out
// CHECK: %block, %row = halide.split %t by(%{{.*}}) tail
// CHECK-NEXT: halide.reorder %i, %g, %row, %h, %block
// CHECK-NEXT: halide.unroll %g
// CHECK-NEXT: %[[TASK:.*]] = halide.fuse %h, %block name "task"
// CHECK-NEXT: halide.parallel %[[TASK]]
// CHECK: halide.compute_at %product, %[[TASK]]
// CHECK-NEXT: halide.bound_extent %product dim 0 extent 32
// CHECK-NEXT: halide.bound_extent %product dim 1 extent 2
// CHECK: halide.compute_root %rotation
// CHECK: halide.specialize %rotation if
// CHECK-NOT: halide.parallel
// CHECK: }
// CHECK: %j, %[[T:.*]] = halide.loops %rotation
// CHECK: %[[ROWS:.*]]:2 = halide.split %[[T]] by 16 tail {{ *}}guard_with_if
// CHECK-NEXT: halide.parallel %[[ROWS]]#0
func.func private @projected(%x: tensor<?x32xf32>, %w: tensor<128x32xf32, #llama.panels<width = 32, group = 64>>, %p: tensor<?xi32>) -> tensor<?x128xf32> attributes {llama.kernel} {
  %l = llama.linear %x, %w : tensor<?x32xf32>, tensor<128x32xf32, #llama.panels<width = 32, group = 64>> -> tensor<?x128xf32>
  %r = llama.rope %l, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x128xf32>, tensor<?xi32> -> tensor<?x128xf32>
  return %r : tensor<?x128xf32>
}

// On its own it is an element-wise kernel, which computes them for a row.
// CHECK-LABEL: halide.pipeline @alone(
// CHECK: halide.split %t by 256 tail {{ *}}guard_with_if names ["task", "row"]
// CHECK: halide.compute_at %rotation, %row
// CHECK: %j, %{{.*}} = halide.loops %rotation
// CHECK: %[[PAIRS:.*]]:2 = halide.split %j by 16
// CHECK: halide.vectorize %[[PAIRS]]#1
func.func private @alone(%x: tensor<?x64xf32>, %p: tensor<?xi32>) -> tensor<?x64xf32> attributes {llama.kernel} {
  %r = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  return %r : tensor<?x64xf32>
}
