// RUN: llamir-opt %s --llama-cache-arguments | FileCheck %s
// RUN: llamir-opt %s --llama-cache-arguments --remarks-filter=fusion --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK

// REMARK: [Passed] cache-arguments | Category:fusion | Remark="keys and values are the arguments keys_0 and values_0"
// CHECK-LABEL: func.func @plain(
// CHECK-SAME: %[[X:.*]]: tensor<?x8xf32>,
// CHECK-SAME: %[[KS:.*]]: tensor<?x8xf32> {llama.dims = ["context"], llama.name = "keys_0"},
// CHECK-SAME: %[[VS:.*]]: tensor<?x8xf32> {llama.dims = ["context"], llama.name = "values_0"})
// CHECK-SAME: -> (tensor<?x8xf32> {llama.name = "y"}, tensor<?x8xf32> {llama.name = "new_keys_0"}, tensor<?x8xf32> {llama.name = "new_values_0"})
// CHECK: %[[K:.*]] = llama.activation tanh
// CHECK: %[[V:.*]] = llama.activation silu
// CHECK: %[[A:.*]] = llama.attention %[[X]], %[[KS]], %[[VS]]
// CHECK: return %[[A]], %[[K]], %[[V]]
func.func @plain(%x: tensor<?x8xf32>) -> (tensor<?x8xf32> {llama.name = "y"}) {
  %k = llama.activation tanh %x : tensor<?x8xf32>
  %v = llama.activation silu %x : tensor<?x8xf32>
  %a = llama.attention %x, %k, %v {heads = 2 : i64, kv_heads = 2 : i64, causal}
      : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  return %a : tensor<?x8xf32>
}

// Keys and values of a fixed number of tokens; a size named context is taken. The
// split that the queries come from is not returned.
// CHECK-LABEL: func.func @split(
// CHECK-SAME: %[[KS:[^:]*]]: tensor<?x4xf32> {llama.dims = ["context_0"], llama.name = "keys_0"}
// CHECK-SAME: %[[VS:[^:]*]]: tensor<?x4xf32> {llama.dims = ["context_0"], llama.name = "values_0"}
// CHECK: %[[S:.*]]:3 = llama.split
// CHECK: llama.kernel "attention" (%[[Q:.*]] = %[[S]]#0, %[[K:.*]] = %[[KS]], %[[V:.*]] = %[[VS]])
// CHECK-SAME: (tensor<5x8xf32>, tensor<?x4xf32>, tensor<?x4xf32>)
// CHECK: llama.attention %[[Q]], %[[K]], %[[V]] {{.*}} : tensor<5x8xf32>, tensor<?x4xf32>, tensor<?x4xf32>
// CHECK: %[[C:.*]]:3 = llama.split
// CHECK: %[[D:.*]]:3 = llama.split
// CHECK: return %{{.*}}, %{{.*}}, %[[C]]#1, %[[D]]#2
func.func @split(%x: tensor<5x16xf32>, %y: tensor<?x4xf32> {llama.dims = ["context"]}) -> (tensor<5x8xf32>, tensor<?x4xf32>) {
  %q, %k, %v = llama.split %x : tensor<5x16xf32> -> tensor<5x8xf32>, tensor<5x4xf32>, tensor<5x4xf32>
  %a = llama.kernel "attention" (%kq = %q, %kk = %k, %kv = %v)
      : (tensor<5x8xf32>, tensor<5x4xf32>, tensor<5x4xf32>) -> tensor<5x8xf32> {
    %r = llama.attention %kq, %kk, %kv {heads = 2 : i64, kv_heads = 1 : i64}
        : tensor<5x8xf32>, tensor<5x4xf32>, tensor<5x4xf32> -> tensor<5x8xf32>
    llama.yield %r : tensor<5x8xf32>
  }
  return %a, %y : tensor<5x8xf32>, tensor<?x4xf32>
}

// Names that the function has already are not given again.
// REMARK: Remark="keys and values are the arguments keys_0 and values_0_0"
// CHECK-LABEL: func.func @names(
// CHECK-SAME: {llama.name = "values_0"}
// CHECK-SAME: llama.name = "keys_0"}
// CHECK-SAME: llama.name = "values_0_0"}
// CHECK-SAME: {llama.name = "new_keys_0"}
// CHECK-SAME: {llama.name = "new_keys_0_0"}
// CHECK-SAME: {llama.name = "new_values_0_0"}
func.func @names(%x: tensor<?x8xf32> {llama.name = "values_0"}) -> (tensor<?x8xf32> {llama.name = "new_keys_0"}) {
  %k = llama.activation tanh %x : tensor<?x8xf32>
  %a = llama.attention %x, %k, %k {heads = 2 : i64, kv_heads = 2 : i64, causal}
      : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  return %a : tensor<?x8xf32>
}

// A module within has its own functions.
// CHECK-LABEL: func.func @around(
// CHECK-NEXT: builtin.module
// CHECK-NEXT: func.func @inner(%{{[^,]*}}) -> tensor<?x8xf32> {
func.func @around() {
  builtin.module {
    func.func @inner(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
      %k = llama.activation tanh %x : tensor<?x8xf32>
      %a = llama.attention %x, %k, %k {heads = 2 : i64, kv_heads = 2 : i64}
          : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
      return %a : tensor<?x8xf32>
    }
  }
  return
}
