// RUN: llamir-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: tensor<4x?xf32>) {
  // expected-error @below {{activation_c1: all sizes but the first must be static and positive}}
  %0 = llama.activation silu %x : tensor<4x?xf32>
  return
}

// -----

func.func @f(%x: tensor<4x?xf32>) {
  // expected-error @below {{binary_c1: all sizes but the first must be static and positive}}
  %0 = llama.add %x, %x : tensor<4x?xf32>
  return
}

// -----

func.func @f(%x: tensor<4x?xf32>) {
  // expected-error @below {{binary_c1}}
  %0 = llama.mul %x, %x : tensor<4x?xf32>
  return
}

// -----

func.func @f(%x: tensor<4x?xf32>) {
  // expected-error @below {{convert_c1: all sizes but the first must be static and positive}}
  %0 = llama.convert %x : tensor<4x?xf32> -> tensor<4x?xbf16>
  return
}

// -----

func.func @f(%x: tensor<?x4xf32>) {
  // expected-error @below {{convert_c2: operand and result must have one shape, got 'tensor<?x4xf32>' and 'tensor<?x5xbf16>'}}
  %0 = llama.convert %x : tensor<?x4xf32> -> tensor<?x5xbf16>
  return
}

// -----

func.func @f(%x: tensor<4x4xf32, #llama.panels<width = 4, group = 4>>) {
  // expected-error @below {{operand #0 must be tensor of rank 2 to 5, plain or of pairs, of f32, bf16 or f16 values, but got 'tensor<4x4xf32, #llama.panels<width = 4, group = 4>>'}}
  %0 = llama.add %x, %x : tensor<4x4xf32, #llama.panels<width = 4, group = 4>>
  return
}

// -----

func.func @f() {
  // expected-error @below {{expected 1 or more operands, but found 0}}
  %0 = "llama.join"() : () -> tensor<4x4xf32>
  return
}

// -----

func.func @f(%a: tensor<f32>) {
  // expected-error @below {{operand #0 must be variadic of plain static rank-1 or rank-2 tensor of f32, bf16 or f16 values, but got 'tensor<f32>'}}
  %0 = llama.join %a : tensor<f32> -> tensor<f32>
  return
}

// -----

func.func @f(%a: tensor<4x4xf32>, %b: tensor<f32>) {
  // expected-error @below {{operand #1 must be variadic of plain static rank-1 or rank-2 tensor of f32, bf16 or f16 values, but got 'tensor<f32>'}}
  %0 = llama.join %a, %b : tensor<4x4xf32>, tensor<f32> -> tensor<4x4xf32>
  return
}

// -----

func.func @f(%a: tensor<4x4xf32>, %b: tensor<4x3xf32>) {
  // expected-error @below {{join_c1: parts must have the same rank and columns, got 'tensor<4x4xf32>' and 'tensor<4x3xf32>'}}
  %0 = llama.join %a, %b : tensor<4x4xf32>, tensor<4x3xf32> -> tensor<8x4xf32>
  return
}

// -----

func.func @f(%a: tensor<4x4xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{join_c1}}
  %0 = llama.join %a, %b : tensor<4x4xf32>, tensor<4xf32> -> tensor<8x4xf32>
  return
}

// -----

func.func @f(%a: tensor<2x2x2xf32>) {
  // expected-error @below {{operand #0 must be variadic of plain static rank-1 or rank-2 tensor}}
  %0 = llama.join %a : tensor<2x2x2xf32> -> tensor<2x2x2xf32>
  return
}

// -----

func.func @f(%a: tensor<4x4xf32, #llama.panels<width = 4, group = 4>>) {
  // expected-error @below {{operand #0 must be variadic of plain static rank-1 or rank-2 tensor}}
  %0 = llama.join %a : tensor<4x4xf32, #llama.panels<width = 4, group = 4>> -> tensor<4x4xf32>
  return
}

// -----

func.func @f(%a: tensor<5000000000000000000x4xf32>) {
  // expected-error @below {{join_c1: too many rows}}
  // expected-error @below {{failed to infer returned types}}
  %0 = llama.join %a, %a
      : tensor<5000000000000000000x4xf32>, tensor<5000000000000000000x4xf32> -> tensor<4x4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>) {
  // expected-error @below {{split_c1: the parts are 7 wide together, the input 8}}
  %0:2 = llama.split %x : tensor<?x8xf32> -> tensor<?x4xf32>, tensor<?x3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>) {
  // expected-error @below {{split_c1: 'tensor<?x4xf16>' cannot be columns of 'tensor<?x8xf32>'}}
  %0:2 = llama.split %x : tensor<?x8xf32> -> tensor<?x4xf32>, tensor<?x4xf16>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>) {
  // expected-error @below {{split_c1: 'tensor<?x0xf32>' cannot be columns of 'tensor<?x8xf32>'}}
  %0:2 = llama.split %x : tensor<?x8xf32> -> tensor<?x8xf32>, tensor<?x0xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>) {
  // expected-error @below {{split_c1}}
  %0:2 = llama.split %x : tensor<?x8xf32> -> tensor<?x4xf32>, tensor<3x4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>) {
  // expected-error @below {{split_c1: there must be a result}}
  "llama.split"(%x) : (tensor<?x8xf32>) -> ()
  return
}

// -----

func.func @f(%x: tensor<?x0xf32>) {
  // expected-error @below {{split_c1: all sizes but the first must be static and positive, got 'tensor<?x0xf32>'}}
  "llama.split"(%x) : (tensor<?x0xf32>) -> ()
  return
}

// -----

func.func @f(%x: tensor<4x?xf32>) {
  // expected-error @below {{split_c1: all sizes but the first must be static and positive, got 'tensor<4x?xf32>'}}
  %0 = llama.split %x : tensor<4x?xf32> -> tensor<4x4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>) {
  // expected-error @below {{split_c1: the parts are too wide}}
  %0:2 = llama.split %x
      : tensor<?x8xf32> -> tensor<?x5000000000000000000xf32>, tensor<?x5000000000000000000xf32>
  return
}

// -----

func.func @f(%x: tensor<4x4xf32>) {
  // expected-error @below {{result #0 must be tensor in panels of f32, bf16 or f16 values, but got 'tensor<4x4xf32>'}}
  %0 = llama.pack %x : tensor<4x4xf32> -> tensor<4x4xf32>
  return
}

// -----

func.func @f(%x: tensor<4x4xf32>) {
  // expected-error @below {{pack_c1: the result must have the input's shape, got 'tensor<4x4xf32>' and 'tensor<4x3xf32, #llama.panels<width = 4, group = 4>>'}}
  %0 = llama.pack %x : tensor<4x4xf32> -> tensor<4x3xf32, #llama.panels<width = 4, group = 4>>
  return
}

// -----

func.func @f(%x: tensor<4x4xf32, #llama.panels<width = 4, group = 4>>) {
  // expected-error @below {{operand #0 must be plain static rank-2 tensor of f32, bf16 or f16 values, but got 'tensor<4x4xf32, #llama.panels<width = 4, group = 4>>'}}
  %0 = llama.pack %x
      : tensor<4x4xf32, #llama.panels<width = 4, group = 4>> -> tensor<4x4xf32, #llama.panels<width = 4, group = 4>>
  return
}
