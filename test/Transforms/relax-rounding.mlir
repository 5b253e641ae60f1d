// RUN: llamir-opt %s --llama-relax-rounding=target=x86-64-avx512 | FileCheck %s --check-prefixes=CHECK,WIDEN
// RUN: llamir-opt %s --llama-relax-rounding=target=x86-64-avx512-zen4 | FileCheck %s --check-prefixes=CHECK,DOT
// RUN: llamir-opt %s --llama-relax-rounding=target=x86-64-avx512-zen4 --remarks-filter=rounding --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Between the ops of a kernel there are numbers of f32, and one rounding at its end.
// The sums of the projection are read as they are.
// REMARK: RoundingLeftOut{{.*}}llama.linear in gated_ffn is not rounded to bf16 before other ops of the kernel read it
// CHECK-LABEL: func.func @gated(
// CHECK: llama.kernel "gated_ffn" (%[[A:.*]] = %{{.*}}, %[[B:.*]] = %{{.*}}) : (tensor<?x8xbf16>, tensor<16x8xbf16>) -> tensor<?x8xbf16> {
// CHECK-NEXT: %[[L:.*]] = llama.linear %[[A]], %[[B]] : tensor<?x8xbf16>, tensor<16x8xbf16> -> tensor<?x16xf32>
// CHECK-NEXT: %[[S:.*]]:2 = llama.split %[[L]] : tensor<?x16xf32> -> tensor<?x8xf32>, tensor<?x8xf32>
// CHECK-NEXT: %[[G:.*]] = llama.activation silu %[[S]]#0 : tensor<?x8xf32>
// CHECK-NEXT: %[[P:.*]] = llama.mul %[[G]], %[[S]]#1 : tensor<?x8xf32>
// CHECK-NEXT: %[[R:.*]] = llama.convert %[[P]] : tensor<?x8xf32> -> tensor<?x8xbf16>
// CHECK-NEXT: llama.yield %[[R]]
func.func @gated(%x: tensor<?x8xbf16>, %w: tensor<16x8xbf16>) -> tensor<?x8xbf16> {
  %0 = llama.kernel "gated_ffn" (%a = %x, %b = %w) : (tensor<?x8xbf16>, tensor<16x8xbf16>) -> tensor<?x8xbf16> {
    %l = llama.linear %a, %b : tensor<?x8xbf16>, tensor<16x8xbf16> -> tensor<?x16xbf16>
    %s:2 = llama.split %l : tensor<?x16xbf16> -> tensor<?x8xbf16>, tensor<?x8xbf16>
    %g = llama.activation silu %s#0 : tensor<?x8xbf16>
    %p = llama.mul %g, %s#1 : tensor<?x8xbf16>
    llama.yield %p : tensor<?x8xbf16>
  }
  return %0 : tensor<?x8xbf16>
}

// What leaves the kernel is rounded, and what is read in it is not.
// CHECK-LABEL: func.func @norm(
// CHECK: %[[A:.*]] = llama.convert %{{.*}} : tensor<?x8xf16> -> tensor<?x8xf32>
// CHECK: %[[B:.*]] = llama.convert %{{.*}} : tensor<?x8xf16> -> tensor<?x8xf32>
// CHECK: %[[S:.*]] = llama.add %[[A]], %[[B]] : tensor<?x8xf32>
// CHECK: %[[OUT:.*]] = llama.convert %[[S]] : tensor<?x8xf32> -> tensor<?x8xf16>
// CHECK: %[[N:.*]] = llama.norm %[[S]] over {{.*}} : tensor<?x8xf32>, tensor<8xf16>
// CHECK: %[[ROUNDED:.*]] = llama.convert %[[N]] : tensor<?x8xf32> -> tensor<?x8xf16>
// CHECK: llama.yield %[[OUT]], %[[ROUNDED]]
func.func @norm(%x: tensor<?x8xf16>, %y: tensor<?x8xf16>, %w: tensor<8xf16>) -> (tensor<?x8xf16>, tensor<?x8xf16>) {
  %0:2 = llama.kernel "add_norm" (%a = %x, %b = %y, %g = %w) : (tensor<?x8xf16>, tensor<?x8xf16>, tensor<8xf16>) -> (tensor<?x8xf16>, tensor<?x8xf16>) {
    %s = llama.add %a, %b : tensor<?x8xf16>
    %n = llama.norm %s over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x8xf16>, tensor<8xf16>
    llama.yield %s, %n : tensor<?x8xf16>, tensor<?x8xf16>
  }
  return %0#0, %0#1 : tensor<?x8xf16>, tensor<?x8xf16>
}

