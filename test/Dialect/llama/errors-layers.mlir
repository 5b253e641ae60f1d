// RUN: llamir-opt %s -split-input-file -verify-diagnostics

func.func @f(%i: tensor<?xi32>, %w: tensor<4x4xf32, #llama.panels<width = 4, group = 4>>) {
  // expected-error @below {{operand #1 must be plain static rank-2 tensor of f32, bf16 or f16 values, but got 'tensor<4x4xf32, #llama.panels<width = 4, group = 4>>'}}
  %0 = llama.embedding %i, %w
      : tensor<?xi32>, tensor<4x4xf32, #llama.panels<width = 4, group = 4>> -> tensor<?x4xf32>
  return
}

// -----

func.func @f(%i: tensor<?xi32>, %w: tensor<4x4xf32>) {
  // expected-error @below {{embedding_c1: the result must have a row for each id, as wide as the table's, got 'tensor<?x5xf32>'}}
  %0 = llama.embedding %i, %w : tensor<?xi32>, tensor<4x4xf32> -> tensor<?x5xf32>
  return
}

// -----

func.func @f(%i: tensor<3xi32>, %w: tensor<4x4xf32>) {
  // expected-error @below {{embedding_c1}}
  %0 = llama.embedding %i, %w : tensor<3xi32>, tensor<4x4xf32> -> tensor<4x4xf32>
  return
}

// -----

func.func @f(%i: tensor<?xi64>, %w: tensor<4x4xf32>) {
  // expected-error @below {{operand #0 must be plain rank-1 tensor of 32-bit signless integer values, but got 'tensor<?xi64>'}}
  %0 = llama.embedding %i, %w : tensor<?xi64>, tensor<4x4xf32> -> tensor<?x4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>, %w: tensor<4xf32>) {
  // expected-error @below {{norm_c3: 'tensor<4xf32>' does not have the sizes of 'tensor<?x8xf32>' along the axes [1]}}
  %0 = llama.norm %x over [1] gain %w {eps = 0.0 : f64} : tensor<?x8xf32>, tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>, %w: tensor<8xf32>) {
  // expected-error @below {{norm_c4: eps must be zero or positive and fit in f32, got -1.000000e-05 : f64}}
  %0 = llama.norm %x over [1] gain %w {eps = -1.0e-5 : f64} : tensor<?x8xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>, %w: tensor<8xf32>) {
  // expected-error @below {{norm_c4}}
  %0 = llama.norm %x over [1] gain %w {eps = 0x7FF8000000000000 : f64} : tensor<?x8xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%x: tensor<4x?xf32>, %w: tensor<8xf32>) {
  // expected-error @below {{norm_c5: all sizes but the first must be static and positive, got 'tensor<4x?xf32>'}}
  %0 = llama.norm %x over [1] gain %w {eps = 0.0 : f64} : tensor<4x?xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%x: tensor<4x0xf32>, %w: tensor<0xf32>) {
  // expected-error @below {{norm_c5}}
  %0 = llama.norm %x over [1] gain %w {eps = 0.0 : f64} : tensor<4x0xf32>, tensor<0xf32>
  return
}

// -----

