// RUN: llamir-opt %s --llama-fuse-norm=leave-prologues --remarks-filter=fusion --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: llamir-opt %s --llama-fuse-norm=leave-prologues | FileCheck %s

// An add that can follow a projection, and a norm that only a projection reads.
// CHECK-LABEL: func.func @between_projections(
// CHECK-NOT: llama.kernel
// REMARK: [Missed] fuse-norm | Category:fusion | Reason="norm not fused: it belongs to the projection that reads it, as the add to what it reads"
func.func @between_projections(%x: tensor<?x64xf32>, %y: tensor<?x64xf32>, %v: tensor<64x64xf32>, %w: tensor<96x64xf32>) -> (tensor<?x64xf32>, tensor<?x96xf32>) {
  %o = llama.linear %y, %v : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %h = llama.add %x, %o : tensor<?x64xf32>
  %n = llama.norm %h over [1] {eps = 1.0e-5 : f64} : tensor<?x64xf32>
  %l = llama.linear %n, %w : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
  return %h, %l : tensor<?x64xf32>, tensor<?x96xf32>
}

// An add of what no kernel computes.
// CHECK-LABEL: func.func @of_arguments(
// CHECK: llama.kernel "add_norm"
// REMARK: [Passed] fuse-norm
func.func @of_arguments(%x: tensor<?x64xf32>, %y: tensor<?x64xf32>, %w: tensor<96x64xf32>) -> (tensor<?x64xf32>, tensor<?x96xf32>) {
  %h = llama.add %x, %y : tensor<?x64xf32>
  %n = llama.norm %h over [1] {eps = 1.0e-5 : f64} : tensor<?x64xf32>
  %l = llama.linear %n, %w : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
  return %h, %l : tensor<?x64xf32>, tensor<?x96xf32>
}

// A norm that is read twice, as after the sublayer.
// CHECK-LABEL: func.func @post_norm(
// CHECK: llama.kernel "add_norm"
// REMARK: [Passed] fuse-norm
func.func @post_norm(%x: tensor<?x64xf32>, %y: tensor<?x64xf32>, %v: tensor<64x64xf32>, %w: tensor<96x64xf32>) -> (tensor<?x64xf32>, tensor<?x96xf32>) {
  %o = llama.linear %y, %v : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %h = llama.add %x, %o : tensor<?x64xf32>
  %n = llama.norm %h over [1] {eps = 1.0e-5 : f64} : tensor<?x64xf32>
  %l = llama.linear %n, %w : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
  return %n, %l : tensor<?x64xf32>, tensor<?x96xf32>
}
