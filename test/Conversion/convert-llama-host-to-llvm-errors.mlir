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

// -----

// The kernel @k_argv and the second function of the kernel @k.
func.func private @k_argv(tensor<4xf32>) -> tensor<4xf32> attributes {llama.kernel}
// expected-error @+1 {{@k_argv and @k would both make a C function 'f_k_argv'}}
func.func private @k(tensor<4xf32>) -> tensor<4xf32> attributes {llama.kernel}
func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> attributes {llama.arena = []} {
  return %x : tensor<4xf32>
}

// -----

// Only packed weights have other places than their shape says.
// expected-error @+1 {{arg0 of type 'tensor<4x4xf32, #llama.panels<width = 4, group = 4>>' cannot be an array of a C function: it must have no encoding}}
func.func @panels(%x: tensor<4x4xf32, #llama.panels<width = 4, group = 4>>) attributes {llama.arena = []} {
  return
}

// -----

// expected-error @+1 {{arg1 of type 'tensor<?x4294967296xf32>' is too large}}
func.func @large(%x: tensor<4xf32>, %y: tensor<?x4294967296xf32> {llama.dims = ["n"]}) attributes {llama.arena = []} {
  return
}

// -----

func.func @no_end(%x: tensor<4xf32>) -> tensor<4xf32> attributes {llama.arena = []} {
  // expected-error @+1 {{'llvm.unreachable' op cannot end host code}}
  llvm.unreachable
}

// -----

// A kernel that was edited until it reads more than there is.
halide.pipeline @k(%x: !halide.buffer<8x?xf32>) attributes {llama.kernel_type = (tensor<?x4xf32>) -> tensor<?x4xf32>} {
  %out = halide.func "out" ["i", "t"] : <2, f32> {
  ^bb0(%i: index, %t: index):
    %0 = halide.at %x[%i, %t] : !halide.buffer<8x?xf32> -> f32
    halide.yield %0 : f32
  }
  halide.output %out : !halide.func<2, f32> as [!halide.buffer<8x?xf32>]
}
func.func @other_buffers(%x: tensor<?x4xf32> {llama.dims = ["n"]}) -> tensor<?x4xf32> attributes {llama.arena = []} {
  // expected-error @+1 {{the buffers of kernel 'k' do not fit its operands and results}}
  %0 = llama.launch @k(%x) {llama.dims = [["n"]], llama.storage = [{result = 0 : i64}]} : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

module attributes {llama.weights_bytes = 64 : i64} {
// expected-error @+1 {{has the name 'f_call', which a function of the host code needs}}
llama.weight @f_call : tensor<4xf32> = #llama.random<seed = 1, scale = 1.0 : f64> {llama.offset = 0 : i64}
func.func @f() -> tensor<4xf32> attributes {llama.arena = []} {
  %w = llama.get_weight @f_call : tensor<4xf32>
  return %w : tensor<4xf32>
}
}

// -----

// expected-error @+1 {{has the name 'llamir_rt_launch', which a function of the host code needs}}
llvm.func @llamir_rt_launch(!llvm.ptr) -> i64
