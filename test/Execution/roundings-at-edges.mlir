// Numbers at which something in a kernel is decided by a rounding.

// The exponential in the gate of gelu_tanh at a tie between two powers of two: the
// power must be the one that was subtracted.
// RUN: %python %S/../Inputs/make-npy.py %t.ties.npy 9x16 0.63983553 0.6398355960845947 0.6398356 0.63983566 0.63983572
// RUN: llamir run %s --function=gates --input=%t.ties.npy --check | FileCheck %s --check-prefix=GATES
// RUN: llamir run %s --function=gates --input=%t.ties.npy --check --target=x86-64 | FileCheck %s --check-prefix=GATES
// RUN: %if avx2 %{ llamir run %s --function=gates --input=%t.ties.npy --check --target=x86-64-avx2 | FileCheck %s --check-prefix=GATES %}
// GATES: activation {{.*}} ok
// GATES-NOT: WRONG

// Equal products behind a large one: each is rounded the same way.
// RUN: %python %S/../Inputs/make-npy.py %t.equal.npy 3x1024 1e-4 -- 0,0=100 1,0=1.9 2,0=3
// RUN: %python %S/../Inputs/make-npy.py %t.weight.npy 16x1024 0.3
// RUN: llamir run %s --function=equal --input=%t.equal.npy --input=%t.weight.npy --check | FileCheck %s --check-prefix=EQUAL
// EQUAL: linear {{.*}} ok

// An infinity at a key whose weight is zero in f32 and not in double precision.
// RUN: %python %S/../Inputs/make-npy.py %t.q.npy 1x8 12
// RUN: %python %S/../Inputs/make-npy.py %t.k.npy 2x8 0 0 0 0 0 0 0 0 3 3 3 3 3 3 3 3
// RUN: %python %S/../Inputs/make-npy.py %t.v.npy 2x8 inf 1 1 1 1 1 1 1 2 2 2 2 2 2 2 2
// RUN: llamir run %s --function=far --input=%t.q.npy --input=%t.k.npy --input=%t.v.npy --check | FileCheck %s --check-prefix=FAR
// FAR: attention {{.*}} ok

func.func @gates(%x: tensor<?x16xf32>) -> (tensor<?x16xf32>, tensor<?x16xf32>) {
  %g = llama.activation gelu_tanh %x : tensor<?x16xf32>
  %s = llama.activation sigmoid %x : tensor<?x16xf32>
  %m = llama.mul %s, %g : tensor<?x16xf32>
  return %g, %m : tensor<?x16xf32>, tensor<?x16xf32>
}

func.func @equal(%x: tensor<?x1024xf32>, %w: tensor<16x1024xf32>) -> tensor<?x16xf32> {
  %y = llama.linear %x, %w : tensor<?x1024xf32>, tensor<16x1024xf32> -> tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}

func.func @far(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %a = llama.attention %q, %k, %v {heads = 1 : i64, kv_heads = 1 : i64} : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  return %a : tensor<?x8xf32>
}
