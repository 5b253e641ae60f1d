// RUN: llamir-opt %s --llama-pack-weights=target=x86-64-avx512 | FileCheck %s

// Zeros become a weight, one for all of a type, and parts of joined biases.
// CHECK: llama.weight @zeros_0 : tensor<4xf32> = #llama.random<seed = 0, scale = 0.000000e+00 : f64>
// CHECK: llama.weight @zeros : tensor<8xf32> = #llama.random<seed = 0, scale = 0.000000e+00 : f64>
// CHECK: llama.weight @"packed.zeros+b" : tensor<16xf32> = #llama.packed<[@zeros, @b]>
llama.weight @b : tensor<8xf32> = #llama.random<seed = 1, scale = 1.0 : f64>

// CHECK-LABEL: func.func @joined(
// CHECK-NOT: llama.zeros
// CHECK: llama.get_weight @"packed.zeros+b"
func.func @joined(%x: tensor<?x4xf32>, %w: tensor<16x4xf32>) -> (tensor<?x16xf32>, tensor<8xf32>, tensor<4xf32>) {
  %z = llama.zeros : tensor<8xf32>
  %b = llama.get_weight @b : tensor<8xf32>
  %j = llama.join %z, %b : tensor<8xf32>, tensor<8xf32> -> tensor<16xf32>
  %y = llama.kernel "linear" (%a = %x, %v = %w, %c = %j) : (tensor<?x4xf32>, tensor<16x4xf32>, tensor<16xf32>) -> tensor<?x16xf32> {
    %l = llama.linear %a, %v bias %c : tensor<?x4xf32>, tensor<16x4xf32>, tensor<16xf32> -> tensor<?x16xf32>
    llama.yield %l : tensor<?x16xf32>
  }
  %again = llama.zeros : tensor<8xf32>
  %other = llama.zeros : tensor<4xf32>
  return %y, %again, %other : tensor<?x16xf32>, tensor<8xf32>, tensor<4xf32>
}
