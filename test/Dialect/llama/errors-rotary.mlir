// RUN: llamir-opt %s --split-input-file --verify-diagnostics

// Scalings, and what does not fit together.

// expected-error @below {{failed to parse Llama_RotaryAttr parameter 'scaling'}}
// expected-error @below {{linear_scaling_c1: the factor must be positive and fit in f32, got 0.000000e+00 : f64}}
func.func private @f(tensor<?x8xf32, #llama.rotary<half, theta = 1.0e4 : f64, scaling = #llama.linear_scaling<factor = 0.0 : f64>>>)

// -----

// expected-error @below {{failed to parse Llama_RotaryAttr parameter 'scaling'}}
// expected-error @below {{yarn_scaling_c1}}
func.func private @f(tensor<?x8xf32, #llama.rotary<half, theta = 1.0e4 : f64, scaling = #llama.yarn_scaling<factor = 2.0 : f64, length = 0, fast = 32.0 : f64, slow = 1.0 : f64, magnitude = 1.0 : f64>>>)

// -----

// expected-error @below {{failed to parse Llama_RotaryAttr parameter 'scaling'}}
// expected-error @below {{band_scaling_c1: factor, low, high and length must be positive, fit in f32, and low be less than high}}
func.func private @f(tensor<?x8xf32, #llama.rotary<half, theta = 1.0e4 : f64, scaling = #llama.band_scaling<factor = 2.0 : f64, low = 4.0 : f64, high = 4.0 : f64, length = 8>>>)

// -----

// expected-error @below {{rotary_c3: 1 : i64 is no scaling of rotations}}
func.func private @f(tensor<?x8xf32, #llama.rotary<half, theta = 1.0e4 : f64, scaling = 1 : i64>>)

// -----

// expected-error @below {{what was rotated is of rank 2, [tokens, width]}}
func.func private @f(tensor<8xf32, #llama.rotary<half, theta = 1.0e4 : f64>>)

// -----

// A checkpoint whose rows are ordered for one pairing, rotated by the other.
func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x8xf32, #llama.pairing<interleaved>>, %p: tensor<?xi32>) {
  %q = llama.linear %x, %w : tensor<?x8xf32>, tensor<8x8xf32, #llama.pairing<interleaved>> -> tensor<?x8xf32, #llama.pairing<interleaved>>
  // expected-error @below {{rope_c3: turns other pairs than those that the heads of 'tensor<?x8xf32, #llama.pairing<interleaved>>' are ordered for}}
  %r = llama.rope %q, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64}
      : tensor<?x8xf32, #llama.pairing<interleaved>>, tensor<?xi32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>, %w: tensor<8x8xf32, #llama.pairing<half>>) {
  // expected-error @below {{linear_c5: the rows of the weight are ordered in pairs, unlike the result 'tensor<?x8xf32>'}}
  %q = llama.linear %x, %w : tensor<?x8xf32>, tensor<8x8xf32, #llama.pairing<half>> -> tensor<?x8xf32>
  return
}

// -----

// Two scalings in one attention.
#plain = #llama.rotary<half, theta = 1.0e4 : f64>
#scaled = #llama.rotary<half, theta = 1.0e4 : f64, scaling = #llama.linear_scaling<factor = 2.0 : f64>>
func.func @f(%x: tensor<?x8xf32>, %p: tensor<?xi32>) {
  %q = llama.rope %x, %p by #plain {heads = 2 : i64} : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32, #plain>
  %k = llama.rope %x, %p by #scaled {heads = 2 : i64} : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32, #scaled>
  // expected-error @below {{attention_c6: queries and keys were not rotated alike}}
  %a = llama.attention %q, %k, %x {heads = 2 : i64, kv_heads = 2 : i64}
      : tensor<?x8xf32, #plain>, tensor<?x8xf32, #scaled>, tensor<?x8xf32> -> tensor<?x8xf32>
  return
}

// -----

// Queries that were rotated and keys that were not.
#plain = #llama.rotary<half, theta = 1.0e4 : f64>
func.func @f(%x: tensor<?x8xf32>, %p: tensor<?xi32>) {
  %q = llama.rope %x, %p by #plain {heads = 2 : i64} : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32, #plain>
  // expected-error @below {{attention_c6}}
  %a = llama.attention %q, %x, %x {heads = 2 : i64, kv_heads = 2 : i64}
      : tensor<?x8xf32, #plain>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  return
}

// -----

// Rotated twice.
#plain = #llama.rotary<half, theta = 1.0e4 : f64>
func.func @f(%x: tensor<?x8xf32, #plain>, %p: tensor<?xi32>) {
  // expected-error @below {{operand #0 must be rank-2 tensor, plain or of pairs, of f32, bf16 or f16 values}}
  %q = llama.rope %x, %p by #plain {heads = 2 : i64} : tensor<?x8xf32, #plain>, tensor<?xi32> -> tensor<?x8xf32, #plain>
  return
}

// -----

#plain = #llama.rotary<half, theta = 1.0e4 : f64>
func.func @f(%x: tensor<?x8xf32>, %p: tensor<?xi32>) {
  // expected-error @below {{rope_c5: 'tensor<?x8xf32, #llama.rotary<half, theta = 1.000000e+04 : f64>>' has heads that are not rotated}}
  %q = llama.rope %x, %p by #plain {heads = 2 : i64, rotated_heads = 1 : i64} : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32, #plain>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>, %p: tensor<?xi32>) {
  // expected-error @below {{rope_c6: the result must have the shape and the element type of 'tensor<?x8xf32>', and no encoding but the rotation, got 'tensor<?x8xbf16>'}}
  %q = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xbf16>
  return
}

// -----

// expected-error @below {{failed to parse Llama_RotaryAttr parameter 'scaling'}}
// expected-error @below {{dynamic_scaling_c1: the factor must be from 1 to 2^24, and the length positive and of 31 bits}}
func.func private @f(tensor<?x8xf32, #llama.rotary<half, theta = 1.0e4 : f64, scaling = #llama.dynamic_scaling<factor = 0.5 : f64, length = 8>>>)

// -----

// expected-error @below {{failed to parse Llama_RotaryAttr parameter 'scaling'}}
// expected-error @below {{long_scaling_c1}}
func.func private @f(tensor<?x8xf32, #llama.rotary<half, theta = 1.0e4 : f64, scaling = #llama.long_scaling<short = [0.0], long = [1.0], length = 8, magnitude = 1.0 : f64>>>)

// -----

func.func @f(%x: tensor<?x8xf32>, %p: tensor<?xi32>) {
  // expected-error @below {{dynamic_scaling_c2: a head must have two pairs at least}}
  %q = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64, scaling = #llama.dynamic_scaling<factor = 2.0 : f64, length = 8>> {heads = 4 : i64} : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>, %p: tensor<?xi32>) {
  // expected-error @below {{long_scaling_c2: there must be a factor for each of 2 pairs}}
  %q = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64, scaling = #llama.long_scaling<short = [1.0], long = [1.0], length = 8, magnitude = 1.0 : f64>> {heads = 2 : i64} : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return
}

// -----

// expected-error @below {{rotary_c1: theta must be more than 1 for #llama.yarn_scaling, got 1.000000e+00 : f64}}
func.func private @f(tensor<?x8xf32, #llama.rotary<half, theta = 1.0 : f64, scaling = #llama.yarn_scaling<factor = 2.0 : f64, length = 8, fast = 32.0 : f64, slow = 1.0 : f64, magnitude = 1.0 : f64>>>)

// -----

// expected-error @below {{rotary_c4: there must be 2 to 4 sections, all positive, got array<i64: 4>}}
#rotary = #llama.rotary<half, theta = 1.0e4 : f64, sections = [4]>

// -----

// expected-error @below {{rotary_c4: there must be 2 to 4 sections, all positive}}
#rotary = #llama.rotary<half, theta = 1.0e4 : f64, sections = [4, -4]>

// -----

// expected-error @below {{rotary_c4: sections of 8 pairs are not the 8 dims}}
#rotary = #llama.rotary<half, theta = 1.0e4 : f64, dims = 8, sections = [4, 4]>

// -----

// expected-error @below {{rotary_c4: axial stands with sections}}
#rotary = #llama.rotary<half, theta = 1.0e4 : f64, axial = true>

// -----

// expected-error @below {{does not stand with axial}}
#rotary = #llama.rotary<half, theta = 1.0e4 : f64, scaling = #llama.linear_scaling<factor = 2.0 : f64>, sections = [4, 4], axial = true>

// -----

// expected-error @below {{does not stand with sections}}
#rotary = #llama.rotary<half, theta = 1.0e4 : f64, scaling = #llama.dynamic_scaling<factor = 2.0 : f64, length = 8>, sections = [4, 4]>

// -----

func.func @f(%x: tensor<?x16xf32>, %p: tensor<?x2xi32>) {
  // expected-error @below {{rope_c2: the rotary width must be even, positive, at most a head's 16 and that of the sections, got 16}}
  %0 = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64, sections = [2, 2]> {heads = 1 : i64}
      : tensor<?x16xf32>, tensor<?x2xi32> -> tensor<?x16xf32>
  return
}

// -----

func.func @f(%x: tensor<?x16xf32>, %p: tensor<?xi32>) {
  // expected-error @below {{rope_c4: 'tensor<?xi32>' does not give a position for each token of 'tensor<?x16xf32>' and each section}}
  %0 = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64, sections = [4, 4]> {heads = 1 : i64}
      : tensor<?x16xf32>, tensor<?xi32> -> tensor<?x16xf32>
  return
}

// -----

func.func @f(%x: tensor<?x16xf32>, %p: tensor<?x1xi32>) {
  // expected-error @below {{rope_c4: 'tensor<?x1xi32>' does not give a position for each token of 'tensor<?x16xf32>'}}
  %0 = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 1 : i64}
      : tensor<?x16xf32>, tensor<?x1xi32> -> tensor<?x16xf32>
  return
}

// -----

func.func @f(%p: tensor<?xi32>) {
  // expected-error @below {{sinusoid_c1: the width must be that of the rotation, which is even, got 'tensor<?x7xf32>'}}
  %0 = llama.sinusoid by #llama.rotary<half, theta = 1.0e4 : f64> of %p : tensor<?xi32> -> tensor<?x7xf32>
  return
}

// -----

func.func @f(%p: tensor<?xi32>) {
  // expected-error @below {{sinusoid_c1}}
  %0 = llama.sinusoid by #llama.rotary<half, theta = 1.0e4 : f64, dims = 4> of %p : tensor<?xi32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%p: tensor<3xi32>) {
  // expected-error @below {{sinusoid_c2: 'tensor<3xi32>' does not give a position for each row of 'tensor<4x8xf32>'}}
  %0 = llama.sinusoid by #llama.rotary<half, theta = 1.0e4 : f64> of %p : tensor<3xi32> -> tensor<4x8xf32>
  return
}
