// RUN: llamir-opt %s --llama-layout-weights --verify-diagnostics

// There is one layout of the weights: a place that was edited is not taken over,
// and not written over either.

func.func private @k(tensor<3xf32>, tensor<17xf32>) -> tensor<3xf32> attributes {llama.kernel}
llama.weight @g : tensor<3xf32> = #llama.random<seed = 1, scale = 1.0 : f64> {llama.offset = 0 : i64}
// expected-error@+1 {{has 'llama.offset' 128, but lies at 64, after the weights before it: take the attribute away}}
llama.weight @b : tensor<17xf32> = #llama.random<seed = 2, scale = 1.0 : f64> {llama.offset = 128 : i64}

func.func @f() -> tensor<3xf32> {
  %g = llama.get_weight @g : tensor<3xf32>
  %b = llama.get_weight @b : tensor<17xf32>
  %0 = llama.launch @k(%g, %b) {llama.dims = [[]]} : (tensor<3xf32>, tensor<17xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}
