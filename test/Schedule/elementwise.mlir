// RUN: llamir-opt %s --llamir-halide --halide-schedule=target=x86-64-avx512 | FileCheck %s

// Vectors along rows, four at a time; tasks of some rows, and no task for as many as
// one of them has. From 64 MiB on, results go past the caches.
// CHECK-LABEL: halide.pipeline @add(
// CHECK: halide.schedule for "x86-64-avx512" {
// CHECK-NEXT: halide.bound %out dim 0 from 0 extent 100
// CHECK-NEXT: %[[TOKENS:.*]] = halide.extent %arg0, 1
// CHECK-NEXT: %[[ROWS:.*]] = arith.constant 163
// CHECK-NEXT: %[[FEW:.*]] = arith.cmpi sle, %[[TOKENS]], %[[ROWS]]
// CHECK-NEXT: halide.specialize %out if %[[FEW]]
// CHECK-NOT: halide.parallel
// CHECK: }
// CHECK: %[[MANY:.*]] = arith.constant 167773
// CHECK-NEXT: %[[ABOVE:.*]] = arith.cmpi sge, %[[TOKENS]], %[[MANY]]
// CHECK: halide.specialize %out if
// CHECK: halide.parallel %{{.*}} past_caches
// CHECK-NOT: halide.prefetch
// CHECK: }
// CHECK-NEXT: %i, %t = halide.loops %out
// CHECK-NEXT: %[[TASK:.*]], %{{.*}} = halide.split %t by 163 tail {{ *}}guard_with_if names ["task", "row"]
// CHECK-NEXT: halide.parallel %[[TASK]]
// CHECK-NEXT: %[[VECTORS:.*]]:2 = halide.split %i by 16 tail {{ *}}guard_with_if
// CHECK-NEXT: halide.vectorize %[[VECTORS]]#1
// CHECK-NEXT: %[[FOURS:.*]]:2 = halide.split %[[VECTORS]]#0 by 4 tail {{ *}}guard_with_if
// CHECK-NEXT: halide.unroll %[[FOURS]]#1
// CHECK-NEXT: }
func.func private @add(%x: tensor<?x100xf32>, %y: tensor<?x100xf32>) -> tensor<?x100xf32> attributes {llama.kernel} {
  %s = llama.add %x, %y : tensor<?x100xf32>
  return %s : tensor<?x100xf32>
}

// A row of less than four vectors is not unrolled.
// CHECK-LABEL: halide.pipeline @narrow(
// CHECK: halide.vectorize
// CHECK-NOT: halide.unroll
func.func private @narrow(%x: tensor<?x20xf32>) -> tensor<?x20xf32> attributes {llama.kernel} {
  %s = llama.activation silu %x : tensor<?x20xf32>
  return %s : tensor<?x20xf32>
}

// A vector of biases has no tokens.
// CHECK-LABEL: halide.pipeline @biases(
// CHECK: halide.schedule
// CHECK-NEXT: halide.bound %out dim 0 from 0 extent 8
// CHECK-NEXT: %[[I:.*]] = halide.loops %out
// CHECK-NEXT: %[[VECTORS:.*]]:2 = halide.split %[[I]] by 16
// CHECK-NEXT: halide.vectorize %[[VECTORS]]#1
// CHECK-NEXT: }
func.func private @biases(%a: tensor<3xf32>, %b: tensor<5xf32>) -> tensor<8xf32> attributes {llama.kernel} {
  %j = llama.join %a, %b : tensor<3xf32>, tensor<5xf32> -> tensor<8xf32>
  return %j : tensor<8xf32>
}

// A number of rows that is known tells it.
// CHECK-LABEL: halide.pipeline @large(
// CHECK: halide.schedule
// CHECK-NOT: halide.specialize
// CHECK: halide.parallel %{{.*}} past_caches
func.func private @large(%x: tensor<4096x4096xf32>) -> tensor<4096x4096xf32> attributes {llama.kernel} {
  %s = llama.activation silu %x : tensor<4096x4096xf32>
  return %s : tensor<4096x4096xf32>
}
// CHECK-LABEL: halide.pipeline @smaller(
// CHECK: halide.parallel %{{[a-z0-9]+$}}
func.func private @smaller(%x: tensor<4095x4096xf32>) -> tensor<4095x4096xf32> attributes {llama.kernel} {
  %s = llama.activation silu %x : tensor<4095x4096xf32>
  return %s : tensor<4095x4096xf32>
}
