// A feed-forward block as someone writes it by hand. README.md shows what to do with it.

llama.weight @gate : tensor<512x192xf32> = #llama.random<seed = 1, scale = 0.07 : f64>
llama.weight @up   : tensor<512x192xf32> = #llama.random<seed = 2, scale = 0.07 : f64>
llama.weight @down : tensor<192x512xf32> = #llama.random<seed = 3, scale = 0.04 : f64>

func.func @ffn(%x: tensor<?x192xf32> {llama.dims = ["tokens"], llama.name = "x"},
               %g: tensor<192xf32> {llama.name = "norm_weight"})
    -> (tensor<?x192xf32> {llama.name = "y"}) {
  %n = llama.norm %x over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x192xf32>, tensor<192xf32>
  %wg = llama.get_weight @gate : tensor<512x192xf32>
  %wu = llama.get_weight @up : tensor<512x192xf32>
  %wd = llama.get_weight @down : tensor<192x512xf32>
  %a = llama.linear %n, %wg : tensor<?x192xf32>, tensor<512x192xf32> -> tensor<?x512xf32>
  %s = llama.activation silu %a : tensor<?x512xf32>
  %u = llama.linear %n, %wu : tensor<?x192xf32>, tensor<512x192xf32> -> tensor<?x512xf32>
  %m = llama.mul %s, %u : tensor<?x512xf32>
  %d = llama.linear %m, %wd : tensor<?x512xf32>, tensor<192x512xf32> -> tensor<?x192xf32>
  %y = llama.add %x, %d : tensor<?x192xf32>
  return %y : tensor<?x192xf32>
}
