// One op or fused pair a function, each compared with the reference.

// RUN: llamir run %s --check --function=rope_interleaved --dim=tokens=7 | FileCheck %s
// RUN: llamir run %s --check --function=rope_partial --dim=tokens=7 | FileCheck %s
// RUN: llamir run %s --check --function=rope_partial_interleaved --dim=tokens=7 | FileCheck %s
// RUN: llamir run %s --check --function=rope_twice --dim=tokens=7 | FileCheck %s
// RUN: llamir run %s --check --function=rope_scaled --dim=tokens=7 | FileCheck %s
// RUN: llamir run %s --check --function=rope_by_length --dim=tokens=7 | FileCheck %s
// RUN: llamir run %s --check --function=rope_by_length --dim=tokens=1 | FileCheck %s
// RUN: llamir run %s --check --function=vectors --dim=tokens=7 | FileCheck %s
// RUN: llamir run %s --check --function=fused_partial --dim=tokens=13 | FileCheck %s
// RUN: llamir run %s --check --function=fused_interleaved --dim=tokens=13 | FileCheck %s
// RUN: llamir run %s --check --function=long_position --dim=tokens=70000 | FileCheck %s
// RUN: llamir run %s --check --function=bias --dim=tokens=9 | FileCheck %s
// RUN: llamir run %s --check --function=long_sum --dim=tokens=9 | FileCheck %s
// RUN: llamir run %s --check --function=long_sum --dim=tokens=1 | FileCheck %s
// RUN: llamir run %s --check --function=activations --dim=tokens=5 | FileCheck %s
// RUN: llamir run %s --check --function=half_types --dim=tokens=5 | FileCheck %s
// RUN: llamir run %s --check --function=weight_argument --dim=tokens=5 | FileCheck %s --check-prefix=PACKED
// PACKED: {{^pack .* ok$}}
// PACKED: {{^gated_ffn .* ok$}}
// RUN: llamir run %s --check --function=returned_parts --dim=tokens=5 | FileCheck %s
// RUN: llamir run %s --check --function=static_tokens | FileCheck %s
// RUN: llamir run %s --check --function=embedding --dim=tokens=5 | FileCheck %s

// CHECK: {{ ok$}}
// CHECK-NOT: WRONG

