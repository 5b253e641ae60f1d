// What overflows, underflows or is no number goes through every kernel as it goes
// through the reference: a NaN stays one, and nothing else becomes one.

// DEFINE: %{npy} = %python %S/../Inputs/make-npy.py
// DEFINE: %{run} = llamir run %s --check

// RUN: rm -rf %t && mkdir -p %t

// RUN: %{npy} %t/middle.npy 3x33 100 -100 88.8 -88.8 -87.4 17 -17 5 -3 1 -1 0.3 0.7 -0.6 0 -0.0 1e-30 1e-40 -1e-45
// RUN: %{npy} %t/infinite.npy 3x33 inf 100 -100 nan -inf 1 0
// RUN: %{npy} %t/large.npy 3x33 1e4 -1e4 0.5 -200 nan
// RUN: %{npy} %t/huge.npy 3x33 1e30 -1e30 1 -1 3e38 -3e38 nan
// RUN: %{npy} %t/small.npy 3x33 1e-20 -3e-20 2e-21 nan
// RUN: %{npy} %t/all.npy 5x33 0 -0 1 -1 10 -10 87 -87 88.72 -88.72 88.73 -88.73 89.5 -89.5 1e9 -1e9 1e30 3e38 -3e38 1e-30 inf -inf nan 0.5
// RUN: %{run} --function=activations --input=%t/middle.npy | FileCheck %s
// RUN: %{run} --function=activations --input=%t/all.npy | FileCheck %s
// RUN: %{run} --function=activations --input=%t/infinite.npy | FileCheck %s
// RUN: %{run} --function=activations --input=%t/large.npy | FileCheck %s
// RUN: %{run} --function=activations --input=%t/huge.npy | FileCheck %s
// RUN: %{run} --function=activations --input=%t/small.npy | FileCheck %s
// RUN: %{run} --function=activations --input=%t/middle.npy --target=x86-64 | FileCheck %s
// RUN: %{run} --function=activations --input=%t/huge.npy --target=x86-64 | FileCheck %s
// RUN: %if avx2 %{ %{run} --function=activations --input=%t/infinite.npy --target=x86-64-avx2 | FileCheck %s %}

// CHECK-COUNT-6: {{ ok$}}
// CHECK-NOT: WRONG

// One number a row times a weight: a gate far from zero.
// RUN: %{npy} %t/gates.npy 12x1 100 -100 88.8 -88.8 1e4 -1e4 0 1e-40 -1 nan 1e15 -1e15
// RUN: %{npy} %t/gates.inf.npy 4x1 1 inf -inf nan
// RUN: %{run} --function=gated_ffn --input=%t/gates.npy | FileCheck %s --check-prefix=GATED
// RUN: %{run} --function=gated_ffn --input=%t/gates.inf.npy | FileCheck %s --check-prefix=GATED
// RUN: %{npy} %t/gates.100.npy 7x1 100 -100 88.8 -88.8 -1 nan 0
// RUN: %{run} --function=gated_ffn --input=%t/gates.100.npy | FileCheck %s --check-prefix=GATED
// RUN: %{run} --function=gated_ffn --input=%t/gates.100.npy --target=x86-64 | FileCheck %s --check-prefix=GATED

// GATED: gated_ffn{{.*}} ok{{$}}

// A row of zeros, one that has a NaN, and one that has an infinity, beside others.
// RUN: %{npy} %t/rows.npy 5x70 1 -2 0.5 -- 1,3=nan 2,69=inf 3,0=-inf
// RUN: %{npy} %t/zeros.npy 2x70 0
// RUN: %{npy} %t/tiny.npy 2x70 1e-12 -3e-12
// RUN: %{run} --function=rms_norm --input=%t/rows.npy | FileCheck %s --check-prefix=NORM
// RUN: %{run} --function=rms_norm --input=%t/zeros.npy | FileCheck %s --check-prefix=NORM
// RUN: %{run} --function=rms_norm --input=%t/tiny.npy | FileCheck %s --check-prefix=NORM

// NORM: norm {{.*}} ok{{$}}

// Squares are summed in f32, as Hugging Face does it: a row of numbers above 1.8e19
// has an infinite sum and becomes zero, as it does in the reference.
// RUN: %{npy} %t/overflow.npy 2x70 1e30
// RUN: %{run} --function=rms_norm --input=%t/overflow.npy | FileCheck %s --check-prefix=NORM
// RUN: llamir run %s --function=rms_norm --input=%t/overflow.npy --output-dir=%t/overflow
// RUN: cmp --ignore-initial=128 %t/overflow/result0.npy %t/zeros.npy

func.func @activations(%x: tensor<?x33xf32>) -> (tensor<?x33xf32>, tensor<?x33xf32>, tensor<?x33xf32>, tensor<?x33xf32>, tensor<?x33xf32>, tensor<?x33xf32>) {
  %0 = llama.activation silu %x : tensor<?x33xf32>
  %1 = llama.activation gelu %x : tensor<?x33xf32>
  %2 = llama.activation gelu_tanh %x : tensor<?x33xf32>
  %3 = llama.activation relu %x : tensor<?x33xf32>
  %4 = llama.activation sigmoid %x : tensor<?x33xf32>
  %5 = llama.activation tanh %x : tensor<?x33xf32>
  return %0, %1, %2, %3, %4, %5 : tensor<?x33xf32>, tensor<?x33xf32>, tensor<?x33xf32>, tensor<?x33xf32>, tensor<?x33xf32>, tensor<?x33xf32>
}

llama.weight @gate : tensor<40x1xf32> = #llama.random<seed = 1, scale = 0.5 : f64>
llama.weight @up : tensor<40x1xf32> = #llama.random<seed = 2, scale = 0.5 : f64>
func.func @gated_ffn(%x: tensor<?x1xf32>) -> tensor<?x40xf32> {
  %wg = llama.get_weight @gate : tensor<40x1xf32>
  %wu = llama.get_weight @up : tensor<40x1xf32>
  %g = llama.linear %x, %wg : tensor<?x1xf32>, tensor<40x1xf32> -> tensor<?x40xf32>
  %u = llama.linear %x, %wu : tensor<?x1xf32>, tensor<40x1xf32> -> tensor<?x40xf32>
  %s = llama.activation silu %g : tensor<?x40xf32>
  %p = llama.mul %s, %u : tensor<?x40xf32>
  return %p : tensor<?x40xf32>
}

llama.weight @gain : tensor<70xf32> = #llama.random<seed = 3, scale = 0.1 : f64, mean = 1.0 : f64>
func.func @rms_norm(%x: tensor<?x70xf32>) -> tensor<?x70xf32> {
  %g = llama.get_weight @gain : tensor<70xf32>
  %n = llama.norm %x over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x70xf32>, tensor<70xf32>
  return %n : tensor<?x70xf32>
}
