// What stands between the products of matrices, each as one function: norms,
// positions and element-wise ops, on arrays that no cache holds.

func.func @rms_norm(%x: tensor<8192x4096xf32>, %g: tensor<4096xf32>) -> tensor<8192x4096xf32> {
  %y = llama.norm %x over [1] gain %g {eps = 1.0e-5 : f64} : tensor<8192x4096xf32>, tensor<4096xf32>
  return %y : tensor<8192x4096xf32>
}
func.func @add_rms_norm(%x: tensor<8192x4096xf32>, %r: tensor<8192x4096xf32>, %g: tensor<4096xf32>) -> (tensor<8192x4096xf32>, tensor<8192x4096xf32>) {
  %s = llama.add %x, %r : tensor<8192x4096xf32>
  %y = llama.norm %s over [1] gain %g {eps = 1.0e-5 : f64} : tensor<8192x4096xf32>, tensor<4096xf32>
  return %s, %y : tensor<8192x4096xf32>, tensor<8192x4096xf32>
}
func.func @layer_norm(%x: tensor<8192x4096xf32>, %g: tensor<4096xf32>, %b: tensor<4096xf32>) -> tensor<8192x4096xf32> {
  %y = llama.norm %x over [1] centered gain %g bias %b {eps = 1.0e-5 : f64} : tensor<8192x4096xf32>, tensor<4096xf32>, tensor<4096xf32>
  return %y : tensor<8192x4096xf32>
}
func.func @group_norm(%x: tensor<512x64x32x32xf32>, %g: tensor<64xf32>, %b: tensor<64xf32>) -> tensor<512x64x32x32xf32> {
  %y = llama.norm %x over [1, 2, 3] groups 8 centered gain %g bias %b along [1] {eps = 1.0e-5 : f64} : tensor<512x64x32x32xf32>, tensor<64xf32>, tensor<64xf32>
  return %y : tensor<512x64x32x32xf32>
}
func.func @instance_norm(%x: tensor<512x64x32x32xf32>, %g: tensor<64xf32>, %b: tensor<64xf32>) -> tensor<512x64x32x32xf32> {
  %y = llama.norm %x over [2, 3] centered gain %g bias %b along [1] {eps = 1.0e-5 : f64} : tensor<512x64x32x32xf32>, tensor<64xf32>, tensor<64xf32>
  return %y : tensor<512x64x32x32xf32>
}
// Two passes over memory: the statistics are known when all of it has been read.
func.func @batch_norm_training(%x: tensor<512x64x32x32xf32>, %g: tensor<64xf32>, %b: tensor<64xf32>) -> tensor<512x64x32x32xf32> {
  %y = llama.norm %x over [0, 2, 3] centered gain %g bias %b along [1] {eps = 1.0e-5 : f64} : tensor<512x64x32x32xf32>, tensor<64xf32>, tensor<64xf32>
  return %y : tensor<512x64x32x32xf32>
}
llama.weight @variance : tensor<64xf32> = #llama.random<seed = 1, scale = 0.1 : f64, mean = 1.0 : f64>
func.func @batch_norm_inference(%x: tensor<512x64x32x32xf32>, %m: tensor<64xf32>, %g: tensor<64xf32>, %b: tensor<64xf32>) -> tensor<512x64x32x32xf32> {
  %v = llama.get_weight @variance : tensor<64xf32>
  %y = llama.normalize %x by %m, %v gain %g bias %b {eps = 1.0e-5 : f64} : tensor<512x64x32x32xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>
  return %y : tensor<512x64x32x32xf32>
}
func.func @batch_norm_features(%x: tensor<8192x4096xf32>, %g: tensor<4096xf32>, %b: tensor<4096xf32>) -> tensor<8192x4096xf32> {
  %y = llama.norm %x over [0] centered gain %g bias %b along [1] {eps = 1.0e-5 : f64} : tensor<8192x4096xf32>, tensor<4096xf32>, tensor<4096xf32>
  return %y : tensor<8192x4096xf32>
}
func.func @switchable_norm(%x: tensor<512x64x32x32xf32>, %a: tensor<3xf32>, %c: tensor<3xf32>, %g: tensor<64xf32>, %b: tensor<64xf32>) -> tensor<512x64x32x32xf32> {
  %m, %v = llama.statistics %x over [2, 3] : tensor<512x64x32x32xf32> -> tensor<512x64xf32>, tensor<512x64xf32>
  %n, %w = llama.mix_statistics %m, %v by %a, %c : tensor<512x64xf32>, tensor<3xf32>, tensor<3xf32>
  %y = llama.normalize %x by %n, %w gain %g bias %b {eps = 1.0e-5 : f64} : tensor<512x64x32x32xf32>, tensor<512x64xf32>, tensor<512x64xf32>, tensor<64xf32>, tensor<64xf32>
  return %y : tensor<512x64x32x32xf32>
}
func.func @rope_half(%x: tensor<8192x4096xf32>, %p: tensor<8192xi32>) -> tensor<8192x4096xf32> {
  %y = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 32 : i64} : tensor<8192x4096xf32>, tensor<8192xi32> -> tensor<8192x4096xf32>
  return %y : tensor<8192x4096xf32>
}
func.func @rope_interleaved(%x: tensor<8192x4096xf32>, %p: tensor<8192xi32>) -> tensor<8192x4096xf32> {
  %y = llama.rope %x, %p by #llama.rotary<interleaved, theta = 1.0e4 : f64> {heads = 32 : i64} : tensor<8192x4096xf32>, tensor<8192xi32> -> tensor<8192x4096xf32>
  return %y : tensor<8192x4096xf32>
}
func.func @rope_partial(%x: tensor<8192x4096xf32>, %p: tensor<8192xi32>) -> tensor<8192x4096xf32> {
  %y = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64, dims = 32> {heads = 32 : i64} : tensor<8192x4096xf32>, tensor<8192xi32> -> tensor<8192x4096xf32>
  return %y : tensor<8192x4096xf32>
}
func.func @rope_axial(%x: tensor<8192x4096xf32>, %p: tensor<8192x2xi32>) -> tensor<8192x4096xf32> {
  %y = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64, sections = [32, 32], axial = true> {heads = 32 : i64} : tensor<8192x4096xf32>, tensor<8192x2xi32> -> tensor<8192x4096xf32>
  return %y : tensor<8192x4096xf32>
}
func.func @sinusoid(%p: tensor<8192xi32>, %x: tensor<8192x4096xf32>) -> tensor<8192x4096xf32> {
  %e = llama.sinusoid by #llama.rotary<half, theta = 1.0e4 : f64> of %p : tensor<8192xi32> -> tensor<8192x4096xf32>
  %y = llama.add %x, %e : tensor<8192x4096xf32>
  return %y : tensor<8192x4096xf32>
}
func.func @add(%x: tensor<8192x4096xf32>, %r: tensor<8192x4096xf32>) -> tensor<8192x4096xf32> {
  %y = llama.add %x, %r : tensor<8192x4096xf32>
  return %y : tensor<8192x4096xf32>
}
func.func @silu_mul(%x: tensor<8192x4096xf32>, %u: tensor<8192x4096xf32>) -> tensor<8192x4096xf32> {
  %s = llama.activation silu %x : tensor<8192x4096xf32>
  %y = llama.mul %s, %u : tensor<8192x4096xf32>
  return %y : tensor<8192x4096xf32>
}
func.func @gelu(%x: tensor<8192x4096xf32>) -> tensor<8192x4096xf32> {
  %y = llama.activation gelu %x : tensor<8192x4096xf32>
  return %y : tensor<8192x4096xf32>
}
func.func @gelu_tanh(%x: tensor<8192x4096xf32>) -> tensor<8192x4096xf32> {
  %y = llama.activation gelu_tanh %x : tensor<8192x4096xf32>
  return %y : tensor<8192x4096xf32>
}
