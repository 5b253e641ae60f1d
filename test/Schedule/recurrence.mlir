// RUN: llamir-opt %s --convert-llama-to-halide --halide-schedule=target=x86-64-avx2 | FileCheck %s
// RUN: llamir-opt %s --convert-llama-to-halide --halide-schedule=target=cuda | FileCheck %s --check-prefix=DEVICE

// A chunk of a head is a task; what chunks before it have is computed before, the
// state of each chunk at the step of the scan that reads it.
// CHECK-LABEL: halide.pipeline @causal(
// CHECK: halide.schedule for "x86-64-avx2"
// CHECK: %[[TASK:.*]] = halide.fuse %{{.*}}, %{{.*}} name "task"
// CHECK: halide.parallel %[[TASK]]
// CHECK: halide.compute_at %numerator, %[[TASK]]
// CHECK: halide.compute_at %scores, %[[TASK]]
// CHECK: halide.compute_root %carried
// CHECK: halide.compute_at %chunk_state, %b

// DEVICE-LABEL: halide.pipeline @causal(
// DEVICE: halide.compute_root %carried
// DEVICE: halide.gpu_blocks
func.func private @causal(%q: tensor<?x128xf32>, %v: tensor<?x128xf32>) -> tensor<?x128xf32> attributes {llama.kernel} {
  %y = llama.linear_attention %q, %q, %v {heads = 2 : i64} : tensor<?x128xf32>, tensor<?x128xf32>, tensor<?x128xf32> -> tensor<?x128xf32>
  return %y : tensor<?x128xf32>
}
