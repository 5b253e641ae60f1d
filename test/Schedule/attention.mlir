// RUN: llamir-opt %s --llamir-kernels=target=x86-64-avx512 --llamir-halide --halide-schedule=target=x86-64-avx512 | FileCheck %s
// RUN: llamir-opt %s --llamir-kernels=target=x86-64-avx2 --llamir-halide --halide-schedule=target=x86-64-avx2 | FileCheck %s --check-prefix=AVX2

// One token has its own funcs, with elements of a head as vectors and blocks of
// keys side by side; up to 4 tokens of 4 heads have tiles of 16 rows, more have
// tasks of 4 tiles of 48 rows, which share copies of a head's keys and values.
// CHECK: halide.func "single_merged"
// CHECK: halide.func "few_merged"
// CHECK: halide.func "merged"
// CHECK: halide.schedule for "x86-64-avx512"

// CHECK: %[[C1:.*]] = arith.constant 1 : index
// CHECK: %[[ONE:.*]] = arith.cmpi sle, %{{.*}}, %[[C1]]
// CHECK: halide.specialize %out if %[[ONE]]
// CHECK: %[[TASK:.*]] = halide.fuse %group, %{{.*}} name "single_task"
// CHECK: halide.parallel %[[TASK]]
// CHECK: halide.compute_at %single_scores
// CHECK: %[[LANES:.*]] = halide.rfactor %{{.*}} as "lane"
// CHECK: halide.reorder_storage %[[LANES]] to [5, 0, 1, 2, 3, 4]
// CHECK: halide.compute_at %single_block_result, %[[TASK]]

// CHECK: halide.specialize %out if
// CHECK: by 4 tail {{ *}}guard_with_if names ["tile", "token"]
// CHECK: halide.bound_extent %few_scores dim 0 extent 16

// CHECK: halide.never_partition %merged update 0
// CHECK: %[[TILES:.*]], %{{.*}} = halide.split %{{.*}} by 48 tail {{ *}}guard_with_if names ["tile", "token"]
// CHECK: halide.parallel %[[TILES]]
// CHECK: halide.parallel %[[HEAD:.*]]
// CHECK: halide.compute_at %keys, %[[HEAD]]
// CHECK: halide.compute_at %values, %[[HEAD]]
// CHECK: halide.bound_extent %block_result dim 0 extent 64
// CHECK: halide.bound_extent %block_result dim 1 extent 6
// CHECK: halide.bound_extent %scores dim 0 extent 48
// CHECK: halide.never_partition %out
// AVX2: halide.rfactor %{{.*}} as "lane"
// AVX2: halide.bound_extent %few_scores dim 0 extent 16
// AVX2: halide.bound_extent %scores dim 0 extent 24
func.func @f(%q: tensor<?x512xf32>, %k: tensor<?x128xf32>, %v: tensor<?x128xf32>) -> tensor<?x512xf32> {
  %a = llama.attention %q, %k, %v {heads = 4 : i64, kv_heads = 1 : i64, causal} : tensor<?x512xf32>, tensor<?x128xf32>, tensor<?x128xf32> -> tensor<?x512xf32>
  return %a : tensor<?x512xf32>
}
