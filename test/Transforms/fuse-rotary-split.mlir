// RUN: llamir-opt %s --llama-fuse-rotary --remarks-filter=fusion --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REMARK --implicit-check-not=Missed
// RUN: llamir-opt %s --llama-fuse-rotary | FileCheck %s

// Projections that are written joined: one linear and its split.

// The weight is read as it is stored, and the kernel is that of three projections.
// REMARK: fuse-rotary-split.mlir:[[#Q:]]:9: remark: [Passed] fuse-rotary | Category:fusion | Remark="rotation moved into the epilogue of 1 joined projection(s)"
// REMARK: fuse-rotary-split.mlir:[[#Q-1]]:9: remark: [Passed] fuse-rotary | Category:fusion | Remark="rotation moved into the epilogue of 1 joined projection(s)"
// REMARK: fuse-rotary-split.mlir:[[#Q-2]]:16: remark: [Passed] fuse-rotary | Category:fusion | Remark="parts that do not rotate pass the epilogue unchanged"

// CHECK-LABEL: func.func @qkv(
// CHECK-SAME: %[[X:.*]]: tensor<?x64xf32>, %[[POS:.*]]: tensor<?xi32>, %[[W:.*]]: tensor<128x64xbf16>, %[[BIAS:.*]]: tensor<128xf32>)
// CHECK-NEXT: %[[QKV:.*]] = llama.kernel "qkv_rope" (%[[A:.*]] = %[[X]], %[[B:.*]] = %[[W]], %[[C:.*]] = %[[BIAS]], %[[P:.*]] = %[[POS]])
// CHECK-NEXT: %[[L:.*]] = llama.linear %[[A]], %[[B]] bias %[[C]]
// CHECK-NEXT: %[[R:.*]] = llama.rope %[[L]], %[[P]] by <half, theta = 1.000000e+04 : f64> {heads = 8 : i64, rotated_heads = 6 : i64}
// CHECK-NEXT: llama.yield %[[R]]
// CHECK: %[[S:.*]]:3 = llama.split %[[QKV]] : tensor<?x128xf32> -> tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x32xf32>
// CHECK-NEXT: llama.attention %[[S]]#0, %[[S]]#1, %[[S]]#2
func.func @qkv(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %w: tensor<128x64xbf16>, %b: tensor<128xf32>) -> tensor<?x64xf32> {
  %qkv = llama.linear %x, %w bias %b : tensor<?x64xf32>, tensor<128x64xbf16>, tensor<128xf32> -> tensor<?x128xf32>
  %q, %k, %v = llama.split %qkv : tensor<?x128xf32> -> tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x32xf32>
  %kr = llama.rope %k, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  %a = llama.attention %qr, %kr, %v {heads = 4 : i64, kv_heads = 2 : i64, causal} : tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x32xf32> -> tensor<?x64xf32>
  return %a : tensor<?x64xf32>
}

// Only the first part rotates; whoever reads the others, and however often, goes on.
// REMARK: Remark="rotation moved into the epilogue of 1 joined projection(s)"
// REMARK: Remark="parts that do not rotate pass the epilogue unchanged"
// CHECK-LABEL: func.func @first_part(
// CHECK: llama.rope {{.*}} {heads = 8 : i64, rotated_heads = 4 : i64
// CHECK: %[[S:.*]]:3 = llama.split
// CHECK-NEXT: %[[SUM:.*]] = llama.add %[[S]]#1, %[[S]]#2
// CHECK-NEXT: return %[[S]]#0, %[[SUM]], %[[S]]#1
func.func @first_part(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %w: tensor<128x64xf32>) -> (tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x32xf32>) {
  %l = llama.linear %x, %w : tensor<?x64xf32>, tensor<128x64xf32> -> tensor<?x128xf32>
  %q, %k, %v = llama.split %l : tensor<?x128xf32> -> tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x32xf32>
  %sum = llama.add %k, %v : tensor<?x32xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  return %qr, %sum, %k : tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x32xf32>
}

// Keys and values are written joined, queries alone: the rows that rotate come
// first in the joined weight, whichever is written first.
// REMARK-COUNT-2: Remark="rotation moved into the epilogue of 2 joined projection(s)"
// REMARK: Remark="parts that do not rotate pass the epilogue unchanged"
// CHECK-LABEL: func.func @keys_and_values(
// CHECK-SAME: %[[WKV:[^ ]*]]: tensor<64x64xf32>, %[[WQ:[^ ]*]]: tensor<64x64xf32>)
// CHECK: llama.join %[[WQ]], %[[WKV]]
// CHECK: llama.kernel "qkv_rope"
// CHECK: llama.rope {{.*}} rotated_heads = 6
// CHECK: %[[S:.*]]:3 = llama.split {{.*}} -> tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x32xf32>
// CHECK: llama.attention %[[S]]#0, %[[S]]#1, %[[S]]#2
func.func @keys_and_values(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %wkv: tensor<64x64xf32>, %wq: tensor<64x64xf32>) -> tensor<?x64xf32> {
  %kv = llama.linear %x, %wkv : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %k, %v = llama.split %kv : tensor<?x64xf32> -> tensor<?x32xf32>, tensor<?x32xf32>
  %kr = llama.rope %k, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32>
  %q = llama.linear %x, %wq : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  %a = llama.attention %qr, %kr, %v {heads = 4 : i64, kv_heads = 2 : i64, causal} : tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x32xf32> -> tensor<?x64xf32>
  return %a : tensor<?x64xf32>
}

// Queries and keys are written joined and both rotate; values are written joined
// with something else.
// REMARK-COUNT-2: Remark="rotation moved into the epilogue of 2 joined projection(s)"
// REMARK: Remark="values joined with the rotated projections"
// CHECK-LABEL: func.func @two_splits(
// CHECK: llama.rope {{.*}} {heads = 10 : i64, rotated_heads = 6
// CHECK: %[[S:.*]]:4 = llama.split {{.*}} -> tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>
// CHECK: %[[A:.*]] = llama.attention %[[S]]#0, %[[S]]#1, %[[S]]#3
// CHECK: return %[[A]], %[[S]]#2
func.func @two_splits(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %wqk: tensor<96x64xf32>, %wv: tensor<64x64xf32>) -> (tensor<?x64xf32>, tensor<?x32xf32>) {
  %qk = llama.linear %x, %wqk : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
  %q, %k = llama.split %qk : tensor<?x96xf32> -> tensor<?x64xf32>, tensor<?x32xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  %kr = llama.rope %k, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32>
  %gv = llama.linear %x, %wv : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %g, %v = llama.split %gv : tensor<?x64xf32> -> tensor<?x32xf32>, tensor<?x32xf32>
  %a = llama.attention %qr, %kr, %v {heads = 4 : i64, kv_heads = 2 : i64, causal} : tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x32xf32> -> tensor<?x64xf32>
  return %a, %g : tensor<?x64xf32>, tensor<?x32xf32>
}
