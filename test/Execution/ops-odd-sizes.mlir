// What block-odd-sizes.mlir leaves out, at the same lengths and in widths of 72,
// 100 and 200: the other activations, rotations, biases, attention over keys of the
// past, embeddings.

// DEFINE: %{repeat} = %python %S/../Inputs/repeat.py 1,2,3,7,16,24,127,128
// DEFINE: %{lengths} = --dim=tokens1=1 --dim=tokens2=2 --dim=tokens3=3 --dim=tokens7=7 --dim=tokens16=16 --dim=tokens24=24 --dim=tokens127=127 --dim=tokens128=128
// DEFINE: %{keys} = --dim=keys1=131 --dim=keys2=2 --dim=keys3=16 --dim=keys7=8 --dim=keys16=45 --dim=keys24=64 --dim=keys127=127 --dim=keys128=1
// DEFINE: %{run} = llamir run - --check %{lengths}

// RUN: %{repeat} < %s | %{run} --function=ops --target=x86-64 | FileCheck %s
// RUN: %{repeat} 100=72 200=144 < %s | %{run} --function=ops %if avx2 %{ --target=x86-64-avx2 %} | FileCheck %s
// RUN: %{repeat} 100=200 200=400 < %s | %{run} --function=ops | FileCheck %s
// CHECK-COUNT-17: {{^[a-z_]+(_[0-9]+)? +8 .* ok$}}
// CHECK-NOT: WRONG

// RUN: %{repeat} < %s | %{run} --function=attention %{keys} --target=x86-64 | FileCheck %s --check-prefix=ATTENTION
// RUN: %{repeat} 100=72 200=144 < %s | %{run} --function=attention %{keys} %if avx2 %{ --target=x86-64-avx2 %} | FileCheck %s --check-prefix=ATTENTION
// RUN: %{repeat} 100=200 200=400 < %s | %{run} --function=attention %{keys} | FileCheck %s --check-prefix=ATTENTION
// ATTENTION-COUNT-2: {{^attention(_[0-9]+)? +8 .* ok$}}

