// RUN: llamir-opt %s --verify-roundtrip | FileCheck %s

// CHECK: llama.weight @file : tensor<8x4xbf16> = #llama.file<"model.safetensors", "a.weight">
llama.weight @file : tensor<8x4xbf16> = #llama.file<"model.safetensors", "a.weight">
// CHECK: llama.weight @random : tensor<4x4xf32> = #llama.random<seed = 7, scale = 2.000000e-02 : f64>
llama.weight @random : tensor<4x4xf32> = #llama.random<seed = 7, scale = 0.02 : f64>
// CHECK: llama.weight @gain : tensor<4xf16> = #llama.random<seed = 18446744073709551615, scale = 1.000000e-01 : f64, mean = 1.000000e+00 : f64>
llama.weight @gain : tensor<4xf16> = #llama.random<seed = 18446744073709551615, scale = 0.1 : f64, mean = 1.0 : f64>
// CHECK: llama.weight @packed : tensor<12x4xf32, #llama.panels<width = 8, group = 4>> = #llama.packed<[@file, @random]>
llama.weight @packed : tensor<12x4xf32, #llama.panels<width = 8, group = 4>> = #llama.packed<[@file, @random]>
// Joined without panels: a bias, or the weight of another target.
// CHECK: llama.weight @joined : tensor<8xf16> = #llama.packed<[@gain, @gain]>
llama.weight @joined : tensor<8xf16> = #llama.packed<[@gain, @gain]>
// CHECK: llama.weight @pairs : tensor<4x4xbf16, #llama.panels<width = 8, group = 4, interleave = 2>> = #llama.packed<[@random], saturate>
llama.weight @pairs : tensor<4x4xbf16, #llama.panels<width = 8, group = 4, interleave = 2>> = #llama.packed<[@random], saturate>

// CHECK-LABEL: func.func @weights() -> (tensor<8x4xbf16> {llama.name = "w"})
// CHECK: llama.get_weight @file : tensor<8x4xbf16>
func.func @weights() -> (tensor<8x4xbf16> {llama.name = "w"}) {
  %w = llama.get_weight @file : tensor<8x4xbf16>
  return %w : tensor<8x4xbf16>
}

// CHECK-LABEL: func.func @zeros(
// CHECK: llama.zeros : tensor<8xbf16>
func.func @zeros() -> tensor<8xbf16> {
  %z = llama.zeros : tensor<8xbf16>
  return %z : tensor<8xbf16>
}

// CHECK-LABEL: func.func @embedding(
// CHECK-SAME: llama.dims = ["T"], llama.name = "ids"
// CHECK: llama.embedding %{{.*}}, %{{.*}} : tensor<?xi32>, tensor<8x4xbf16> -> tensor<?x4xf32>
// CHECK: llama.embedding %{{.*}}, %{{.*}} : tensor<?xi32>, tensor<8x4xbf16> -> tensor<3x4xf16>
func.func @embedding(%ids: tensor<?xi32> {llama.name = "ids", llama.dims = ["T"]}, %table: tensor<8x4xbf16>)
    -> (tensor<?x4xf32>, tensor<3x4xf16>) {
  %0 = llama.embedding %ids, %table : tensor<?xi32>, tensor<8x4xbf16> -> tensor<?x4xf32>
  %1 = llama.embedding %ids, %table : tensor<?xi32>, tensor<8x4xbf16> -> tensor<3x4xf16>
  return %0, %1 : tensor<?x4xf32>, tensor<3x4xf16>
}

