// RUN: llamir-opt %s --llama-expand-norms | FileCheck %s

// A norm over the batch becomes statistics and what they normalize.
// CHECK-LABEL: func.func @training(
// CHECK-SAME: %[[X:.*]]: tensor<?x12x35xf32>, %[[G:.*]]: tensor<12xf32>, %[[B:.*]]: tensor<12xf32>)
// CHECK: %[[S:.*]]:2 = llama.statistics %[[X]] over [0, 2] : tensor<?x12x35xf32> -> tensor<12xf32>, tensor<12xf32>
// CHECK: llama.normalize %[[X]] by %[[S]]#0, %[[S]]#1 gain %[[G]] bias %[[B]] {eps = 1.000000e-05 : f64}
// CHECK-NOT: llama.norm
func.func @training(%x: tensor<?x12x35xf32>, %g: tensor<12xf32>, %b: tensor<12xf32>) -> tensor<?x12x35xf32> {
  %y = llama.norm %x over [0, 2] centered gain %g bias %b along [1] {eps = 1.0e-5 : f64}
      : tensor<?x12x35xf32>, tensor<12xf32>, tensor<12xf32>
  return %y : tensor<?x12x35xf32>
}

// Norms of rows stay.
// CHECK-LABEL: func.func @rows(
// CHECK: llama.norm %{{.*}} over [1] {{.*}} : tensor<?x12xf32>
// CHECK-NOT: llama.statistics
func.func @rows(%x: tensor<?x12xf32>) -> tensor<?x12xf32> {
  %y = llama.norm %x over [1] {eps = 1.0e-5 : f64} : tensor<?x12xf32>
  return %y : tensor<?x12xf32>
}