llama.weight @table : tensor<100x100xf32> = #llama.random<seed = 4, scale = 4.0 : f64>
llama.weight @w : tensor<100x100xf32> = #llama.random<seed = 1, scale = 0.17 : f64>
llama.weight @v : tensor<100x100xf32> = #llama.random<seed = 2, scale = 0.17 : f64>
// Each projection is another: one that several ops read would be computed once.
llama.weight @p : tensor<100x100xf32> = #llama.random<seed = 5, scale = 0.17 : f64>
llama.weight @m : tensor<100x100xf32> = #llama.random<seed = 6, scale = 0.17 : f64>
llama.weight @b : tensor<100xf32> = #llama.random<seed = 3, scale = 1.0 : f64>
func.func @ops(%ids: tensor<?xi32> {llama.dims = ["tokens"]}, %y: tensor<?x100xf32> {llama.dims = ["tokens"]}) -> (tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>) {
  %table = llama.get_weight @table : tensor<100x100xf32>
  %w = llama.get_weight @w : tensor<100x100xf32>
  %v = llama.get_weight @v : tensor<100x100xf32>
  %p = llama.get_weight @p : tensor<100x100xf32>
  %m = llama.get_weight @m : tensor<100x100xf32>
  %b = llama.get_weight @b : tensor<100xf32>
  %x = llama.embedding %ids, %table : tensor<?xi32>, tensor<100x100xf32> -> tensor<?x100xf32>
  %silu = llama.activation silu %x : tensor<?x100xf32>
  %gelu = llama.activation gelu %x : tensor<?x100xf32>
  %gelu_gate = llama.linear %y, %w bias %b : tensor<?x100xf32>, tensor<100x100xf32>, tensor<100xf32> -> tensor<?x100xf32>
  %gelu_gated = llama.activation gelu %gelu_gate : tensor<?x100xf32>
  %gelu_up = llama.linear %y, %v bias %b : tensor<?x100xf32>, tensor<100x100xf32>, tensor<100xf32> -> tensor<?x100xf32>
  %gelu_ffn = llama.mul %gelu_gated, %gelu_up : tensor<?x100xf32>
  %gelu_tanh = llama.activation gelu_tanh %x : tensor<?x100xf32>
  %relu = llama.activation relu %x : tensor<?x100xf32>
  %relu_gate = llama.linear %y, %w : tensor<?x100xf32>, tensor<100x100xf32> -> tensor<?x100xf32>
  %relu_gated = llama.activation relu %relu_gate : tensor<?x100xf32>
  %relu_up = llama.linear %y, %v : tensor<?x100xf32>, tensor<100x100xf32> -> tensor<?x100xf32>
  %relu_ffn = llama.mul %relu_gated, %relu_up : tensor<?x100xf32>
  %sigmoid = llama.activation sigmoid %x : tensor<?x100xf32>
  %tanh = llama.activation tanh %x : tensor<?x100xf32>
  %product = llama.mul %x, %y : tensor<?x100xf32>
  %half = llama.rope %y, %ids by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 1 : i64} : tensor<?x100xf32>, tensor<?xi32> -> tensor<?x100xf32>
  %partial = llama.rope %y, %ids by #llama.rotary<half, theta = 1.0e4 : f64, dims = 22> {heads = 2 : i64} : tensor<?x100xf32>, tensor<?xi32> -> tensor<?x100xf32>
  %partial_linear = llama.linear %y, %p bias %b : tensor<?x100xf32>, tensor<100x100xf32>, tensor<100xf32> -> tensor<?x100xf32>
  %partial_fused = llama.rope %partial_linear, %ids by #llama.rotary<half, theta = 1.0e4 : f64, dims = 22> {heads = 2 : i64} : tensor<?x100xf32>, tensor<?xi32> -> tensor<?x100xf32>
  %interleaved = llama.rope %y, %ids by #llama.rotary<interleaved, theta = 1.0e4 : f64> {heads = 1 : i64} : tensor<?x100xf32>, tensor<?xi32> -> tensor<?x100xf32>
  %interleaved_linear = llama.linear %y, %p : tensor<?x100xf32>, tensor<100x100xf32> -> tensor<?x100xf32>
  %interleaved_fused = llama.rope %interleaved_linear, %ids by #llama.rotary<interleaved, theta = 1.0e4 : f64> {heads = 1 : i64} : tensor<?x100xf32>, tensor<?xi32> -> tensor<?x100xf32>
  %mixed = llama.rope %y, %ids by #llama.rotary<interleaved, theta = 1.0e4 : f64, dims = 22> {heads = 2 : i64} : tensor<?x100xf32>, tensor<?xi32> -> tensor<?x100xf32>
  %mixed_linear = llama.linear %y, %m bias %b : tensor<?x100xf32>, tensor<100x100xf32>, tensor<100xf32> -> tensor<?x100xf32>
  %mixed_fused = llama.rope %mixed_linear, %ids by #llama.rotary<interleaved, theta = 1.0e4 : f64, dims = 22> {heads = 2 : i64} : tensor<?x100xf32>, tensor<?xi32> -> tensor<?x100xf32>
  return %x, %silu, %gelu, %gelu_ffn, %gelu_tanh, %relu, %relu_ffn, %sigmoid, %tanh, %product, %half, %partial, %partial_fused, %interleaved, %interleaved_fused, %mixed, %mixed_fused : tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>
}
func.func @attention(%q: tensor<?x200xf32> {llama.dims = ["tokens"]}, %k: tensor<?x100xf32> {llama.dims = ["keys"]}, %v: tensor<?x100xf32> {llama.dims = ["keys"]}) -> (tensor<?x200xf32>, tensor<?x200xf32>) {
  %causal = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 1 : i64, causal} : tensor<?x200xf32>, tensor<?x100xf32>, tensor<?x100xf32> -> tensor<?x200xf32>
  %full = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 1 : i64, scale = 0.3 : f64} : tensor<?x200xf32>, tensor<?x100xf32>, tensor<?x100xf32> -> tensor<?x200xf32>
  return %causal, %full : tensor<?x200xf32>, tensor<?x200xf32>
}