// What a projection multiplies stays in the narrow type, and an op alone as it is.
// CHECK-LABEL: func.func @products(
// CHECK: %[[N:.*]] = llama.norm %{{.*}} : tensor<?x8xbf16>, tensor<8xf32>
// CHECK-NEXT: llama.linear %[[N]], %{{.*}} : tensor<?x8xbf16>, tensor<16x8xbf16> -> tensor<?x16xbf16>
func.func @products(%x: tensor<?x8xbf16>, %w: tensor<16x8xbf16>, %g: tensor<8xf32>) -> tensor<?x16xbf16> {
  %0 = llama.kernel "k" (%a = %x, %b = %w, %c = %g) : (tensor<?x8xbf16>, tensor<16x8xbf16>, tensor<8xf32>) -> tensor<?x16xbf16> {
    %n = llama.norm %a over [1] gain %c {eps = 1.0e-5 : f64} : tensor<?x8xbf16>, tensor<8xf32>
    %l = llama.linear %n, %b : tensor<?x8xbf16>, tensor<16x8xbf16> -> tensor<?x16xbf16>
    llama.yield %l : tensor<?x16xbf16>
  }
  return %0 : tensor<?x16xbf16>
}

// A conversion that the model asks for is kept.
// CHECK-LABEL: func.func @asked(
// CHECK: llama.convert %{{.*}} : tensor<?x8xf32> -> tensor<?x8xbf16>
// CHECK-NEXT: llama.convert %{{.*}} : tensor<?x8xbf16> -> tensor<?x8xf32>
// CHECK-NEXT: llama.activation silu %{{.*}} : tensor<?x8xf32>
func.func @asked(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = llama.kernel "k" (%a = %x) : (tensor<?x8xf32>) -> tensor<?x8xf32> {
    %r = llama.convert %a : tensor<?x8xf32> -> tensor<?x8xbf16>
    %b = llama.convert %r : tensor<?x8xbf16> -> tensor<?x8xf32>
    %s = llama.activation silu %b : tensor<?x8xf32>
    llama.yield %s : tensor<?x8xf32>
  }
  return %0 : tensor<?x8xf32>
}

// Where there are dot products of bf16, both factors are.
// REMARK: OperandRounded{{.*}}what llama.linear in linear reads is rounded to bf16, for dot products of bf16
// CHECK-LABEL: func.func @dot(
// WIDEN: llama.linear %{{.*}}, %{{.*}} : tensor<?x8xf32>, tensor<16x8xbf16> -> tensor<?x16xf32>
// DOT: %[[X:.*]] = llama.convert %{{.*}} : tensor<?x8xf32> -> tensor<?x8xbf16>
// DOT-NEXT: llama.linear %[[X]], %{{.*}} : tensor<?x8xbf16>, tensor<16x8xbf16> -> tensor<?x16xf32>
// CHECK: llama.linear %{{.*}}, %{{.*}} : tensor<?x8xf32>, tensor<16x8xf32> -> tensor<?x16xf32>
func.func @dot(%x: tensor<?x8xf32>, %w: tensor<16x8xbf16>, %v: tensor<16x8xf32>) -> (tensor<?x16xf32>, tensor<?x16xf32>) {
  %0 = llama.kernel "linear" (%a = %x, %b = %w) : (tensor<?x8xf32>, tensor<16x8xbf16>) -> tensor<?x16xf32> {
    %l = llama.linear %a, %b : tensor<?x8xf32>, tensor<16x8xbf16> -> tensor<?x16xf32>
    llama.yield %l : tensor<?x16xf32>
  }
  %1 = llama.kernel "linear" (%a = %x, %b = %v) : (tensor<?x8xf32>, tensor<16x8xf32>) -> tensor<?x16xf32> {
    %l = llama.linear %a, %b : tensor<?x8xf32>, tensor<16x8xf32> -> tensor<?x16xf32>
    llama.yield %l : tensor<?x16xf32>
  }
  return %0, %1 : tensor<?x16xf32>, tensor<?x16xf32>
}
