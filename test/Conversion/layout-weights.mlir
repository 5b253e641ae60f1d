// RUN: llamir-opt %s --llama-layout-weights | FileCheck %s

// Small weights lie at multiples of 64, large ones at pages; what no function
// reads is left out, and what was said before does not matter.

// CHECK: module attributes {llama.fingerprint = "{{[0-9a-f]+}}", llama.weights_bytes = 20608 : i64}
// CHECK: llama.weight @g {{.*}}llama.offset = 0 : i64
llama.weight @g : tensor<3xf32> = #llama.random<seed = 1, scale = 1.0 : f64>
// CHECK: llama.weight @b {{.*}}llama.offset = 64 : i64
llama.weight @b : tensor<17xf32> = #llama.random<seed = 2, scale = 1.0 : f64>
// CHECK: llama.weight @unused
// CHECK-NOT: llama.offset = 77
llama.weight @unused : tensor<64xf32> = #llama.random<seed = 3, scale = 1.0 : f64> {llama.offset = 77 : i64}
// CHECK: llama.weight @w {{.*}}llama.offset = 4096 : i64
llama.weight @w : tensor<64x64xf32> = #llama.random<seed = 4, scale = 1.0 : f64>
// CHECK: llama.weight @h {{.*}}llama.offset = 20480 : i64
llama.weight @h : tensor<40xbf16> = #llama.random<seed = 5, scale = 1.0 : f64>

func.func private @k(tensor<3xf32>, tensor<17xf32>, tensor<64x64xf32>, tensor<40xbf16>) -> tensor<3xf32> attributes {llama.kernel}
func.func @f() -> tensor<3xf32> {
  %h = llama.get_weight @h : tensor<40xbf16>
  %g = llama.get_weight @g : tensor<3xf32>
  %b = llama.get_weight @b : tensor<17xf32>
  %w = llama.get_weight @w : tensor<64x64xf32>
  %0 = llama.launch @k(%g, %b, %w, %h) {llama.dims = [[]]} : (tensor<3xf32>, tensor<17xf32>, tensor<64x64xf32>, tensor<40xbf16>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}