func.func @rope_interleaved(%x: tensor<?x72xf32>, %pos: tensor<?xi32>) -> tensor<?x72xf32> {
  %r = llama.rope %x, %pos by #llama.rotary<interleaved, theta = 5.0e5 : f64> {heads = 6 : i64} : tensor<?x72xf32>, tensor<?xi32> -> tensor<?x72xf32>
  return %r : tensor<?x72xf32>
}
func.func @rope_partial(%x: tensor<?x72xf32>, %pos: tensor<?xi32>) -> tensor<?x72xf32> {
  %r = llama.rope %x, %pos by #llama.rotary<half, theta = 1.0e4 : f64, dims = 10> {heads = 3 : i64, rotated_heads = 2 : i64} : tensor<?x72xf32>, tensor<?xi32> -> tensor<?x72xf32>
  return %r : tensor<?x72xf32>
}
func.func @rope_partial_interleaved(%x: tensor<?x72xf32>, %pos: tensor<?xi32>) -> tensor<?x72xf32> {
  %r = llama.rope %x, %pos by #llama.rotary<interleaved, theta = 1.0e4 : f64, dims = 10> {heads = 3 : i64} : tensor<?x72xf32>, tensor<?xi32> -> tensor<?x72xf32>
  return %r : tensor<?x72xf32>
}
func.func @rope_scaled(%x: tensor<?x72xf32>, %pos: tensor<?xi32>) -> (tensor<?x72xf32>, tensor<?x72xf32>, tensor<?x72xf32>) {
  %l = llama.rope %x, %pos by #llama.rotary<half, theta = 1.0e4 : f64, scaling = #llama.linear_scaling<factor = 4.0 : f64>> {heads = 3 : i64} : tensor<?x72xf32>, tensor<?xi32> -> tensor<?x72xf32>
  %y = llama.rope %x, %pos by #llama.rotary<half, theta = 1.0e4 : f64, scaling = #llama.yarn_scaling<factor = 4.0 : f64, length = 32, fast = 32.0 : f64, slow = 1.0 : f64, magnitude = 1.138 : f64>> {heads = 3 : i64} : tensor<?x72xf32>, tensor<?xi32> -> tensor<?x72xf32>
  %b = llama.rope %x, %pos by #llama.rotary<half, theta = 5.0e5 : f64, scaling = #llama.band_scaling<factor = 8.0 : f64, low = 1.0 : f64, high = 4.0 : f64, length = 64>> {heads = 3 : i64} : tensor<?x72xf32>, tensor<?xi32> -> tensor<?x72xf32>
  return %l, %y, %b : tensor<?x72xf32>, tensor<?x72xf32>, tensor<?x72xf32>
}
// Angles that depend on the largest position: sequences shorter and longer than
// what the model was trained for, alone and behind a projection.
func.func @rope_by_length(%x: tensor<?x40xf32>, %pos: tensor<?xi32>) -> (tensor<?x72xf32>, tensor<?x40xf32>, tensor<?x40xf32>, tensor<?x40xf32>) {
  %w = llama.get_weight @w : tensor<72x40xf32>
  %p = llama.linear %x, %w : tensor<?x40xf32>, tensor<72x40xf32> -> tensor<?x72xf32>
  %a = llama.rope %p, %pos by #llama.rotary<half, theta = 1.0e4 : f64, scaling = #llama.dynamic_scaling<factor = 2.0 : f64, length = 4>> {heads = 3 : i64} : tensor<?x72xf32>, tensor<?xi32> -> tensor<?x72xf32>
  %b = llama.rope %x, %pos by #llama.rotary<interleaved, theta = 1.0e4 : f64, scaling = #llama.dynamic_scaling<factor = 3.0 : f64, length = 1000>> {heads = 4 : i64} : tensor<?x40xf32>, tensor<?xi32> -> tensor<?x40xf32>
  %c = llama.rope %x, %pos by #llama.rotary<half, theta = 1.0e4 : f64, dims = 4, scaling = #llama.long_scaling<short = [1.0, 1.5], long = [1.0, 4.0], length = 4, magnitude = 1.25 : f64>> {heads = 4 : i64} : tensor<?x40xf32>, tensor<?xi32> -> tensor<?x40xf32>
  %d = llama.rope %x, %pos by #llama.rotary<half, theta = 1.0e4 : f64, dims = 4, scaling = #llama.long_scaling<short = [1.0, 1.5], long = [1.0, 4.0], length = 4000, magnitude = 1.25 : f64>> {heads = 4 : i64} : tensor<?x40xf32>, tensor<?xi32> -> tensor<?x40xf32>
  return %a, %b, %c, %d : tensor<?x72xf32>, tensor<?x40xf32>, tensor<?x40xf32>, tensor<?x40xf32>
}
// Vectors for all rows, and a factor.
func.func @vectors(%x: tensor<?x72xf32>, %b: tensor<72xbf16>) -> tensor<?x72xf32> {
  %s = llama.scale %x by -2.5 : tensor<?x72xf32>
  %a = llama.add %s, %b : tensor<?x72xf32>, tensor<72xbf16>
  %m = llama.mul %a, %b : tensor<?x72xf32>, tensor<72xbf16>
  return %m : tensor<?x72xf32>
}
// Each rotation of a kernel has its angles.
func.func @rope_twice(%x: tensor<?x8xf32>, %pos: tensor<?xi32>) -> tensor<?x8xf32> {
  %k = llama.kernel "twice" (%a = %x, %p = %pos) : (tensor<?x8xf32>, tensor<?xi32>) -> tensor<?x8xf32> {
    %r = llama.rope %a, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
    %s = llama.rope %r, %p by #llama.rotary<half, theta = 5.0e5 : f64> {heads = 2 : i64} : tensor<?x8xf32>, tensor<?xi32> -> tensor<?x8xf32>
    llama.yield %s : tensor<?x8xf32>
  }
  return %k : tensor<?x8xf32>
}