func.func @f(%x: tensor<f32>, %w: tensor<8xf32>) {
  // expected-error @below {{operand #0 must be tensor of rank 2 to 5, plain or of pairs, of f32, bf16 or f16 values}}
  %0 = llama.norm %x over [1] gain %w {eps = 0.0 : f64} : tensor<f32>, tensor<8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>, %w: tensor<4x7xf32>) {
  // expected-error @below {{linear_c1: the weight has 7 columns, the input is 8 wide}}
  %0 = llama.linear %x, %w : tensor<?x8xf32>, tensor<4x7xf32> -> tensor<?x4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>, %w: tensor<4x8xf32>, %b: tensor<8xf32>) {
  // expected-error @below {{linear_c2: the bias has 8 elements, the weight 4 rows}}
  %0 = llama.linear %x, %w bias %b : tensor<?x8xf32>, tensor<4x8xf32>, tensor<8xf32> -> tensor<?x4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?xf32>, %w: tensor<4x8xf32>) {
  // expected-error @below {{linear_c3: all sizes but the first must be static and positive}}
  %0 = llama.linear %x, %w : tensor<?x?xf32>, tensor<4x8xf32> -> tensor<?x4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x0xf32>, %w: tensor<4x0xf32>) {
  // expected-error @below {{linear_c3}}
  %0 = llama.linear %x, %w : tensor<?x0xf32>, tensor<4x0xf32> -> tensor<?x4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>, %w: tensor<4x8xf32>) {
  // expected-error @below {{linear_c4: the result must have the tokens of the input, a column for each row of the weight, and the input's element type or f32, got 'tensor<?x4xf16>'}}
  %0 = llama.linear %x, %w : tensor<?x8xf32>, tensor<4x8xf32> -> tensor<?x4xf16>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>, %w: tensor<4x8xf32>) {
  // expected-error @below {{linear_c4}}
  %0 = llama.linear %x, %w : tensor<?x8xf32>, tensor<4x8xf32> -> tensor<?x5xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>, %w: tensor<4x8xf32>) {
  // expected-error @below {{linear_c4}}
  %0 = llama.linear %x, %w : tensor<?x8xf32>, tensor<4x8xf32> -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>, %w: tensor<f32>) {
  // expected-error @below {{operand #1 must be static rank-2 tensor}}
  %0 = llama.linear %x, %w : tensor<?x8xf32>, tensor<f32> -> tensor<?x4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>, %p: tensor<?xi32>) {
  // expected-error @below {{rope_c1: 3 heads do not divide the width of 'tensor<?x8xf32>'}}
  %0 = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 3 : i64}
      : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>, %p: tensor<?xi32>) {
  // expected-error @below {{rope_c1}}
  %0 = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 0 : i64}
      : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<4x?xf32>, %p: tensor<?xi32>) {
  // expected-error @below {{rope_c1}}
  %0 = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64}
      : tensor<4x?xf32>, tensor<?xi32> -> tensor<4x?xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>, %p: tensor<?xi32>) {
  // expected-error @below {{rotary_c2: dims must be even and positive, got 3}}
  %0 = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64, dims = 3> {heads = 2 : i64}
      : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>, %p: tensor<?xi32>) {
  // expected-error @below {{rope_c2}}
  %0 = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64, dims = 6> {heads = 2 : i64}
      : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>, %p: tensor<?xi32>) {
  // expected-error @below {{rotary_c2}}
  %0 = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64, dims = -9223372036854775808> {heads = 2 : i64}
      : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>, %p: tensor<?xi32>) {
  // expected-error @below {{rotary_c1: theta must be positive and fit in f32, got 0.000000e+00 : f64}}
  %0 = llama.rope %x, %p by #llama.rotary<half, theta = 0.0 : f64> {heads = 2 : i64}
      : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<3x8xf32>, %p: tensor<4xi32>) {
  // expected-error @below {{rope_c4: 'tensor<4xi32>' does not give a position for each token of 'tensor<3x8xf32>'}}
  %0 = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64}
      : tensor<3x8xf32>, tensor<4xi32> -> tensor<3x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>, %p: tensor<?xi32>) {
  // expected-error @below {{rope_c5: rotated_heads must lie in 1 .. 2, got 3}}
  %0 = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64, rotated_heads = 3 : i64}
      : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>, %p: tensor<?xi32>) {
  // expected-error @below {{rope_c5}}
  %0 = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64, rotated_heads = 0 : i64}
      : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>) {
  // expected-error @below {{attention_c1: 3 heads and 1 key and value heads do not divide the widths of}}
  %0 = llama.attention %q, %k, %v {heads = 3 : i64, kv_heads = 1 : i64}
      : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x24xf32>
  return
}

// -----

func.func @f(%q: tensor<?x8xf32>, %k: tensor<?x6xf32>, %v: tensor<?x6xf32>) {
  // expected-error @below {{attention_c1}}
  %0 = llama.attention %q, %k, %v {heads = 4 : i64, kv_heads = 3 : i64}
      : tensor<?x8xf32>, tensor<?x6xf32>, tensor<?x6xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x7xf32>) {
  // expected-error @below {{attention_c1}}
  %0 = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 2 : i64}
      : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x7xf32> -> tensor<?x6xf32>
  return
}

// -----

