// RUN: llamir-opt %s --split-input-file --verify-diagnostics --llama-convert-activations=to=bf16
// RUN: not llamir-opt %s --split-input-file --llama-convert-activations=to=int8 2>&1 | FileCheck %s

// CHECK: error: unknown element type 'int8' for to; there are f32, bf16, f16

llama.weight @w : tensor<4x8xf32> = #llama.random<seed = 1, scale = 1.0 : f64>
func.func @f() -> tensor<4x8xf32> {
  %w = llama.get_weight @w : tensor<4x8xf32>
  // expected-error @below {{reads a weight as an activation, whose type cannot change}}
  %s = llama.activation silu %w : tensor<4x8xf32>
  return %s : tensor<4x8xf32>
}

// -----

func.func @f(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error @below {{stands in the way of other types: convert activations before kernels are formed, in functions without calls}}
  %s = call @g(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %s : tensor<?x8xf32>
}
func.func private @g(%x: tensor<?x8xf32>) -> tensor<?x8xf32>

// -----

// expected-error @below {{must have one block}}
func.func @f(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  llvm.br ^end
^end:
  return %x : tensor<?x8xf32>
}

// -----

func.func @state(%k: tensor<?x8xf32>) -> tensor<8x5xf32> {
  %s = llama.linear_state %k, %k {heads = 2 : i64} : tensor<?x8xf32>, tensor<?x8xf32> -> tensor<8x5xf32>
  // expected-error @below {{reads statistics or a state as an activation, whose type cannot change}}
  %d = llama.scale %s by 0.5 : tensor<8x5xf32>
  return %d : tensor<8x5xf32>
}
