// RUN: llamir-opt %s --llama-erase-layouts | FileCheck %s

// The verifier has seen that queries and keys fit; kernels need plain types.

#half = #llama.rotary<half, theta = 1.0e4 : f64>

// CHECK: llama.weight @wq : tensor<8x4xf32> =
llama.weight @wq : tensor<8x4xf32, #llama.pairing<half>> = #llama.random<seed = 1, scale = 1.0 : f64>

// CHECK-LABEL: func.func @attend(
// CHECK-SAME: tensor<?x4xf32> {llama.name = "k"}
func.func @attend(%x: tensor<?x4xf32>, %p: tensor<?xi32>, %k: tensor<?x4xf32, #half> {llama.name = "k"}, %v: tensor<?x4xf32>)
    -> tensor<?x8xf32> {
  // CHECK: llama.get_weight @wq : tensor<8x4xf32>
  // CHECK: llama.linear {{.*}} -> tensor<?x8xf32>
  // CHECK: llama.rope {{.*}} by <half, theta = 1.000000e+04 : f64> {heads = 2 : i64} : {{.*}} -> tensor<?x8xf32>
  // CHECK: llama.attention
  %w = llama.get_weight @wq : tensor<8x4xf32, #llama.pairing<half>>
  %q = llama.linear %x, %w : tensor<?x4xf32>, tensor<8x4xf32, #llama.pairing<half>> -> tensor<?x8xf32, #llama.pairing<half>>
  %r = llama.rope %q, %p by #half {heads = 2 : i64} : tensor<?x8xf32, #llama.pairing<half>>, tensor<?xi32> -> tensor<?x8xf32, #half>
  %a = llama.attention %r, %k, %v {heads = 2 : i64, kv_heads = 1 : i64, causal}
      : tensor<?x8xf32, #half>, tensor<?x4xf32, #half>, tensor<?x4xf32> -> tensor<?x8xf32>
  return %a : tensor<?x8xf32>
}
