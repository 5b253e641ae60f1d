// RUN: llamir-opt %s --llama-annotate-sizes --split-input-file --verify-diagnostics

func.func private @add(%a: tensor<?x64xf32>, %b: tensor<?x64xf32>) -> tensor<?x64xf32> attributes {llama.kernel} {
  %c = llama.add %a, %b : tensor<?x64xf32>
  return %c : tensor<?x64xf32>
}
// expected-error@+1 {{sizes 'm' and 'n' are always equal and must have one name}}
func.func @two_names(%a: tensor<?x64xf32> {llama.dims = ["m"]}, %b: tensor<?x64xf32> {llama.dims = ["n"]}) -> tensor<?x64xf32> {
  %c = llama.launch @add(%a, %b) : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %c : tensor<?x64xf32>
}

// -----

func.func private @rope(%x: tensor<?x64xf32>, %p: tensor<7xi32>) -> tensor<?x64xf32> attributes {llama.kernel} {
  %r = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x64xf32>, tensor<7xi32> -> tensor<?x64xf32>
  return %r : tensor<?x64xf32>
}
func.func @really_static(%x: tensor<?x64xf32>, %p: tensor<7xi32>) -> tensor<?x64xf32> {
  // expected-error@+1 {{a size of @rope is dynamic but always 7: make it static}}
  %r = llama.launch @rope(%x, %p) : (tensor<?x64xf32>, tensor<7xi32>) -> tensor<?x64xf32>
  return %r : tensor<?x64xf32>
}

// -----

// expected-error@+1 {{dimension 0 of argument 0 is dynamic but always 7: make it static}}
func.func @really_static(%x: tensor<?x64xf32>, %p: tensor<7xi32>) -> tensor<?x64xf32> {
  %r = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x64xf32>, tensor<7xi32> -> tensor<?x64xf32>
  return %r : tensor<?x64xf32>
}

// -----

func.func private @attend(%q: tensor<?x64xf32>, %k: tensor<3x64xf32>, %v: tensor<?x64xf32>, %w: tensor<4x64xf32>) -> tensor<?x64xf32> attributes {llama.kernel} {
  %a = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 2 : i64} : tensor<?x64xf32>, tensor<3x64xf32>, tensor<?x64xf32> -> tensor<?x64xf32>
  // expected-error@+1 {{two sizes that must be equal are different static numbers}}
  %b = llama.attention %q, %w, %v {heads = 2 : i64, kv_heads = 2 : i64} : tensor<?x64xf32>, tensor<4x64xf32>, tensor<?x64xf32> -> tensor<?x64xf32>
  return %b : tensor<?x64xf32>
}
func.func @contradiction(%q: tensor<?x64xf32>, %k: tensor<3x64xf32>, %v: tensor<?x64xf32>, %w: tensor<4x64xf32>) -> tensor<?x64xf32> {
  %a = llama.launch @attend(%q, %k, %v, %w) : (tensor<?x64xf32>, tensor<3x64xf32>, tensor<?x64xf32>, tensor<4x64xf32>) -> tensor<?x64xf32>
  return %a : tensor<?x64xf32>
}

// -----

func.func private @embed(%ids: tensor<?xi32>, %table: tensor<100x64xf32>) -> tensor<?x64xf32> attributes {llama.kernel} {
  %x = llama.embedding %ids, %table : tensor<?xi32>, tensor<100x64xf32> -> tensor<?x64xf32>
  return %x : tensor<?x64xf32>
}
func.func private @identity(%ids: tensor<?xi32>) -> tensor<?xi32> attributes {llama.kernel} {
  return %ids : tensor<?xi32>
}
func.func @computed_ids(%ids: tensor<?xi32>, %t: tensor<100x64xf32>) -> tensor<?x64xf32> {
  %i = llama.launch @identity(%ids) : (tensor<?xi32>) -> tensor<?xi32>
  // expected-error@+1 {{the ids of an embedding must be an argument of the function}}
  %x = llama.launch @embed(%i, %t) : (tensor<?xi32>, tensor<100x64xf32>) -> tensor<?x64xf32>
  return %x : tensor<?x64xf32>
}

// -----

func.func @other_op(%a: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // expected-error@+1 {{cannot stand in host code}}
  %b = arith.addf %a, %a : tensor<?x64xf32>
  return %b : tensor<?x64xf32>
}

// -----

// expected-error@+1 {{'llama.index_limit' of argument 0 must be a positive i64 on a tensor of i32}}
func.func private @limit(tensor<?x64xf32> {llama.index_limit = 5 : i64})
