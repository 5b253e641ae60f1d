// RUN: llamir-opt %s --convert-llama-to-halide --split-input-file --verify-diagnostics

// expected-error@+1 {{an input of a kernel must be a tensor of rank 1 or 2, not 'tensor<2x?x8xf32>'}}
func.func private @rank(%x: tensor<2x?x8xf32>) attributes {llama.kernel} {
  return
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
