// RUN: llamir-opt %s --convert-llama-to-halide --canonicalize --cse | FileCheck %s

// Products of a packed weight: lane, panel, token. Rows past the last token read
// the last one, so there is no predicate in the sum; a short sum has a func of its
// own, which lives in registers.
// CHECK-LABEL: halide.pipeline @packed(
// CHECK-SAME: %[[X:.*]]: !halide.buffer<8x?xf32>, %[[W:.*]]: !halide.buffer<16x8x2xf32>)
// CHECK-SAME: llama.kind = "linear"
// CHECK: %[[TILE:.*]] = halide.func "tile" ["c", "p", "t"]
// CHECK: halide.update %[[TILE]] over ["k"]
// CHECK: %[[ROW:.*]] = arith.minsi %t
// CHECK: halide.at %[[X]][%k, %[[ROW]]]
// CHECK: halide.at %[[W]][%c, %k, %p]
// CHECK: %[[PRODUCT:.*]] = halide.func "product" ["c", "p", "t"]
// CHECK: halide.at %[[TILE]][%c, %p, %t]
// CHECK: halide.func "out" ["i", "t"]
// CHECK: %[[LANE:.*]] = halide.mod %i, %c16
// CHECK: %[[PANEL:.*]] = halide.div %i, %c16
// CHECK: halide.at %[[PRODUCT]][%[[LANE]], %[[PANEL]], %t]
// CHECK: halide.output {{.*}} as [!halide.buffer<20x?xf32>]
func.func private @packed(%x: tensor<?x8xf32>, %w: tensor<20x8xf32, #llama.panels<width = 16, group = 20>>) -> tensor<?x20xf32> attributes {llama.kernel} {
  %l = llama.linear %x, %w : tensor<?x8xf32>, tensor<20x8xf32, #llama.panels<width = 16, group = 20>> -> tensor<?x20xf32>
  return %l : tensor<?x20xf32>
}

// A long sum is left for the schedule to cut in blocks.
// CHECK-LABEL: halide.pipeline @long(
// CHECK-NOT: "tile"
// CHECK: %[[PRODUCT:.*]] = halide.func "product" ["c", "p", "t"] {llama.role = "product"}
// CHECK: halide.update %[[PRODUCT]] over ["k"] from %c0 extent %c1025
func.func private @long(%x: tensor<?x1025xf32>, %w: tensor<16x1025xf32, #llama.panels<width = 16, group = 16>>) -> tensor<?x16xf32> attributes {llama.kernel} {
  %l = llama.linear %x, %w : tensor<?x1025xf32>, tensor<16x1025xf32, #llama.panels<width = 16, group = 16>> -> tensor<?x16xf32>
  return %l : tensor<?x16xf32>
}

// A weight that is not packed is read row by row, and gets the plain schedule.
// CHECK-LABEL: halide.pipeline @rows(
// CHECK-SAME: %[[X:.*]]: !halide.buffer<8x?xf32>, %[[W:.*]]: !halide.buffer<8x20xbf16>)
// CHECK: halide.func "product" ["n", "t"] {llama.role = "row_product"}
// CHECK: halide.at %[[X]][%k, %t]
// CHECK: halide.at %[[W]][%k, %n]
func.func private @rows(%x: tensor<?x8xf32>, %w: tensor<20x8xbf16>) -> tensor<?x20xf32> attributes {llama.kernel} {
  %l = llama.linear %x, %w : tensor<?x8xf32>, tensor<20x8xbf16> -> tensor<?x20xf32>
  return %l : tensor<?x20xf32>
}

