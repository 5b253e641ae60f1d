// RUN: llamir-opt %s --llama-join-projections --remarks-filter=fusion --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: llamir-opt %s --llama-join-projections | FileCheck %s

// Queries, keys and values of a model without rotations.
// REMARK-COUNT-3: Remark="one of 3 projections joined"
// CHECK-LABEL: func.func @attend(
// CHECK: %[[W:.*]] = llama.join %{{.*}}, %{{.*}}, %{{.*}} -> tensor<24x8xf32>
// CHECK: %[[B:.*]] = llama.join %{{.*}}, %{{.*}}, %{{.*}} -> tensor<24xf32>
// CHECK: %[[L:.*]] = llama.linear %{{.*}}, %[[W]] bias %[[B]]
// CHECK: %[[S:.*]]:3 = llama.split %[[L]]
// CHECK: llama.attention %[[S]]#0, %[[S]]#1, %[[S]]#2
func.func @attend(%x: tensor<?x8xf32>, %wq: tensor<8x8xf32>, %wk: tensor<8x8xf32>, %wv: tensor<8x8xf32>, %b: tensor<8xf32>) -> tensor<?x8xf32> {
  %q = llama.linear %x, %wq bias %b : tensor<?x8xf32>, tensor<8x8xf32>, tensor<8xf32> -> tensor<?x8xf32>
  %k = llama.linear %x, %wk bias %b : tensor<?x8xf32>, tensor<8x8xf32>, tensor<8xf32> -> tensor<?x8xf32>
  %v = llama.linear %x, %wv bias %b : tensor<?x8xf32>, tensor<8x8xf32>, tensor<8xf32> -> tensor<?x8xf32>
  %a = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 2 : i64, causal} : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  return %a : tensor<?x8xf32>
}

// One has a bias, the other gets one of zeros.
// REMARK-COUNT-2: Remark="one of 2 projections joined"
// CHECK-LABEL: func.func @one_bias(
// CHECK-SAME: %[[B:[^:]*]]: tensor<8xf32>)
// CHECK: %[[Z:.*]] = llama.zeros : tensor<8xf32>
// CHECK: %[[J:.*]] = llama.join %[[B]], %[[Z]] : tensor<8xf32>, tensor<8xf32> -> tensor<16xf32>
// CHECK: llama.linear %{{.*}}, %{{.*}} bias %[[J]]
func.func @one_bias(%x: tensor<?x8xf32>, %w: tensor<8x8xf32>, %b: tensor<8xf32>) -> tensor<?x8xf32> {
  %q = llama.linear %x, %w bias %b : tensor<?x8xf32>, tensor<8x8xf32>, tensor<8xf32> -> tensor<?x8xf32>
  %k = llama.linear %x, %w : tensor<?x8xf32>, tensor<8x8xf32> -> tensor<?x8xf32>
  %a = llama.attention %q, %k, %k {heads = 2 : i64, kv_heads = 2 : i64} : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  return %a : tensor<?x8xf32>
}

// Biases of two types.
// REMARK-COUNT-2: Reason="projections of one input not joined: biases of different element types"
// CHECK-LABEL: func.func @bias(
// CHECK-NOT: llama.join
func.func @bias(%x: tensor<?x8xf32>, %w: tensor<8x8xf32>, %b: tensor<8xf32>, %c: tensor<8xbf16>) -> tensor<?x8xf32> {
  %q = llama.linear %x, %w bias %b : tensor<?x8xf32>, tensor<8x8xf32>, tensor<8xf32> -> tensor<?x8xf32>
  %k = llama.linear %x, %w bias %c : tensor<?x8xf32>, tensor<8x8xf32>, tensor<8xbf16> -> tensor<?x8xf32>
  %a = llama.attention %q, %k, %k {heads = 2 : i64, kv_heads = 2 : i64} : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  return %a : tensor<?x8xf32>
}

// The weight of one is what the other gives.
// REMARK-COUNT-2: Reason="projections of one input not joined: one of them depends on another"
// CHECK-LABEL: func.func @depends(
// CHECK-NOT: llama.join
func.func @depends(%x: tensor<8x8xf32>, %w: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %q = llama.linear %x, %w : tensor<8x8xf32>, tensor<8x8xf32> -> tensor<8x8xf32>
  %k = llama.linear %x, %q : tensor<8x8xf32>, tensor<8x8xf32> -> tensor<8x8xf32>
  %a = llama.attention %q, %k, %k {heads = 2 : i64, kv_heads = 2 : i64} : tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32> -> tensor<8x8xf32>
  return %a : tensor<8x8xf32>
}

// What becomes an epilogue stays apart.
// CHECK-LABEL: func.func @epilogue(
// CHECK-NOT: llama.join
func.func @epilogue(%x: tensor<?x8xf32>, %w: tensor<8x8xf32>) -> tensor<?x8xf32> {
  %q = llama.linear %x, %w : tensor<?x8xf32>, tensor<8x8xf32> -> tensor<?x8xf32>
  %l = llama.linear %x, %w : tensor<?x8xf32>, tensor<8x8xf32> -> tensor<?x8xf32>
  %g = llama.activation gelu %l : tensor<?x8xf32>
  %a = llama.attention %q, %g, %g {heads = 2 : i64, kv_heads = 2 : i64} : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  return %a : tensor<?x8xf32>
}
