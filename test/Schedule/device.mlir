// RUN: llamir-opt %s --llamir-kernels=target=cuda --llamir-halide --halide-schedule=target=cuda | FileCheck %s
// RUN: llamir-opt %s --llamir-kernels=target=opencl --llamir-halide --halide-schedule=target=opencl | FileCheck %s --check-prefix=OTHER

// 16 bytes a thread, where rows begin at multiples of 16 bytes; an element on
// other devices.
// CHECK-LABEL: halide.pipeline @add(
// CHECK: halide.schedule for "cuda"
// CHECK: halide.set_host_alignment %arg0 to 16
// CHECK: halide.set_stride %arg0 to 64
// CHECK: %vector, %element = halide.split %i by 4 tail {{ *}}round_up
// CHECK: halide.vectorize %element
// CHECK: %[[ALL:.*]] = halide.fuse %vector, %t name "all"
// CHECK: %block, %thread = halide.split %[[ALL]] by 256 tail {{ *}}guard_with_if
// CHECK: halide.gpu_blocks %block
// CHECK: halide.gpu_threads %thread
// OTHER-LABEL: halide.pipeline @add(
// OTHER-NOT: halide.vectorize
// OTHER: halide.fuse %i, %t name "all"
func.func @element(%x: tensor<?x64xf32>, %y: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %0 = llama.add %x, %y : tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}

// A block a row: sums of vectors are made in registers, and their sums shared.
// CHECK-LABEL: halide.pipeline @norm(
// CHECK: halide.gpu_threads %thread
// CHECK: halide.gpu_blocks %t
// CHECK: halide.compute_at %sum_squares, %t
// CHECK: halide.split %k by 1024 tail
// CHECK: %[[ELEMENT:.*]] = halide.rfactor %{{.*}} as "element"
// CHECK: halide.store_in %[[ELEMENT]], {{ *}}register
// CHECK: halide.vectorize
// CHECK: %[[PART:.*]] = halide.rfactor %{{.*}} as "part"
// CHECK: %[[COPY:.*]] = halide.in %[[PART]]
// CHECK: halide.store_in %[[COPY]], {{ *}}gpu_shared
// CHECK: halide.store_in %[[PART]], {{ *}}register
// CHECK: halide.rfactor %{{.*}} as "last_part"
func.func @rows(%x: tensor<?x4096xf32>, %g: tensor<4096xf32>) -> tensor<?x4096xf32> {
  %0 = llama.norm %x over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x4096xf32>, tensor<4096xf32>
  return %0 : tensor<?x4096xf32>
}