func.func @f(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>) {
  // expected-error @below {{attention_c1}}
  %0 = llama.attention %q, %k, %v {heads = 0 : i64, kv_heads = 0 : i64}
      : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>) {
  // expected-error @below {{attention_c1}}
  %0 = llama.attention %q, %k, %v {heads = -1 : i64, kv_heads = -1 : i64}
      : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x?xf32>) {
  // expected-error @below {{attention_c1}}
  %0 = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 2 : i64}
      : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x?xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>) {
  // expected-error @below {{attention_c1}}
  %0 = llama.attention %q, %k, %v {heads = 9223372036854775807 : i64, kv_heads = 1 : i64}
      : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x4xf32>) {
  // expected-error @below {{attention_c2: a head of the queries has 4 elements, a head of the keys 8}}
  %0 = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 1 : i64}
      : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x4xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%q: tensor<?x8xf32>, %k: tensor<3x8xf32>, %v: tensor<4x8xf32>) {
  // expected-error @below {{attention_c3: queries, keys and values must have one element type, keys and values as many tokens}}
  %0 = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 2 : i64}
      : tensor<?x8xf32>, tensor<3x8xf32>, tensor<4x8xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%q: tensor<?x8xf32>, %k: tensor<?x8xf16>, %v: tensor<?x8xf32>) {
  // expected-error @below {{attention_c3}}
  %0 = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 2 : i64}
      : tensor<?x8xf32>, tensor<?x8xf16>, tensor<?x8xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>) {
  // expected-error @below {{attention_c4: the scale must fit in f32, got 0x7FF0000000000000 : f64}}
  %0 = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 2 : i64, scale = 0x7FF0000000000000 : f64}
      : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>) {
  // expected-error @below {{inferred type(s)}}
  // expected-error @below {{failed to infer returned types}}
  %0 = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 2 : i64}
      : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x4xf32>
  return
}

// -----

// Numbers that are infinite or zero in f32 and not here.
func.func @f(%x: tensor<?x8xf32>, %w: tensor<8xf32>) {
  // expected-error @below {{norm_c4: eps must be zero or positive and fit in f32, got 9.9999999999999994E+38 : f64}}
  %0 = llama.norm %x over [1] gain %w {eps = 1.0e39 : f64} : tensor<?x8xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>, %w: tensor<8xf32>) {
  // expected-error @below {{norm_c4}}
  %0 = llama.norm %x over [1] gain %w {eps = 1.0e-46 : f64} : tensor<?x8xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>, %p: tensor<?xi32>) {
  // expected-error @below {{rotary_c1: theta must be positive and fit in f32, got 1.000000e-300 : f64}}
  %0 = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e-300 : f64> {heads = 2 : i64}
      : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>, %p: tensor<?xi32>) {
  // expected-error @below {{rotary_c1}}
  %0 = llama.rope %x, %p by #llama.rotary<half, theta = -1.0e4 : f64> {heads = 2 : i64}
      : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>) {
  // expected-error @below {{attention_c4}}
  %0 = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 2 : i64, scale = -1.0e39 : f64}
      : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  return
}

// -----

// Encodings that are no layout of a weight, and weights where none may lie in
// panels.
func.func @f(%x: tensor<?x8xf32>, %w: tensor<4x8xf32, "mine">) {
  // expected-error @below {{operand #1 must be static rank-2 tensor, plain, of pairs or in panels, of f32, bf16 or f16 values, but got 'tensor<4x8xf32, "mine">'}}
  %0 = llama.linear %x, %w : tensor<?x8xf32>, tensor<4x8xf32, "mine"> -> tensor<?x4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>, %w: tensor<4x8xf32>, %b: tensor<4xf32, "mine">) {
  // expected-error @below {{operand #2 must be plain static rank-1 tensor of f32, bf16 or f16 values, but got 'tensor<4xf32, "mine">'}}
  %0 = llama.linear %x, %w bias %b : tensor<?x8xf32>, tensor<4x8xf32>, tensor<4xf32, "mine"> -> tensor<?x4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>, %p: tensor<?xi32, "mine">) {
  // expected-error @below {{operand #1 must be plain rank-1 or rank-2 tensor of 32-bit signless integer values}}
  %0 = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64}
      : tensor<?x8xf32>, tensor<?xi32, "mine"> -> tensor<?x8xf32>
  return
}

// -----

// Misspelt attributes, and such of what an op cannot do.
func.func @f(%x: tensor<?x8xf32>, %p: tensor<?xi32>) {
  // expected-error @below {{has no attribute 'rotary_dim', only heads, rotary, rotated_heads}}
  %0 = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64, rotary_dim = 2 : i64}
      : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>) {
  // expected-error @below {{has no attribute 'chunk', only causal, heads, kv_heads, scale, slopes, softcap, window}}
  %0 = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 2 : i64, causal, chunk = 4096 : i64}
      : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>) {
  // expected-error @below {{'llama.add' op has no attribute 'alpha'}}
  %0 = llama.add %x, %x {alpha = 2.0 : f64} : tensor<?x8xf32>
  return
}

// -----

