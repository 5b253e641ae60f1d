// RUN: llamir-opt %s --llama-fuse-prologue --remarks-filter=fusion --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: llamir-opt %s --llama-fuse-prologue | FileCheck %s

// REMARK: fuse-prologue.mlir:[[#]]:8: remark: [Passed] fuse-prologue | Category:fusion | Remark="norm moved in front of a projection"
// REMARK: [Passed] fuse-prologue | Category:fusion | Remark="norm moved in front of a projection"
// REMARK: [Passed] fuse-prologue | Category:fusion | Remark="silu_mul moved in front of a projection"
// REMARK: [Passed] fuse-prologue | Category:fusion | Remark="mul moved in front of a projection"
// REMARK: [Passed] fuse-prologue | Category:fusion | Remark="silu moved in front of a projection"
// REMARK: [Passed] fuse-prologue | Category:fusion | Remark="norm moved in front of a projection"
// REMARK-NOT: remark:

// A norm, and a projection without a kernel. What stands between them stays.
// CHECK-LABEL: func.func @projection(
// CHECK-SAME: %[[X:.*]]: tensor<?x64xf32>, %[[G:.*]]: tensor<64xf32>, %[[W:.*]]: tensor<96x64xf32>, %[[B:.*]]: tensor<96xf32>)
// CHECK: llama.activation relu
// CHECK: %[[Y:.*]] = llama.kernel "norm_linear" (%[[KX:.*]] = %[[X]], %[[KG:.*]] = %[[G]], %[[KW:.*]] = %[[W]], %[[KB:.*]] = %[[B]])
// CHECK-NEXT: %[[N:.*]] = llama.norm %[[KX]] over [1] gain %[[KG]]
// CHECK-NEXT: %[[L:.*]] = llama.linear %[[N]], %[[KW]] bias %[[KB]]
// CHECK-NEXT: llama.yield %[[L]]
// CHECK: return %{{.*}}, %[[Y]]
func.func @projection(%x: tensor<?x64xf32>, %g: tensor<64xf32>, %w: tensor<96x64xf32>, %b: tensor<96xf32>) -> (tensor<?x64xf32>, tensor<?x96xf32>) {
  %n = llama.norm %x over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x64xf32>, tensor<64xf32>
  %a = llama.activation relu %x : tensor<?x64xf32>
  %y = llama.linear %n, %w bias %b : tensor<?x64xf32>, tensor<96x64xf32>, tensor<96xf32> -> tensor<?x96xf32>
  return %a, %y : tensor<?x64xf32>, tensor<?x96xf32>
}

// A projection that has a kernel, whose weight comes first here.
// CHECK-LABEL: func.func @kernel(
// CHECK: llama.kernel "norm_linear_silu" (%[[KX:.*]] = %{{.*}}, %[[KG:.*]] = %{{.*}}, %[[KW:.*]] = %{{.*}})
// CHECK-NEXT: %[[N:.*]] = llama.norm %[[KX]]
// CHECK-NEXT: %[[L:.*]] = llama.linear %[[N]], %[[KW]]
// CHECK-NEXT: llama.activation silu %[[L]]
func.func @kernel(%x: tensor<?x64xf32>, %g: tensor<64xf32>, %w: tensor<96x64xf32>) -> tensor<?x96xf32> {
  %n = llama.norm %x over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x64xf32>, tensor<64xf32>
  %y = llama.kernel "linear_silu" (%v = %w, %a = %n) : (tensor<96x64xf32>, tensor<?x64xf32>) -> tensor<?x96xf32> {
    %l = llama.linear %a, %v : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
    %s = llama.activation silu %l : tensor<?x96xf32>
    llama.yield %s : tensor<?x96xf32>
  }
  return %y : tensor<?x96xf32>
}

// A gate, as a kernel and as ops.
// CHECK-LABEL: func.func @gate_kernel(
// CHECK: llama.kernel "silu_mul_linear"
// CHECK-NEXT: llama.activation silu
// CHECK-NEXT: llama.mul
// CHECK-NEXT: llama.linear
// CHECK-NOT: llama.kernel
func.func @gate_kernel(%gate: tensor<?x64xf32>, %up: tensor<?x64xf32>, %w: tensor<96x64xf32>) -> tensor<?x96xf32> {
  %p = llama.kernel "silu_mul" (%a = %gate, %b = %up) : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32> {
    %s = llama.activation silu %a : tensor<?x64xf32>
    %m = llama.mul %s, %b : tensor<?x64xf32>
    llama.yield %m : tensor<?x64xf32>
  }
  %y = llama.linear %p, %w : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}
// CHECK-LABEL: func.func @gate_ops(
// CHECK: llama.kernel "silu_mul_linear"
// CHECK-NEXT: llama.activation silu
// CHECK-NEXT: llama.mul
// CHECK-NEXT: llama.linear
// CHECK-NOT: llama.kernel
func.func @gate_ops(%gate: tensor<?x64xf32>, %up: tensor<?x64xf32>, %w: tensor<96x64xf32>) -> tensor<?x96xf32> {
  %s = llama.activation silu %gate : tensor<?x64xf32>
  %m = llama.mul %s, %up : tensor<?x64xf32>
  %y = llama.linear %m, %w : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}

// What a norm reads stays outside.
// CHECK-LABEL: func.func @up_to_norm(
// CHECK: %[[S:.*]] = llama.activation silu
// CHECK: llama.kernel "norm_linear" (%{{.*}} = %[[S]],
func.func @up_to_norm(%x: tensor<?x64xf32>, %w: tensor<96x64xf32>) -> tensor<?x96xf32> {
  %s = llama.activation silu %x : tensor<?x64xf32>
  %n = llama.norm %s over [1] {eps = 1.0e-5 : f64} : tensor<?x64xf32>
  %y = llama.linear %n, %w : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}
