// RUN: llamir-opt %s --llama-fuse-prologue --remarks-filter=fusion --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: llamir-opt %s --llama-fuse-prologue | FileCheck %s --implicit-check-not="llama.kernel \"norm"
// REMARK-NOT: Passed

// CHECK-LABEL: func.func @read_twice(
// REMARK: [Missed] fuse-prologue | Category:fusion | Reason="norm not moved in front of its projection: it has other readers"
// REMARK: [Missed] fuse-prologue | Category:fusion | Reason="norm not moved in front of its projection: it has other readers"
func.func @read_twice(%x: tensor<?x64xf32>, %w: tensor<96x64xf32>, %v: tensor<32x64xf32>) -> (tensor<?x96xf32>, tensor<?x32xf32>) {
  %n = llama.norm %x over [1] {eps = 1.0e-5 : f64} : tensor<?x64xf32>
  %y = llama.linear %n, %w : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
  %z = llama.linear %n, %v : tensor<?x64xf32>, tensor<32x64xf32> -> tensor<?x32xf32>
  return %y, %z : tensor<?x96xf32>, tensor<?x32xf32>
}

// Norms of heads have statistics of parts of rows.
// CHECK-LABEL: func.func @groups(
// REMARK: [Missed] fuse-prologue | Category:fusion | Reason="norm not moved in front of its projection: its statistics are not those of whole rows"
func.func @groups(%x: tensor<?x64xf32>, %w: tensor<96x64xf32>) -> tensor<?x96xf32> {
  %n = llama.norm %x over [1] groups 4 {eps = 1.0e-5 : f64} : tensor<?x64xf32>
  %y = llama.linear %n, %w : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}

// The projection's kernel reads the normed rows itself.
// CHECK-LABEL: func.func @residual(
func.func @residual(%x: tensor<?x64xf32>, %w: tensor<64x64xf32>) -> tensor<?x64xf32> {
  %n = llama.norm %x over [1] {eps = 1.0e-5 : f64} : tensor<?x64xf32>
  %y = llama.kernel "linear_add" (%a = %n, %v = %w) : (tensor<?x64xf32>, tensor<64x64xf32>) -> tensor<?x64xf32> {
    %l = llama.linear %a, %v : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
    %s = llama.add %l, %a : tensor<?x64xf32>
    llama.yield %s : tensor<?x64xf32>
  }
  return %y : tensor<?x64xf32>
}

// A norm before a norm, as a kernel has the funcs of one.
// CHECK-LABEL: func.func @two_norms(
// CHECK: llama.norm
// CHECK-NEXT: llama.kernel
// REMARK: [Missed] fuse-prologue | Category:fusion | Reason="norm not moved in front of its projection: the projection's kernel has a norm already"
func.func @two_norms(%x: tensor<?x64xf32>, %w: tensor<64x64xf32>) -> tensor<?x64xf32> {
  %n = llama.norm %x over [1] {eps = 1.0e-5 : f64} : tensor<?x64xf32>
  %y = llama.kernel "linear_normed" (%a = %n, %v = %w) : (tensor<?x64xf32>, tensor<64x64xf32>) -> tensor<?x64xf32> {
    %l = llama.linear %a, %v : tensor<?x64xf32>, tensor<64x64xf32> -> tensor<?x64xf32>
    %s = llama.norm %l over [1] {eps = 1.0e-5 : f64} : tensor<?x64xf32>
    llama.yield %s : tensor<?x64xf32>
  }
  return %y : tensor<?x64xf32>
}

// What another kernel computes with two results is its own.
// REMARK: [Missed] fuse-prologue | Category:fusion | Reason="norm not moved in front of its projection: it has other readers"
// CHECK-LABEL: func.func @two_results(
// CHECK: llama.kernel "add_norm"
// CHECK: llama.linear
func.func @two_results(%x: tensor<?x64xf32>, %w: tensor<96x64xf32>) -> (tensor<?x64xf32>, tensor<?x96xf32>) {
  %s, %n = llama.kernel "add_norm" (%a = %x) : (tensor<?x64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
    %b = llama.add %a, %a : tensor<?x64xf32>
    %c = llama.norm %b over [1] {eps = 1.0e-5 : f64} : tensor<?x64xf32>
    llama.yield %b, %c : tensor<?x64xf32>, tensor<?x64xf32>
  }
  %y = llama.linear %n, %w : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
  return %s, %y : tensor<?x64xf32>, tensor<?x96xf32>
}
