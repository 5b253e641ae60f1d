// A block of LLaMA: norms before the sublayers, rotated heads, grouped queries, a
// gated feed-forward layer.
//
//     llamir run llama.mlir --dim=tokens=9 --check

#rotary = #llama.rotary<half, theta = 1.0e4 : f64>

llama.weight @attention_norm : tensor<192xf32> = #llama.random<seed = 1, scale = 0.1 : f64, mean = 1.0 : f64>
llama.weight @wq : tensor<192x192xf32, #llama.pairing<half>> = #llama.random<seed = 2, scale = 0.125 : f64>
llama.weight @wk : tensor<64x192xf32, #llama.pairing<half>> = #llama.random<seed = 3, scale = 0.125 : f64>
llama.weight @wv : tensor<64x192xf32> = #llama.random<seed = 4, scale = 0.125 : f64>
llama.weight @wo : tensor<192x192xf32> = #llama.random<seed = 5, scale = 0.125 : f64>
llama.weight @ffn_norm : tensor<192xf32> = #llama.random<seed = 6, scale = 0.1 : f64, mean = 1.0 : f64>
llama.weight @gate : tensor<512x192xf32> = #llama.random<seed = 7, scale = 0.125 : f64>
llama.weight @up : tensor<512x192xf32> = #llama.random<seed = 8, scale = 0.125 : f64>
llama.weight @down : tensor<192x512xf32> = #llama.random<seed = 9, scale = 0.076 : f64>

func.func @block(%x: tensor<?x192xf32> {llama.name = "x", llama.dims = ["tokens"]},
                 %positions: tensor<?xi32> {llama.name = "positions", llama.dims = ["tokens"]})
    -> (tensor<?x192xf32> {llama.name = "y"}) {
  %g0 = llama.get_weight @attention_norm : tensor<192xf32>
  %n = llama.norm %x over [1] gain %g0 {eps = 1.0e-5 : f64} : tensor<?x192xf32>, tensor<192xf32>
  %wq = llama.get_weight @wq : tensor<192x192xf32, #llama.pairing<half>>
  %q0 = llama.linear %n, %wq : tensor<?x192xf32>, tensor<192x192xf32, #llama.pairing<half>> -> tensor<?x192xf32, #llama.pairing<half>>
  %q = llama.rope %q0, %positions by #rotary {heads = 6 : i64}
      : tensor<?x192xf32, #llama.pairing<half>>, tensor<?xi32> -> tensor<?x192xf32, #rotary>
  %wk = llama.get_weight @wk : tensor<64x192xf32, #llama.pairing<half>>
  %k0 = llama.linear %n, %wk : tensor<?x192xf32>, tensor<64x192xf32, #llama.pairing<half>> -> tensor<?x64xf32, #llama.pairing<half>>
  %k = llama.rope %k0, %positions by #rotary {heads = 2 : i64}
      : tensor<?x64xf32, #llama.pairing<half>>, tensor<?xi32> -> tensor<?x64xf32, #rotary>
  %wv = llama.get_weight @wv : tensor<64x192xf32>
  %v = llama.linear %n, %wv : tensor<?x192xf32>, tensor<64x192xf32> -> tensor<?x64xf32>
  %a = llama.attention %q, %k, %v {heads = 6 : i64, kv_heads = 2 : i64, causal}
      : tensor<?x192xf32, #rotary>, tensor<?x64xf32, #rotary>, tensor<?x64xf32> -> tensor<?x192xf32>
  %wo = llama.get_weight @wo : tensor<192x192xf32>
  %o = llama.linear %a, %wo : tensor<?x192xf32>, tensor<192x192xf32> -> tensor<?x192xf32>
  %h = llama.add %x, %o : tensor<?x192xf32>
  %g1 = llama.get_weight @ffn_norm : tensor<192xf32>
  %m = llama.norm %h over [1] gain %g1 {eps = 1.0e-5 : f64} : tensor<?x192xf32>, tensor<192xf32>
  %wg = llama.get_weight @gate : tensor<512x192xf32>
  %g = llama.linear %m, %wg : tensor<?x192xf32>, tensor<512x192xf32> -> tensor<?x512xf32>
  %s = llama.activation silu %g : tensor<?x512xf32>
  %wu = llama.get_weight @up : tensor<512x192xf32>
  %u = llama.linear %m, %wu : tensor<?x192xf32>, tensor<512x192xf32> -> tensor<?x512xf32>
  %p = llama.mul %s, %u : tensor<?x512xf32>
  %wd = llama.get_weight @down : tensor<192x512xf32>
  %d = llama.linear %p, %wd : tensor<?x512xf32>, tensor<192x512xf32> -> tensor<?x192xf32>
  %y = llama.add %h, %d : tensor<?x192xf32>
  return %y : tensor<?x192xf32>
}
