// RUN: llamir-opt %s --llama-fuse-rotary --remarks-filter=fusion --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: llamir-opt %s --llama-fuse-rotary | FileCheck %s

// REMARK: fuse-rotary.mlir:[[#Q:]]:9: remark: [Passed] fuse-rotary | Category:fusion | Remark="rotation moved into the epilogue of 3 joined projection(s)"
// REMARK: fuse-rotary.mlir:[[#Q+2]]:9: remark: [Passed] fuse-rotary | Category:fusion | Remark="rotation moved into the epilogue of 3 joined projection(s)"
// REMARK: fuse-rotary.mlir:[[#Q-1]]:8: remark: [Passed] fuse-rotary | Category:fusion | Remark="values joined with the rotated projections"

// CHECK-LABEL: func.func @qkv(
// CHECK-SAME: %[[X:.*]]: tensor<?x64xf32>, %[[POS:.*]]: tensor<?xi32>, %[[WQ:.*]]: tensor<64x64xbf16>, %[[WK:.*]]: tensor<32x64xbf16>, %[[WV:.*]]: tensor<32x64xbf16>)
// CHECK: %[[W:.*]] = llama.join %[[WQ]], %[[WK]], %[[WV]] {{.*}} -> tensor<128x64xbf16>
// CHECK: %[[QKV:.*]] = llama.kernel "qkv_rope" (%[[A:.*]] = %[[X]], %[[B:.*]] = %[[W]], %[[P:.*]] = %[[POS]])
// CHECK-NEXT: %[[L:.*]] = llama.linear %[[A]], %[[B]]
// CHECK-NEXT: %[[R:.*]] = llama.rope %[[L]], %[[P]] by <half, theta = 1.000000e+04 : f64> {heads = 8 : i64, rotated_heads = 6 : i64}
// CHECK-NEXT: llama.yield %[[R]]
// CHECK: %[[S:.*]]:3 = llama.split %[[QKV]] : tensor<?x128xf32> -> tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x32xf32>
// CHECK: llama.attention %[[S]]#0, %[[S]]#1, %[[S]]#2
func.func @qkv(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %wq: tensor<64x64xbf16>, %wk: tensor<32x64xbf16>, %wv: tensor<32x64xbf16>) -> tensor<?x64xf32> {
  %q = llama.linear %x, %wq : tensor<?x64xf32>, tensor<64x64xbf16> -> tensor<?x64xf32>
  %v = llama.linear %x, %wv : tensor<?x64xf32>, tensor<32x64xbf16> -> tensor<?x32xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  %k = llama.linear %x, %wk : tensor<?x64xf32>, tensor<32x64xbf16> -> tensor<?x32xf32>
  %kr = llama.rope %k, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32>
  %a = llama.attention %qr, %kr, %v {heads = 4 : i64, kv_heads = 2 : i64, causal} : tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x32xf32> -> tensor<?x64xf32>
  return %a : tensor<?x64xf32>
}

// Biases are joined too.
// CHECK-LABEL: func.func @bias(
// CHECK: llama.join {{.*}} -> tensor<96x64xf32>
// CHECK: llama.join {{.*}} -> tensor<96xf32>
// CHECK: llama.kernel "qkv_rope"
// CHECK-NEXT: llama.linear {{.*}} bias
func.func @bias(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %wq: tensor<64x64xf32>, %wk: tensor<32x64xf32>, %bq: tensor<64xf32>, %bk: tensor<32xf32>) -> (tensor<?x64xf32>, tensor<?x32xf32>) {
  %q = llama.linear %x, %wq bias %bq : tensor<?x64xf32>, tensor<64x64xf32>, tensor<64xf32> -> tensor<?x64xf32>
  %k = llama.linear %x, %wk bias %bk : tensor<?x64xf32>, tensor<32x64xf32>, tensor<32xf32> -> tensor<?x32xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<interleaved, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  %kr = llama.rope %k, %pos by #llama.rotary<interleaved, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32>
  return %qr, %kr : tensor<?x64xf32>, tensor<?x32xf32>
}

// A projection alone keeps its weight and needs no split.
// CHECK-LABEL: func.func @alone(
// CHECK-NEXT: %[[R:.*]] = llama.kernel "linear_rope"
// CHECK: return %[[R]]
func.func @alone(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %wq: tensor<64x64xf32>) -> tensor<?x64xf32> {
  %q = llama.linear %x, %wq : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64, dims = 8> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  return %qr : tensor<?x64xf32>
}

// Two attentions read the same rotations and values, and so does the caller.
// CHECK-LABEL: func.func @several_readers(
// CHECK: %[[R:.*]] = llama.kernel "qkv_rope"
// CHECK: %[[S:.*]]:3 = llama.split %[[R]]
// CHECK: %[[A:.*]] = llama.attention %[[S]]#0, %[[S]]#1, %[[S]]#2
// CHECK: %[[B:.*]] = llama.attention %[[S]]#1, %[[S]]#0, %[[S]]#2
// CHECK: return %[[A]], %[[B]], %[[S]]#1, %[[S]]#2
func.func @several_readers(%x: tensor<?x64xf32>, %pos: tensor<?xi32>, %wq: tensor<64x64xf32>, %wk: tensor<64x64xf32>, %wv: tensor<64x64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>) {
  %k = llama.linear %x, %wk : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %q = llama.linear %x, %wq : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %qr = llama.rope %q, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  %kr = llama.rope %k, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  %v = llama.linear %x, %wv : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %a = llama.attention %qr, %kr, %v {heads = 4 : i64, kv_heads = 4 : i64} : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32> -> tensor<?x64xf32>
  %b = llama.attention %kr, %qr, %v {heads = 4 : i64, kv_heads = 4 : i64} : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32> -> tensor<?x64xf32>
  return %a, %b, %kr, %v : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>
}