// CHECK-LABEL: func.func @norm(
// CHECK: llama.norm %{{.*}} over [1] gain %{{.*}} {eps = 1.000000e-05 : f64} : tensor<?x4xf32>, tensor<4xbf16>
func.func @norm(%x: tensor<?x4xf32>, %w: tensor<4xbf16>) -> tensor<?x4xf32> {
  %0 = llama.norm %x over [1] gain %w {eps = 1.0e-5 : f64} : tensor<?x4xf32>, tensor<4xbf16>
  return %0 : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @linear(
// CHECK: llama.linear %{{.*}}, %{{.*}} : tensor<?x4xf32>, tensor<6x4xf32, #llama.panels<width = 4, group = 3>> -> tensor<?x6xf32>
// CHECK: llama.linear %{{.*}}, %{{.*}} bias %{{.*}} {test.note = "o"} : tensor<?x4xf32>, tensor<6x4xbf16>, tensor<6xf32> -> tensor<?x6xf32>
func.func @linear(%x: tensor<?x4xf32>, %p: tensor<6x4xf32, #llama.panels<width = 4, group = 3>>,
                  %w: tensor<6x4xbf16>, %b: tensor<6xf32>) -> (tensor<?x6xf32>, tensor<?x6xf32>) {
  %0 = llama.linear %x, %p : tensor<?x4xf32>, tensor<6x4xf32, #llama.panels<width = 4, group = 3>> -> tensor<?x6xf32>
  %1 = llama.linear %x, %w bias %b {test.note = "o"} : tensor<?x4xf32>, tensor<6x4xbf16>, tensor<6xf32> -> tensor<?x6xf32>
  return %0, %1 : tensor<?x6xf32>, tensor<?x6xf32>
}

// CHECK-LABEL: func.func @rope(
// CHECK: llama.rope %{{.*}}, %{{.*}} by <half, theta = 1.000000e+04 : f64> {heads = 2 : i64} : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
// CHECK: llama.rope %{{.*}}, %{{.*}} by <interleaved, theta = 1.000000e+04 : f64, dims = 2> {heads = 2 : i64, rotated_heads = 1 : i64}
func.func @rope(%x: tensor<?x8xf32>, %p: tensor<?xi32>) -> tensor<?x8xf32> {
  %0 = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  %1 = llama.rope %0, %p by #llama.rotary<interleaved, theta = 1.0e4 : f64, dims = 2> {heads = 2 : i64, rotated_heads = 1 : i64} : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return %1 : tensor<?x8xf32>
}

// The values are narrower than the keys, and so is the result.
// CHECK-LABEL: func.func @attention(
// CHECK: llama.attention %{{.*}}, %{{.*}}, %{{.*}} {causal, heads = 4 : i64, kv_heads = 2 : i64, scale = 5.000000e-01 : f64} : tensor<?x16xf32>, tensor<?x8xf32>, tensor<?x6xf32> -> tensor<?x12xf32>
func.func @attention(%q: tensor<?x16xf32>, %k: tensor<?x8xf32>, %v: tensor<?x6xf32>) -> tensor<?x12xf32> {
  %0 = llama.attention %q, %k, %v {heads = 4 : i64, kv_heads = 2 : i64, causal, scale = 0.5 : f64}
      : tensor<?x16xf32>, tensor<?x8xf32>, tensor<?x6xf32> -> tensor<?x12xf32>
  return %0 : tensor<?x12xf32>
}

// CHECK-LABEL: func.func @elements(
func.func @elements(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // CHECK: llama.activation silu %{{.*}} : tensor<?x4xf32>
  %0 = llama.activation silu %x : tensor<?x4xf32>
  // CHECK: llama.activation gelu %{{.*}} : tensor<?x4xf32>
  %1 = llama.activation gelu %0 : tensor<?x4xf32>
  // CHECK: llama.activation gelu_tanh %{{.*}} : tensor<?x4xf32>
  %2 = llama.activation gelu_tanh %1 : tensor<?x4xf32>
  // CHECK: llama.activation relu %{{.*}} : tensor<?x4xf32>
  %3 = llama.activation relu %2 : tensor<?x4xf32>
  // CHECK: llama.activation sigmoid %{{.*}} : tensor<?x4xf32>
  %4 = llama.activation sigmoid %3 : tensor<?x4xf32>
  // CHECK: llama.activation tanh %{{.*}} : tensor<?x4xf32>
  %5 = llama.activation tanh %4 : tensor<?x4xf32>
  // CHECK: llama.add %{{.*}}, %{{.*}} : tensor<?x4xf32>
  %6 = llama.add %5, %x : tensor<?x4xf32>
  // CHECK: llama.mul %{{.*}}, %{{.*}} : tensor<?x4xf32>
  %7 = llama.mul %6, %x : tensor<?x4xf32>
  // CHECK: llama.convert %{{.*}} : tensor<?x4xf32> -> tensor<?x4xbf16>
  %8 = llama.convert %7 : tensor<?x4xf32> -> tensor<?x4xbf16>
  return %7 : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @moves(
func.func @moves(%x: tensor<?x4xf32>, %w: tensor<2x4xf32>, %b: tensor<3xf32>)
    -> (tensor<4x4xf32>, tensor<6xf32>, tensor<?x1xf32>, tensor<?x3xf32>, tensor<2x4xbf16, #llama.panels<width = 8, group = 2>>) {
  // CHECK: llama.join %{{.*}}, %{{.*}} : tensor<2x4xf32>, tensor<2x4xf32> -> tensor<4x4xf32>
  %0 = llama.join %w, %w : tensor<2x4xf32>, tensor<2x4xf32> -> tensor<4x4xf32>
  // CHECK: llama.join %{{.*}}, %{{.*}} : tensor<3xf32>, tensor<3xf32> -> tensor<6xf32>
  %1 = llama.join %b, %b : tensor<3xf32>, tensor<3xf32> -> tensor<6xf32>
  // CHECK: llama.split %{{.*}} : tensor<?x4xf32> -> tensor<?x1xf32>, tensor<?x3xf32>
  %2:2 = llama.split %x : tensor<?x4xf32> -> tensor<?x1xf32>, tensor<?x3xf32>
  // CHECK: llama.pack %{{.*}} : tensor<2x4xf32> -> tensor<2x4xbf16, #llama.panels<width = 8, group = 2>>
  %3 = llama.pack %w : tensor<2x4xf32> -> tensor<2x4xbf16, #llama.panels<width = 8, group = 2>>
  return %0, %1, %2#0, %2#1, %3
      : tensor<4x4xf32>, tensor<6xf32>, tensor<?x1xf32>, tensor<?x3xf32>, tensor<2x4xbf16, #llama.panels<width = 8, group = 2>>
}

// CHECK-LABEL: func.func @kernel(
// CHECK: llama.kernel "twice" (%[[A:.*]] = %{{.*}}) : (tensor<?x4xf32>) -> tensor<?x4xf32> attributes {test.note = 1 : i64} {
// CHECK-NEXT: %[[S:.*]] = llama.add %[[A]], %[[A]]
// CHECK-NEXT: llama.yield %[[S]] : tensor<?x4xf32>
// CHECK: llama.kernel "nothing" () : () -> () {
// CHECK-NEXT: llama.yield
// CHECK-NEXT: }
func.func @kernel(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = llama.kernel "twice" (%a = %x) : (tensor<?x4xf32>) -> tensor<?x4xf32> attributes {test.note = 1 : i64} {
    %s = llama.add %a, %a : tensor<?x4xf32>
    llama.yield %s : tensor<?x4xf32>
  }
  llama.kernel "nothing" () : () -> () {
  }
  return %0 : tensor<?x4xf32>
}

// CHECK-LABEL: func.func private @twice(
// CHECK-SAME: attributes {llama.kernel}
func.func private @twice(%x: tensor<?x4xf32>) -> tensor<?x4xf32> attributes {llama.kernel} {
  %s = llama.add %x, %x : tensor<?x4xf32>
  return %s : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @launch(
// CHECK: llama.launch @twice(%{{.*}}) : (tensor<?x4xf32>) -> tensor<?x4xf32>
func.func @launch(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = llama.launch @twice(%x) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// No keys, or fewer than queries: some queries see none, which is not an error.
// CHECK-LABEL: func.func @no_keys
func.func @no_keys(%q: tensor<3x8xf32>, %k: tensor<0x8xf32>) -> tensor<3x8xf32> {
  // CHECK: llama.attention
  %a = llama.attention %q, %k, %k {heads = 2 : i64, kv_heads = 2 : i64, causal}
      : tensor<3x8xf32>, tensor<0x8xf32>, tensor<0x8xf32> -> tensor<3x8xf32>
  return %a : tensor<3x8xf32>
}

// CHECK-LABEL: func.func @batch(
// CHECK: llama.statistics %{{.*}} over [2] : tensor<?x4x6xf32> -> tensor<?x4xf32>, tensor<?x4xf32>
// CHECK: llama.statistics %{{.*}} over [0, 2] updating %{{.*}}, %{{.*}} {biased, momentum = 1.000000e-01 : f64} : tensor<?x4x6xf32>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
// CHECK: llama.mix_statistics %{{.*}}, %{{.*}} by %{{.*}}, %{{.*}} running %{{.*}}, %{{.*}} : tensor<?x4xf32>, tensor<3xf32>, tensor<3xf32>, tensor<4xf32>, tensor<4xf32>
// CHECK: llama.normalize %{{.*}} by %{{.*}}, %{{.*}} gain %{{.*}} {eps = 1.000000e-05 : f64} : tensor<?x4x6xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<4xf32>
func.func @batch(%x: tensor<?x4x6xf32>, %p: tensor<4xf32>, %l: tensor<3xf32>) -> tensor<?x4x6xf32> {
  %m, %v = llama.statistics %x over [2] : tensor<?x4x6xf32> -> tensor<?x4xf32>, tensor<?x4xf32>
  %s:4 = llama.statistics %x over [0, 2] updating %p, %p {biased, momentum = 0.1 : f64}
      : tensor<?x4x6xf32>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  %n, %w = llama.mix_statistics %m, %v by %l, %l running %s#2, %s#3
      : tensor<?x4xf32>, tensor<3xf32>, tensor<3xf32>, tensor<4xf32>, tensor<4xf32>
  %y = llama.normalize %x by %n, %w gain %p {eps = 1.0e-5 : f64} : tensor<?x4x6xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<4xf32>
  return %y : tensor<?x4x6xf32>
}

#axial = #llama.rotary<half, theta = 1.0e4 : f64, sections = [2, 2], axial = true>
// CHECK-LABEL: func.func @positions(
// CHECK: llama.sinusoid by <{{.*}}> of %{{.*}} : tensor<?x2xi32> -> tensor<?x8xf32>
// CHECK: llama.rope %{{.*}}, %{{.*}} by <{{.*}}> {heads = 1 : i64} : tensor<?x8xf32>, tensor<?x2xi32> -> tensor<?x8xf32, #{{.*}}>
// CHECK: llama.attention %{{.*}}, %{{.*}}, %{{.*}} relative %{{.*}} by %{{.*}}, %{{.*}} {heads = 1 : i64, kv_heads = 1 : i64, slopes = array<f64: 2.500000e-01>}
func.func @positions(%p: tensor<?x2xi32>, %b: tensor<8xf32>) -> tensor<?x8xf32> {
  %x = llama.sinusoid by #axial of %p : tensor<?x2xi32> -> tensor<?x8xf32>
  %r = llama.rope %x, %p by #axial {heads = 1 : i64} : tensor<?x8xf32>, tensor<?x2xi32> -> tensor<?x8xf32, #axial>
  %a = llama.attention %r, %r, %x relative %x by %b, %b {heads = 1 : i64, kv_heads = 1 : i64, slopes = array<f64: 0.25>}
      : tensor<?x8xf32, #axial>, tensor<?x8xf32, #axial>, tensor<?x8xf32>, tensor<?x8xf32>, tensor<8xf32>, tensor<8xf32> -> tensor<?x8xf32>
  return %a : tensor<?x8xf32>
}

// CHECK-LABEL: func.func @linear_attention(
// CHECK: llama.linear_state %{{.*}}, %{{.*}} rotated %{{.*}} {heads = 2 : i64} : tensor<?x8xf32>, tensor<?x6xf32>, tensor<?x8xf32> -> tensor<8x4xf32>
// CHECK: llama.linear_attention %{{.*}}, %{{.*}}, %{{.*}} rotated %{{.*}}, %{{.*}} from %{{.*}} {heads = 2 : i64} : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x6xf32>, tensor<?x8xf32>, tensor<?x8xf32> from tensor<8x4xf32> -> tensor<?x6xf32>
// CHECK: llama.apply_state %{{.*}}, %{{.*}} {heads = 2 : i64} : tensor<?x8xf32>, tensor<8x4xf32> -> tensor<?x6xf32>
func.func @linear_attention(%q: tensor<?x8xf32>, %v: tensor<?x6xf32>) -> (tensor<?x6xf32>, tensor<?x6xf32>) {
  %s = llama.linear_state %q, %v rotated %q {heads = 2 : i64} : tensor<?x8xf32>, tensor<?x6xf32>, tensor<?x8xf32> -> tensor<8x4xf32>
  %a = llama.linear_attention %q, %q, %v rotated %q, %q from %s {heads = 2 : i64}
      : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x6xf32>, tensor<?x8xf32>, tensor<?x8xf32> from tensor<8x4xf32> -> tensor<?x6xf32>
  %b = llama.apply_state %q, %s {heads = 2 : i64} : tensor<?x8xf32>, tensor<8x4xf32> -> tensor<?x6xf32>
  return %a, %b : tensor<?x6xf32>, tensor<?x6xf32>
}
