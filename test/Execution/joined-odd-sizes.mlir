// Projections that are written joined, in widths and head sizes that no tile
// divides: queries, keys and values in one, keys and values in one, gate and up in
// one, in either order. Every kernel is compared with the reference, and the whole
// with the same without fusion.

// DEFINE: %{repeat} = %python %S/../Inputs/repeat.py 1,3,7,24,127
// DEFINE: %{run} = llamir run - --check --dim=tokens1=1 --dim=tokens3=3 --dim=tokens7=7 --dim=tokens24=24 --dim=tokens127=127
// RUN: %{repeat} < %s | %{run} --target=x86-64 | FileCheck %s
// RUN: %{repeat} 100=72 316=334 158=167 < %s | %{run} %if avx2 %{ --target=x86-64-avx2 %} | FileCheck %s
// RUN: %{repeat} 158=200 316=400 < %s | %{run} | FileCheck %s

// CHECK: qkv_rope 5 {{.*}} ok
// CHECK: attention 10 {{.*}} ok
// CHECK: gated_ffn 5 {{.*}} ok
// CHECK: qkv_rope_{{[0-9]}} 5 {{.*}} ok
// CHECK: gated_ffn_{{[0-9]}} 5 {{.*}} ok
// CHECK-NOT: WRONG

// RUN: rm -rf %t && llamir run %s --dim=tokens=24 --output-dir=%t/fused
// RUN: llamir run %s --dim=tokens=24 --no-fuse=rotary,gated-ffn --output-dir=%t/unfused
// RUN: %python %S/../Inputs/compare-npy.py %t/fused/result0.npy %t/unfused/result0.npy | FileCheck %s --check-prefix=SAME
// SAME: {{^([0-9]e-0[6-9]|0e)}}

llama.weight @qkv : tensor<352x100xbf16> = #llama.random<seed = 1, scale = 0.17 : f64>
llama.weight @bias : tensor<352xf32> = #llama.random<seed = 2, scale = 0.5 : f64>
llama.weight @gate_up : tensor<316x176xbf16> = #llama.random<seed = 3, scale = 0.12 : f64>
llama.weight @down : tensor<100x158xbf16> = #llama.random<seed = 4, scale = 0.12 : f64>
llama.weight @kv : tensor<176x100xbf16> = #llama.random<seed = 5, scale = 0.17 : f64>
llama.weight @q : tensor<176x100xbf16> = #llama.random<seed = 6, scale = 0.17 : f64>
func.func @joined(%x: tensor<?x100xf32> {llama.dims = ["tokens"]}, %pos: tensor<?xi32> {llama.dims = ["tokens"]}) -> (tensor<?x158xf32>) {
  %wqkv = llama.get_weight @qkv : tensor<352x100xbf16>
  %bias = llama.get_weight @bias : tensor<352xf32>
  %wgu = llama.get_weight @gate_up : tensor<316x176xbf16>
  %wd = llama.get_weight @down : tensor<100x158xbf16>
  %wkv = llama.get_weight @kv : tensor<176x100xbf16>
  %wq = llama.get_weight @q : tensor<176x100xbf16>
  %qkv = llama.linear %x, %wqkv bias %bias : tensor<?x100xf32>, tensor<352x100xbf16>, tensor<352xf32> -> tensor<?x352xf32>
  %q0, %k0, %v0 = llama.split %qkv : tensor<?x352xf32> -> tensor<?x176xf32>, tensor<?x88xf32>, tensor<?x88xf32>
  %qr0 = llama.rope %q0, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x176xf32>, tensor<?xi32> -> tensor<?x176xf32>
  %kr0 = llama.rope %k0, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x88xf32>, tensor<?xi32> -> tensor<?x88xf32>
  %a0 = llama.attention %qr0, %kr0, %v0 {heads = 4 : i64, kv_heads = 2 : i64, causal} : tensor<?x176xf32>, tensor<?x88xf32>, tensor<?x88xf32> -> tensor<?x176xf32>
  %gu0 = llama.linear %a0, %wgu : tensor<?x176xf32>, tensor<316x176xbf16> -> tensor<?x316xf32>
  %g0, %u0 = llama.split %gu0 : tensor<?x316xf32> -> tensor<?x158xf32>, tensor<?x158xf32>
  %s0 = llama.activation silu %g0 : tensor<?x158xf32>
  %m0 = llama.mul %s0, %u0 : tensor<?x158xf32>
  %y = llama.linear %m0, %wd : tensor<?x158xf32>, tensor<100x158xbf16> -> tensor<?x100xf32>
  %q1 = llama.linear %y, %wq : tensor<?x100xf32>, tensor<176x100xbf16> -> tensor<?x176xf32>
  %kv1 = llama.linear %y, %wkv : tensor<?x100xf32>, tensor<176x100xbf16> -> tensor<?x176xf32>
  %k1, %v1 = llama.split %kv1 : tensor<?x176xf32> -> tensor<?x88xf32>, tensor<?x88xf32>
  %qr1 = llama.rope %q1, %pos by #llama.rotary<interleaved, theta = 1.0e4 : f64, dims = 10> {heads = 4 : i64} : tensor<?x176xf32>, tensor<?xi32> -> tensor<?x176xf32>
  %kr1 = llama.rope %k1, %pos by #llama.rotary<interleaved, theta = 1.0e4 : f64, dims = 10> {heads = 2 : i64} : tensor<?x88xf32>, tensor<?xi32> -> tensor<?x88xf32>
  %a1 = llama.attention %qr1, %kr1, %v1 {heads = 4 : i64, kv_heads = 2 : i64, causal} : tensor<?x176xf32>, tensor<?x88xf32>, tensor<?x88xf32> -> tensor<?x176xf32>
  %gu1 = llama.linear %a1, %wgu : tensor<?x176xf32>, tensor<316x176xbf16> -> tensor<?x316xf32>
  %u1, %g1 = llama.split %gu1 : tensor<?x316xf32> -> tensor<?x158xf32>, tensor<?x158xf32>
  %s1 = llama.activation gelu %g1 : tensor<?x158xf32>
  %m1 = llama.mul %s1, %u1 : tensor<?x158xf32>
  return %m1 : tensor<?x158xf32>
}
