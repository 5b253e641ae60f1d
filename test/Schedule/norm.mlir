// RUN: llamir-opt %s --llamir-halide --halide-schedule=target=x86-64-avx512 | FileCheck %s

// Row by row: the sum in four vectors of partial sums, then the row again, from
// cache. Up to 4 rows are one task and start no others. Large results go past the
// caches, and the next row is fetched while one is written.
// CHECK-LABEL: halide.pipeline @norm(
// CHECK: halide.specialize %out if
// CHECK-NOT: halide.parallel
// CHECK: }
// CHECK: halide.specialize %out if
// CHECK: %[[PAST:.*]], %[[ROW:.*]] = halide.split %{{.*}} by 4 tail {{ *}}guard_with_if names ["task", "row"]
// CHECK: halide.parallel %[[PAST]] past_caches
// CHECK: halide.prefetch %arg0 at %{{.*}} from %[[ROW]] offset 1 bound {{ *}}non_faulting
// CHECK: }
// CHECK: %[[TASK:.*]], %row = halide.split %t by 4 tail {{ *}}guard_with_if names ["task", "row"]
// CHECK: halide.parallel %[[TASK]]
// CHECK: halide.compute_at %scale, %row
// CHECK: halide.compute_at %sum_squares, %row
// CHECK: %{{.*}}:2 = halide.split %k by 64
// CHECK: %[[LANES:.*]] = halide.rfactor
// CHECK: halide.compute_at %[[LANES]], %row
// CHECK: halide.bound_extent %[[LANES]] dim 1 extent 64
// CHECK: halide.atomic %sum_squares update 0
func.func private @norm(%x: tensor<?x4096xf32>, %g: tensor<4096xf32>) -> tensor<?x4096xf32> attributes {llama.kernel} {
  %n = llama.norm %x over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x4096xf32>, tensor<4096xf32>
  return %n : tensor<?x4096xf32>
}

// A short row has one vector of partial sums, guarded where it is no multiple.
// CHECK-LABEL: halide.pipeline @short(
// CHECK: halide.schedule
// CHECK: halide.split %k by 16 tail {{ *}}guard_with_if
// CHECK: halide.bound_extent %{{.*}} dim 1 extent 16
func.func private @short(%x: tensor<?x100xf32>, %g: tensor<100xf32>) -> tensor<?x100xf32> attributes {llama.kernel} {
  %n = llama.norm %x over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x100xf32>, tensor<100xf32>
  return %n : tensor<?x100xf32>
}
