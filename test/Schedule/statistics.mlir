// RUN: llamir-opt %s --convert-llama-to-halide --halide-schedule=target=x86-64-avx2 | FileCheck %s
// RUN: llamir-opt %s --convert-llama-to-halide --halide-schedule=target=cuda | FileCheck %s --check-prefix=DEVICE

// Parts in tasks, each with its two sums, of which the second reads from cache.
// CHECK-LABEL: halide.pipeline @images(
// CHECK: halide.schedule for "x86-64-avx2"
// CHECK: halide.compute_root %part
// CHECK: halide.parallel
// CHECK: halide.compute_at %total
// CHECK: halide.compute_at %squares
// CHECK: halide.compute_root %batch_total
// CHECK: halide.compute_root %batch_squares

// A block for each part.
// DEVICE-LABEL: halide.pipeline @images(
// DEVICE: halide.schedule for "cuda
// DEVICE: halide.compute_root %part
// DEVICE: %[[ROW:.*]] = halide.fuse %c, %b name "row"
// DEVICE: halide.gpu_blocks %[[ROW]]
// DEVICE: halide.compute_at %total, %[[ROW]]
func.func private @images(%x: tensor<?x12x5x7xf32>) -> (tensor<12xf32>, tensor<12xf32>) attributes {llama.kernel} {
  %m, %v = llama.statistics %x over [0, 2, 3] : tensor<?x12x5x7xf32> -> tensor<12xf32>, tensor<12xf32>
  return %m, %v : tensor<12xf32>, tensor<12xf32>
}
