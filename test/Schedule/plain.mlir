// What no strategy fits is computed func by func, which is right and slow, and said.

// RUN: llamir-opt %s --llamir-halide --halide-schedule=target=x86-64-avx2 --remarks-filter=schedule --remark-format=emitRemark -o %t 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: FileCheck %s < %t

// Results of different shapes are written by a func each.
// REMARK: plain.mlir:[[# @LINE + 10]]:1: remark: [Missed] halide-schedule | Category:schedule | Reason="no strategy fits the kernel 'two_outputs': there are several funcs with the role 'output'; every func is computed once"
// CHECK-LABEL: halide.pipeline @two_outputs(
// CHECK: halide.schedule for "x86-64-avx2" {
// CHECK-NEXT: %[[I:.*]], %[[T:.*]] = halide.loops %out :
// CHECK-NEXT: %[[VECTORS:.*]]:2 = halide.split %[[I]] by 8 tail {{ *}}guard_with_if
// CHECK-NEXT: halide.vectorize %[[VECTORS]]#1
// CHECK-NEXT: halide.parallel %[[T]]
// CHECK-NEXT: %{{.*}}, %[[T_1:.*]] = halide.loops %out_1 :
// CHECK: halide.parallel %[[T_1]]
// CHECK-NEXT: }
func.func private @two_outputs(%x: tensor<?x24xf32>) -> (tensor<?x8xf32>, tensor<?x16xf32>) attributes {llama.kernel} {
  %s:2 = llama.split %x : tensor<?x24xf32> -> tensor<?x8xf32>, tensor<?x16xf32>
  return %s#0, %s#1 : tensor<?x8xf32>, tensor<?x16xf32>
}

// REMARK: no strategy fits the kernel 'two_norms'
// CHECK-LABEL: halide.pipeline @two_norms(
// CHECK: halide.schedule
// CHECK-NEXT: halide.compute_root %sum_squares :
// CHECK-NEXT: halide.compute_root %scale :
// CHECK-NEXT: halide.compute_root %sum_squares_1 :
// CHECK-NEXT: halide.compute_root %scale_1 :
// CHECK-NEXT: halide.loops %out
func.func private @two_norms(%x: tensor<?x8xf32>, %g: tensor<8xf32>) -> tensor<?x8xf32> attributes {llama.kernel} {
  %a = llama.norm %x over [1] gain %g {eps = 0.0 : f64} : tensor<?x8xf32>, tensor<8xf32>
  %b = llama.norm %a over [1] gain %g {eps = 0.0 : f64} : tensor<?x8xf32>, tensor<8xf32>
  return %b : tensor<?x8xf32>
}

// A weight that is not packed.
// REMARK: no strategy fits the kernel 'rows'
// CHECK-LABEL: halide.pipeline @rows(
// CHECK: halide.compute_root %product
func.func private @rows(%x: tensor<?x8xf32>, %w: tensor<20x8xf32>) -> tensor<?x20xf32> attributes {llama.kernel} {
  %l = llama.linear %x, %w : tensor<?x8xf32>, tensor<20x8xf32> -> tensor<?x20xf32>
  return %l : tensor<?x20xf32>
}

// A weight that is packed for another target: worth a warning.
// REMARK: plain.mlir:[[# @LINE + 5]]:1: warning: cannot be scheduled as 'linear': it has a weight of f32 in panels of width 64 and interleave 1, for which x86-64-avx2 has no register tile: it was packed for another target
// REMARK: no strategy fits the kernel 'wide_panels'
// CHECK-LABEL: halide.pipeline @wide_panels(
// CHECK: halide.compute_root %tile
// CHECK: halide.compute_root %product
func.func private @wide_panels(%x: tensor<?x8xf32>, %w: tensor<64x8xf32, #llama.panels<width = 64, group = 64>>) -> tensor<?x64xf32> attributes {llama.kernel} {
  %l = llama.linear %x, %w : tensor<?x8xf32>, tensor<64x8xf32, #llama.panels<width = 64, group = 64>> -> tensor<?x64xf32>
  return %l : tensor<?x64xf32>
}

// REMARK: no strategy fits the kernel 'computed_queries'
// CHECK-LABEL: halide.pipeline @computed_queries(
// CHECK: halide.compute_root %operand
// CHECK: halide.compute_root %merged
func.func private @computed_queries(%x: tensor<?x16xf32>, %k: tensor<?x8xf32>) -> tensor<?x16xf32> attributes {llama.kernel} {
  %q = llama.add %x, %x : tensor<?x16xf32>
  %a = llama.attention %q, %k, %k {heads = 2 : i64, kv_heads = 1 : i64, causal} : tensor<?x16xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x16xf32>
  return %a : tensor<?x16xf32>
}
