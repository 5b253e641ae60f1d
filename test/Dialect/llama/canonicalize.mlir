// RUN: llamir-opt %s --canonicalize | FileCheck %s

// One part joined, or split, is itself.
// CHECK-LABEL: func.func @single(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[W:.*]]: tensor<4x4xf32>)
// CHECK-NEXT: return %[[W]], %[[X]]
func.func @single(%x: tensor<?x4xf32>, %w: tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<?x4xf32>) {
  %0 = llama.join %w : tensor<4x4xf32> -> tensor<4x4xf32>
  %1 = llama.split %x : tensor<?x4xf32> -> tensor<?x4xf32>
  return %0, %1 : tensor<4x4xf32>, tensor<?x4xf32>
}

// CHECK-LABEL: func.func @several(
// CHECK-NEXT: llama.join
// CHECK-NEXT: llama.split
func.func @several(%x: tensor<?x4xf32>, %w: tensor<4x4xf32>) -> (tensor<8x4xf32>, tensor<?x3xf32>) {
  %0 = llama.join %w, %w : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<8x4xf32>
  %1:2 = llama.split %x : tensor<?x4xf32> -> tensor<?x1xf32>, tensor<?x3xf32>
  return %0, %1#1 : tensor<8x4xf32>, tensor<?x3xf32>
}

// A kernel's signature is what it touches: the unused input, the result that
// nobody reads and the op that made it go. Its other attributes stay.
// CHECK-LABEL: func.func @kernel(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %{{.*}}: tensor<?x4xf32>)
// CHECK-NEXT: %[[K:.*]] = llama.kernel "k" (%[[A:.*]] = %[[X]]) : (tensor<?x4xf32>) -> tensor<?x4xf32> attributes {test.note = 1 : i64} {
// CHECK-NEXT: %[[S:.*]] = llama.activation silu %[[A]]
// CHECK-NEXT: llama.yield %[[S]]
// CHECK-NEXT: }
// CHECK-NEXT: return %[[K]]
func.func @kernel(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0:2 = llama.kernel "k" (%a = %x, %b = %y)
      : (tensor<?x4xf32>, tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) attributes {test.note = 1 : i64} {
    %r = llama.mul %a, %b : tensor<?x4xf32>
    %s = llama.activation silu %a : tensor<?x4xf32>
    llama.yield %r, %s : tensor<?x4xf32>, tensor<?x4xf32>
  }
  return %0#1 : tensor<?x4xf32>
}

// Nothing reads it: it has no other effect and goes.
// CHECK-LABEL: func.func @dead(
// CHECK-NEXT: return
func.func @dead(%x: tensor<?x4xf32>) {
  %0 = llama.kernel "k" (%a = %x) : (tensor<?x4xf32>) -> tensor<?x4xf32> {
    %s = llama.add %a, %a : tensor<?x4xf32>
    llama.yield %s : tensor<?x4xf32>
  }
  return
}
