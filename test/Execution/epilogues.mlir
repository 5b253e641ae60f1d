// What follows a projection in its kernel, at sizes that no tile divides: one
// token, few, and more than a tile of them.

// DEFINE: %{run} = llamir run %s --check
// RUN: %{run} --function=chain --dim=tokens=1 | FileCheck %s
// RUN: %{run} --function=chain --dim=tokens=7 | FileCheck %s
// RUN: %{run} --function=chain --dim=tokens=130 | FileCheck %s
// RUN: %{run} --function=chain --dim=tokens=7 --target=x86-64 | FileCheck %s
// RUN: %{run} --function=chain --dim=tokens=70 --weights=bf16 --activations=bf16 | FileCheck %s
// RUN: %{run} --function=chain --dim=tokens=3 --weights=bf16 --activations=bf16 --fp=fast | FileCheck %s
// RUN: %{run} --function=long --dim=tokens=1 | FileCheck %s
// RUN: %{run} --function=long --dim=tokens=19 | FileCheck %s
// RUN: %{run} --function=parallel --dim=tokens=1 | FileCheck %s
// RUN: %{run} --function=parallel --dim=tokens=19 | FileCheck %s
// RUN: %{run} --function=parallel --dim=tokens=70 --weights=bf16 --activations=bf16 | FileCheck %s
// CHECK: {{linear|qkv_rope_gelu}}{{.*}} ok

llama.weight @w : tensor<100x72xf32> = #llama.random<seed = 1, scale = 0.2 : f64>
llama.weight @l : tensor<40x1500xf32> = #llama.random<seed = 2, scale = 0.1 : f64>
llama.weight @b : tensor<100xf32> = #llama.random<seed = 3, scale = 1.0 : f64>

func.func @chain(%x: tensor<?x72xf32>, %r: tensor<?x100xf32>) -> tensor<?x100xf32> {
  %w = llama.get_weight @w : tensor<100x72xf32>
  %b = llama.get_weight @b : tensor<100xf32>
  %l = llama.linear %x, %w bias %b : tensor<?x72xf32>, tensor<100x72xf32>, tensor<100xf32> -> tensor<?x100xf32>
  %g = llama.activation gelu_tanh %l : tensor<?x100xf32>
  %m = llama.mul %g, %b : tensor<?x100xf32>, tensor<100xf32>
  %s = llama.scale %m by 0.5 : tensor<?x100xf32>
  %y = llama.add %r, %s : tensor<?x100xf32>
  return %y : tensor<?x100xf32>
}
// A sum that is cut in blocks.
func.func @long(%x: tensor<?x1500xf32>, %r: tensor<?x40xf32>) -> tensor<?x40xf32> {
  %w = llama.get_weight @l : tensor<40x1500xf32>
  %l = llama.linear %x, %w : tensor<?x1500xf32>, tensor<40x1500xf32> -> tensor<?x40xf32>
  %y = llama.add %l, %r : tensor<?x40xf32>
  return %y : tensor<?x40xf32>
}
// Queries, keys, values and the first projection of a feed-forward layer, of which
// heads rotate, pass and are activated.
llama.weight @q : tensor<72x72xf32> = #llama.random<seed = 4, scale = 0.2 : f64>
llama.weight @k : tensor<24x72xf32> = #llama.random<seed = 5, scale = 0.2 : f64>
llama.weight @v : tensor<24x72xf32> = #llama.random<seed = 6, scale = 0.2 : f64>
llama.weight @up : tensor<120x72xf32> = #llama.random<seed = 7, scale = 0.2 : f64>
func.func @parallel(%x: tensor<?x72xf32>, %p: tensor<?xi32>) -> (tensor<?x72xf32>, tensor<?x120xf32>) {
  %wq = llama.get_weight @q : tensor<72x72xf32>
  %wk = llama.get_weight @k : tensor<24x72xf32>
  %wv = llama.get_weight @v : tensor<24x72xf32>
  %wu = llama.get_weight @up : tensor<120x72xf32>
  %q0 = llama.linear %x, %wq : tensor<?x72xf32>, tensor<72x72xf32> -> tensor<?x72xf32>
  %k0 = llama.linear %x, %wk : tensor<?x72xf32>, tensor<24x72xf32> -> tensor<?x24xf32>
  %v = llama.linear %x, %wv : tensor<?x72xf32>, tensor<24x72xf32> -> tensor<?x24xf32>
  %q = llama.rope %q0, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 3 : i64} : tensor<?x72xf32>, tensor<?xi32> -> tensor<?x72xf32>
  %k = llama.rope %k0, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 1 : i64} : tensor<?x24xf32>, tensor<?xi32> -> tensor<?x24xf32>
  %a = llama.attention %q, %k, %v {heads = 3 : i64, kv_heads = 1 : i64, causal} : tensor<?x72xf32>, tensor<?x24xf32>, tensor<?x24xf32> -> tensor<?x72xf32>
  %u = llama.linear %x, %wu : tensor<?x72xf32>, tensor<120x72xf32> -> tensor<?x120xf32>
  %g = llama.activation gelu %u : tensor<?x120xf32>
  return %a, %g : tensor<?x72xf32>, tensor<?x120xf32>
}
