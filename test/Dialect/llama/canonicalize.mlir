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

// A value times its sigmoid is its silu, in either order.
// CHECK-LABEL: func.func @silu(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[Y:.*]]: tensor<?x4xf32>)
// CHECK-NEXT: %[[A:.*]] = llama.activation silu %[[X]]
// CHECK-NEXT: %[[B:.*]] = llama.activation silu %[[Y]]
// CHECK-NEXT: return %[[A]], %[[B]]
func.func @silu(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %0 = llama.activation sigmoid %x : tensor<?x4xf32>
  %1 = llama.mul %x, %0 : tensor<?x4xf32>
  %2 = llama.activation sigmoid %y : tensor<?x4xf32>
  %3 = llama.mul %2, %y : tensor<?x4xf32>
  return %1, %3 : tensor<?x4xf32>, tensor<?x4xf32>
}

// Not of another value, not with another function, not where somebody else reads
// the sigmoid, and not where the sigmoid is rounded.
// CHECK-LABEL: func.func @no_silu(
// CHECK-NOT: silu
// CHECK: return
func.func @no_silu(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>, %b: tensor<?x4xbf16>, %h: tensor<?x4xf16>)
    -> (tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xbf16>, tensor<?x4xf16>) {
  %0 = llama.activation sigmoid %x : tensor<?x4xf32>
  %1 = llama.mul %0, %y : tensor<?x4xf32>
  %2 = llama.activation tanh %x : tensor<?x4xf32>
  %3 = llama.mul %2, %x : tensor<?x4xf32>
  %4 = llama.activation sigmoid %y : tensor<?x4xf32>
  %5 = llama.mul %4, %y : tensor<?x4xf32>
  %6 = llama.activation sigmoid %b : tensor<?x4xbf16>
  %7 = llama.mul %6, %b : tensor<?x4xbf16>
  %8 = llama.activation sigmoid %h : tensor<?x4xf16>
  %9 = llama.mul %h, %8 : tensor<?x4xf16>
  return %1, %3, %4, %5, %7, %9 : tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4xbf16>, tensor<?x4xf16>
}

// A conversion that changes nothing goes, and so does one to f32 and back. What
// was rounded stays so.
// CHECK-LABEL: func.func @conversions(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[B:.*]]: tensor<?x4xbf16>)
// CHECK-NEXT: %[[R:.*]] = llama.convert %[[X]] : tensor<?x4xf32> -> tensor<?x4xbf16>
// CHECK-NEXT: %[[W:.*]] = llama.convert %[[R]] : tensor<?x4xbf16> -> tensor<?x4xf32>
// CHECK-NEXT: return %[[X]], %[[B]], %[[W]]
func.func @conversions(%x: tensor<?x4xf32>, %b: tensor<?x4xbf16>) -> (tensor<?x4xf32>, tensor<?x4xbf16>, tensor<?x4xf32>) {
  %0 = llama.convert %x : tensor<?x4xf32> -> tensor<?x4xf32>
  %1 = llama.convert %b : tensor<?x4xbf16> -> tensor<?x4xf32>
  %2 = llama.convert %1 : tensor<?x4xf32> -> tensor<?x4xbf16>
  %3 = llama.convert %x : tensor<?x4xf32> -> tensor<?x4xbf16>
  %4 = llama.convert %3 : tensor<?x4xbf16> -> tensor<?x4xf32>
  return %0, %2, %4 : tensor<?x4xf32>, tensor<?x4xbf16>, tensor<?x4xf32>
}
