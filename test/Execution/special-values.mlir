// Infinities, NaN, and numbers that overflow on the way, compared with the
// reference: NaN where it has NaN, the same infinity where it has one.

// RUN: rm -rf %t && mkdir -p %t
// RUN: %python %S/../Inputs/make-npy.py %t/x.npy 5x40 0 -0 1 -1 10 -10 87 -87 88.72 -88.72 88.73 -88.73 89.5 -89.5 100 -100 1e4 -1e4 1e9 -1e9 1e30 -1e30 3e38 -3e38 1e-30 -1e-30 1e-40 inf -inf nan 0.5 3
// RUN: llamir run %s --check --function=activations --input=%t/x.npy | FileCheck %s
// RUN: llamir run %s --check --function=activations --input=%t/x.npy --target=x86-64 | FileCheck %s
// RUN: llamir run %s --check --function=gated --input=%t/x.npy | FileCheck %s

// A NaN and an infinity stay in their rows.
// RUN: %python %S/../Inputs/make-npy.py %t/rows.npy 5x40 1 2 3 4 5 6 7 8 9 10 -1 -2 -3 -4 -5 -6 -7 -8 -9 -10 1 2 3 4 5 6 7 8 9 10 -1 -2 -3 -4 -5 -6 -7 -8 -9 -10 nan 2 3 4 5 6 7 8 9 10 -1 -2 -3 -4 -5 -6 -7 -8 -9 -10 1 2 3 4 5 6 7 8 9 10 -1 -2 -3 -4 -5 -6 -7 -8 -9 -10 inf 2 3 4 5 6 7 8 9 10 -1 -2 -3 -4 -5 -6 -7 -8 -9 -10 1 2 3 4 5 6 7 8 9 10 -1 -2 -3 -4 -5 -6 -7 -8 -9 -10 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1e15
// RUN: llamir run %s --check --function=norm --input=%t/rows.npy | FileCheck %s

// Scores in the thousands; a key with NaN, which later queries see alone.
// RUN: %python %S/../Inputs/make-npy.py %t/q.npy 7x8 100 -90 80 -70 60 50 40 -30 20 10 0 3
// RUN: llamir run %s --check --function=attend --input=%t/q.npy --input=%t/q.npy --input=%t/q.npy | FileCheck %s
// RUN: %python %S/../Inputs/make-npy.py %t/k.npy 7x8 1 2 3 4 5 6 7 8 1 2 3 4 5 6 7 8 1 2 3 4 5 6 7 8 1 nan 3 4 5 6 7 8 1 2 3 4 5 6 7 8 1 2 3 4 5 6 7 8 1 2 3 4 5 6 7 8
// RUN: %python %S/../Inputs/make-npy.py %t/one.npy 7x8 1 -2 0.5
// RUN: llamir run %s --check --function=attend --input=%t/one.npy --input=%t/k.npy --input=%t/one.npy | FileCheck %s

// CHECK: {{ ok$}}
// CHECK-NOT: WRONG

func.func @activations(%x: tensor<?x40xf32>) -> (tensor<?x40xf32>, tensor<?x40xf32>, tensor<?x40xf32>, tensor<?x40xf32>, tensor<?x40xf32>, tensor<?x40xf32>) {
  %0 = llama.activation silu %x : tensor<?x40xf32>
  %1 = llama.activation gelu %x : tensor<?x40xf32>
  %2 = llama.activation gelu_tanh %x : tensor<?x40xf32>
  %3 = llama.activation relu %x : tensor<?x40xf32>
  %4 = llama.activation sigmoid %x : tensor<?x40xf32>
  %5 = llama.activation tanh %x : tensor<?x40xf32>
  return %0, %1, %2, %3, %4, %5 : tensor<?x40xf32>, tensor<?x40xf32>, tensor<?x40xf32>, tensor<?x40xf32>, tensor<?x40xf32>, tensor<?x40xf32>
}

llama.weight @gate : tensor<24x40xf32> = #llama.random<seed = 1, scale = 1.0 : f64>
llama.weight @up : tensor<24x40xf32> = #llama.random<seed = 2, scale = 1.0 : f64>
func.func @gated(%x: tensor<?x40xf32>) -> tensor<?x24xf32> {
  %g = llama.get_weight @gate : tensor<24x40xf32>
  %u = llama.get_weight @up : tensor<24x40xf32>
  %0 = llama.linear %x, %g : tensor<?x40xf32>, tensor<24x40xf32> -> tensor<?x24xf32>
  %1 = llama.activation silu %0 : tensor<?x24xf32>
  %2 = llama.linear %x, %u : tensor<?x40xf32>, tensor<24x40xf32> -> tensor<?x24xf32>
  %3 = llama.mul %1, %2 : tensor<?x24xf32>
  return %3 : tensor<?x24xf32>
}

llama.weight @g : tensor<40xf32> = #llama.random<seed = 3, scale = 1.0 : f64>
func.func @norm(%x: tensor<?x40xf32>) -> tensor<?x40xf32> {
  %g = llama.get_weight @g : tensor<40xf32>
  %0 = llama.rms_norm %x, %g {eps = 1.0e-5 : f64} : tensor<?x40xf32>, tensor<40xf32>
  return %0 : tensor<?x40xf32>
}

func.func @attend(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = llama.attention %q, %k, %v {heads = 1 : i64, kv_heads = 1 : i64, causal} : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}
