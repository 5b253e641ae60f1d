// RUN: llamir-opt %s --convert-llama-to-nvvm=target=cuda-sm_90 | FileCheck %s
// RUN: llamir-opt %s --convert-llama-to-nvvm=target=opencl | FileCheck %s --check-prefix=OTHER
// RUN: llamir-opt %s --convert-llama-to-nvvm=target=cuda --remarks-filter=kernels --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK
// RUN: not llamir-opt %s --convert-llama-to-nvvm=target=abacus 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// OTHER-NOT: gpu.module
// UNKNOWN: error: unknown target 'abacus'

// The kernel stays, and has the name of what else computes it.
// CHECK: func.func private @causal({{.*}}) -> tensor<?x64xbf16> attributes {llama.kernel,
// CHECK-SAME: llama.tensor_cores = #llama.tensor_kernel<@causal_tensor_cores::@causal, parts = 4, rows = 64, threads = 128, least = 2>}
// CHECK: llama.attention
func.func private @causal(%q: tensor<?x64xbf16>, %k: tensor<?x32xbf16>, %v: tensor<?x32xbf16>) -> tensor<?x64xbf16> attributes {llama.kernel} {
  %0 = llama.attention %q, %k, %v {heads = 4 : i64, kv_heads = 2 : i64, causal} : tensor<?x64xbf16>, tensor<?x32xbf16>, tensor<?x32xbf16> -> tensor<?x64xbf16>
  return %0 : tensor<?x64xbf16>
}
// Tiles of 64 keys and of as many values, with 16 bytes between rows.
// CHECK: gpu.module @causal_tensor_cores [#nvvm.target<O = 3, chip = "sm_90">] {
// CHECK: llvm.mlir.global internal @causal.tiles() {addr_space = 3 : i32, alignment = 16 : i64} : !llvm.array<6144 x i8>
// CHECK: llvm.func @causal(%{{.*}}: !llvm.ptr<1>, %{{.*}}: i32, %{{.*}}: i32, %{{.*}}: !llvm.ptr<1>, {{.*}}) attributes {nvvm.kernel, nvvm.maxntid = array<i32: 128>, nvvm.minctasm = 2 : i32}
// The first keys are on their way before the loop.
// CHECK: nvvm.cp.async.shared.global
// CHECK: nvvm.cp.async.commit.group
// CHECK: scf.for
// CHECK: nvvm.cp.async.wait.group 0
// CHECK-NEXT: nvvm.barrier0
// CHECK: nvvm.cp.async.shared.global
// Scores: a step of 16 elements, 4 times 16 keys.
// CHECK-COUNT-8: nvvm.mma.sync
// CHECK: scf.if
// CHECK: nvvm.cp.async.wait.group 0
// CHECK-NEXT: nvvm.barrier0
// CHECK: nvvm.shfl.sync bfly
// Values: 4 times 16 keys, of 2 times 8 elements, each weight in two parts.
// CHECK-COUNT-16: nvvm.mma.sync
// CHECK-NOT: nvvm.mma.sync
// CHECK: llvm.return

// CHECK: func.func private @half({{.*}} attributes {llama.kernel, llama.tensor_cores = {{.*}}@half_tensor_cores::@half
// CHECK: nvvm.mma.sync {{.*}} : (vector<2xf16>, vector<2xf16>, f32)
func.func private @half(%q: tensor<?x16xf16>, %k: tensor<?x16xf16>, %v: tensor<?x32xf16>) -> tensor<?x32xf16> attributes {llama.kernel} {
  %0 = llama.attention %q, %k, %v {heads = 1 : i64, kv_heads = 1 : i64, causal, window = 8 : i64} : tensor<?x16xf16>, tensor<?x16xf16>, tensor<?x32xf16> -> tensor<?x32xf16>
  return %0 : tensor<?x32xf16>
}

// What they cannot compute, or not alone, stays.
// CHECK-NOT: llama.tensor_cores
// REMARK-DAG: its elements are not bf16 or f16
func.func private @f32(%q: tensor<?x16xf32>, %k: tensor<?x16xf32>, %v: tensor<?x16xf32>) -> tensor<?x16xf32> attributes {llama.kernel} {
  %0 = llama.attention %q, %k, %v {heads = 1 : i64, kv_heads = 1 : i64} : tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32> -> tensor<?x16xf32>
  return %0 : tensor<?x16xf32>
}
// REMARK-DAG: its heads are not 16, 32, … 128 wide
func.func private @odd(%q: tensor<?x24xbf16>, %k: tensor<?x24xbf16>, %v: tensor<?x24xbf16>) -> tensor<?x24xbf16> attributes {llama.kernel} {
  %0 = llama.attention %q, %k, %v {heads = 1 : i64, kv_heads = 1 : i64} : tensor<?x24xbf16>, tensor<?x24xbf16>, tensor<?x24xbf16> -> tensor<?x24xbf16>
  return %0 : tensor<?x24xbf16>
}
// REMARK-DAG: it has a soft cap
func.func private @cap(%q: tensor<?x16xbf16>, %k: tensor<?x16xbf16>, %v: tensor<?x16xbf16>) -> tensor<?x16xbf16> attributes {llama.kernel} {
  %0 = llama.attention %q, %k, %v {heads = 1 : i64, kv_heads = 1 : i64, softcap = 5.0 : f64} : tensor<?x16xbf16>, tensor<?x16xbf16>, tensor<?x16xbf16> -> tensor<?x16xbf16>
  return %0 : tensor<?x16xbf16>
}
// REMARK-DAG: it has slopes
func.func private @slopes(%q: tensor<?x16xbf16>, %k: tensor<?x16xbf16>, %v: tensor<?x16xbf16>) -> tensor<?x16xbf16> attributes {llama.kernel} {
  %0 = llama.attention %q, %k, %v {heads = 1 : i64, kv_heads = 1 : i64, slopes = array<f64: 0.5>} : tensor<?x16xbf16>, tensor<?x16xbf16>, tensor<?x16xbf16> -> tensor<?x16xbf16>
  return %0 : tensor<?x16xbf16>
}
// REMARK-DAG: its scale is not positive
func.func private @negative(%q: tensor<?x16xbf16>, %k: tensor<?x16xbf16>, %v: tensor<?x16xbf16>) -> tensor<?x16xbf16> attributes {llama.kernel} {
  %0 = llama.attention %q, %k, %v {heads = 1 : i64, kv_heads = 1 : i64, scale = -1.0 : f64} : tensor<?x16xbf16>, tensor<?x16xbf16>, tensor<?x16xbf16> -> tensor<?x16xbf16>
  return %0 : tensor<?x16xbf16>
}
// Rows behind it are added by the same kernel.
func.func private @more(%q: tensor<?x16xbf16>, %k: tensor<?x16xbf16>, %v: tensor<?x16xbf16>) -> tensor<?x16xbf16> attributes {llama.kernel} {
  %0 = llama.attention %q, %k, %v {heads = 1 : i64, kv_heads = 1 : i64} : tensor<?x16xbf16>, tensor<?x16xbf16>, tensor<?x16xbf16> -> tensor<?x16xbf16>
  %1 = llama.add %0, %q : tensor<?x16xbf16>
  return %1 : tensor<?x16xbf16>
}
