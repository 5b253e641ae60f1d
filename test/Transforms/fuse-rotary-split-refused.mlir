// RUN: llamir-opt %s --allow-unregistered-dialect --llama-fuse-rotary --split-input-file --remarks-filter=fusion --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: llamir-opt %s --allow-unregistered-dialect --llama-fuse-rotary --split-input-file | FileCheck %s

// Parts of one projection that an epilogue cannot rotate: see fuse-rotary-split.mlir.

// The heads that rotate come first in a row.
// REMARK: [Missed] fuse-rotary | Category:fusion | Reason="rotation not fused: a part of the projection before it stays unrotated"
// REMARK: [Missed] fuse-rotary | Category:fusion | Reason="rotation not fused: a part of the projection before it stays unrotated"
// CHECK-LABEL: func.func @values_first(
// CHECK-NOT: llama.kernel
func.func @values_first(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %w: tensor<96x64xf32>) -> (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>) {
  %l = llama.linear %x, %w : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
  %v, %q, %k = llama.split %l : tensor<?x96xf32> -> tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32>
  %kr = llama.rope %k, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32>
  return %qr, %kr, %v : tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>
}

// -----

// Values between queries and keys: the queries rotate in the epilogue.
// REMARK: Reason="rotation not fused: a part of the projection before it stays unrotated"
// REMARK: Remark="rotation moved into the epilogue of 1 joined projection(s)"
// CHECK-LABEL: func.func @values_between(
// CHECK: llama.kernel "qkv_rope"
// CHECK: llama.rope {{.*}} {heads = 6 : i64, rotated_heads = 2
// CHECK: %[[S:.*]]:3 = llama.split
// CHECK: llama.rope %[[S]]#2
func.func @values_between(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %w: tensor<96x64xf32>) -> (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>) {
  %l = llama.linear %x, %w : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
  %q, %v, %k = llama.split %l : tensor<?x96xf32> -> tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32>
  %kr = llama.rope %k, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32>
  return %qr, %kr, %v : tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>
}

// -----

// REMARK: Reason="rotation not fused: unlike the part before it, they rotate otherwise"
// REMARK: Remark="rotation moved into the epilogue of 1 joined projection(s)"
// CHECK-LABEL: func.func @other_theta(
// CHECK: llama.kernel "qkv_rope"
// CHECK: %[[S:.*]]:2 = llama.split
// CHECK: llama.rope %[[S]]#1
func.func @other_theta(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %w: tensor<64x64xf32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  %l = llama.linear %x, %w : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %q, %k = llama.split %l : tensor<?x64xf32> -> tensor<?x32xf32>, tensor<?x32xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32>
  %kr = llama.rope %k, %pos by #llama.rotary<half, theta = 1.0e5 : f64> {heads = 2 : i64} : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32>
  return %qr, %kr : tensor<?x32xf32>, tensor<?x32xf32>
}

// -----

// Somebody reads all columns before the rotation.
// REMARK: Reason="rotation not fused: the projection that is split is also read elsewhere"
// CHECK-LABEL: func.func @read_whole(
// CHECK-NOT: llama.kernel
func.func @read_whole(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %w: tensor<64x64xf32>) -> (tensor<?x32xf32>, tensor<?x64xf32>) {
  %l = llama.linear %x, %w : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %q, %k = llama.split %l : tensor<?x64xf32> -> tensor<?x32xf32>, tensor<?x32xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32>
  return %qr, %l : tensor<?x32xf32>, tensor<?x64xf32>
}

// -----

// Two splits of one projection.
// REMARK-COUNT-2: Reason="rotation not fused: the projection that is split is also read elsewhere"
// CHECK-LABEL: func.func @split_twice(
// CHECK-NOT: llama.kernel
func.func @split_twice(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %w: tensor<64x64xf32>) -> (tensor<?x32xf32>, tensor<?x48xf32>) {
  %l = llama.linear %x, %w : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %q:2 = llama.split %l : tensor<?x64xf32> -> tensor<?x32xf32>, tensor<?x32xf32>
  %k:2 = llama.split %l : tensor<?x64xf32> -> tensor<?x48xf32>, tensor<?x16xf32>
  %qr = llama.rope %q#0, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32>
  %kr = llama.rope %k#0, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 3 : i64} : tensor<?x48xf32>, tensor<?xi32> -> tensor<?x48xf32>
  return %qr, %kr : tensor<?x32xf32>, tensor<?x48xf32>
}

