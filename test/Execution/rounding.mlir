// What kernels may and may not differ in from the reference: each op rounds its result
// once to its element type, and a number's bound is made of the numbers it comes from.

// DEFINE: %{npy} = %python %S/../Inputs/make-npy.py
// DEFINE: %{run} = llamir run %s --check

// RUN: rm -rf %t && mkdir -p %t

// Ops of bf16 in one kernel round one after the other.
// RUN: %{run} --function=sum_and_norm --dim=tokens=40 | FileCheck %s --check-prefix=NORM
// RUN: %{run} --function=sum_and_norm --dim=tokens=40 --target=x86-64 | FileCheck %s --check-prefix=NORM
// NORM: result {{.*}} of the bound
// NORM: add_norm#0 {{.*}} ok
// NORM: add_norm#1 {{.*}} ok

// Sums of f16 beyond 65504 are infinite.
// RUN: %{run} --function=overflow --dim=tokens=9 | FileCheck %s --check-prefix=OVERFLOW
// OVERFLOW: linear {{.*}} ok

// Scores of hundreds: their rounding is that of an exponent.
// RUN: %{run} --function=scores --dim=tokens=33 --dim=keys=200 | FileCheck %s --check-prefix=SCORES
// SCORES: attention {{.*}} ok

// All products are equal, and so are the roundings of their sums.
// RUN: %{npy} %t/equal.npy 3x4096 0.1
// RUN: %{run} --function=equal --input=%t/equal.npy | FileCheck %s --check-prefix=EQUAL
// EQUAL: linear {{.*}} ok

llama.weight @gain : tensor<192xbf16> = #llama.random<seed = 1, scale = 0.5 : f64, mean = 1.0 : f64>
func.func @sum_and_norm(%x: tensor<?x192xbf16> {llama.dims = ["tokens"]}, %y: tensor<?x192xbf16> {llama.dims = ["tokens"]}) -> (tensor<?x192xbf16>, tensor<?x192xbf16>) {
  %g = llama.get_weight @gain : tensor<192xbf16>
  %s = llama.add %x, %y : tensor<?x192xbf16>
  %n = llama.norm %s over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x192xbf16>, tensor<192xbf16>
  return %s, %n : tensor<?x192xbf16>, tensor<?x192xbf16>
}

llama.weight @large : tensor<64x64xf16> = #llama.random<seed = 2, scale = 10000.0 : f64, mean = 1000.0 : f64>
func.func @overflow(%x: tensor<?x64xf16>) -> tensor<?x64xf16> {
  %w = llama.get_weight @large : tensor<64x64xf16>
  %y = llama.linear %x, %w : tensor<?x64xf16>, tensor<64x64xf16> -> tensor<?x64xf16>
  return %y : tensor<?x64xf16>
}

func.func @scores(%q: tensor<?x16xf32> {llama.dims = ["tokens"]}, %k: tensor<?x16xf32> {llama.dims = ["keys"]}) -> tensor<?x16xf32> {
  %a = llama.attention %q, %k, %k {heads = 2 : i64, kv_heads = 2 : i64, scale = 200.0 : f64} : tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32> -> tensor<?x16xf32>
  return %a : tensor<?x16xf32>
}

llama.weight @tenths : tensor<24x4096xf32> = #llama.random<seed = 3, scale = 0.0 : f64, mean = 0.1 : f64>
func.func @equal(%x: tensor<?x4096xf32>) -> tensor<?x24xf32> {
  %w = llama.get_weight @tenths : tensor<24x4096xf32>
  %y = llama.linear %x, %w : tensor<?x4096xf32>, tensor<24x4096xf32> -> tensor<?x24xf32>
  return %y : tensor<?x24xf32>
}