llama.weight @w : tensor<72x40xf32> = #llama.random<seed = 1, scale = 0.2 : f64>
llama.weight @b : tensor<72xf32> = #llama.random<seed = 2, scale = 1.0 : f64>
func.func @fused_partial(%x: tensor<?x40xf32>, %pos: tensor<?xi32>) -> tensor<?x72xf32> {
  %w = llama.get_weight @w : tensor<72x40xf32>
  %b = llama.get_weight @b : tensor<72xf32>
  %l = llama.linear %x, %w bias %b : tensor<?x40xf32>, tensor<72x40xf32>, tensor<72xf32> -> tensor<?x72xf32>
  %r = llama.rope %l, %pos by #llama.rotary<half, theta = 1.0e4 : f64, dims = 10> {heads = 3 : i64} : tensor<?x72xf32>, tensor<?xi32> -> tensor<?x72xf32>
  return %r : tensor<?x72xf32>
}
func.func @fused_interleaved(%x: tensor<?x40xf32>, %pos: tensor<?xi32>) -> tensor<?x72xf32> {
  %w = llama.get_weight @w : tensor<72x40xf32>
  %l = llama.linear %x, %w : tensor<?x40xf32>, tensor<72x40xf32> -> tensor<?x72xf32>
  %r = llama.rope %l, %pos by #llama.rotary<interleaved, theta = 1.0e4 : f64> {heads = 3 : i64} : tensor<?x72xf32>, tensor<?xi32> -> tensor<?x72xf32>
  return %r : tensor<?x72xf32>
}
func.func @long_position(%x: tensor<?x4xf32>, %pos: tensor<?xi32>) -> tensor<?x4xf32> {
  %r = llama.rope %x, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 1 : i64} : tensor<?x4xf32>, tensor<?xi32> -> tensor<?x4xf32>
  return %r : tensor<?x4xf32>
}
func.func @bias(%x: tensor<?x40xf32>) -> tensor<?x72xf32> {
  %w = llama.get_weight @w : tensor<72x40xf32>
  %b = llama.get_weight @b : tensor<72xf32>
  %l = llama.linear %x, %w bias %b : tensor<?x40xf32>, tensor<72x40xf32>, tensor<72xf32> -> tensor<?x72xf32>
  return %l : tensor<?x72xf32>
}
llama.weight @long : tensor<70x1300xf32> = #llama.random<seed = 3, scale = 0.05 : f64>
func.func @long_sum(%x: tensor<?x1300xf32>) -> tensor<?x70xf32> {
  %w = llama.get_weight @long : tensor<70x1300xf32>
  %l = llama.linear %x, %w : tensor<?x1300xf32>, tensor<70x1300xf32> -> tensor<?x70xf32>
  return %l : tensor<?x70xf32>
}
func.func @activations(%x: tensor<?x33xf32>) -> (tensor<?x33xf32>, tensor<?x33xf32>, tensor<?x33xf32>, tensor<?x33xf32>, tensor<?x33xf32>, tensor<?x33xf32>) {
  %0 = llama.activation silu %x : tensor<?x33xf32>
  %1 = llama.activation gelu %x : tensor<?x33xf32>
  %2 = llama.activation gelu_tanh %x : tensor<?x33xf32>
  %3 = llama.activation relu %x : tensor<?x33xf32>
  %4 = llama.activation sigmoid %x : tensor<?x33xf32>
  %5 = llama.activation tanh %x : tensor<?x33xf32>
  return %0, %1, %2, %3, %4, %5 : tensor<?x33xf32>, tensor<?x33xf32>, tensor<?x33xf32>, tensor<?x33xf32>, tensor<?x33xf32>, tensor<?x33xf32>
}
func.func @half_types(%x: tensor<?x40xbf16>, %g: tensor<40xf16>) -> tensor<?x40xbf16> {
  %a = llama.add %x, %x : tensor<?x40xbf16>
  %n = llama.norm %a over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x40xbf16>, tensor<40xf16>
  return %n : tensor<?x40xbf16>
}
func.func @weight_argument(%x: tensor<?x24xf32>, %w: tensor<20x24xf32>, %v: tensor<20x24xf32>) -> tensor<?x20xf32> {
  %g = llama.linear %x, %w : tensor<?x24xf32>, tensor<20x24xf32> -> tensor<?x20xf32>
  %u = llama.linear %x, %v : tensor<?x24xf32>, tensor<20x24xf32> -> tensor<?x20xf32>
  %s = llama.activation silu %g : tensor<?x20xf32>
  %p = llama.mul %s, %u : tensor<?x20xf32>
  return %p : tensor<?x20xf32>
}
func.func @returned_parts(%x: tensor<?x24xf32>) -> (tensor<?x8xf32>, tensor<?x16xf32>) {
  %a = llama.add %x, %x : tensor<?x24xf32>
  %s:2 = llama.split %a : tensor<?x24xf32> -> tensor<?x8xf32>, tensor<?x16xf32>
  return %s#0, %s#1 : tensor<?x8xf32>, tensor<?x16xf32>
}
func.func @static_tokens(%x: tensor<5x40xf32>, %pos: tensor<5xi32>) -> tensor<5x72xf32> {
  %w = llama.get_weight @w : tensor<72x40xf32>
  %l = llama.linear %x, %w : tensor<5x40xf32>, tensor<72x40xf32> -> tensor<5x72xf32>
  %r = llama.rope %l, %pos by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 3 : i64} : tensor<5x72xf32>, tensor<5xi32> -> tensor<5x72xf32>
  return %r : tensor<5x72xf32>
}
llama.weight @table : tensor<50x12xbf16> = #llama.random<seed = 4, scale = 1.0 : f64>
func.func @embedding(%ids: tensor<?xi32>) -> tensor<?x12xf32> {
  %t = llama.get_weight @table : tensor<50x12xbf16>
  %e = llama.embedding %ids, %t : tensor<?xi32>, tensor<50x12xbf16> -> tensor<?x12xf32>
  return %e : tensor<?x12xf32>
}
