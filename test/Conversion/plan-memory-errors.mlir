// RUN: llamir-opt %s --llama-plan-memory --split-input-file --verify-diagnostics

// expected-error@+1 {{argument 0 has sizes without names: run --llama-annotate-sizes first}}
func.func @no_names(%x: tensor<?x64xf32>) {
  return
}

// -----

func.func private @same(tensor<?x64xf32>) -> tensor<?x64xf32> attributes {llama.kernel}
func.func @no_result_names(%x: tensor<?x64xf32> {llama.dims = ["n"]}) {
  // expected-error@+1 {{result 0 has sizes without names: run --llama-annotate-sizes first}}
  %0 = llama.launch @same(%x) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  return
}

// -----

func.func private @same(tensor<?x64xf32>) -> tensor<?x64xf32> attributes {llama.kernel}
func.func @foreign_name(%x: tensor<?x64xf32> {llama.dims = ["n"]}) {
  // expected-error@+1 {{result 0 has sizes without names}}
  %0 = llama.launch @same(%x) {llama.dims = [["m"]]} : (tensor<?x64xf32>) -> tensor<?x64xf32>
  return
}

// -----

func.func private @huge() -> tensor<9000000000000000000x2xf32> attributes {llama.kernel}
func.func @too_large() {
  // expected-error@+1 {{is too large}}
  %0 = llama.launch @huge() : () -> tensor<9000000000000000000x2xf32>
  return
}

// -----

func.func @other_op(%x: tensor<?x64xf32> {llama.dims = ["n"]}) -> tensor<?x64xf32> {
  // expected-error@+1 {{cannot stand in host code}}
  %y = llama.add %x, %x : tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
