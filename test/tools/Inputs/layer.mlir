// A layer small enough to be compiled in the blink of an eye, with everything
// that fuses: norm, rotation and gate.
llama.weight @g : tensor<16xf32> = #llama.random<seed = 1, scale = 0.1 : f64, mean = 1.0 : f64>
llama.weight @q : tensor<16x16xf32> = #llama.random<seed = 2, scale = 0.4 : f64>
llama.weight @k : tensor<8x16xf32> = #llama.random<seed = 3, scale = 0.4 : f64>
llama.weight @v : tensor<8x16xf32> = #llama.random<seed = 4, scale = 0.4 : f64>
llama.weight @gate : tensor<32x16xf32> = #llama.random<seed = 5, scale = 0.4 : f64>
llama.weight @up : tensor<32x16xf32> = #llama.random<seed = 6, scale = 0.4 : f64>
llama.weight @down : tensor<16x32xf32> = #llama.random<seed = 7, scale = 0.3 : f64>

func.func @layer(%x: tensor<?x16xf32> {llama.dims = ["tokens"]}, %positions: tensor<?xi32> {llama.dims = ["tokens"]}) -> tensor<?x16xf32> {
  %wq = llama.get_weight @q : tensor<16x16xf32>
  %wk = llama.get_weight @k : tensor<8x16xf32>
  %wv = llama.get_weight @v : tensor<8x16xf32>
  %q0 = llama.linear %x, %wq : tensor<?x16xf32>, tensor<16x16xf32> -> tensor<?x16xf32>
  %k0 = llama.linear %x, %wk : tensor<?x16xf32>, tensor<8x16xf32> -> tensor<?x8xf32>
  %v = llama.linear %x, %wv : tensor<?x16xf32>, tensor<8x16xf32> -> tensor<?x8xf32>
  %q = llama.rope %q0, %positions by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x16xf32>, tensor<?xi32> -> tensor<?x16xf32>
  %k = llama.rope %k0, %positions by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 1 : i64} : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  %a = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 1 : i64, causal} : tensor<?x16xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x16xf32>
  %h = llama.add %x, %a : tensor<?x16xf32>
  %g = llama.get_weight @g : tensor<16xf32>
  %n = llama.norm %h over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x16xf32>, tensor<16xf32>
  %wg = llama.get_weight @gate : tensor<32x16xf32>
  %wu = llama.get_weight @up : tensor<32x16xf32>
  %wd = llama.get_weight @down : tensor<16x32xf32>
  %gate = llama.linear %n, %wg : tensor<?x16xf32>, tensor<32x16xf32> -> tensor<?x32xf32>
  %s = llama.activation silu %gate : tensor<?x32xf32>
  %up = llama.linear %n, %wu : tensor<?x16xf32>, tensor<32x16xf32> -> tensor<?x32xf32>
  %m = llama.mul %s, %up : tensor<?x32xf32>
  %d = llama.linear %m, %wd : tensor<?x32xf32>, tensor<16x32xf32> -> tensor<?x16xf32>
  %y = llama.add %h, %d : tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}
