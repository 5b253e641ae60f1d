// RUN: llamir-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: tensor<?x4x8xf32>) {
  // expected-error @below {{norm_c6: statistics of the batch must be centred, over all axes but 1, not in groups, with gain and bias along [1] and no offset}}
  %0 = llama.norm %x over [0, 2] {eps = 0.0 : f64} : tensor<?x4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x8xf32>) {
  // expected-error @below {{norm_c6}}
  %0 = llama.norm %x over [0, 1, 2] centered {eps = 0.0 : f64} : tensor<?x4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x8xf32>, %g: tensor<4x8xf32>) {
  // expected-error @below {{norm_c6}}
  %0 = llama.norm %x over [0, 2] centered gain %g along [1, 2] {eps = 0.0 : f64} : tensor<?x4x8xf32>, tensor<4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x8xf32>) {
  // expected-error @below {{norm_c4: eps must be zero or positive and fit in f32}}
  %0 = llama.norm %x over [0, 2] centered {eps = -1.0 : f64} : tensor<?x4x8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x?xf32>) {
  // expected-error @below {{statistics_c1: all sizes but the first must be static and positive, got 'tensor<?x4x?xf32>'}}
  %0, %1 = llama.statistics %x over [0, 2] : tensor<?x4x?xf32> -> tensor<4xf32>, tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x8xf32>) {
  // expected-error @below {{statistics_c2: axes must be all but 1, or all but 0 and 1, got [0, 1]}}
  %0, %1 = llama.statistics %x over [0, 1] : tensor<?x4x8xf32> -> tensor<8xf32>, tensor<8xf32>
  return
}

// -----

// One element has no statistics of its own.
func.func @f(%x: tensor<?x4xf32>) {
  // expected-error @below {{statistics_c2: axes must be all but 1, or all but 0 and 1, got []}}
  %0, %1 = llama.statistics %x over [] : tensor<?x4xf32> -> tensor<?x4xf32>, tensor<?x4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x8xf32>) {
  // expected-error @below {{statistics_c3: mean and variance must be f32 with a number for each channel of each sample, got 'tensor<4xf32>'}}
  %0, %1 = llama.statistics %x over [2] : tensor<?x4x8xf32> -> tensor<4xf32>, tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x8xbf16>) {
  // expected-error @below {{statistics_c3: mean and variance must be f32 with a number for each channel, got 'tensor<4xbf16>'}}
  %0, %1 = llama.statistics %x over [0, 2] : tensor<?x4x8xbf16> -> tensor<4xbf16>, tensor<4xbf16>
  return
}

// -----

func.func @f(%x: tensor<?x4x8xf32>) {
  // expected-error @below {{statistics_c3: there must be 2 results, got 1}}
  %0 = llama.statistics %x over [0, 2] : tensor<?x4x8xf32> -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x8xf32>, %m: tensor<4xf32>) {
  // expected-error @below {{statistics_c4: a running mean, a running variance and a momentum must stand together, with axis 0}}
  %0:4 = llama.statistics %x over [0, 2] updating %m, %m
      : tensor<?x4x8xf32>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x8xf32>, %m: tensor<4xf32>) {
  // expected-error @below {{statistics_c4: there must be 4 results, got 2}}
  %0:2 = llama.statistics %x over [0, 2] updating %m, %m {momentum = 0.1 : f64}
      : tensor<?x4x8xf32>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>, tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x8xf32>, %m: tensor<8xf32>) {
  // expected-error @below {{statistics_c4: running statistics must be of one type with a number for each channel, got 'tensor<8xf32>'}}
  %0:4 = llama.statistics %x over [0, 2] updating %m, %m {momentum = 0.1 : f64}
      : tensor<?x4x8xf32>, tensor<8xf32>, tensor<8xf32> -> tensor<4xf32>, tensor<4xf32>, tensor<8xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x8xf32>, %m: tensor<4xf32>) {
  // expected-error @below {{statistics_c4: the momentum must lie in 0 .. 1, got 1.500000e+00 : f64}}
  %0:4 = llama.statistics %x over [0, 2] updating %m, %m {momentum = 1.5 : f64}
      : tensor<?x4x8xf32>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  return
}

// -----

func.func @f(%m: tensor<?x?xf32>, %l: tensor<3xf32>) {
  // expected-error @below {{mix_statistics_c1}}
  %0:2 = llama.mix_statistics %m, %m by %l, %l : tensor<?x?xf32>, tensor<3xf32>, tensor<3xf32>
  return
}

// -----

func.func @f(%m: tensor<?x4xf32>, %l: tensor<2xf32>) {
  // expected-error @below {{mix_statistics_c2: there must be 3 logits, got 'tensor<2xf32>'}}
  %0:2 = llama.mix_statistics %m, %m by %l, %l : tensor<?x4xf32>, tensor<2xf32>, tensor<2xf32>
  return
}

// -----

func.func @f(%m: tensor<?x4xf32>, %l: tensor<3xf32>, %r: tensor<3xf32>) {
  // expected-error @below {{mix_statistics_c3: a running mean and a running variance must stand together, with a number for each channel of 'tensor<?x4xf32>'}}
  %0:2 = llama.mix_statistics %m, %m by %l, %l running %r, %r : tensor<?x4xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
  return
}

// -----

func.func @f(%x: tensor<?x?x8xf32>, %m: tensor<4xf32>) {
  // expected-error @below {{normalize_c1}}
  %0 = llama.normalize %x by %m, %m {eps = 0.0 : f64} : tensor<?x?x8xf32>, tensor<4xf32>, tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x8xf32>, %m: tensor<8xf32>) {
  // expected-error @below {{normalize_c2: mean and variance must have a number for each channel of 'tensor<?x4x8xf32>', or for each channel of each sample, got 'tensor<8xf32>' and 'tensor<8xf32>'}}
  %0 = llama.normalize %x by %m, %m {eps = 0.0 : f64} : tensor<?x4x8xf32>, tensor<8xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x8xf32>, %m: tensor<4xf32>, %v: tensor<?x4xf32>) {
  // expected-error @below {{normalize_c2}}
  %0 = llama.normalize %x by %m, %v {eps = 0.0 : f64} : tensor<?x4x8xf32>, tensor<4xf32>, tensor<?x4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x8xf32>, %m: tensor<4xf32>, %g: tensor<8xf32>) {
  // expected-error @below {{normalize_c3: 'tensor<8xf32>' does not have a number for each channel of 'tensor<?x4x8xf32>'}}
  %0 = llama.normalize %x by %m, %m gain %g {eps = 0.0 : f64} : tensor<?x4x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<8xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4x8xf32>, %m: tensor<4xf32>) {
  // expected-error @below {{normalize_c4: eps must be zero or positive and fit in f32, got -1.000000e+00 : f64}}
  %0 = llama.normalize %x by %m, %m {eps = -1.0 : f64} : tensor<?x4x8xf32>, tensor<4xf32>, tensor<4xf32>
  return
}
