// One block for each width of vectors: lanes, panels and register tiles differ, and
// nothing else does.

// DEFINE: %{target} = x86-64
// DEFINE: %{schedule} = llamir-opt %s --llamir-kernels=target=%{target} --llamir-halide --halide-schedule=target=%{target} | FileCheck %s --check-prefixes=CHECK
// RUN: %{schedule},SSE -DTARGET=%{target}
// REDEFINE: %{target} = x86-64-avx2
// RUN: %{schedule},AVX2 -DTARGET=%{target}
// REDEFINE: %{target} = x86-64-avx512
// RUN: %{schedule},AVX512 -DTARGET=%{target}
// REDEFINE: %{target} = x86-64-avx512-zen4
// RUN: %{schedule},AVX512 -DTARGET=%{target}
// REDEFINE: %{target} = x86-64-avx512-sapphirerapids
// RUN: %{schedule},AVX512 -DTARGET=%{target}
// REDEFINE: %{target} = x86-64-amx
// RUN: %{schedule},AVX512 -DTARGET=%{target}

llama.weight @w : tensor<4096x4096xf32> = #llama.random<seed = 1, scale = 1.0 : f64>
func.func @f(%x: tensor<?x4096xf32>, %k: tensor<?x128xf32>) -> (tensor<?x4096xf32>, tensor<?x4096xf32>, tensor<?x4096xf32>) {
  // CHECK-LABEL: halide.pipeline @linear(
  // SSE-SAME: !halide.buffer<12x4096x342xf32>
  // AVX2-SAME: !halide.buffer<24x4096x171xf32>
  // AVX512-SAME: !halide.buffer<64x4096x64xf32>
  // CHECK: halide.schedule for "[[TARGET]]"
  // SSE: halide.bound_extent %product dim 0 extent 12
  // AVX2: halide.bound_extent %product dim 0 extent 24
  // AVX512: halide.bound_extent %product dim 0 extent 64
  // SSE: by 4 tail {{ *}}round_up names ["tile", "tile_row"]
  // AVX2: by 4 tail {{ *}}round_up names ["tile", "tile_row"]
  // AVX512: by 6 tail {{ *}}round_up names ["tile", "tile_row"]
  %w = llama.get_weight @w : tensor<4096x4096xf32>
  %l = llama.linear %x, %w : tensor<?x4096xf32>, tensor<4096x4096xf32> -> tensor<?x4096xf32>
  // CHECK-LABEL: halide.pipeline @activation(
  // CHECK: halide.schedule for "[[TARGET]]"
  // SSE: halide.split %i{{.*}} by 4 tail
  // AVX2: halide.split %i{{.*}} by 8 tail
  // AVX512: halide.split %i{{.*}} by 16 tail
  %s = llama.activation silu %x : tensor<?x4096xf32>
  // CHECK-LABEL: halide.pipeline @attention(
  // CHECK: halide.schedule for "[[TARGET]]"
  // SSE: halide.bound_extent %scores dim 0 extent 12
  // AVX2: halide.bound_extent %scores dim 0 extent 24
  // AVX512: halide.bound_extent %scores dim 0 extent 48
  %a = llama.attention %x, %k, %k {heads = 32 : i64, kv_heads = 1 : i64, causal} : tensor<?x4096xf32>, tensor<?x128xf32>, tensor<?x128xf32> -> tensor<?x4096xf32>
  return %l, %s, %a : tensor<?x4096xf32>, tensor<?x4096xf32>, tensor<?x4096xf32>
}