// Joined projections that are split again have a product each, the second from the
// third panel on, and are combined in the output.
// CHECK-LABEL: halide.pipeline @gated(
// CHECK-SAME: %{{.*}}, %[[W:.*]]: !halide.buffer<16x8x4xf32>, %[[B:.*]]: !halide.buffer<40xf32>)
// CHECK: halide.func "tile"
// CHECK: halide.at %[[W]][%c, %k, %p]
// CHECK: %[[GATE:.*]] = halide.func "product"
// CHECK: halide.func "tile_1"
// CHECK: %[[THIRD:.*]] = arith.addi %p, %c2
// CHECK: halide.at %[[W]][%c, %k, %[[THIRD]]]
// CHECK: %[[UP:.*]] = halide.func "product_1"
// CHECK: halide.func "out" ["i", "t"]
// CHECK: halide.at %[[GATE]]
// CHECK: halide.at %[[B]][%i]
// CHECK: arith.maxnumf
// CHECK: halide.at %[[UP]]
// CHECK: %[[SECOND:.*]] = arith.addi %i, %c20
// CHECK: halide.at %[[B]][%[[SECOND]]]
// CHECK: arith.mulf
// CHECK: halide.output {{.*}} as [!halide.buffer<20x?xf32>]
func.func private @gated(%x: tensor<?x8xf32>, %w: tensor<40x8xf32, #llama.panels<width = 16, group = 20>>, %b: tensor<40xf32>) -> tensor<?x20xf32> attributes {llama.kernel} {
  %l = llama.linear %x, %w bias %b : tensor<?x8xf32>, tensor<40x8xf32, #llama.panels<width = 16, group = 20>>, tensor<40xf32> -> tensor<?x40xf32>
  %g, %u = llama.split %l : tensor<?x40xf32> -> tensor<?x20xf32>, tensor<?x20xf32>
  %s = llama.activation relu %g : tensor<?x20xf32>
  %m = llama.mul %s, %u : tensor<?x20xf32>
  return %m : tensor<?x20xf32>
}

// An input that costs something is computed once, in a func of its own.
// CHECK-LABEL: halide.pipeline @norm_first(
// CHECK: %[[OPERAND:.*]] = halide.func "operand" ["k", "t"] {llama.role = "operand"}
// CHECK: halide.update %tile
// CHECK: %[[ROW:.*]] = arith.minsi %t
// CHECK: halide.at %[[OPERAND]][%k, %[[ROW]]]
func.func private @norm_first(%x: tensor<?x8xf32>, %g: tensor<8xf32>, %w: tensor<16x8xf32, #llama.panels<width = 16, group = 16>>) -> tensor<?x16xf32> attributes {llama.kernel} {
  %n = llama.norm %x over [1] gain %g {eps = 0.0 : f64} : tensor<?x8xf32>, tensor<8xf32>
  %l = llama.linear %n, %w : tensor<?x8xf32>, tensor<16x8xf32, #llama.panels<width = 16, group = 16>> -> tensor<?x16xf32>
  return %l : tensor<?x16xf32>
}

// Interleaved panels are summed over steps and the inputs of a step; the last
// step of an odd number of inputs has one, and a zero. Activations of bf16 are a
// func with rows past the last token and that zero, and one of f32, of which a
// schedule keeps the one that its instructions take; the result is rounded once, as
// it is written.
// CHECK-LABEL: halide.pipeline @pairs(
// CHECK-SAME: %[[X:.*]]: !halide.buffer<9x?xbf16>, %[[W:.*]]: !halide.buffer<2x16x5x2xbf16>)
// CHECK: %[[NARROW:.*]] = halide.func "rows" ["k", "t"] {llama.role = "rows"} : <2, bf16>
// CHECK: %[[READ:.*]] = arith.minsi %k, %c8
// CHECK: %[[ROW:.*]] = arith.minsi %t
// CHECK: %[[VALUE:.*]] = halide.at %[[X]][%[[READ]], %[[ROW]]]
// CHECK: %[[IS_INPUT:.*]] = arith.cmpi sle, %k, %c8
// CHECK: arith.select %[[IS_INPUT]], %[[VALUE]], %{{.*}} : bf16
// CHECK: %[[A:.*]] = halide.func "activations" ["k", "t"] {llama.role = "activations"} : <2, f32>
// CHECK: halide.at %[[NARROW]][%k, %t]
// CHECK: arith.extf
// CHECK: halide.update %tile over ["i", "k"] from %c0, %c0 extent %c2, %c5
// CHECK: %[[TWICE:.*]] = arith.muli %k, %c2
// CHECK: %[[INPUT:.*]] = arith.addi %[[TWICE]], %i
// CHECK: halide.at %[[A]][%[[INPUT]], %t]
// CHECK: halide.at %[[W]][%i, %c, %k, %p]
// CHECK: halide.func "out" ["i", "t"] {llama.role = "output"} : <2, bf16>
// CHECK: %[[SUM:.*]] = halide.at %product
// CHECK: %[[ROUNDED:.*]] = arith.truncf %[[SUM]] : f32 to bf16
// CHECK: halide.yield %[[ROUNDED]]
func.func private @pairs(%x: tensor<?x9xbf16>, %w: tensor<20x9xbf16, #llama.panels<width = 16, group = 20, interleave = 2>>) -> tensor<?x20xbf16> attributes {llama.kernel} {
  %l = llama.linear %x, %w : tensor<?x9xbf16>, tensor<20x9xbf16, #llama.panels<width = 16, group = 20, interleave = 2>> -> tensor<?x20xbf16>
  return %l : tensor<?x20xbf16>
}