// A lane reads 16 bytes of each of its rows at once; one token takes two steps
// together. Versions for 1, 2, 4 and 8 tokens. More than 16 are multiplied in
// tiles, of which a thread has 4 columns by 8 tokens: slices of both operands lie
// in the memory of the block, and a thread's part of one in registers.
// CHECK-LABEL: halide.pipeline @linear(
// CHECK: halide.schedule for "cuda"
// CHECK: halide.set_host_alignment %arg1 to 16
// CHECK: halide.set_stride %arg1 to 512
// CHECK: halide.specialize %out if
// CHECK: halide.split %i{{.*}} by 16 tail {{ *}}guard_with_if names ["panel", "in_panel"]
// CHECK: halide.split %t{{.*}} by 1 tail {{ *}}guard_with_if names ["tile", "row"]
// CHECK: %[[PARTIAL:.*]] = halide.rfactor %{{.*}} as "lane"
// CHECK: halide.rfactor %{{.*}} as "part"
// CHECK: %[[COPY:.*]] = halide.in %[[PARTIAL]] :
// CHECK: halide.store_in %[[COPY]], {{ *}}gpu_shared
// CHECK: halide.specialize %[[PARTIAL]] update 0 if
// CHECK: %step{{.*}}, %in_step{{.*}} = halide.split %{{.*}} by 2 {{ *}}names
// CHECK: halide.specialize %[[PARTIAL]] update 0 if
// CHECK: halide.split %{{.*}} by 1 {{ *}}names ["step", "in_step"]
// CHECK: %[[LOADED:.*]] = halide.in %arg1 for %[[PARTIAL]]
// CHECK: halide.store_in %[[LOADED]], {{ *}}register
// CHECK: halide.bound_extent %[[LOADED]] dim 0 extent 8
// CHECK: halide.vectorize
// CHECK: halide.in %activations for %[[PARTIAL]]
// CHECK: halide.vectorize
// CHECK: %[[SLICE:.*]] = halide.rfactor %{{.*}} as "slice"
// CHECK: halide.compute_at %wide_tile, %panel
// CHECK: halide.store_in %wide_tile, {{ *}}gpu_shared
// CHECK: halide.store_in %[[SLICE]], {{ *}}register
// CHECK: halide.bound_extent %[[SLICE]] dim 1 extent 4
// CHECK: halide.bound_extent %[[SLICE]] dim 2 extent 8
// CHECK: halide.store_in %panel{{.*}}, {{ *}}gpu_shared
// CHECK: halide.bound_extent %panel{{.*}} dim 2 extent 64
// CHECK: halide.store_in %wide_rows, {{ *}}gpu_shared
// CHECK: halide.bound_extent %wide_rows dim 1 extent 64
llama.weight @w : tensor<64x512xbf16> = #llama.random<seed = 1, scale = 0.1 : f64>
func.func @project(%x: tensor<?x512xbf16>) -> tensor<?x64xbf16> {
  %w = llama.get_weight @w : tensor<64x512xbf16>
  %0 = llama.linear %x, %w : tensor<?x512xbf16>, tensor<64x512xbf16> -> tensor<?x64xbf16>
  return %0 : tensor<?x64xbf16>
}

// Blocks of keys are merged in the memory of a block; with one token they are
// computed side by side, before the processor's one step over the output, which
// merges them.
// CHECK-LABEL: halide.pipeline @attention(
// CHECK: halide.schedule for "cuda"
// CHECK: halide.specialize %out if
// CHECK: names ["once", "token"]
// CHECK: %[[SINGLE:.*]] = halide.in %single_merged
// CHECK: halide.store_in %[[SINGLE]], {{ *}}gpu_shared
// CHECK: halide.compute_at %single_part, %once
// CHECK: %[[MERGED:.*]] = halide.in %merged
// CHECK: %block{{.*}}, %row{{.*}} = halide.split %{{.*}} by {{.*}} tail {{ *}}round_up names ["block", "row"]
// CHECK: halide.compute_at %merged, %block
// CHECK: halide.store_in %merged, {{ *}}gpu_shared
// CHECK: halide.compute_at %queries, %b
func.func @attend(%q: tensor<?x64xf32>, %k: tensor<?x64xf32>, %v: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %0 = llama.attention %q, %k, %v {heads = 4 : i64, kv_heads = 4 : i64, causal} : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32> -> tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}

// Columns of wider rows, which begin at multiples of 16 bytes or do not.
// CHECK-LABEL: halide.pipeline @mul(
// CHECK: halide.set_stride %arg0 to 128
// CHECK: halide.set_stride %arg1 to 128
// CHECK-LABEL: halide.pipeline @activation(
// CHECK-NOT: halide.set_stride %arg0
func.func @columns(%x: tensor<?x128xf32>, %y: tensor<?x130xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
  %a:2 = llama.split %x : tensor<?x128xf32> -> tensor<?x64xf32>, tensor<?x64xf32>
  %0 = llama.mul %a#0, %a#1 : tensor<?x64xf32>
  %b:2 = llama.split %y : tensor<?x130xf32> -> tensor<?x66xf32>, tensor<?x64xf32>
  %1 = llama.activation silu %b#1 : tensor<?x64xf32>
  return %0, %1 : tensor<?x64xf32>, tensor<?x64xf32>
}
