// RUN: llamir-opt %s --llama-print-memory-plan --split-input-file --verify-diagnostics

// expected-error@+1 {{has no memory plan: run --llama-plan-memory first}}
func.func @no_plan() {
  return
}

// -----

// expected-error@+1 {{has a malformed region in 'llama.arena'}}
func.func @bad_region() attributes {llama.arena = [{bytes = 7 : i64, dims = []}]} {
  return
}

// -----

// The buffer would reach over the end of its region.
func.func private @make() -> tensor<4x64xf32> attributes {llama.kernel}
func.func @overflow() attributes {llama.arena = [{bytes = 1024 : i64, dims = []}]} {
  // expected-error@+1 {{has no valid place for result 0 in 'llama.storage'}}
  %0 = llama.launch @make() {llama.storage = [{offset = 64 : i64, region = 0 : i64}]} : () -> tensor<4x64xf32>
  return
}

// -----

func.func private @make() -> tensor<4x64xf32> attributes {llama.kernel}
func.func @not_returned() -> tensor<4x64xf32> attributes {llama.arena = []} {
  // expected-error@+1 {{has no valid place for result 0 in 'llama.storage'}}
  %0 = llama.launch @make() {llama.storage = [{result = 0 : i64}]} : () -> tensor<4x64xf32>
  %1 = llama.launch @make() {llama.storage = [{result = 0 : i64}]} : () -> tensor<4x64xf32>
  return %1 : tensor<4x64xf32>
}