// Activations of f32 by a weight of bf16: for instructions that multiply bf16 there is
// a func of the three bf16 that add up to each number, which no other func reads. Of a
// zero, an infinity and a NaN the others are zeros.
// CHECK-LABEL: halide.pipeline @parts(
// CHECK: halide.func "parts" ["k", "part", "t"] {llama.role = "parts"} : <3, bf16>
// CHECK: %[[NUMBER:.*]] = halide.at %{{.*}}[%k, %{{.*}}] : !halide.buffer<8x?xf32> -> f32
// CHECK: %[[DIFFERENCE:.*]] = arith.subf %[[NUMBER]], %[[NUMBER]]
// CHECK: %[[FINITE:.*]] = arith.cmpf oeq, %[[DIFFERENCE]]
// CHECK: arith.subi %{{.*}}, %c1_i32
// CHECK: arith.andi %{{.*}}, %c-65536_i32
// CHECK: %[[FIRST:.*]] = arith.bitcast
// CHECK: %[[REST:.*]] = arith.subf %[[NUMBER]], %[[FIRST]]
// CHECK: %[[SECOND:.*]] = arith.bitcast
// CHECK: arith.subf %[[REST]], %
// CHECK: arith.select %[[FINITE]]
// CHECK: arith.truncf {{.*}} : f32 to bf16
// CHECK-NOT: halide.at %parts
func.func private @parts(%x: tensor<?x8xf32>, %w: tensor<16x8xbf16, #llama.panels<width = 16, group = 16, interleave = 2>>) -> tensor<?x16xf32> attributes {llama.kernel} {
  %l = llama.linear %x, %w : tensor<?x8xf32>, tensor<16x8xbf16, #llama.panels<width = 16, group = 16, interleave = 2>> -> tensor<?x16xf32>
  return %l : tensor<?x16xf32>
}

// A conversion rounds where it stands. What a projection reads of it is kept in
// rows of the narrow type.
// CHECK-LABEL: halide.pipeline @converted(
// CHECK: %[[ROWS:.*]] = halide.func "operand" ["k", "t"] {llama.role = "operand"} : <2, bf16>
// CHECK: %[[X:.*]] = halide.at %arg0[%k, %t] : !halide.buffer<8x?xf32> -> f32
// CHECK: arith.truncf %[[X]] : f32 to bf16
// CHECK: halide.at %[[ROWS]][%k, %t] : !halide.func<2, bf16> -> bf16
func.func private @converted(%x: tensor<?x8xf32>, %w: tensor<4x8xbf16>) -> tensor<?x4xf32> attributes {llama.kernel} {
  %r = llama.convert %x : tensor<?x8xf32> -> tensor<?x8xbf16>
  %l = llama.linear %r, %w : tensor<?x8xbf16>, tensor<4x8xbf16> -> tensor<?x4xf32>
  return %l : tensor<?x4xf32>
}
