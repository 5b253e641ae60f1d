// RUN: llamir-opt %s --convert-llama-to-halide --canonicalize --cse | FileCheck %s

// Weights that are arguments are joined and packed by kernels. A packed weight is
// written as (lane, input, panel), zero where a group ends before its panels do.
// CHECK-LABEL: halide.pipeline @pack(
// CHECK-SAME: %[[W:.*]]: !halide.buffer<8x20xf32>)
// CHECK-SAME: llama.kind = "elementwise"
// CHECK: halide.func "out" ["i", "g", "h"]
// CHECK: %[[BEFORE:.*]] = arith.muli %h, %c16
// CHECK: %[[PLACE:.*]] = arith.addi %[[BEFORE]], %i
// CHECK: %[[ELEMENT:.*]] = halide.mod %[[PLACE]], %c32
// CHECK: %[[GROUP:.*]] = halide.div %[[PLACE]], %c32
// CHECK: %[[INSIDE:.*]] = arith.cmpi slt, %[[ELEMENT]], %c20
// CHECK: %[[FIRST:.*]] = arith.muli %[[GROUP]], %c20
// CHECK: %[[ROW:.*]] = arith.addi %[[FIRST]], %[[ELEMENT]]
// CHECK: %[[READ:.*]] = arith.minsi %[[ROW]], %c19
// CHECK: %[[VALUE:.*]] = halide.at %[[W]][%g, %[[READ]]]
// CHECK: arith.select %[[INSIDE]], %[[VALUE]], %cst
// CHECK: halide.output {{.*}} as [!halide.buffer<16x8x2xf32>]
func.func private @pack(%w: tensor<20x8xf32>) -> tensor<20x8xf32, #llama.panels<width = 16, group = 20>> attributes {llama.kernel} {
  %p = llama.pack %w : tensor<20x8xf32> -> tensor<20x8xf32, #llama.panels<width = 16, group = 20>>
  return %p : tensor<20x8xf32, #llama.panels<width = 16, group = 20>>
}

// Pairs of inputs; the last one of an odd number is filled with a zero.
// CHECK-LABEL: halide.pipeline @pack_pairs(
// CHECK-SAME: %[[W:.*]]: !halide.buffer<9x20xf32>)
// CHECK: halide.func "out" ["i", "g", "h", "m"]
// CHECK: %[[TWICE:.*]] = arith.muli %h, %c2
// CHECK: %[[INPUT:.*]] = arith.addi %[[TWICE]], %i
// CHECK: arith.cmpi sle, %[[INPUT]], %c8
// CHECK: %[[K:.*]] = arith.minsi %[[INPUT]], %c8
// CHECK: halide.at %[[W]][%[[K]], %{{.*}}]
// CHECK: halide.output {{.*}} as [!halide.buffer<2x16x5x2xbf16>]
func.func private @pack_pairs(%w: tensor<20x9xf32>) -> tensor<20x9xbf16, #llama.panels<width = 16, group = 20, interleave = 2>> attributes {llama.kernel} {
  %p = llama.pack %w : tensor<20x9xf32> -> tensor<20x9xbf16, #llama.panels<width = 16, group = 20, interleave = 2>>
  return %p : tensor<20x9xbf16, #llama.panels<width = 16, group = 20, interleave = 2>>
}

// Each part is read at some row that it has, and the one whose row it is counts.
// CHECK-LABEL: halide.pipeline @join_rows(
// CHECK-SAME: %[[A:.*]]: !halide.buffer<8x3xf32>, %[[B:.*]]: !halide.buffer<8x5xf32>)
// CHECK: halide.func "out" ["i", "t"]
// CHECK: %[[B_VALUE:.*]] = halide.at %[[B]][%i, %{{.*}}]
// CHECK: %[[A_VALUE:.*]] = halide.at %[[A]][%i, %{{.*}}]
// CHECK: %[[IS_A:.*]] = arith.cmpi slt, %t, %c3
// CHECK: arith.select %[[IS_A]], %[[A_VALUE]], %[[B_VALUE]]
// CHECK: halide.output {{.*}} as [!halide.buffer<8x8xf32>]
func.func private @join_rows(%a: tensor<3x8xf32>, %b: tensor<5x8xf32>) -> tensor<8x8xf32> attributes {llama.kernel} {
  %j = llama.join %a, %b : tensor<3x8xf32>, tensor<5x8xf32> -> tensor<8x8xf32>
  return %j : tensor<8x8xf32>
}

// CHECK-LABEL: halide.pipeline @join_biases(
// CHECK-SAME: %[[A:.*]]: !halide.buffer<3xf32>, %[[B:.*]]: !halide.buffer<5xf32>)
// CHECK: halide.func "out" ["i"]
// CHECK: %[[B_VALUE:.*]] = halide.at %[[B]]
// CHECK: %[[A_VALUE:.*]] = halide.at %[[A]]
// CHECK: %[[IS_A:.*]] = arith.cmpi slt, %i, %c3
// CHECK: arith.select %[[IS_A]], %[[A_VALUE]], %[[B_VALUE]]
func.func private @join_biases(%a: tensor<3xf32>, %b: tensor<5xf32>) -> tensor<8xf32> attributes {llama.kernel} {
  %j = llama.join %a, %b : tensor<3xf32>, tensor<5xf32> -> tensor<8xf32>
  return %j : tensor<8xf32>
}