// -----

// REMARK: Reason="rotation not fused: the unrotated projection is also read elsewhere"
// REMARK: Reason="rotation not fused: a part of the projection before it stays unrotated"
// CHECK-LABEL: func.func @part_read(
// CHECK-NOT: llama.kernel
func.func @part_read(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %w: tensor<64x64xf32>) -> (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>) {
  %l = llama.linear %x, %w : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %q, %k = llama.split %l : tensor<?x64xf32> -> tensor<?x32xf32>, tensor<?x32xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32>
  %kr = llama.rope %k, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32>
  return %qr, %kr, %q : tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>
}

// -----

// REMARK: Reason="rotation not fused: the head size does not divide the width of the projection"
// CHECK-LABEL: func.func @other_width(
// CHECK-NOT: llama.kernel
func.func @other_width(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %w: tensor<72x64xf32>) -> (tensor<?x32xf32>, tensor<?x40xf32>) {
  %l = llama.linear %x, %w : tensor<?x64xf32>, tensor<72x64xf32> -> tensor<?x72xf32>
  %q, %v = llama.split %l : tensor<?x72xf32> -> tensor<?x32xf32>, tensor<?x40xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32>
  return %qr, %v : tensor<?x32xf32>, tensor<?x40xf32>
}

// -----

// REMARK: Reason="rotation not fused: the projection stands in another block"
// CHECK-LABEL: func.func @other_block(
// CHECK-NOT: llama.kernel
func.func @other_block(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %w: tensor<64x64xf32>) {
  %l = llama.linear %x, %w : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  "test.region"() ({
    %q, %v = llama.split %l : tensor<?x64xf32> -> tensor<?x32xf32>, tensor<?x32xf32>
    %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32>
    "test.use"(%qr) : (tensor<?x32xf32>) -> ()
  }) : () -> ()
  return
}

// -----

// A row has one place where the heads that rotate end.
// REMARK: Reason="projection not joined with another that rotates: both have parts that do not rotate"
// REMARK-COUNT-2: Remark="rotation moved into the epilogue of 1 joined projection(s)"
// CHECK-LABEL: func.func @two_with_unrotated_parts(
// CHECK-NOT: llama.join
// CHECK-COUNT-2: llama.kernel "qkv_rope"
func.func @two_with_unrotated_parts(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %wa: tensor<64x64xf32>, %wb: tensor<64x64xf32>) -> (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>) {
  %a = llama.linear %x, %wa : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %q, %g = llama.split %a : tensor<?x64xf32> -> tensor<?x32xf32>, tensor<?x32xf32>
  %b = llama.linear %x, %wb : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %k, %v = llama.split %b : tensor<?x64xf32> -> tensor<?x32xf32>, tensor<?x32xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32>
  %kr = llama.rope %k, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32>
  return %qr, %g, %kr, %v : tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32>
}

// -----

// REMARK: Reason="values not joined with the rotated projections: the projection that is split is also read elsewhere"
// CHECK-LABEL: func.func @values_read_whole(
// CHECK-NOT: llama.join
// CHECK: llama.kernel "linear_rope"
func.func @values_read_whole(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %w: tensor<32x64xf32>, %wv: tensor<64x64xf32>) -> (tensor<?x32xf32>, tensor<?x64xf32>) {
  %q = llama.linear %x, %w : tensor<?x64xf32>, tensor<32x64xf32> -> tensor<?x32xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32>
  %l = llama.linear %x, %wv : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %k, %v = llama.split %l : tensor<?x64xf32> -> tensor<?x32xf32>, tensor<?x32xf32>
  %a = llama.attention %qr, %k, %v {heads = 2 : i64, kv_heads = 2 : i64} : tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x32xf32> -> tensor<?x32xf32>
  return %a, %l : tensor<?x32xf32>, tensor<?x64xf32>
}
