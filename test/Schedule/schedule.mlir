// RUN: llamir-opt %s --llamir-kernels=target=x86-64-avx512 --llamir-halide --halide-schedule=target=x86-64-avx512 | FileCheck %s
// RUN: llamir-opt %s --llamir-kernels=target=x86-64-avx2 --llamir-halide --halide-schedule=target=x86-64-avx2 | FileCheck %s --check-prefix=AVX2
// RUN: not llamir-opt %s --halide-schedule=target=z80 2>&1 | FileCheck %s --check-prefix=TARGET

// TARGET: error: unknown target 'z80'

// Panels of 64 columns by 6 rows; 2 more vectors than that would spill.
// CHECK-LABEL: halide.pipeline @linear(
// CHECK: halide.schedule for "x86-64-avx512"
// CHECK: halide.specialize %out if
// CHECK: halide.split %i by 64 tail {{ *}}guard_with_if names ["panel", "column"]
// CHECK: halide.parallel
// CHECK: halide.compute_at %product
// CHECK: halide.bound_extent %product dim 0 extent 64
// CHECK: by 512 tail {{ *}}guard_with_if names ["k_block", "k_within"]
// CHECK: halide.rfactor
// CHECK: by 6 tail {{ *}}round_up names ["tile", "tile_row"]
// AVX2-LABEL: halide.pipeline @linear(
// AVX2: halide.bound_extent %product dim 0 extent 24
// AVX2: by 4 tail {{ *}}round_up names ["tile", "tile_row"]
llama.weight @w : tensor<4096x4096xf32> = #llama.random<seed = 1, scale = 1.0 : f64>
func.func @f(%x: tensor<?x4096xf32>, %g: tensor<4096xf32>) -> (tensor<?x4096xf32>, tensor<?x4096xf32>) {
  %w = llama.get_weight @w : tensor<4096x4096xf32>
  %l = llama.linear %x, %w : tensor<?x4096xf32>, tensor<4096x4096xf32> -> tensor<?x4096xf32>
  %n = llama.rms_norm %x, %g {eps = 1.0e-5 : f64} : tensor<?x4096xf32>, tensor<4096xf32>
  return %l, %n : tensor<?x4096xf32>, tensor<?x4096xf32>
}

// CHECK-LABEL: halide.pipeline @rms_norm(
// Up to 4 rows are one task and start no others.
// CHECK: halide.specialize %out if
// CHECK-NOT: halide.parallel
// CHECK: }
// CHECK: halide.split %t by 4 tail {{ *}}guard_with_if names ["task", "row"]
// CHECK: halide.compute_at %sum_squares, %row
// CHECK: halide.rfactor
// CHECK: halide.atomic %sum_squares update 0
