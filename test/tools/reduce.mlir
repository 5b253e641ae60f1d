// What the interesting part, a norm, does not need goes.
// RUN: llamir-reduce %s --reduction-tree='traversal-mode=0 test=%S/Inputs/has-norm.sh' | FileCheck %s

// CHECK-NOT: @other
// CHECK: llama.norm
// CHECK-NOT: @other
func.func @other(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %a = llama.add %x, %x : tensor<?x8xf32>
  return %a : tensor<?x8xf32>
}
func.func @norm(%x: tensor<?x8xf32>, %w: tensor<8xf32>) -> tensor<?x8xf32> {
  %n = llama.norm %x over [1] gain %w {eps = 1.0e-5 : f64} : tensor<?x8xf32>, tensor<8xf32>
  return %n : tensor<?x8xf32>
}
func.func @other_too(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  return %x : tensor<?x8xf32>
}
