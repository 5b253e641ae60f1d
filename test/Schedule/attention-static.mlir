// RUN: llamir-opt %s --llamir-halide --halide-schedule=target=x86-64-avx512 | FileCheck %s

// A known number of tokens has one kind of tiles, and so no versions of the output.

// CHECK-LABEL: halide.pipeline @one(
// CHECK: halide.schedule
// CHECK-NOT: halide.specialize
// CHECK: halide.rfactor %{{.*}} as "lane"
// CHECK-NOT: halide.specialize
func.func private @one(%q: tensor<1x512xf32>, %k: tensor<?x128xf32>, %v: tensor<?x128xf32>) -> tensor<1x512xf32> attributes {llama.kernel} {
  %a = llama.attention %q, %k, %v {heads = 4 : i64, kv_heads = 1 : i64, causal} : tensor<1x512xf32>, tensor<?x128xf32>, tensor<?x128xf32> -> tensor<1x512xf32>
  return %a : tensor<1x512xf32>
}

// A task is a head and one tile: that of few tokens.
// CHECK-LABEL: halide.pipeline @few(
// CHECK: halide.schedule
// CHECK-NOT: halide.specialize
// CHECK: %tile, %token = halide.split %t by 4 tail
// CHECK: %[[TASK:.*]] = halide.fuse %tile, %{{.*}} name "few_task"
// CHECK: halide.parallel %[[TASK]]
// CHECK-NOT: halide.compute_at %few_values
// CHECK: halide.bound_extent %few_scores dim 0 extent 16
// CHECK-NOT: halide.specialize
func.func private @few(%q: tensor<3x512xf32>, %k: tensor<?x128xf32>, %v: tensor<?x128xf32>) -> tensor<3x512xf32> attributes {llama.kernel} {
  %a = llama.attention %q, %k, %v {heads = 4 : i64, kv_heads = 1 : i64, causal} : tensor<3x512xf32>, tensor<?x128xf32>, tensor<?x128xf32> -> tensor<3x512xf32>
  return %a : tensor<3x512xf32>
}

// Values whose width no vector divides are copied, with the width rounded up.
// CHECK-LABEL: halide.pipeline @few_odd_values(
// CHECK: halide.bound_extent %few_merged dim 0 extent 112
// CHECK: halide.compute_at %few_values
// CHECK-NEXT: halide.bound_extent %few_values dim 0 extent 112
func.func private @few_odd_values(%q: tensor<3x512xf32>, %k: tensor<?x128xf32>, %v: tensor<?x100xf32>) -> tensor<3x400xf32> attributes {llama.kernel} {
  %a = llama.attention %q, %k, %v {heads = 4 : i64, kv_heads = 1 : i64, causal} : tensor<3x512xf32>, tensor<?x128xf32>, tensor<?x100xf32> -> tensor<3x400xf32>
  return %a : tensor<3x400xf32>
}

// A task is a head and 4 tiles of 12 tokens, which share copies of keys and values.
// CHECK-LABEL: halide.pipeline @many(
// CHECK: halide.schedule
// CHECK-NOT: halide.specialize
// CHECK: %tile, %token = halide.split %t by 48 tail
// CHECK: halide.compute_at %keys, %h
// CHECK: halide.compute_at %values, %h
// CHECK-NOT: halide.specialize
func.func private @many(%q: tensor<60x512xf32>, %k: tensor<?x128xf32>, %v: tensor<?x128xf32>) -> tensor<60x512xf32> attributes {llama.kernel} {
  %a = llama.attention %q, %k, %v {heads = 4 : i64, kv_heads = 1 : i64, causal} : tensor<60x512xf32>, tensor<?x128xf32>, tensor<?x128xf32> -> tensor<60x512xf32>
  return %a : tensor<60x512xf32>
}
