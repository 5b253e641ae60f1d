// Kernels that memory bounds, in the width of LLaMA-2-7B, a function each.
llama.weight @gain : tensor<4096xf32> = #llama.random<seed = 1, scale = 0.1 : f64, mean = 1.0 : f64>
llama.weight @table : tensor<32000x4096xf32> = #llama.random<seed = 2, scale = 1.0 : f64>
func.func @norm(%x: tensor<?x4096xf32>) -> tensor<?x4096xf32> {
  %g = llama.get_weight @gain : tensor<4096xf32>
  %0 = llama.norm %x over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x4096xf32>, tensor<4096xf32>
  return %0 : tensor<?x4096xf32>
}
func.func @add_norm(%x: tensor<?x4096xf32>, %y: tensor<?x4096xf32>) -> (tensor<?x4096xf32>, tensor<?x4096xf32>) {
  %g = llama.get_weight @gain : tensor<4096xf32>
  %0 = llama.add %x, %y : tensor<?x4096xf32>
  %1 = llama.norm %0 over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x4096xf32>, tensor<4096xf32>
  return %0, %1 : tensor<?x4096xf32>, tensor<?x4096xf32>
}
func.func @rope(%x: tensor<?x4096xf32>, %positions: tensor<?xi32>) -> tensor<?x4096xf32> {
  %0 = llama.rope %x, %positions by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 32 : i64}
      : tensor<?x4096xf32>, tensor<?xi32> -> tensor<?x4096xf32>
  return %0 : tensor<?x4096xf32>
}
func.func @silu(%x: tensor<?x4096xf32>) -> tensor<?x4096xf32> {
  %0 = llama.activation silu %x : tensor<?x4096xf32>
  return %0 : tensor<?x4096xf32>
}
func.func @mul(%x: tensor<?x4096xf32>, %y: tensor<?x4096xf32>) -> tensor<?x4096xf32> {
  %0 = llama.mul %x, %y : tensor<?x4096xf32>
  return %0 : tensor<?x4096xf32>
}
func.func @add(%x: tensor<?x4096xf32>, %y: tensor<?x4096xf32>) -> tensor<?x4096xf32> {
  %0 = llama.add %x, %y : tensor<?x4096xf32>
  return %0 : tensor<?x4096xf32>
}
func.func @embedding(%ids: tensor<?xi32>) -> tensor<?x4096xf32> {
  %t = llama.get_weight @table : tensor<32000x4096xf32>
  %0 = llama.embedding %ids, %t : tensor<?xi32>, tensor<32000x4096xf32> -> tensor<?x4096xf32>
  return %0 : tensor<?x4096xf32>
}
