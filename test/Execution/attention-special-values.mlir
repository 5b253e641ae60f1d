// Attention where scores are large, infinite or no numbers. Only the rows that see
// a key get what is wrong with it.

// DEFINE: %{npy} = %python %S/../Inputs/make-npy.py
// DEFINE: %{run} = llamir run %s --check

// RUN: rm -rf %t && mkdir -p %t
// RUN: %{npy} %t/x.npy 150x16 1 -0.5 0.25 0.75 -1 0.3 -0.2
// RUN: %{npy} %t/large.npy 150x16 100 -50 25 75 -100 30 -20
// RUN: %{npy} %t/negative.npy 150x16 -1e17 -2e17
// RUN: %{npy} %t/query.npy 150x16 1 -0.5 0.25 0.75 -1 0.3 -0.2 -- 70,3=nan 3,9=inf
// RUN: %{npy} %t/key.npy 150x8 1 -0.5 0.25 0.75 -1 0.3 -0.2 -- 70,3=nan
// RUN: %{npy} %t/infinite.npy 150x8 1 -0.5 0.25 0.75 -1 0.3 -0.2 -- 20,0=-inf 90,0=inf
// RUN: %{npy} %t/hidden.npy 150x8 1 -- 0,0=-inf
// RUN: %{npy} %t/first.npy 150x8 1 -0.5 0.25 0.75 -1 0.3 -0.2 -- 0,5=nan
// RUN: %{npy} %t/k.npy 150x8 0.5 1 -1 0.25 0.2
// RUN: %{npy} %t/positive.k.npy 150x8 1e17 2e17
// RUN: %{npy} %t/large.k.npy 150x8 50 100 -100 25 20

// No exponential overflows, and scores far below zero are scores.
// RUN: %{run} --function=causal --input=%t/large.npy --input=%t/large.k.npy --input=%t/k.npy | FileCheck %s
// RUN: %{run} --function=full --input=%t/large.npy --input=%t/large.k.npy --input=%t/k.npy | FileCheck %s
// RUN: %{run} --function=causal --input=%t/negative.npy --input=%t/positive.k.npy --input=%t/k.npy | FileCheck %s

// NaNs and infinities in a query, a key and a value.
// RUN: %{run} --function=causal --input=%t/query.npy --input=%t/k.npy --input=%t/k.npy | FileCheck %s
// RUN: %{run} --function=full --input=%t/query.npy --input=%t/k.npy --input=%t/k.npy | FileCheck %s
// RUN: %{run} --function=causal --input=%t/x.npy --input=%t/key.npy --input=%t/k.npy | FileCheck %s
// RUN: %{run} --function=full --input=%t/x.npy --input=%t/key.npy --input=%t/k.npy | FileCheck %s
// RUN: %{run} --function=causal --input=%t/x.npy --input=%t/infinite.npy --input=%t/k.npy | FileCheck %s
// RUN: %{run} --function=causal --input=%t/x.npy --input=%t/hidden.npy --input=%t/k.npy | FileCheck %s
// RUN: %{run} --function=full --input=%t/x.npy --input=%t/k.npy --input=%t/key.npy | FileCheck %s
// RUN: %{run} --function=causal --input=%t/x.npy --input=%t/k.npy --input=%t/first.npy | FileCheck %s
// RUN: %{run} --function=causal --input=%t/x.npy --input=%t/infinite.npy --input=%t/k.npy --target=x86-64 | FileCheck %s
// RUN: %{run} --function=causal --input=%t/query.npy --input=%t/k.npy --input=%t/k.npy --target=x86-64 | FileCheck %s
// RUN: %if avx2 %{ %{run} --function=causal --input=%t/query.npy --input=%t/infinite.npy --input=%t/k.npy --target=x86-64-avx2 | FileCheck %s %}

// One token, which is computed in its own way.
// RUN: %{npy} %t/one.npy 1x16 1 -0.5 0.25 0.75 -1 0.3 -0.2
// RUN: %{npy} %t/one-large.npy 1x16 100 -50 25 75 -100 30 -20
// RUN: %{npy} %t/one-nan.npy 1x16 1 -0.5 0.25 0.75 -1 0.3 -0.2 -- 0,9=nan
// RUN: %{run} --function=causal --input=%t/one-large.npy --input=%t/large.k.npy --input=%t/k.npy | FileCheck %s
// RUN: %{run} --function=causal --input=%t/one-nan.npy --input=%t/k.npy --input=%t/k.npy | FileCheck %s
// RUN: %{run} --function=full --input=%t/one.npy --input=%t/key.npy --input=%t/k.npy | FileCheck %s
// RUN: %{run} --function=full --input=%t/one.npy --input=%t/infinite.npy --input=%t/k.npy | FileCheck %s
// RUN: %{run} --function=full --input=%t/one.npy --input=%t/k.npy --input=%t/first.npy | FileCheck %s
// RUN: %{run} --function=full --input=%t/one-nan.npy --input=%t/infinite.npy --input=%t/k.npy --target=x86-64 | FileCheck %s

// CHECK: attention{{.*}} ok{{$}}

func.func @causal(%q: tensor<?x16xf32> {llama.dims = ["tokens"]}, %k: tensor<?x8xf32> {llama.dims = ["keys"]}, %v: tensor<?x8xf32> {llama.dims = ["keys"]}) -> tensor<?x16xf32> {
  %a = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 1 : i64, causal} : tensor<?x16xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x16xf32>
  return %a : tensor<?x16xf32>
}
func.func @full(%q: tensor<?x16xf32> {llama.dims = ["tokens"]}, %k: tensor<?x8xf32> {llama.dims = ["keys"]}, %v: tensor<?x8xf32> {llama.dims = ["keys"]}) -> tensor<?x16xf32> {
  %a = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 1 : i64} : tensor<?x16xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x16xf32>
  return %a : tensor<?x16xf32>
}
