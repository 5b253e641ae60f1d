// RUN: llamir-opt %s --allow-unregistered-dialect --llama-fuse-rotary --split-input-file --remarks-filter=fusion --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: llamir-opt %s --allow-unregistered-dialect --llama-fuse-rotary --split-input-file | FileCheck %s

// REMARK: Reason="rotation not fused: the unrotated projection is also read elsewhere"
// CHECK-LABEL: func.func @unrotated_read(
// CHECK-NOT: llama.kernel
func.func @unrotated_read(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %wq: tensor<64x64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
  %q = llama.linear %x, %wq : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  return %q, %qr : tensor<?x64xf32>, tensor<?x64xf32>
}

// -----

// REMARK: Reason="rotation not fused: its input is not a projection"
// CHECK-LABEL: func.func @no_projection(
// CHECK-NOT: llama.kernel
func.func @no_projection(%q: tensor<?x64xf32>, %pos: tensor<?xi32>) -> tensor<?x64xf32> {
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  return %qr : tensor<?x64xf32>
}

// -----

// Weights of different element types, and different angles: fused one by one.
// REMARK: Reason="projection not joined with another that rotates: weights of f32 and bf16"
// REMARK-COUNT-2: Remark="rotation moved into the epilogue of 1 joined projection(s)"
// CHECK-LABEL: func.func @mixed_types(
// CHECK-NOT: llama.join
// CHECK-COUNT-2: llama.kernel "linear_rope"
func.func @mixed_types(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %wq: tensor<64x64xf32>, %wk: tensor<64x64xbf16>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
  %q = llama.linear %x, %wq : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %k = llama.linear %x, %wk : tensor<?x64xf32>, tensor<64x64xbf16> -> tensor<?x64xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  %kr = llama.rope %k, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  return %qr, %kr : tensor<?x64xf32>, tensor<?x64xf32>
}

// -----

// REMARK: Reason="projection not joined with another that rotates: they rotate otherwise"
// REMARK-COUNT-2: Remark="rotation moved into the epilogue of 1 joined projection(s)"
// CHECK-LABEL: func.func @other_theta(
// CHECK-NOT: llama.join
// CHECK-COUNT-2: llama.kernel "linear_rope"
func.func @other_theta(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %wq: tensor<64x64xf32>, %wk: tensor<64x64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
  %q = llama.linear %x, %wq : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %k = llama.linear %x, %wk : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  %kr = llama.rope %k, %pos by #llama.rotary<half, theta = 5.0e5 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  return %qr, %kr : tensor<?x64xf32>, tensor<?x64xf32>
}

// -----

// Values of a width that no number of heads fills stay out.
// REMARK-COUNT-1: Reason="values not joined with the rotated projections: the head size does not divide their width"
// REMARK-NOT: Reason="values not joined
// CHECK-LABEL: func.func @other_value_width(
// CHECK: llama.linear
// CHECK: llama.kernel "qkv_rope"
func.func @other_value_width(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %w: tensor<64x64xf32>, %wv: tensor<40x64xf32>) -> tensor<?x40xf32> {
  %q = llama.linear %x, %w : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %k = llama.linear %x, %w : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %v = llama.linear %x, %wv : tensor<?x64xf32>, tensor<40x64xf32> -> tensor<?x40xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  %kr = llama.rope %k, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  %a = llama.attention %qr, %kr, %v {heads = 4 : i64, kv_heads = 4 : i64} : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x40xf32> -> tensor<?x40xf32>
  return %a : tensor<?x40xf32>
}

// -----

// REMARK: Reason="rotation not fused: only some heads of the projection rotate"
// CHECK-LABEL: func.func @some_heads(
// CHECK-NOT: llama.kernel
func.func @some_heads(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %w: tensor<64x64xf32>) -> tensor<?x64xf32> {
  %q = llama.linear %x, %w : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64, rotated_heads = 3 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  return %qr : tensor<?x64xf32>
}

// -----

// REMARK: Reason="rotation not fused: the projection stands in another block"
// CHECK-LABEL: func.func @other_block(
// CHECK-NOT: llama.kernel
func.func @other_block(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %w: tensor<64x64xf32>) {
  %q = llama.linear %x, %w : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  "test.region"() ({
    %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
    "test.use"(%qr) : (tensor<?x64xf32>) -> ()
  }) : () -> ()
  return
}

