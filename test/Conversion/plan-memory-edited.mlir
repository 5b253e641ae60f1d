// A memory plan that a function has already is kept as it is, if it is right.
// RUN: llamir-opt %s --llama-plan-memory --split-input-file --verify-diagnostics | FileCheck %s

func.func private @make() -> tensor<4x64xf32> attributes {llama.kernel}
func.func private @same(tensor<4x64xf32>) -> tensor<4x64xf32> attributes {llama.kernel}

// Nothing is used again, one value lies far out, and the result is copied from the
// arena in the end: correct, if wasteful.
// CHECK-LABEL: func.func @spacious(
// CHECK-SAME: llama.arena = [{bytes = 8192 : i64, dims = []}]
// CHECK: llama.storage = [{offset = 0 : i64, region = 0 : i64}]
// CHECK: llama.storage = [{offset = 4096 : i64, region = 0 : i64}]
// CHECK: llama.storage = [{offset = 1024 : i64, region = 0 : i64}]
func.func @spacious() -> tensor<4x64xf32> attributes {llama.arena = [{bytes = 8192 : i64, dims = []}]} {
  %0 = llama.launch @make() {llama.storage = [{offset = 0 : i64, region = 0 : i64}]} : () -> tensor<4x64xf32>
  %1 = llama.launch @same(%0) {llama.storage = [{offset = 4096 : i64, region = 0 : i64}]} : (tensor<4x64xf32>) -> tensor<4x64xf32>
  %2 = llama.launch @same(%1) {llama.storage = [{offset = 1024 : i64, region = 0 : i64}]} : (tensor<4x64xf32>) -> tensor<4x64xf32>
  return %2 : tensor<4x64xf32>
}

// -----

func.func private @make() -> tensor<4x64xf32> attributes {llama.kernel}
func.func private @same(tensor<4x64xf32>) -> tensor<4x64xf32> attributes {llama.kernel}

func.func @written_over() -> tensor<4x64xf32> attributes {llama.arena = [{bytes = 2048 : i64, dims = []}]} {
  // expected-note@+1 {{result 0 of this launch}}
  %0 = llama.launch @make() {llama.storage = [{offset = 0 : i64, region = 0 : i64}]} : () -> tensor<4x64xf32>
  // expected-error@+1 {{result 0 lies in 'llama.storage' over a value that is still used}}
  %1 = llama.launch @same(%0) {llama.storage = [{offset = 64 : i64, region = 0 : i64}]} : (tensor<4x64xf32>) -> tensor<4x64xf32>
  %2 = llama.launch @same(%1) {llama.storage = [{result = 0 : i64}]} : (tensor<4x64xf32>) -> tensor<4x64xf32>
  return %2 : tensor<4x64xf32>
}

// -----

func.func private @make() -> tensor<4x64xf32> attributes {llama.kernel}

// What is returned is used until the end, whoever reads it before.
func.func @lost() -> (tensor<4x64xf32>, tensor<4x64xf32>) attributes {llama.arena = [{bytes = 2048 : i64, dims = []}]} {
  // expected-note@+1 {{result 0 of this launch}}
  %0 = llama.launch @make() {llama.storage = [{offset = 0 : i64, region = 0 : i64}]} : () -> tensor<4x64xf32>
  // expected-error@+1 {{over a value that is still used}}
  %1 = llama.launch @make() {llama.storage = [{offset = 960 : i64, region = 0 : i64}]} : () -> tensor<4x64xf32>
  return %0, %1 : tensor<4x64xf32>, tensor<4x64xf32>
}

// -----

func.func private @make() -> tensor<4x64xf32> attributes {llama.kernel}

// A launch that was added has no place.
func.func @added() -> tensor<4x64xf32> attributes {llama.arena = []} {
  // expected-error@+1 {{has no valid place for result 0 in 'llama.storage'}}
  %0 = llama.launch @make() : () -> tensor<4x64xf32>
  return %0 : tensor<4x64xf32>
}
