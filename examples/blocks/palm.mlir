// A block of PaLM: one norm for attention and feed-forward layer, which both read
// it; one head of keys and values; no biases.
//
//     llamir run palm.mlir --dim=tokens=9 --check

#rotary = #llama.rotary<half, theta = 1.0e4 : f64>

llama.weight @norm : tensor<192xf32> = #llama.random<seed = 1, scale = 0.1 : f64, mean = 1.0 : f64>
llama.weight @wq : tensor<192x192xf32> = #llama.random<seed = 2, scale = 0.125 : f64>
llama.weight @wk : tensor<32x192xf32> = #llama.random<seed = 3, scale = 0.125 : f64>
llama.weight @wv : tensor<32x192xf32> = #llama.random<seed = 4, scale = 0.125 : f64>
llama.weight @wo : tensor<192x192xf32> = #llama.random<seed = 5, scale = 0.125 : f64>
llama.weight @gate : tensor<512x192xf32> = #llama.random<seed = 6, scale = 0.125 : f64>
llama.weight @up : tensor<512x192xf32> = #llama.random<seed = 7, scale = 0.125 : f64>
llama.weight @down : tensor<192x512xf32> = #llama.random<seed = 8, scale = 0.076 : f64>

func.func @block(%x: tensor<?x192xf32> {llama.name = "x", llama.dims = ["tokens"]},
                 %positions: tensor<?xi32> {llama.name = "positions", llama.dims = ["tokens"]})
    -> (tensor<?x192xf32> {llama.name = "y"}) {
  %norm = llama.get_weight @norm : tensor<192xf32>
  %n = llama.norm %x over [1] centered gain %norm {eps = 1.0e-5 : f64} : tensor<?x192xf32>, tensor<192xf32>
  %wq = llama.get_weight @wq : tensor<192x192xf32>
  %q0 = llama.linear %n, %wq : tensor<?x192xf32>, tensor<192x192xf32> -> tensor<?x192xf32>
  %q = llama.rope %q0, %positions by #rotary {heads = 6 : i64} : tensor<?x192xf32>, tensor<?xi32> -> tensor<?x192xf32, #rotary>
  %wk = llama.get_weight @wk : tensor<32x192xf32>
  %k0 = llama.linear %n, %wk : tensor<?x192xf32>, tensor<32x192xf32> -> tensor<?x32xf32>
  %k = llama.rope %k0, %positions by #rotary {heads = 1 : i64} : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32, #rotary>
  %wv = llama.get_weight @wv : tensor<32x192xf32>
  %v = llama.linear %n, %wv : tensor<?x192xf32>, tensor<32x192xf32> -> tensor<?x32xf32>
  %a = llama.attention %q, %k, %v {heads = 6 : i64, kv_heads = 1 : i64, causal}
      : tensor<?x192xf32, #rotary>, tensor<?x32xf32, #rotary>, tensor<?x32xf32> -> tensor<?x192xf32>
  %wo = llama.get_weight @wo : tensor<192x192xf32>
  %o = llama.linear %a, %wo : tensor<?x192xf32>, tensor<192x192xf32> -> tensor<?x192xf32>
  %gate = llama.get_weight @gate : tensor<512x192xf32>
  %g = llama.linear %n, %gate : tensor<?x192xf32>, tensor<512x192xf32> -> tensor<?x512xf32>
  %s = llama.activation silu %g : tensor<?x512xf32>
  %up = llama.get_weight @up : tensor<512x192xf32>
  %u = llama.linear %n, %up : tensor<?x192xf32>, tensor<512x192xf32> -> tensor<?x512xf32>
  %p = llama.mul %s, %u : tensor<?x512xf32>
  %down = llama.get_weight @down : tensor<192x512xf32>
  %d = llama.linear %p, %down : tensor<?x512xf32>, tensor<192x512xf32> -> tensor<?x192xf32>
  %h = llama.add %x, %o : tensor<?x192xf32>
  %y = llama.add %h, %d : tensor<?x192xf32>
  return %y : tensor<?x192xf32>
}