// -----

// The weight of the second projection is made from the first rotation.
// REMARK: Reason="rotation not fused: one of the joined projections depends on another"
// CHECK-LABEL: func.func @dependent(
// CHECK-NOT: llama.kernel
func.func @dependent(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %wq: tensor<64x64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
  %q = llama.linear %x, %wq : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  %wk = "test.weight"(%qr) : (tensor<?x64xf32>) -> tensor<64x64xf32>
  %k = llama.linear %x, %wk : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %kr = llama.rope %k, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  return %qr, %kr : tensor<?x64xf32>, tensor<?x64xf32>
}

// -----

// Values of another input stay out, and so do those of another block.
// REMARK: Reason="values not joined with the rotated projections: they are projected from another input"
// CHECK-LABEL: func.func @other_value_input(
// CHECK: llama.kernel "linear_rope"
func.func @other_value_input(%x: tensor<?x64xf32>, %y: tensor<?x64xf32>, %pos: tensor<?xi32>, %w: tensor<64x64xf32>) -> tensor<?x64xf32> {
  %q = llama.linear %x, %w : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %v = llama.linear %y, %w : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  %a = llama.attention %qr, %x, %v {heads = 4 : i64, kv_heads = 4 : i64} : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32> -> tensor<?x64xf32>
  return %a : tensor<?x64xf32>
}

// -----

// REMARK: Reason="values not joined with the rotated projections: they stand in another block"
// CHECK-LABEL: func.func @other_value_block(
// CHECK: llama.kernel "linear_rope"
func.func @other_value_block(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %w: tensor<64x64xf32>) {
  %q = llama.linear %x, %w : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  "test.region"() ({
    %v = llama.linear %x, %w : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
    %a = llama.attention %qr, %x, %v {heads = 4 : i64, kv_heads = 4 : i64} : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32> -> tensor<?x64xf32>
    "test.use"(%a) : (tensor<?x64xf32>) -> ()
  }) : () -> ()
  return
}

// -----

// REMARK: Reason="values not joined with the rotated projections: biases of different element types"
// CHECK-LABEL: func.func @value_bias(
// CHECK: llama.kernel "linear_rope"
func.func @value_bias(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %w: tensor<64x64xf32>, %b: tensor<64xf32>, %c: tensor<64xbf16>) -> tensor<?x64xf32> {
  %q = llama.linear %x, %w bias %c : tensor<?x64xf32>, tensor<64x64xf32>, tensor<64xbf16> -> tensor<?x64xf32>
  %v = llama.linear %x, %w bias %b : tensor<?x64xf32>, tensor<64x64xf32>, tensor<64xf32> -> tensor<?x64xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  %a = llama.attention %qr, %x, %v {heads = 4 : i64, kv_heads = 4 : i64} : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32> -> tensor<?x64xf32>
  return %a : tensor<?x64xf32>
}

// -----

// REMARK: Reason="projection not joined with another that rotates: they have other positions"
// CHECK-LABEL: func.func @other_positions(
// CHECK-COUNT-2: llama.kernel "linear_rope"
func.func @other_positions(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %other: tensor<?xi32>, %wq: tensor<64x64xf32>, %wk: tensor<64x64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
  %q = llama.linear %x, %wq : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %k = llama.linear %x, %wk : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  %kr = llama.rope %k, %other by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  return %qr, %kr : tensor<?x64xf32>, tensor<?x64xf32>
}

// -----

// REMARK: Reason="projection not joined with another that rotates: their heads have another size"
// CHECK-LABEL: func.func @other_head_size(
// CHECK-COUNT-2: llama.kernel "linear_rope"
func.func @other_head_size(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %wq: tensor<64x64xf32>, %wk: tensor<64x64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
  %q = llama.linear %x, %wq : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %k = llama.linear %x, %wk : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64, dims = 8> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  %kr = llama.rope %k, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 8 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  return %qr, %kr : tensor<?x64xf32>, tensor<?x64xf32>
}

