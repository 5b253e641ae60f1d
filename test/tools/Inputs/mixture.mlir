// Small kernels of the kinds that layer.mlir has none of: statistics of a batch and
// what they normalize, positions of several axes, distances, linear attention.
func.func @mixture(%x: tensor<?x4x6xf32> {llama.dims = ["tokens"]}, %t: tensor<?x16xf32> {llama.dims = ["tokens"]},
                   %p: tensor<?x2xi32> {llama.dims = ["tokens"]}, %i: tensor<?xi32> {llama.dims = ["tokens"]},
                   %r: tensor<4xf32>, %l: tensor<3xf32>, %b: tensor<16xf32>)
    -> (tensor<?x4x6xf32>, tensor<4xf32>, tensor<?x16xf32>, tensor<?x16xf32>, tensor<16x9xf32>) {
  %m, %v = llama.statistics %x over [2] : tensor<?x4x6xf32> -> tensor<?x4xf32>, tensor<?x4xf32>
  %s:4 = llama.statistics %x over [0, 2] updating %r, %r {momentum = 0.1 : f64}
      : tensor<?x4x6xf32>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  %n, %w = llama.mix_statistics %m, %v by %l, %l running %s#0, %s#1
      : tensor<?x4xf32>, tensor<3xf32>, tensor<3xf32>, tensor<4xf32>, tensor<4xf32>
  %y0 = llama.normalize %x by %n, %w gain %r {eps = 1.0e-5 : f64} : tensor<?x4x6xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<4xf32>
  %y = llama.norm %y0 over [0, 2] centered {eps = 1.0e-5 : f64} : tensor<?x4x6xf32>
  %e = llama.sinusoid by #llama.rotary<half, theta = 1.0e4 : f64> of %i : tensor<?xi32> -> tensor<?x16xf32>
  %q = llama.rope %t, %p by #llama.rotary<half, theta = 1.0e4 : f64, sections = [2, 2], axial = true> {heads = 2 : i64}
      : tensor<?x16xf32>, tensor<?x2xi32> -> tensor<?x16xf32>
  %a = llama.attention %q, %q, %t relative %e by %b, %b {heads = 2 : i64, kv_heads = 2 : i64, causal, slopes = array<f64: 0.5, 0.25>}
      : tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>, tensor<16xf32>, tensor<16xf32> -> tensor<?x16xf32>
  %f = llama.activation elu_plus_one %a : tensor<?x16xf32>
  %g = llama.linear_state %f, %t {heads = 2 : i64} : tensor<?x16xf32>, tensor<?x16xf32> -> tensor<16x9xf32>
  %h = llama.linear_attention %f, %f, %t rotated %q, %q from %g {heads = 2 : i64}
      : tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32> from tensor<16x9xf32> -> tensor<?x16xf32>
  %k = llama.apply_state %f, %g {heads = 2 : i64} : tensor<?x16xf32>, tensor<16x9xf32> -> tensor<?x16xf32>
  return %y, %s#2, %h, %k, %g : tensor<?x4x6xf32>, tensor<4xf32>, tensor<?x16xf32>, tensor<?x16xf32>, tensor<16x9xf32>
}
