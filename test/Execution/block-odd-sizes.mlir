// A block whose widths and head sizes no tile divides, from one token to more
// than a tile of them. Every kernel is compared with the reference, and has each
// of the sizes 72, 100 and 200 once.

// DEFINE: %{repeat} = %python %S/../Inputs/repeat.py 1,2,3,7,16,24,127,128
// DEFINE: %{lengths} = --dim=tokens1=1 --dim=tokens2=2 --dim=tokens3=3 --dim=tokens7=7 --dim=tokens16=16 --dim=tokens24=24 --dim=tokens127=127 --dim=tokens128=128
// DEFINE: %{run} = llamir run - --check %{lengths}
// RUN: %{repeat} < %s | %{run} | FileCheck %s
// RUN: %{repeat} 100=200 72=100 288=400 144=200 200=72 < %s | %{run} --target=x86-64 | FileCheck %s
// RUN: %{repeat} 100=72 72=200 288=800 144=400 200=100 < %s | %{run} %if avx2 %{ --target=x86-64-avx2 %} --seed=3 | FileCheck %s
// RUN: %{repeat} < %s | %{run} --weights=f16 --activations=bf16 | FileCheck %s
// RUN: %{repeat} < %s | %{run} %if avx2 %{ --target=x86-64-avx2 %} --weights=f16 | FileCheck %s
// RUN: %{repeat} < %s | %{run} --target=x86-64 --activations=bf16 --fp=fast | FileCheck %s
// RUN: %{repeat} < %s | %{run} --no-fuse=prologue | FileCheck %s --check-prefix=APART
// RUN: %{repeat} < %s | %{run} --no-fuse=norm,rotary,gated-ffn,join,epilogue,prologue | FileCheck %s --check-prefix=UNFUSED

// CHECK: norm_qkv_rope 8 {{.*}} ok
// CHECK: attention 8 {{.*}} ok
// CHECK: linear_add 8 {{.*}} ok
// CHECK: norm_gated_ffn 8 {{.*}} ok
// CHECK: linear_add_{{[0-9]+}} 8 {{.*}} ok
// CHECK-NOT: WRONG

// APART: norm 8 {{.*}} ok
// APART: qkv_rope 8 {{.*}} ok
// APART: linear 8 {{.*}} ok
// APART: add_norm#0 8 {{.*}} ok
// APART: add_norm#1 8 {{.*}} ok
// APART: gated_ffn 8 {{.*}} ok
// APART-NOT: WRONG

// UNFUSED: rope 8 {{.*}} ok
// UNFUSED: activation 8 {{.*}} ok
// UNFUSED: mul 8 {{.*}} ok
// UNFUSED-NOT: WRONG

llama.weight @g1 : tensor<100xbf16> = #llama.random<seed = 1, scale = 0.5 : f64, mean = 1.0 : f64>
llama.weight @wq : tensor<288x100xbf16> = #llama.random<seed = 2, scale = 0.17 : f64>
llama.weight @wk : tensor<144x100xbf16> = #llama.random<seed = 3, scale = 0.17 : f64>
llama.weight @wv : tensor<144x100xbf16> = #llama.random<seed = 4, scale = 0.17 : f64>
llama.weight @wo : tensor<100x288xbf16> = #llama.random<seed = 5, scale = 0.1 : f64>
llama.weight @wg : tensor<200x100xbf16> = #llama.random<seed = 6, scale = 0.17 : f64>
llama.weight @wu : tensor<200x100xbf16> = #llama.random<seed = 7, scale = 0.17 : f64>
llama.weight @wd : tensor<100x200xbf16> = #llama.random<seed = 8, scale = 0.12 : f64>
func.func @block(%x: tensor<?x100xf32> {llama.dims = ["tokens"]}, %pos: tensor<?xi32> {llama.dims = ["tokens"]}) -> (tensor<?x100xf32>) {
  %g1 = llama.get_weight @g1 : tensor<100xbf16>
  %wq = llama.get_weight @wq : tensor<288x100xbf16>
  %wk = llama.get_weight @wk : tensor<144x100xbf16>
  %wv = llama.get_weight @wv : tensor<144x100xbf16>
  %wo = llama.get_weight @wo : tensor<100x288xbf16>
  %wg = llama.get_weight @wg : tensor<200x100xbf16>
  %wu = llama.get_weight @wu : tensor<200x100xbf16>
  %wd = llama.get_weight @wd : tensor<100x200xbf16>
  %n = llama.norm %x over [1] gain %g1 {eps = 1.0e-5 : f64} : tensor<?x100xf32>, tensor<100xbf16>
  %q = llama.linear %n, %wq : tensor<?x100xf32>, tensor<288x100xbf16> -> tensor<?x288xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x288xf32>, tensor<?xi32> -> tensor<?x288xf32>
  %k = llama.linear %n, %wk : tensor<?x100xf32>, tensor<144x100xbf16> -> tensor<?x144xf32>
  %kr = llama.rope %k, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x144xf32>, tensor<?xi32> -> tensor<?x144xf32>
  %v = llama.linear %n, %wv : tensor<?x100xf32>, tensor<144x100xbf16> -> tensor<?x144xf32>
  %a = llama.attention %qr, %kr, %v {heads = 4 : i64, kv_heads = 2 : i64, causal} : tensor<?x288xf32>, tensor<?x144xf32>, tensor<?x144xf32> -> tensor<?x288xf32>
  %o = llama.linear %a, %wo : tensor<?x288xf32>, tensor<100x288xbf16> -> tensor<?x100xf32>
  %h = llama.add %x, %o : tensor<?x100xf32>
  %m = llama.norm %h over [1] gain %g1 {eps = 1.0e-5 : f64} : tensor<?x100xf32>, tensor<100xbf16>
  %g = llama.linear %m, %wg : tensor<?x100xf32>, tensor<200x100xbf16> -> tensor<?x200xf32>
  %u = llama.linear %m, %wu : tensor<?x100xf32>, tensor<200x100xbf16> -> tensor<?x200xf32>
  %s = llama.activation silu %g : tensor<?x200xf32>
  %p = llama.mul %s, %u : tensor<?x200xf32>
  %d = llama.linear %p, %wd : tensor<?x200xf32>, tensor<100x200xbf16> -> tensor<?x100xf32>
  %out = llama.add %h, %d : tensor<?x100xf32>
  return %out : tensor<?x100xf32>
}
