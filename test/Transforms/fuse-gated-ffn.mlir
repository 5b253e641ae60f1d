// RUN: llamir-opt %s --llama-fuse-gated-ffn --remarks-filter=fusion --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: llamir-opt %s --llama-fuse-gated-ffn | FileCheck %s

// REMARK: [Passed] fuse-gated-ffn | Category:fusion | Remark="gate and up are joined; activation and product moved into their epilogue"

// CHECK-LABEL: func.func @swiglu(
// CHECK-SAME: %[[X:.*]]: tensor<?x64xf32>, %[[WG:.*]]: tensor<100x64xf32>, %[[WU:.*]]: tensor<100x64xf32>)
// CHECK: %[[W:.*]] = llama.join %[[WG]], %[[WU]]
// CHECK: %[[K:.*]] = llama.kernel "gated_ffn" (%[[A:.*]] = %[[X]], %[[B:.*]] = %[[W]])
// CHECK-NEXT: %[[L:.*]] = llama.linear %[[A]], %[[B]]
// CHECK-NEXT: %[[S:.*]]:2 = llama.split %[[L]]
// CHECK-NEXT: %[[G:.*]] = llama.activation silu %[[S]]#0
// CHECK-NEXT: %[[P:.*]] = llama.mul %[[G]], %[[S]]#1
// CHECK-NEXT: llama.yield %[[P]]
// CHECK: return %[[K]]
func.func @swiglu(%x: tensor<?x64xf32>, %wg: tensor<100x64xf32>, %wu: tensor<100x64xf32>) -> tensor<?x100xf32> {
  %g = llama.linear %x, %wg : tensor<?x64xf32>, tensor<100x64xf32> -> tensor<?x100xf32>
  %u = llama.linear %x, %wu : tensor<?x64xf32>, tensor<100x64xf32> -> tensor<?x100xf32>
  %s = llama.activation silu %g : tensor<?x100xf32>
  %p = llama.mul %s, %u : tensor<?x100xf32>
  return %p : tensor<?x100xf32>
}

// The factors swapped, another activation, biases.
// CHECK-LABEL: func.func @swapped(
// CHECK-COUNT-2: llama.join
// CHECK: llama.kernel "gated_ffn"
// CHECK: %[[S:.*]]:2 = llama.split
// CHECK-NEXT: %[[G:.*]] = llama.activation gelu %[[S]]#0
// CHECK-NEXT: llama.mul %[[S]]#1, %[[G]]
func.func @swapped(%x: tensor<?x64xf32>, %wg: tensor<100x64xf32>, %wu: tensor<100x64xf32>, %b: tensor<100xf32>) -> tensor<?x100xf32> {
  %u = llama.linear %x, %wu bias %b : tensor<?x64xf32>, tensor<100x64xf32>, tensor<100xf32> -> tensor<?x100xf32>
  %g = llama.linear %x, %wg bias %b : tensor<?x64xf32>, tensor<100x64xf32>, tensor<100xf32> -> tensor<?x100xf32>
  %s = llama.activation gelu %g : tensor<?x100xf32>
  %p = llama.mul %u, %s : tensor<?x100xf32>
  return %p : tensor<?x100xf32>
}

// Ops that do not matter stand in between, and both the input and the product are
// read more than once.
// CHECK-LABEL: func.func @in_between(
// CHECK: %[[N:.*]] = llama.norm
// CHECK: %[[K:.*]] = llama.kernel "gated_ffn" (%{{.*}} = %[[N]],
// CHECK: llama.activation silu %{{.*}}#0
// CHECK: return %[[K]], %[[K]]
func.func @in_between(%x: tensor<?x64xf32>, %wg: tensor<100x64xf32>, %wu: tensor<100x64xf32>, %g: tensor<64xf32>) -> (tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x64xf32>) {
  %n = llama.norm %x over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x64xf32>, tensor<64xf32>
  %u = llama.linear %n, %wu : tensor<?x64xf32>, tensor<100x64xf32> -> tensor<?x100xf32>
  %l = llama.linear %n, %wg : tensor<?x64xf32>, tensor<100x64xf32> -> tensor<?x100xf32>
  %t = llama.add %n, %n : tensor<?x64xf32>
  %s = llama.activation silu %l : tensor<?x100xf32>
  %o = llama.activation relu %t : tensor<?x64xf32>
  %p = llama.mul %u, %s : tensor<?x100xf32>
  return %p, %p, %o : tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x64xf32>
}

// Gate and up are written joined: the weight is read as it is stored.
// REMARK: [Passed] fuse-gated-ffn | Category:fusion | Remark="gate and up are joined; activation and product moved into their epilogue"
// CHECK-LABEL: func.func @written_joined(
// CHECK-SAME: %[[X:.*]]: tensor<?x64xf32>, %[[W:.*]]: tensor<200x64xf32>, %[[BIAS:.*]]: tensor<200xf32>)
// CHECK-NEXT: %[[K:.*]] = llama.kernel "gated_ffn" (%[[A:.*]] = %[[X]], %[[B:.*]] = %[[W]], %[[C:.*]] = %[[BIAS]])
// CHECK-NEXT: %[[L:.*]] = llama.linear %[[A]], %[[B]] bias %[[C]]
// CHECK-NEXT: %[[S:.*]]:2 = llama.split %[[L]]
// CHECK-NEXT: %[[G:.*]] = llama.activation silu %[[S]]#0
// CHECK-NEXT: %[[P:.*]] = llama.mul %[[G]], %[[S]]#1
// CHECK-NEXT: llama.yield %[[P]]
// CHECK: return %[[K]]
func.func @written_joined(%x: tensor<?x64xf32>, %w: tensor<200x64xf32>, %b: tensor<200xf32>) -> tensor<?x100xf32> {
  %l = llama.linear %x, %w bias %b : tensor<?x64xf32>, tensor<200x64xf32>, tensor<200xf32> -> tensor<?x200xf32>
  %g, %u = llama.split %l : tensor<?x200xf32> -> tensor<?x100xf32>, tensor<?x100xf32>
  %s = llama.activation silu %g : tensor<?x100xf32>
  %p = llama.mul %s, %u : tensor<?x100xf32>
  return %p : tensor<?x100xf32>
}

// Up may come first.
// CHECK-LABEL: func.func @up_first(
// CHECK: llama.kernel "gated_ffn"
// CHECK: %[[S:.*]]:2 = llama.split
// CHECK-NEXT: %[[G:.*]] = llama.activation gelu %[[S]]#1
// CHECK-NEXT: llama.mul %[[S]]#0, %[[G]]
func.func @up_first(%x: tensor<?x64xf32>, %w: tensor<200x64xf32>) -> tensor<?x100xf32> {
  %l = llama.linear %x, %w : tensor<?x64xf32>, tensor<200x64xf32> -> tensor<?x200xf32>
  %u, %g = llama.split %l : tensor<?x200xf32> -> tensor<?x100xf32>, tensor<?x100xf32>
  %s = llama.activation gelu %g : tensor<?x100xf32>
  %p = llama.mul %u, %s : tensor<?x100xf32>
  return %p : tensor<?x100xf32>
}
