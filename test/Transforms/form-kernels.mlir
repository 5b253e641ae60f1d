// RUN: llamir-opt %s --llama-form-kernels | FileCheck %s

// A split between kernels stays outside, and so does a join of weights.
// CHECK-LABEL: func.func @between(
// CHECK: %[[W:.*]] = llama.join
// CHECK-NEXT: %[[L:.*]] = llama.kernel "linear"
// CHECK: %[[S:.*]]:2 = llama.split %[[L]]
// CHECK-NEXT: %[[A:.*]] = llama.kernel "add" (%{{.*}} = %[[S]]#0, %{{.*}} = %[[S]]#1)
// CHECK: return %[[A]]
llama.weight @w : tensor<8x8xf32> = #llama.random<seed = 1, scale = 1.0 : f64>
func.func @between(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %w = llama.get_weight @w : tensor<8x8xf32>
  %j = llama.join %w, %w : tensor<8x8xf32>, tensor<8x8xf32> -> tensor<16x8xf32>
  %l = llama.linear %x, %j : tensor<?x8xf32>, tensor<16x8xf32> -> tensor<?x16xf32>
  %s:2 = llama.split %l : tensor<?x16xf32> -> tensor<?x8xf32>, tensor<?x8xf32>
  %a = llama.add %s#0, %s#1 : tensor<?x8xf32>
  return %a : tensor<?x8xf32>
}

// A split that is returned copies; a join of arguments joins in every call.
// CHECK-LABEL: func.func @returned(
// CHECK: llama.kernel "split"
// CHECK: llama.kernel "join"
func.func @returned(%x: tensor<?x16xf32>, %w: tensor<8x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>, tensor<16x8xf32>) {
  %s:2 = llama.split %x : tensor<?x16xf32> -> tensor<?x8xf32>, tensor<?x8xf32>
  %j = llama.join %w, %w : tensor<8x8xf32>, tensor<8x8xf32> -> tensor<16x8xf32>
  return %s#0, %s#1, %j : tensor<?x8xf32>, tensor<?x8xf32>, tensor<16x8xf32>
}
