// RUN: llamir-opt %s --llama-isolate-kernels --split-input-file --verify-diagnostics | FileCheck %s
// RUN: llamir-opt %s --llama-isolate-kernels --llama-annotate-sizes --split-input-file --verify-diagnostics | FileCheck %s --check-prefix=LIMITS

// A kernel that is launched twice has one function, with the first weight. Names
// of sizes stay; the limits of ids come back with --llama-annotate-sizes.
// CHECK-NOT: @f(
// CHECK-LABEL: func.func @run_embedding(
// CHECK-SAME: %[[IDS:.*]]: tensor<?xi32> {llama.dims = ["n"]}) -> tensor<?x4xf32>
// CHECK-NEXT: %[[T:.*]] = llama.get_weight @table
// CHECK-NEXT: %[[R:.*]] = llama.launch @embedding(%[[IDS]], %[[T]]) {llama.dims = {{\[}}["n"]]}
// CHECK-NEXT: return %[[R]]
// CHECK-LABEL: func.func @run_norm(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32> {llama.dims = ["n"]}) -> tensor<?x4xf32>
// CHECK-NEXT: %[[W:.*]] = llama.get_weight @first
// CHECK-NEXT: llama.launch @norm(%[[X]], %[[W]])
// CHECK-NOT: func.func @run
// CHECK: func.func private @embedding(
// CHECK: func.func private @norm(
// LIMITS: func.func @run_embedding(%{{.*}}: tensor<?xi32> {llama.dims = ["n"], llama.index_limit = 9 : i64})
llama.weight @table : tensor<9x4xf32> = #llama.random<seed = 1, scale = 1.0 : f64>
llama.weight @first : tensor<4xf32> = #llama.random<seed = 2, scale = 1.0 : f64>
llama.weight @second : tensor<4xf32> = #llama.random<seed = 3, scale = 1.0 : f64>
func.func @f(%ids: tensor<?xi32> {llama.dims = ["n"], llama.index_limit = 9 : i64}) -> tensor<?x4xf32> {
  %t = llama.get_weight @table : tensor<9x4xf32>
  %w = llama.get_weight @first : tensor<4xf32>
  %v = llama.get_weight @second : tensor<4xf32>
  %0 = llama.launch @embedding(%ids, %t) {llama.dims = [["n"]]} : (tensor<?xi32>, tensor<9x4xf32>) -> tensor<?x4xf32>
  %1 = llama.launch @norm(%0, %w) {llama.dims = [["n"]]} : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %2 = llama.launch @norm(%1, %v) {llama.dims = [["n"]]} : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return %2 : tensor<?x4xf32>
}
func.func private @embedding(%ids: tensor<?xi32>, %t: tensor<9x4xf32>) -> tensor<?x4xf32> attributes {llama.kernel} {
  %0 = llama.embedding %ids, %t : tensor<?xi32>, tensor<9x4xf32> -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
func.func private @norm(%x: tensor<?x4xf32>, %w: tensor<4xf32>) -> tensor<?x4xf32> attributes {llama.kernel} {
  %0 = llama.norm %x over [1] gain %w {eps = 1.0e-5 : f64} : tensor<?x4xf32>, tensor<4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// expected-error @+1 {{argument 0 has sizes without names: run --llama-annotate-sizes first}}
func.func @f(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = llama.launch @norm(%x) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
func.func private @norm(%x: tensor<?x4xf32>) -> tensor<?x4xf32> attributes {llama.kernel} {
  return %x : tensor<?x4xf32>
}