// A projection that is left in f32 stays so.
// CHECK-LABEL: func.func @wide_result(
// CHECK: llama.linear {{.*}} : tensor<?x8xbf16>, tensor<8x8xbf16> -> tensor<?x8xf32>
// CHECK: llama.rope {{.*}} : tensor<?x8xf32>
func.func @wide_result(%x: tensor<?x8xbf16>, %w: tensor<8x8xbf16>, %p: tensor<?xi32>) -> tensor<?x8xf32> {
  %l = llama.linear %x, %w : tensor<?x8xbf16>, tensor<8x8xbf16> -> tensor<?x8xf32>
  %r = llama.rope %l, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return %r : tensor<?x8xf32>
}

// The first projection of a parallel block's feed-forward layer is joined, too; its
// columns come last, and only they are activated.
// CHECK-LABEL: func.func @parallel(
// CHECK: %[[W:.*]] = llama.join %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : tensor<64x64xf32>, tensor<64x64xf32>, tensor<64x64xf32>, tensor<256x64xf32> -> tensor<448x64xf32>
// CHECK: llama.kernel "qkv_rope_gelu"
// CHECK: llama.rope %{{.*}}, %{{.*}} by <half, theta = 1.000000e+04 : f64> {heads = 28 : i64, rotated_heads = 8 : i64}
// CHECK: llama.activation gelu %{{.*}} from 192 : tensor<?x448xf32>
// CHECK: %[[PARTS:.*]]:4 = llama.split %{{.*}} : tensor<?x448xf32> -> tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x256xf32>
// CHECK: llama.attention %[[PARTS]]#0, %[[PARTS]]#1, %[[PARTS]]#2
// CHECK: llama.linear %[[PARTS]]#3
func.func @parallel(%x: tensor<?x64xf32>, %p: tensor<?xi32>, %wq: tensor<64x64xf32>, %wk: tensor<64x64xf32>, %wv: tensor<64x64xf32>,
                    %up: tensor<256x64xf32>, %down: tensor<64x256xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
  %q0 = llama.linear %x, %wq : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %k0 = llama.linear %x, %wk : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %v = llama.linear %x, %wv : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %q = llama.rope %q0, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  %k = llama.rope %k0, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  %a = llama.attention %q, %k, %v {heads = 4 : i64, kv_heads = 4 : i64, causal} : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32> -> tensor<?x64xf32>
  %u = llama.linear %x, %up : tensor<?x64xf32>, tensor<256x64xf32> -> tensor<?x256xf32>
  %g = llama.activation gelu %u : tensor<?x256xf32>
  %d = llama.linear %g, %down : tensor<?x256xf32>, tensor<64x256xf32> -> tensor<?x64xf32>
  return %a, %d : tensor<?x64xf32>, tensor<?x64xf32>
}

// So are gate and up, whose product is computed where the last projection reads
// it; but not where something else does.
// CHECK-LABEL: func.func @parallel_gated(
// CHECK: llama.kernel "qkv_rope"
// CHECK: llama.rope %{{.*}}, %{{.*}} by <half, theta = 1.000000e+04 : f64> {heads = 20 : i64, rotated_heads = 4 : i64}
// CHECK: %[[PARTS:.*]]:3 = llama.split %{{.*}} : tensor<?x320xf32> -> tensor<?x64xf32>, tensor<?x128xf32>, tensor<?x128xf32>
// CHECK: %[[S:.*]] = llama.activation silu %[[PARTS]]#1
// CHECK: %[[M:.*]] = llama.mul %[[S]], %[[PARTS]]#2
// CHECK: llama.linear %[[M]]
func.func @parallel_gated(%x: tensor<?x64xf32>, %p: tensor<?xi32>, %wq: tensor<64x64xf32>, %gate: tensor<128x64xf32>, %up: tensor<128x64xf32>, %down: tensor<64x128xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
  %q0 = llama.linear %x, %wq : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %q = llama.rope %q0, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  %g = llama.linear %x, %gate : tensor<?x64xf32>, tensor<128x64xf32> -> tensor<?x128xf32>
  %u = llama.linear %x, %up : tensor<?x64xf32>, tensor<128x64xf32> -> tensor<?x128xf32>
  %s = llama.activation silu %g : tensor<?x128xf32>
  %m = llama.mul %s, %u : tensor<?x128xf32>
  %d = llama.linear %m, %down : tensor<?x128xf32>, tensor<64x128xf32> -> tensor<?x64xf32>
  return %q, %d : tensor<?x64xf32>, tensor<?x64xf32>
}
// CHECK-LABEL: func.func @parallel_gated_result(
// CHECK: llama.kernel "linear_rope"
// CHECK: return
func.func @parallel_gated_result(%x: tensor<?x64xf32>, %p: tensor<?xi32>, %wq: tensor<64x64xf32>, %gate: tensor<128x64xf32>, %up: tensor<128x64xf32>) -> (tensor<?x64xf32>, tensor<?x128xf32>) {
  %q0 = llama.linear %x, %wq : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
  %q = llama.rope %q0, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  %g = llama.linear %x, %gate : tensor<?x64xf32>, tensor<128x64xf32> -> tensor<?x128xf32>
  %u = llama.linear %x, %up : tensor<?x64xf32>, tensor<128x64xf32> -> tensor<?x128xf32>
  %s = llama.activation silu %g : tensor<?x128xf32>
  %m = llama.mul %s, %u : tensor<?x128xf32>
  return %q, %m : tensor<?x64xf32>, tensor<?x128xf32>
}
