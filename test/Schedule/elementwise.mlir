// RUN: llamir-opt %s --llamir-halide --halide-schedule=target=x86-64-avx512 | FileCheck %s

// Vectors along rows, four at a time; tasks of some rows, and no task for as many as
// one of them has.
// CHECK-LABEL: halide.pipeline @add(
// CHECK: halide.schedule for "x86-64-avx512" {
// CHECK-NEXT: halide.bound %out dim 0 from 0 extent 100
// CHECK-NEXT: %[[TOKENS:.*]] = halide.extent %arg0, 1
// CHECK-NEXT: %[[ROWS:.*]] = arith.constant 163
// CHECK-NEXT: %[[FEW:.*]] = arith.cmpi sle, %[[TOKENS]], %[[ROWS]]
// CHECK-NEXT: halide.specialize %out if %[[FEW]]
// CHECK-NOT: halide.parallel
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
