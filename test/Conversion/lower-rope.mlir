// RUN: llamir-opt %s --convert-llama-to-halide --canonicalize --cse | FileCheck %s

// Cosine and sine of each pair and token are computed once, in double precision up
// to the reduced angle. Where the halves fill a head they are a dimension of the
// output: (element of the half, half, head, token).
// CHECK-LABEL: halide.pipeline @half(
// CHECK-SAME: %[[X:.*]]: !halide.buffer<8x?xf32>, %[[POS:.*]]: !halide.buffer<?xi32>)
// CHECK-SAME: llama.kind = "elementwise"
// CHECK: %[[TABLE:.*]] = halide.constant "frequencies" dense<[1.000000e+00, 1.000000e-02]> : tensor<2xf64>
// CHECK: %[[ROTATION:.*]] = halide.func "rotation" ["j", "t"] {llama.role = "rotation"} : <2, f32, f32>
// CHECK: %[[I32:.*]] = halide.at %[[POS]][%t]
// CHECK: %[[F64:.*]] = arith.sitofp %[[I32]] : i32 to f64
// CHECK: %[[FREQUENCY:.*]] = halide.at %[[TABLE]][%j]
// CHECK: %[[ANGLE:.*]] = arith.mulf %[[F64]], %[[FREQUENCY]] : f64
// CHECK: math.roundeven
// CHECK: %[[REST:.*]] = arith.subf %[[ANGLE]], %{{.*}} : f64
// CHECK: arith.truncf %[[REST]] : f64 to f32
// CHECK: halide.func "out" ["i", "g", "h", "t"]
// CHECK: %[[IS_SECOND:.*]] = arith.cmpi eq, %g, %c1
// CHECK: %[[U:.*]] = halide.at %[[X]]
// CHECK: %[[V:.*]] = halide.at %[[X]]
// CHECK: %[[CS:.*]]:2 = halide.at %[[ROTATION]][%i, %t]
// CHECK: %[[VC:.*]] = arith.mulf %[[V]], %[[CS]]#0
// CHECK: %[[US:.*]] = arith.mulf %[[U]], %[[CS]]#1
// CHECK: %[[SECOND:.*]] = arith.addf %[[VC]], %[[US]]
// CHECK: %[[UC:.*]] = arith.mulf %[[U]], %[[CS]]#0
// CHECK: %[[VS:.*]] = arith.mulf %[[V]], %[[CS]]#1
// CHECK: %[[FIRST:.*]] = arith.subf %[[UC]], %[[VS]]
// CHECK: arith.select %[[IS_SECOND]], %[[SECOND]], %[[FIRST]]
// CHECK: halide.output {{.*}} as [!halide.buffer<2x2x2x?xf32>]
func.func private @half(%x: tensor<?x8xf32>, %p: tensor<?xi32>) -> tensor<?x8xf32> attributes {llama.kernel} {
  %r = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return %r : tensor<?x8xf32>
}

// Neighbours: pair i / 2, of which the odd one is the second.
// CHECK-LABEL: halide.pipeline @interleaved(
// CHECK: halide.func "out" ["i", "g", "t"]
// CHECK: %[[PAIR:.*]] = halide.div %i, %c2
// CHECK: %[[ODD:.*]] = halide.mod %i, %c2
// CHECK: %[[IS_SECOND:.*]] = arith.cmpi eq, %[[ODD]], %c1
// CHECK: halide.at %rotation[%[[PAIR]], %t]
// CHECK: arith.select %[[IS_SECOND]]
// CHECK: halide.output {{.*}} as [!halide.buffer<4x2x?xf32>]
func.func private @interleaved(%x: tensor<?x8xf32>, %p: tensor<?xi32>) -> tensor<?x8xf32> attributes {llama.kernel} {
  %r = llama.rope %x, %p by #llama.rotary<interleaved, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return %r : tensor<?x8xf32>
}

// Elements from the rotary width on pass, and so do heads from the rotated ones on.
// CHECK-LABEL: halide.pipeline @partial(
// CHECK: halide.func "out" ["i", "g", "t"]
// CHECK: %[[TURNED:.*]] = arith.select
// CHECK: %[[PLAIN:.*]] = halide.at
// CHECK: %[[ELEMENT:.*]] = arith.cmpi sge, %i, %c2
// CHECK: %[[IN_HEAD:.*]] = arith.select %[[ELEMENT]], %[[PLAIN]], %[[TURNED]]
// CHECK: %[[HEAD:.*]] = arith.cmpi sge, %g, %c2
// CHECK: arith.select %[[HEAD]], %[[PLAIN]], %[[IN_HEAD]]
func.func private @partial(%x: tensor<?x12xf32>, %p: tensor<?xi32>) -> tensor<?x12xf32> attributes {llama.kernel} {
  %r = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64, dims = 2> {heads = 3 : i64, rotated_heads = 2 : i64} : tensor<?x12xf32>, tensor<?xi32> -> tensor<?x12xf32>
  return %r : tensor<?x12xf32>
}

// In the epilogue of a projection, whose panels are groups of a head.
// CHECK-LABEL: halide.pipeline @projected(
// CHECK-SAME: llama.kind = "linear"
// CHECK: %[[PRODUCT:.*]] = halide.func "product"
// CHECK: %[[ROTATION:.*]] = halide.func "rotation"
// CHECK: halide.func "out" ["i", "g", "h", "t"]
// CHECK: halide.at %[[PRODUCT]]
// CHECK: halide.at %[[PRODUCT]]
// CHECK: halide.at %[[ROTATION]][%i, %t]
// CHECK: halide.output {{.*}} as [!halide.buffer<6x2x2x?xf32>]
func.func private @projected(%x: tensor<?x8xf32>, %w: tensor<24x8xf32, #llama.panels<width = 16, group = 12>>, %p: tensor<?xi32>) -> tensor<?x24xf32> attributes {llama.kernel} {
  %l = llama.linear %x, %w : tensor<?x8xf32>, tensor<24x8xf32, #llama.panels<width = 16, group = 12>> -> tensor<?x24xf32>
  %r = llama.rope %l, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x24xf32>, tensor<?xi32> -> tensor<?x24xf32>
  return %r : tensor<?x24xf32>
}
