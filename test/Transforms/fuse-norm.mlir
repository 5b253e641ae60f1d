// RUN: llamir-opt %s --allow-unregistered-dialect --llama-fuse-norm --remarks-filter=fusion --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: llamir-opt %s --allow-unregistered-dialect --llama-fuse-norm | FileCheck %s

// REMARK: fuse-norm.mlir:[[#]]:8: remark: [Passed] fuse-norm | Category:fusion | Remark="norm shares a kernel with the add of its input"
// REMARK: fuse-norm.mlir:[[#TWICE:]]:8: remark: [Passed] fuse-norm | Category:fusion | Remark="norm is the same as another of the same sum"
// REMARK: fuse-norm.mlir:[[#TWICE-1]]:8: remark: [Passed] fuse-norm | Category:fusion | Remark="norm shares a kernel with the add of its input"

// CHECK-LABEL: func.func @residual(
// CHECK-SAME: %[[X:.*]]: tensor<?x64xf32>, %[[Y:.*]]: tensor<?x64xf32>, %[[G:.*]]: tensor<64xf32>)
// CHECK-NEXT: %[[K:.*]]:2 = llama.kernel "add_norm" (%[[A:.*]] = %[[X]], %[[B:.*]] = %[[Y]], %[[W:.*]] = %[[G]])
// CHECK-NEXT: %[[S:.*]] = llama.add %[[A]], %[[B]]
// CHECK-NEXT: %[[N:.*]] = llama.norm %[[S]] over [1] gain %[[W]] {eps = 1.000000e-05 : f64}
// CHECK-NEXT: llama.yield %[[S]], %[[N]]
// CHECK-NEXT: }
// CHECK-NEXT: return %[[K]]#0, %[[K]]#1
func.func @residual(%x: tensor<?x64xf32>, %y: tensor<?x64xf32>, %g: tensor<64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
  %h = llama.add %x, %y : tensor<?x64xf32>
  %n = llama.norm %h over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x64xf32>, tensor<64xf32>
  return %h, %n : tensor<?x64xf32>, tensor<?x64xf32>
}

// A reader of the sum and an op that does not matter stand in between.
// CHECK-LABEL: func.func @in_between(
// CHECK: %[[G:.*]] = llama.activation silu
// CHECK-NEXT: %[[K:.*]]:2 = llama.kernel "add_norm"
// CHECK: %[[E:.*]] = llama.mul %[[K]]#0, %[[G]]
// CHECK-NEXT: return %[[E]], %[[K]]#1
func.func @in_between(%x: tensor<?x64xf32>, %y: tensor<?x64xf32>, %g: tensor<64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
  %h = llama.add %y, %x : tensor<?x64xf32>
  %a = llama.activation silu %x : tensor<?x64xf32>
  %e = llama.mul %h, %a : tensor<?x64xf32>
  %n = llama.norm %h over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x64xf32>, tensor<64xf32>
  return %e, %n : tensor<?x64xf32>, tensor<?x64xf32>
}

// Only the norm is read: the kernel has one result.
// CHECK-LABEL: func.func @sum_not_read(
// CHECK: %[[K:.*]] = llama.kernel "add_norm" {{.*}} -> tensor<?x64xf32> {
// CHECK: return %[[K]]
func.func @sum_not_read(%x: tensor<?x64xf32>, %g: tensor<64xbf16>) -> tensor<?x64xf32> {
  %h = llama.add %x, %x : tensor<?x64xf32>
  %n = llama.norm %h over [1] gain %g {eps = 0.0 : f64} : tensor<?x64xf32>, tensor<64xbf16>
  return %n : tensor<?x64xf32>
}

// The same norm written twice becomes one.
// CHECK-LABEL: func.func @same_norm_twice(
// CHECK: %[[K:.*]] = llama.kernel "add_norm" {{.*}} -> tensor<?x64xf32> {
// CHECK: llama.norm
// CHECK-NOT: llama.norm
// CHECK: return %[[K]], %[[K]]
func.func @same_norm_twice(%x: tensor<?x64xf32>, %y: tensor<?x64xf32>, %g: tensor<64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
  %h = llama.add %x, %y : tensor<?x64xf32>
  %n = llama.norm %h over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x64xf32>, tensor<64xf32>
  %m = llama.norm %h over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x64xf32>, tensor<64xf32>
  return %m, %n : tensor<?x64xf32>, tensor<?x64xf32>
}

// What reads the sum in a region moves behind the kernel; a norm in it stays.
// CHECK-LABEL: func.func @region(
// CHECK: %[[K:.*]]:2 = llama.kernel "add_norm"
// CHECK: "test.region"() ({
// CHECK-NEXT: llama.norm %[[K]]#0
// CHECK: return %[[K]]#1
func.func @region(%x: tensor<?x64xf32>, %y: tensor<?x64xf32>, %g: tensor<64xf32>) -> tensor<?x64xf32> {
  %h = llama.add %x, %y : tensor<?x64xf32>
  "test.region"() ({
    %m = llama.norm %h over [1] gain %g {eps = 1.0e-6 : f64} : tensor<?x64xf32>, tensor<64xf32>
    "test.use"(%m) : (tensor<?x64xf32>) -> ()
  }) : () -> ()
  %n = llama.norm %h over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x64xf32>, tensor<64xf32>
  return %n : tensor<?x64xf32>
}
