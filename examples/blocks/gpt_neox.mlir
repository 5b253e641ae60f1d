// A block of GPT-NeoX: attention and feed-forward layer both read the input of the
// block, each its own norm of it; a quarter of each head rotates.
//
//     llamir run gpt_neox.mlir --dim=tokens=9 --check

#rotary = #llama.rotary<half, theta = 1.0e4 : f64, dims = 8>

llama.weight @attention_norm : tensor<192xf32> = #llama.random<seed = 1, scale = 0.1 : f64, mean = 1.0 : f64>
llama.weight @attention_norm_bias : tensor<192xf32> = #llama.random<seed = 2, scale = 0.1 : f64>
llama.weight @wq : tensor<192x192xf32> = #llama.random<seed = 3, scale = 0.125 : f64>
llama.weight @wq_bias : tensor<192xf32> = #llama.random<seed = 4, scale = 0.1 : f64>
llama.weight @wk : tensor<192x192xf32> = #llama.random<seed = 5, scale = 0.125 : f64>
llama.weight @wk_bias : tensor<192xf32> = #llama.random<seed = 6, scale = 0.1 : f64>
llama.weight @wv : tensor<192x192xf32> = #llama.random<seed = 7, scale = 0.125 : f64>
llama.weight @wv_bias : tensor<192xf32> = #llama.random<seed = 8, scale = 0.1 : f64>
llama.weight @wo : tensor<192x192xf32> = #llama.random<seed = 9, scale = 0.125 : f64>
llama.weight @wo_bias : tensor<192xf32> = #llama.random<seed = 10, scale = 0.1 : f64>
llama.weight @ffn_norm : tensor<192xf32> = #llama.random<seed = 11, scale = 0.1 : f64, mean = 1.0 : f64>
llama.weight @ffn_norm_bias : tensor<192xf32> = #llama.random<seed = 12, scale = 0.1 : f64>
llama.weight @up : tensor<768x192xf32> = #llama.random<seed = 13, scale = 0.125 : f64>
llama.weight @up_bias : tensor<768xf32> = #llama.random<seed = 14, scale = 0.1 : f64>
llama.weight @down : tensor<192x768xf32> = #llama.random<seed = 15, scale = 0.0625 : f64>
llama.weight @down_bias : tensor<192xf32> = #llama.random<seed = 16, scale = 0.1 : f64>

func.func @block(%x: tensor<?x192xf32> {llama.name = "x", llama.dims = ["tokens"]},
                 %positions: tensor<?xi32> {llama.name = "positions", llama.dims = ["tokens"]})
    -> (tensor<?x192xf32> {llama.name = "y"}) {
  %attention_norm = llama.get_weight @attention_norm : tensor<192xf32>
  %attention_norm_bias = llama.get_weight @attention_norm_bias : tensor<192xf32>
  %n = llama.norm %x over [1] centered gain %attention_norm bias %attention_norm_bias {eps = 1.0e-5 : f64} : tensor<?x192xf32>, tensor<192xf32>, tensor<192xf32>
  %wq = llama.get_weight @wq : tensor<192x192xf32>
  %wq_bias = llama.get_weight @wq_bias : tensor<192xf32>
  %q0 = llama.linear %n, %wq bias %wq_bias : tensor<?x192xf32>, tensor<192x192xf32>, tensor<192xf32> -> tensor<?x192xf32>
  %q = llama.rope %q0, %positions by #rotary {heads = 6 : i64} : tensor<?x192xf32>, tensor<?xi32> -> tensor<?x192xf32, #rotary>
  %wk = llama.get_weight @wk : tensor<192x192xf32>
  %wk_bias = llama.get_weight @wk_bias : tensor<192xf32>
  %k0 = llama.linear %n, %wk bias %wk_bias : tensor<?x192xf32>, tensor<192x192xf32>, tensor<192xf32> -> tensor<?x192xf32>
  %k = llama.rope %k0, %positions by #rotary {heads = 6 : i64} : tensor<?x192xf32>, tensor<?xi32> -> tensor<?x192xf32, #rotary>
  %wv = llama.get_weight @wv : tensor<192x192xf32>
  %wv_bias = llama.get_weight @wv_bias : tensor<192xf32>
  %v = llama.linear %n, %wv bias %wv_bias : tensor<?x192xf32>, tensor<192x192xf32>, tensor<192xf32> -> tensor<?x192xf32>
  %a = llama.attention %q, %k, %v {heads = 6 : i64, kv_heads = 6 : i64, causal}
      : tensor<?x192xf32, #rotary>, tensor<?x192xf32, #rotary>, tensor<?x192xf32> -> tensor<?x192xf32>
  %wo = llama.get_weight @wo : tensor<192x192xf32>
  %wo_bias = llama.get_weight @wo_bias : tensor<192xf32>
  %o = llama.linear %a, %wo bias %wo_bias : tensor<?x192xf32>, tensor<192x192xf32>, tensor<192xf32> -> tensor<?x192xf32>
  %ffn_norm = llama.get_weight @ffn_norm : tensor<192xf32>
  %ffn_norm_bias = llama.get_weight @ffn_norm_bias : tensor<192xf32>
  %m = llama.norm %x over [1] centered gain %ffn_norm bias %ffn_norm_bias {eps = 1.0e-5 : f64} : tensor<?x192xf32>, tensor<192xf32>, tensor<192xf32>
  %up = llama.get_weight @up : tensor<768x192xf32>
  %up_bias = llama.get_weight @up_bias : tensor<768xf32>
  %u = llama.linear %m, %up bias %up_bias : tensor<?x192xf32>, tensor<768x192xf32>, tensor<768xf32> -> tensor<?x768xf32>
  %g = llama.activation gelu %u : tensor<?x768xf32>
  %down = llama.get_weight @down : tensor<192x768xf32>
  %down_bias = llama.get_weight @down_bias : tensor<192xf32>
  %d = llama.linear %g, %down bias %down_bias : tensor<?x768xf32>, tensor<192x768xf32>, tensor<192xf32> -> tensor<?x192xf32>
  %h = llama.add %x, %o : tensor<?x192xf32>
  %y = llama.add %h, %d : tensor<?x192xf32>
  return %y : tensor<?x192xf32>
}