// -----

// Of an attention across two inputs, the values go with the keys.
// REMARK: Reason="projection not joined with another that rotates: they are projected from another input"
// REMARK-NOT: Reason="values
// REMARK: Remark="rotation moved into the epilogue of 1 joined projection(s)"
// REMARK: Remark="rotation moved into the epilogue of 2 joined projection(s)"
// REMARK: Remark="values joined with the rotated projections"
// CHECK-LABEL: func.func @across(
// CHECK: llama.kernel "linear_rope"
// CHECK: llama.kernel "qkv_rope"
func.func @across(%x: tensor<?x64xf32>, %y: tensor<?x64xf32>, %pos: tensor<?xi32>, %wq: tensor<64x64xf32>, %wk: tensor<64x64xf32>, %wv: tensor<64x64xf32>) -> tensor<?x64xf32> {
  %q = llama.linear %x, %wq : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %k = llama.linear %y, %wk : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %v = llama.linear %y, %wv : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  %kr = llama.rope %k, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  %a = llama.attention %qr, %kr, %v {heads = 4 : i64, kv_heads = 4 : i64} : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32> -> tensor<?x64xf32>
  return %a : tensor<?x64xf32>
}

// -----

// REMARK: Reason="values not joined with the rotated projections: they are not a projection"
// CHECK-LABEL: func.func @no_value_projection(
// CHECK: llama.kernel "linear_rope"
func.func @no_value_projection(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %w: tensor<64x64xf32>) -> tensor<?x64xf32> {
  %q = llama.linear %x, %w : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  %a = llama.attention %qr, %x, %x {heads = 4 : i64, kv_heads = 4 : i64} : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32> -> tensor<?x64xf32>
  return %a : tensor<?x64xf32>
}

// -----

// The projections of a parallel block have biases of two types.
// REMARK: Reason="feed-forward layer not joined with the rotated projections: biases of different element types"
// CHECK-LABEL: func.func @activated_bias(
// CHECK: llama.kernel "linear_rope"
// CHECK-NOT: llama.activation gelu %{{.*}} from
func.func @activated_bias(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %wq: tensor<64x64xf32>, %up: tensor<256x64xf32>, %b: tensor<256xf32>, %c: tensor<64xbf16>) -> (tensor<?x64xf32>, tensor<?x256xf32>) {
  %q = llama.linear %x, %wq bias %c : tensor<?x64xf32>, tensor<64x64xf32>, tensor<64xbf16> -> tensor<?x64xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  %u = llama.linear %x, %up bias %b : tensor<?x64xf32>, tensor<256x64xf32>, tensor<256xf32> -> tensor<?x256xf32>
  %g = llama.activation gelu %u : tensor<?x256xf32>
  return %qr, %g : tensor<?x64xf32>, tensor<?x256xf32>
}

// -----

// Gate and up have biases of two types, the queries none.
// REMARK: Reason="feed-forward layer not joined with the rotated projections: biases of different element types"
// CHECK-LABEL: func.func @gated_biases(
// CHECK: llama.kernel "linear_rope"
func.func @gated_biases(%x: tensor<?x64xf32>, %p: tensor<?xi32>, %wq: tensor<64x64xf32>, %gate: tensor<128x64xf32>, %up: tensor<128x64xf32>, %down: tensor<64x128xf32>, %b: tensor<128xf32>, %c: tensor<128xbf16>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
  %q0 = llama.linear %x, %wq : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %q = llama.rope %q0, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  %g = llama.linear %x, %gate bias %b : tensor<?x64xf32>, tensor<128x64xf32>, tensor<128xf32> -> tensor<?x128xf32>
  %u = llama.linear %x, %up bias %c : tensor<?x64xf32>, tensor<128x64xf32>, tensor<128xbf16> -> tensor<?x128xf32>
  %s = llama.activation silu %g : tensor<?x128xf32>
  %m = llama.mul %s, %u : tensor<?x128xf32>
  %d = llama.linear %m, %down : tensor<?x128xf32>, tensor<64x128xf32> -> tensor<?x64xf32>
  return %q, %d : tensor<?x64xf32>, tensor<?x64xf32>
}
