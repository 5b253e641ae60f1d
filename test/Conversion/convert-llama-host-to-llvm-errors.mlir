// RUN: llamir-opt %s --split-input-file --verify-diagnostics --convert-llama-host-to-llvm

func.func private @k(tensor<?x4xf32>) -> tensor<?x4xf32> attributes {llama.kernel}
// expected-error @+1 {{argument 0 has sizes without names: run --llama-annotate-sizes first}}
func.func @no_names(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = llama.launch @k(%x) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

func.func private @k(tensor<?x4xf32>) -> tensor<?x4xf32> attributes {llama.kernel}
// expected-error @+1 {{has no memory plan: run --llama-plan-memory first}}
func.func @no_plan(%x: tensor<?x4xf32> {llama.dims = ["n"]}) -> tensor<?x4xf32> {
  %0 = llama.launch @k(%x) {llama.dims = [["n"]]} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

func.func private @k(tensor<4xf32>) -> tensor<4xf32> attributes {llama.kernel}
func.func @no_code(%x: tensor<4xf32>) -> tensor<4xf32> attributes {llama.arena = []} {
  // expected-error @+1 {{kernel 'k' is no halide.pipeline yet: run --convert-llama-to-halide first}}
  %0 = llama.launch @k(%x) {llama.dims = [[]], llama.storage = [{result = 0 : i64}]} : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// expected-error @+1 {{has no valid place in the packed weights: run --llama-layout-weights first}}
llama.weight @w : tensor<4xf32> = #llama.random<seed = 1, scale = 1.0 : f64>
func.func private @k(tensor<4xf32>) -> tensor<4xf32> attributes {llama.kernel}
func.func @no_place() -> tensor<4xf32> attributes {llama.arena = []} {
  %w = llama.get_weight @w : tensor<4xf32>
  %0 = llama.launch @k(%w) {llama.dims = [[]], llama.storage = [{result = 0 : i64}]} : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// A place that is not in the file.
module attributes {llama.weights_bytes = 64 : i64} {
// expected-error @+1 {{has no valid place in the packed weights}}
llama.weight @w : tensor<4xf32> = #llama.random<seed = 1, scale = 1.0 : f64> {llama.offset = 64 : i64}
func.func private @k(tensor<4xf32>) -> tensor<4xf32> attributes {llama.kernel}
func.func @bad_place() -> tensor<4xf32> attributes {llama.arena = []} {
  %w = llama.get_weight @w : tensor<4xf32>
  %0 = llama.launch @k(%w) {llama.dims = [[]], llama.storage = [{result = 0 : i64}]} : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
}

// -----

// expected-error @+1 {{arg0 of type 'tensor<4xf64>' cannot be an array of a C function: it must be a tensor of f32, f16, bf16 or i32 with at most one dynamic dimension}}
func.func @f64(%x: tensor<4xf64>) -> tensor<4xf64> attributes {llama.arena = []} {
  return %x : tensor<4xf64>
}

// -----

func.func @a_call(%x: tensor<4xf32>) -> tensor<4xf32> attributes {llama.arena = []} {
  return %x : tensor<4xf32>
}
// expected-error @+1 {{@a_call and @a would both make a C function 'a_call'}}
func.func @a(%x: tensor<4xf32>) -> tensor<4xf32> attributes {llama.arena = []} {
  return %x : tensor<4xf32>
}

// -----

// The kernel @call of @f would be f_call.
// expected-error @+1 {{@f and @call would both make a C function 'f_call'}}
func.func private @call(tensor<4xf32>) -> tensor<4xf32> attributes {llama.kernel}
func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> attributes {llama.arena = []} {
  return %x : tensor<4xf32>
}
