// RUN: llamir-opt %s -split-input-file -verify-diagnostics

func.func @f(%q: tensor<?x8xf32>) {
  // expected-error @below {{attention_c7: there must be a slope for each of 2 heads, which fits in f32, got [5.000000e-01]}}
  %0 = llama.attention %q, %q, %q {heads = 2 : i64, kv_heads = 2 : i64, slopes = array<f64: 0.5>}
      : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%q: tensor<?x8xf32>) {
  // expected-error @below {{attention_c7}}
  %0 = llama.attention %q, %q, %q {heads = 1 : i64, kv_heads = 1 : i64, slopes = array<f64: 1.0e300>}
      : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%q: tensor<?x8xf32>, %r: tensor<?x4xf32>, %b: tensor<8xf32>) {
  // expected-error @below {{attention_c8: relative encodings and their biases must be as wide as the queries, for as many heads of keys, got 'tensor<?x4xf32>', 'tensor<8xf32>' and 'tensor<8xf32>' for 'tensor<?x8xf32>'}}
  %0 = llama.attention %q, %q, %q relative %r by %b, %b {heads = 2 : i64, kv_heads = 2 : i64}
      : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x4xf32>, tensor<8xf32>, tensor<8xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%q: tensor<?x8xf32>, %k: tensor<?x4xf32>, %r: tensor<?x8xf32>, %b: tensor<8xf32>) {
  // expected-error @below {{attention_c8}}
  %0 = llama.attention %q, %k, %k relative %r by %b, %b {heads = 2 : i64, kv_heads = 1 : i64}
      : tensor<?x8xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x8xf32>, tensor<8xf32>, tensor<8xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%q: tensor<?x8xf32>, %v: tensor<?x6xf32>) {
  // expected-error @below {{linear_attention_c1: 4 heads do not divide the widths of 'tensor<?x8xf32>', 'tensor<?x8xf32>' and 'tensor<?x6xf32>'}}
  %0 = llama.linear_attention %q, %q, %v {heads = 4 : i64} : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x6xf32> -> tensor<?x6xf32>
  return
}

// -----

func.func @f(%q: tensor<3x8xf32>, %k: tensor<4x8xf32>) {
  // expected-error @below {{linear_attention_c2: queries, keys and values must have as many tokens and one element type, got 'tensor<3x8xf32>', 'tensor<4x8xf32>' and 'tensor<4x8xf32>'}}
  %0 = llama.linear_attention %q, %k, %k {heads = 2 : i64} : tensor<3x8xf32>, tensor<4x8xf32>, tensor<4x8xf32> -> tensor<3x8xf32>
  return
}

// -----

#one = #llama.rotary<half, theta = 1.0e4 : f64>
#other = #llama.rotary<interleaved, theta = 1.0e4 : f64>
func.func @f(%q: tensor<?x8xf32>, %r: tensor<?x8xf32, #one>, %s: tensor<?x8xf32, #other>) {
  // expected-error @below {{linear_attention_c3: rotated queries and keys must stand together, rotated alike, and be like 'tensor<?x8xf32>'}}
  %0 = llama.linear_attention %q, %q, %q rotated %r, %s {heads = 2 : i64}
      : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32, #one>, tensor<?x8xf32, #other> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%q: tensor<?x8xf32>, %s: tensor<8x4xf32>) {
  // expected-error @below {{linear_attention_c4: the state must be f32 [8, 5], got 'tensor<8x4xf32>'}}
  %0 = llama.linear_attention %q, %q, %q from %s {heads = 2 : i64} : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> from tensor<8x4xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%q: tensor<?x8xf32>) {
  // expected-error @below {{linear_attention_c5: the result must be like the values, with the tokens of the queries, got 'tensor<?x4xf32>'}}
  %0 = llama.linear_attention %q, %q, %q {heads = 2 : i64} : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x4xf32>
  return
}

// -----

func.func @f(%k: tensor<?x8xf32>) {
  // expected-error @below {{linear_state_c1: 3 heads do not divide the widths of 'tensor<?x8xf32>' and 'tensor<?x8xf32>'}}
  %0 = llama.linear_state %k, %k {heads = 3 : i64} : tensor<?x8xf32>, tensor<?x8xf32> -> tensor<8x5xf32>
  return
}

// -----

func.func @f(%k: tensor<?x8xf32>, %v: tensor<?x8xbf16>) {
  // expected-error @below {{linear_state_c2: keys, rotated keys and values must have as many tokens and one element type, got 'tensor<?x8xf32>' and 'tensor<?x8xbf16>'}}
  %0 = llama.linear_state %k, %v {heads = 2 : i64} : tensor<?x8xf32>, tensor<?x8xbf16> -> tensor<8x5xf32>
  return
}

// -----

func.func @f(%k: tensor<?x8xf32>) {
  // expected-error @below {{linear_state_c3: a state must be f32 [8, 5], got 'tensor<8x5xbf16>'}}
  %0 = llama.linear_state %k, %k {heads = 2 : i64} : tensor<?x8xf32>, tensor<?x8xf32> -> tensor<8x5xbf16>
  return
}

// -----

func.func @f(%q: tensor<?x8xf32>, %s: tensor<8x5xf32>) {
  // expected-error @below {{apply_state_c1: 3 heads do not divide the width of 'tensor<?x8xf32>', or rotated queries are not like it}}
  %0 = llama.apply_state %q, %s {heads = 3 : i64} : tensor<?x8xf32>, tensor<8x5xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%q: tensor<?x8xf32>, %s: tensor<8x1xf32>) {
  // expected-error @below {{apply_state_c2: the state must be f32 with a row for each element of 'tensor<?x8xf32>' and 2 columns at least, got 'tensor<8x1xf32>'}}
  %0 = llama.apply_state %q, %s {heads = 2 : i64} : tensor<?x8xf32>, tensor<8x1xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%q: tensor<?x8xf32>, %s: tensor<8x5xf32>) {
  // expected-error @below {{apply_state_c3: the result must have the tokens and the element type of 'tensor<?x8xf32>', and the values of all heads, got 'tensor<?x4xf32>'}}
  %0 = llama.apply_state %q, %s {heads = 2 : i64} : tensor<?x8xf32>, tensor<8x5xf32> -> tensor<?x4xf32>
  return
}
