// The smallest function with a fusion and weights, for devices whose drivers
// take seconds to compile a kernel.
llama.weight @gate : tensor<32x16xbf16> = #llama.random<seed = 5, scale = 0.4 : f64>
llama.weight @up : tensor<32x16xbf16> = #llama.random<seed = 6, scale = 0.4 : f64>

func.func @gated(%x: tensor<?x16xf32> {llama.dims = ["tokens"]}) -> tensor<?x32xf32> {
  %wg = llama.get_weight @gate : tensor<32x16xbf16>
  %wu = llama.get_weight @up : tensor<32x16xbf16>
  %gate = llama.linear %x, %wg : tensor<?x16xf32>, tensor<32x16xbf16> -> tensor<?x32xf32>
  %s = llama.activation silu %gate : tensor<?x32xf32>
  %up = llama.linear %x, %wu : tensor<?x16xf32>, tensor<32x16xbf16> -> tensor<?x32xf32>
  %m = llama.mul %s, %up : tensor<?x32xf32>
  return %m : tensor<?x32xf32>
}
