// RUN: llamir-opt %s --llama-annotate-sizes | FileCheck %s

func.func private @embed(%ids: tensor<?xi32>, %table: tensor<100x64xf32>) -> tensor<?x64xf32> attributes {llama.kernel} {
  %x = llama.embedding %ids, %table : tensor<?xi32>, tensor<100x64xf32> -> tensor<?x64xf32>
  return %x : tensor<?x64xf32>
}
func.func private @rope(%x: tensor<?x64xf32>, %p: tensor<?xi32>) -> tensor<?x64xf32> attributes {llama.kernel} {
  %r = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  return %r : tensor<?x64xf32>
}
func.func private @attend(%q: tensor<?x64xf32>, %k: tensor<?x64xf32>, %v: tensor<?x64xf32>) -> tensor<?x64xf32> attributes {llama.kernel} {
  %a = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 2 : i64} : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32> -> tensor<?x64xf32>
  return %a : tensor<?x64xf32>
}
func.func private @add(%a: tensor<?x64xf32>, %b: tensor<?x64xf32>) -> tensor<?x64xf32> attributes {llama.kernel} {
  %c = llama.add %a, %b : tensor<?x64xf32>
  return %c : tensor<?x64xf32>
}
func.func private @add_fixed(%a: tensor<4x64xf32>, %b: tensor<4x64xf32>) -> tensor<4x64xf32> attributes {llama.kernel} {
  %c = llama.add %a, %b : tensor<4x64xf32>
  return %c : tensor<4x64xf32>
}

llama.weight @table : tensor<100x64xf32> = #llama.random<seed = 1, scale = 1.0 : f64>

// The sizes of ids and positions are one, found through two kernels. The table
// limits the ids.
// CHECK-LABEL: func.func @one(
// CHECK-SAME: %{{.*}}: tensor<?xi32> {llama.dims = ["tokens"], llama.index_limit = 100 : i64},
// CHECK-SAME: %{{.*}}: tensor<?xi32> {llama.dims = ["tokens"]})
// CHECK: llama.launch @embed({{.*}}) {llama.dims = {{\[\[}}"tokens"]]}
// CHECK: llama.launch @rope({{.*}}) {llama.dims = {{\[\[}}"tokens"]]}
func.func @one(%ids: tensor<?xi32>, %p: tensor<?xi32>) -> tensor<?x64xf32> {
  %w = llama.get_weight @table : tensor<100x64xf32>
  %x = llama.launch @embed(%ids, %w) : (tensor<?xi32>, tensor<100x64xf32>) -> tensor<?x64xf32>
  %r = llama.launch @rope(%x, %p) : (tensor<?x64xf32>, tensor<?xi32>) -> tensor<?x64xf32>
  return %r : tensor<?x64xf32>
}

// Keys and values may be more than the queries. A name that the user gave stays;
// the other gets the first free one.
// CHECK-LABEL: func.func @two(
// CHECK-SAME: tensor<?x64xf32> {llama.dims = ["tokens_1"]},
// CHECK-SAME: tensor<?x64xf32> {llama.dims = ["tokens"]},
// CHECK-SAME: tensor<?x64xf32> {llama.dims = ["tokens"]})
// CHECK: llama.launch @attend({{.*}}) {llama.dims = {{\[\[}}"tokens_1"]]}
func.func @two(%q: tensor<?x64xf32>, %k: tensor<?x64xf32> {llama.dims = ["tokens"]}, %v: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %a = llama.launch @attend(%q, %k, %v) : (tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %a : tensor<?x64xf32>
}

// CHECK-LABEL: func.func @unnamed(
// CHECK-SAME: tensor<?x64xf32> {llama.dims = ["tokens"]},
// CHECK-SAME: tensor<?x64xf32> {llama.dims = ["tokens_1"]},
// CHECK-SAME: tensor<?x64xf32> {llama.dims = ["tokens_1"]})
func.func @unnamed(%q: tensor<?x64xf32>, %k: tensor<?x64xf32>, %v: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %a = llama.launch @attend(%q, %k, %v) : (tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %a : tensor<?x64xf32>
}

// One name twice says that the sizes are equal, though no op does.
// CHECK-LABEL: func.func @same_name(
// CHECK-SAME: tensor<?x64xf32> {llama.dims = ["n"]},
// CHECK-SAME: tensor<?x64xf32> {llama.dims = ["n"]},
// CHECK-SAME: tensor<?x64xf32> {llama.dims = ["n"]})
func.func @same_name(%q: tensor<?x64xf32> {llama.dims = ["n"]}, %k: tensor<?x64xf32> {llama.dims = ["n"]}, %v: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %a = llama.launch @attend(%q, %k, %v) : (tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %a : tensor<?x64xf32>
}

// A split keeps the tokens; its parts go on to other kernels.
// CHECK-LABEL: func.func @views(
// CHECK-SAME: tensor<?x128xf32> {llama.dims = ["tokens"]})
// CHECK: llama.launch @add({{.*}}) {llama.dims = {{\[\[}}"tokens"]]}
func.func @views(%x: tensor<?x128xf32>) -> tensor<?x64xf32> {
  %a, %b = llama.split %x : tensor<?x128xf32> -> tensor<?x64xf32>, tensor<?x64xf32>
  %c = llama.launch @add(%a, %b) : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %c : tensor<?x64xf32>
}

// Nothing to name.
// CHECK-LABEL: func.func @fixed(
// CHECK-NOT: llama.dims
func.func @fixed(%a: tensor<4x64xf32>) -> tensor<4x64xf32> {
  %c = llama.launch @add_fixed(%a, %a) : (tensor<4x64xf32>, tensor<4x64xf32>) -> tensor<4x64xf32>
  return %c : tensor<4x64xf32>
}
