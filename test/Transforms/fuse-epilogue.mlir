// RUN: llamir-opt %s --llama-fuse-epilogue --remarks-filter=fusion --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: llamir-opt %s --llama-fuse-epilogue | FileCheck %s

// REMARK: Remark="gelu moved into the kernel of a projection"
// CHECK-LABEL: func.func @chain(
// CHECK-SAME: %[[X:[^:]*]]: tensor<?x8xf32>, %[[W:[^:]*]]: tensor<4x8xf32>, %[[V:[^:]*]]: tensor<4xf32>, %[[R:[^:]*]]: tensor<?x4xf32>
// CHECK-NEXT: %[[K:.*]] = llama.kernel "linear_gelu_mul_scale_add" (%[[A:.*]] = %[[X]], %[[B:.*]] = %[[W]], %[[C:.*]] = %[[V]], %[[D:.*]] = %[[R]])
// CHECK-NEXT: %[[L:.*]] = llama.linear %[[A]], %[[B]]
// CHECK-NEXT: %[[G:.*]] = llama.activation gelu %[[L]]
// CHECK-NEXT: %[[M:.*]] = llama.mul %[[G]], %[[C]]
// CHECK-NEXT: %[[S:.*]] = llama.scale %[[M]] by 2.000000e+00
// CHECK-NEXT: %[[Y:.*]] = llama.add %[[D]], %[[S]]
// CHECK-NEXT: llama.yield %[[Y]]
// CHECK: return %[[K]]
func.func @chain(%x: tensor<?x8xf32>, %w: tensor<4x8xf32>, %v: tensor<4xf32>, %r: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %l = llama.linear %x, %w : tensor<?x8xf32>, tensor<4x8xf32> -> tensor<?x4xf32>
  %g = llama.activation gelu %l : tensor<?x4xf32>
  %m = llama.mul %g, %v : tensor<?x4xf32>, tensor<4xf32>
  %s = llama.scale %m by 2.0 : tensor<?x4xf32>
  %y = llama.add %r, %s : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// The norms of heads, and their rotation.
// REMARK: Remark="rope moved into the kernel of a norm"
// CHECK-LABEL: func.func @heads(
// CHECK: llama.kernel "norm_rope"
func.func @heads(%x: tensor<?x8xf32>, %g: tensor<4xf32>, %p: tensor<?xi32>) -> tensor<?x8xf32> {
  %n = llama.norm %x over [1] groups 2 gain %g {eps = 1.0e-5 : f64} : tensor<?x8xf32>, tensor<4xf32>
  %r = llama.rope %n, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return %r : tensor<?x8xf32>
}

// The sum needs two projections: one of them takes it, the other is an operand.
// CHECK-LABEL: func.func @two(
// CHECK: %[[L:.*]] = llama.linear
// CHECK: llama.kernel "linear_add" ({{.*}} = %[[L]]
func.func @two(%x: tensor<?x8xf32>, %w: tensor<4x8xf32>, %v: tensor<4x8xf32>) -> tensor<?x4xf32> {
  %a = llama.linear %x, %w : tensor<?x8xf32>, tensor<4x8xf32> -> tensor<?x4xf32>
  %b = llama.linear %x, %v : tensor<?x8xf32>, tensor<4x8xf32> -> tensor<?x4xf32>
  %y = llama.add %a, %b : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// Other statistics than those of the heads that rotate.
// CHECK-LABEL: func.func @groups(
// CHECK-NOT: llama.kernel
func.func @groups(%x: tensor<?x8xf32>, %p: tensor<?xi32>) -> tensor<?x8xf32> {
  %n = llama.norm %x over [1] groups 4 {eps = 1.0e-5 : f64} : tensor<?x8xf32>
  %r = llama.rope %n, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return %r : tensor<?x8xf32>
}

// REMARK: [Missed] fuse-epilogue | Category:fusion | Reason="no epilogue: what is computed is read by several ops"
// CHECK-LABEL: func.func @several(
// CHECK-NOT: llama.kernel
func.func @several(%x: tensor<?x8xf32>, %w: tensor<4x8xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %l = llama.linear %x, %w : tensor<?x8xf32>, tensor<4x8xf32> -> tensor<?x4xf32>
  %g = llama.activation gelu %l : tensor<?x4xf32>
  return %l, %g : tensor<?x4xf32>, tensor<?x4xf32>
}
