// RUN: llamir-opt %s --convert-llama-to-halide --split-input-file --verify-diagnostics

// expected-error@+1 {{has 'tensor<2x?x8xf32>', which is no buffer: buffer_c1: every extent but the outermost must be static and positive}}
func.func private @rank(%x: tensor<2x?x8xf32>, %y: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {llama.kernel} {
  return %y : tensor<?x8xf32>
}

// -----

func.func private @call(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {llama.kernel} {
  // expected-error@+1 {{has no lowering to Halide}}
  %y = func.call @call(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

func.func private @packed(%x: tensor<?x8xf32>, %w: tensor<20x8xf32>) -> tensor<?x20xf32> attributes {llama.kernel} {
  %p = llama.pack %w : tensor<20x8xf32> -> tensor<20x8xf32, #llama.panels<width = 16, group = 20>>
  // expected-error@+1 {{a packed weight must be an input of the kernel}}
  %l = llama.linear %x, %p : tensor<?x8xf32>, tensor<20x8xf32, #llama.panels<width = 16, group = 20>> -> tensor<?x20xf32>
  return %l : tensor<?x20xf32>
}

// -----

// expected-error@+1 {{has 'tensor<?x3000000000xf32>', which is no buffer: buffer_c3: has 2^31 elements or more}}
func.func private @wide(%x: tensor<?x3000000000xf32>) -> tensor<?x3000000000xf32> attributes {llama.kernel} {
  %0 = llama.add %x, %x : tensor<?x3000000000xf32>
  return %0 : tensor<?x3000000000xf32>
}

// -----

// expected-error@+1 {{is a kernel without a body}}
func.func private @declared(tensor<4x8xf32>) -> tensor<4x8xf32> attributes {llama.kernel}

// -----

// expected-error@+1 {{is a kernel without results}}
func.func private @nothing(%x: tensor<?x8xf32>) attributes {llama.kernel} {
  return
}

// -----

// Indices are for ops to read, and no op writes any.
// expected-error@+1 {{a result of a kernel must be a tensor of rank 2 to 5, or of rank 1 and static, of f32, bf16 or f16, not 'tensor<?xi32>'}}
func.func private @indices(%x: tensor<?xi32>) -> tensor<?xi32> attributes {llama.kernel} {
  return %x : tensor<?xi32>
}

// -----

// expected-error@+1 {{a result of a kernel must be a tensor of rank 2 to 5, or of rank 1 and static, of f32, bf16 or f16, not 'tensor<?xf32>'}}
func.func private @dynamic_vector(%x: tensor<?xf32>) -> tensor<?xf32> attributes {llama.kernel} {
  return %x : tensor<?xf32>
}

// -----

func.func private @panels(%w: tensor<20x8xf32, #llama.panels<width = 16, group = 20>>) -> tensor<20x8xf32, #llama.panels<width = 16, group = 20>> attributes {llama.kernel} {
  // expected-error@+1 {{returns a packed weight that the kernel did not pack}}
  return %w : tensor<20x8xf32, #llama.panels<width = 16, group = 20>>
}

// -----

func.func private @wide_rotation(%x: tensor<?x1000000000xf32>, %p: tensor<?xi32>) -> tensor<?x1000000000xf32> attributes {llama.kernel} {
  // expected-error@+1 {{rotates 500000000 pairs, which is too many for a table}}
  %r = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 1 : i64} : tensor<?x1000000000xf32>, tensor<?xi32> -> tensor<?x1000000000xf32>
  return %r : tensor<?x1000000000xf32>
}

// -----

func.func private @state(%q: tensor<?x8xf32>) -> tensor<8x5xf32> attributes {llama.kernel} {
  %k = llama.activation elu_plus_one %q : tensor<?x8xf32>
  // expected-error @below {{sums over the tokens of what its kernel computes, of which an empty array has one too many: let it read inputs of the kernel}}
  %s = llama.linear_state %k, %q {heads = 2 : i64} : tensor<?x8xf32>, tensor<?x8xf32> -> tensor<8x5xf32>
  return %s : tensor<8x5xf32>
}

// -----

func.func private @statistics(%x: tensor<?x8xf32>) -> (tensor<8xf32>, tensor<8xf32>) attributes {llama.kernel} {
  %y = llama.activation elu_plus_one %x : tensor<?x8xf32>
  // expected-error @below {{sums over the tokens of what its kernel computes}}
  %m, %v = llama.statistics %y over [0] : tensor<?x8xf32> -> tensor<8xf32>, tensor<8xf32>
  return %m, %v : tensor<8xf32>, tensor<8xf32>
}

// -----

func.func private @norm(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {llama.kernel} {
  // expected-error @below {{is a norm over the batch, which is several kernels: run --llama-expand-norms first}}
  %y = llama.norm %x over [0] centered {eps = 1.0e-5 : f64} : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
