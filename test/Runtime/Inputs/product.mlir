llama.weight @w : tensor<24x64xf32> = #llama.random<seed = 1, scale = 0.1 : f64>
llama.weight @q : tensor<32x64xf32> = #llama.random<seed = 2, scale = 0.1 : f64>
llama.weight @b : tensor<24xf32> = #llama.random<seed = 4, scale = 0.0 : f64, mean = 0.5 : f64>
func.func @project(%x: tensor<?x64xf32> {llama.dims = ["tokens"]}) -> (tensor<?x24xf32> {llama.name = "y"}) {
  %w = llama.get_weight @w : tensor<24x64xf32>
  %b = llama.get_weight @b : tensor<24xf32>
  %0 = llama.linear %x, %w bias %b : tensor<?x64xf32>, tensor<24x64xf32>, tensor<24xf32> -> tensor<?x24xf32>
  return %0 : tensor<?x24xf32>
}
func.func @rotate(%x: tensor<?x64xf32> {llama.dims = ["tokens"]}, %positions: tensor<?xi32> {llama.dims = ["tokens"]}) -> (tensor<?x32xf32> {llama.name = "y"}) {
  %q = llama.get_weight @q : tensor<32x64xf32>
  %0 = llama.linear %x, %q : tensor<?x64xf32>, tensor<32x64xf32> -> tensor<?x32xf32>
  %1 = llama.rope %0, %positions by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32>
  return %1 : tensor<?x32xf32>
}
llama.weight @g : tensor<64xf32> = #llama.random<seed = 3, scale = 0.1 : f64>
func.func @gate(%x: tensor<?x64xf32> {llama.dims = ["tokens"]}) -> (tensor<?x24xf32> {llama.name = "y"}) {
  %g = llama.get_weight @g : tensor<64xf32>
  %w = llama.get_weight @w : tensor<24x64xf32>
  %0 = llama.norm %x over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x64xf32>, tensor<64xf32>
  %1 = llama.linear %0, %w : tensor<?x64xf32>, tensor<24x64xf32> -> tensor<?x24xf32>
  %2 = llama.activation silu %1 : tensor<?x24xf32>
  return %2 : tensor<?x24xf32>
}