// Statistics.
func.func @f(%x: tensor<?x8x4xf32>) {
  // expected-error @below {{norm_c1: axes must grow and lie in 0 .. 2, got [3]}}
  %0 = llama.norm %x over [3] {eps = 1.0e-5 : f64} : tensor<?x8x4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8x4xf32>) {
  // expected-error @below {{norm_c1: axes must grow and lie in 0 .. 2, got [2, 1]}}
  %0 = llama.norm %x over [2, 1] {eps = 1.0e-5 : f64} : tensor<?x8x4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8x4xf32>) {
  // expected-error @below {{norm_c1}}
  %0 = llama.norm %x over [] {eps = 1.0e-5 : f64} : tensor<?x8x4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8x4xf32>) {
  // expected-error @below {{norm_c2: 3 groups do not divide axis 1 of 'tensor<?x8x4xf32>', or it is none of the axes}}
  %0 = llama.norm %x over [1, 2] groups 3 {eps = 1.0e-5 : f64} : tensor<?x8x4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8x4xf32>) {
  // expected-error @below {{norm_c2}}
  %0 = llama.norm %x over [2] groups 2 {eps = 1.0e-5 : f64} : tensor<?x8x4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8x4xf32>) {
  // expected-error @below {{norm_c2}}
  %0 = llama.norm %x over [1] groups 0 {eps = 1.0e-5 : f64} : tensor<?x8x4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8x4xf32>, %g: tensor<8xf32>) {
  // expected-error @below {{norm_c3: affine axes must grow and lie in 1 .. 2, got [3]}}
  %0 = llama.norm %x over [1] gain %g along [3] {eps = 1.0e-5 : f64} : tensor<?x8x4xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8x4xf32>, %g: tensor<8xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{norm_c3: 'tensor<4xf32>' does not have the sizes of 'tensor<?x8x4xf32>' along the axes [1]}}
  %0 = llama.norm %x over [2] centered gain %g bias %b along [1] {eps = 1.0e-5 : f64}
      : tensor<?x8x4xf32>, tensor<8xf32>, tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8x?xf32>) {
  // expected-error @below {{norm_c5}}
  %0 = llama.norm %x over [1] {eps = 1.0e-5 : f64} : tensor<?x8x?xf32>
  return
}

// -----

// A row of 2^64 elements.
func.func @f(%x: tensor<?x4294967296x4294967296xf32>) {
  // expected-error @below {{norm_c5}}
  %0 = llama.norm %x over [1] {eps = 1.0e-5 : f64} : tensor<?x4294967296x4294967296xf32>
  return
}

// -----

// A vector that no row has.
func.func @f(%x: tensor<?x8xf32>, %b: tensor<4xf32>) {
  // expected-error @below {{binary_c2: 'tensor<4xf32>' is not like 'tensor<?x8xf32>', nor a vector for its rows}}
  %0 = llama.add %x, %b : tensor<?x8xf32>, tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x2x8xf32>, %b: tensor<8xf32>) {
  // expected-error @below {{binary_c2}}
  %0 = llama.mul %x, %b : tensor<?x2x8xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>) {
  // expected-error @below {{scale_c2: the factor must fit in f32, got 9.9999999999999994E+38 : f64}}
  %0 = llama.scale %x by 1.0e39 : tensor<?x8xf32>
  return
}

// -----

// Windows and caps.
func.func @f(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>) {
  // expected-error @below {{attention_c5: a window must be positive, at most 2^30, and stand with causal, got 4 : i64}}
  %0 = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 2 : i64, window = 4 : i64}
      : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>) {
  // expected-error @below {{attention_c5}}
  %0 = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 2 : i64, causal, window = 0 : i64}
      : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>) {
  // expected-error @below {{attention_c4: the soft cap must be positive and fit in f32, got 0.000000e+00 : f64}}
  %0 = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 2 : i64, softcap = 0.0 : f64}
      : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>) {
  // expected-error @below {{attention_c5}}
  %0 = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 2 : i64, causal, window = 2147483647 : i64}
      : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>, %g: tensor<8xf32>) {
  // expected-error @below {{norm_c3: affine axes must grow and lie in 1 .. 1, got []}}
  %0 = llama.norm %x over [1] gain %g along [] {eps = 1.0e-5 : f64} : tensor<?x8xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x8xf32>) {
  // expected-error @below {{activation_c2: the first column must be one of 'tensor<?x8xf32>' but the first, got 8}}
  %0 = llama.activation gelu %x from 8 : tensor<?x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x8xf32>) {
  // expected-error @below {{activation_c2}}
  %0 = llama.activation gelu %x from 2 : tensor<?x4x8xf32>
  return
}
