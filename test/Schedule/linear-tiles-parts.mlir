// RUN: llamir-opt %s --llamir-kernels=target=x86-64-amx --llamir-halide --halide-schedule=target=x86-64-amx | FileCheck %s

// Activations of f32 by a weight of bf16: both products, for few and for more tokens, are
// computed by one function from three parts of each number, which are made together.
// CHECK-LABEL: halide.pipeline @linear(
// CHECK: halide.specialize %out if
// CHECK: halide.compute_at %product, %
// CHECK: halide.compute_at %wide_product, %
// CHECK: halide.extern %product by @multiply_tiles_64x32x1_in_parts(%parts, %{{.*}}) constants [0] rows 16
// CHECK: halide.compute_root %parts
// CHECK: halide.bound_extent %parts dim 1 extent 3
// CHECK: halide.unroll %part
// CHECK: halide.extern %wide_product by @multiply_tiles_64x32x1_in_parts(%parts,
// CHECK-LABEL: func.func private @multiply_tiles_64x32x1_in_parts(
// CHECK-SAME: %[[PARTS:.*]]: memref<?x3x64xbf16, strided<[?, ?, 1]>>
// CHECK: %[[HIGH:.*]] = amx.tile_load %[[PARTS]][%[[T:.*]], %c0, %[[K:.*]]]
// CHECK: %[[MIDDLE:.*]] = amx.tile_load %[[PARTS]][%[[T]], %c1, %[[K]]]
// CHECK: %[[LOW:.*]] = amx.tile_load %[[PARTS]][%[[T]], %c2, %[[K]]]
// CHECK: %[[B:.*]] = amx.tile_load
// CHECK: %[[FIRST:.*]] = amx.tile_mulf %[[HIGH]], %[[B]], %
// CHECK: %[[SECOND:.*]] = amx.tile_mulf %[[MIDDLE]], %[[B]], %[[FIRST]]
// CHECK: amx.tile_mulf %[[LOW]], %[[B]], %[[SECOND]]
llama.weight @narrow : tensor<32x64xbf16> = #llama.random<seed = 3, scale = 1.0 : f64>
func.func @g(%x: tensor<?x64xf32> {llama.dims = ["tokens"]}) -> tensor<?x32xf32> {
  %w = llama.get_weight @narrow : tensor<32x64xbf16>
  %l = llama.linear %x, %w : tensor<?x64xf32>, tensor<32x64xbf16> -> tensor<?x32xf32>
  return %l : tensor<?x32xf32>
}
