// RUN: llamir-opt %s --llamir-kernels=target=x86-64-avx512 --llamir-halide --halide-schedule=target=x86-64-avx512 | FileCheck %s --check-prefixes=CHECK,WIDEN
// RUN: llamir-opt %s --llamir-kernels=target=x86-64-avx512-zen4 --llamir-halide --halide-schedule=target=x86-64-avx512-zen4 | FileCheck %s --check-prefixes=CHECK,DOT
// RUN: llamir-opt %s --llamir-kernels=target=x86-64-avx512-zen4 -o %t.mlir
// RUN: llamir-opt %t.mlir --llamir-halide --halide-schedule=target=x86-64-avx2 2>&1 | FileCheck %s --check-prefix=OTHER

// Weights and activations of bf16, in pairs of inputs. Widened in registers, both
// of a pair follow one another, and the rows are widened once for all panels.
// A dot product takes a pair of each at once, as they are. For few tokens a panel is
// read in four places at once.

// Panels for the one are not those of the other.
// OTHER: warning: cannot be scheduled as 'linear': it has a weight of bf16 in panels of width 32 and interleave 2, for which x86-64-avx2 has no register tile
// OTHER-SAME: it was packed for another target

llama.weight @w : tensor<40x4096xbf16> = #llama.random<seed = 1, scale = 1.0 : f64>
// CHECK-LABEL: halide.pipeline @linear(
// WIDEN: halide.bound_extent %product dim 0 extent 48
// WIDEN: halide.split %k by 256 tail {{ *}}guard_with_if names ["k_block", "k_within"]
// WIDEN: %[[PART:.*]] = halide.rfactor %k_block as "k_part"
// WIDEN: halide.specialize %[[PART]] update 0 if
// WIDEN: %[[LOOPS:.*]]:6 = halide.loops %[[PART]] update 0
// WIDEN: %[[C:.*]]:2 = halide.split %[[LOOPS]]#0 by 16
// WIDEN: %stream, %step = halide.split %[[LOOPS]]#5 by 64
// WIDEN: halide.reorder %[[C]]#1, %[[C]]#0, %[[LOOPS]]#2, %[[LOOPS]]#4, %stream, %step
// WIDEN: halide.unroll %stream
// WIDEN: %[[MANY:.*]]:6 = halide.loops %[[PART]] update 0
// WIDEN: %[[M:.*]]:2 = halide.split %[[MANY]]#0 by 16
// WIDEN: halide.reorder %[[M]]#1, %[[M]]#0, %[[MANY]]#2, %[[MANY]]#4, %[[MANY]]#5
// WIDEN: halide.compute_root %activations
// DOT: halide.bound_extent %product dim 0 extent 32
// DOT: %[[PART:.*]] = halide.rfactor %k_block as "k_part"
// DOT: halide.specialize %[[PART]] update 0 if
// DOT: %[[LOOPS:.*]]:6 = halide.loops %[[PART]] update 0
// DOT: halide.atomic %[[PART]] update 0
// DOT: halide.vectorize %[[LOOPS]]#4
// DOT: halide.reorder %[[LOOPS]]#4, %{{.*}}, %{{.*}}, %[[LOOPS]]#2, %stream, %step
// DOT: %[[MANY:.*]]:6 = halide.loops %[[PART]] update 0
// DOT: halide.atomic %[[PART]] update 0
// DOT: halide.vectorize %[[MANY]]#4
// DOT-NOT: %activations
func.func @f(%x: tensor<?x4096xbf16>) -> tensor<?x40xbf16> {
  %w = llama.get_weight @w : tensor<40x4096xbf16>
  %l = llama.linear %x, %w : tensor<?x4096xbf16>, tensor<40x4096xbf16> -> tensor<?x40xbf16>
  return %l : tensor<?x40xbf16>
}

// Activations of f32 by a weight of bf16, which no dot product takes: up to 64 tokens
// widen it in registers, more of them a block of a panel at a time, once for all rows
// of a task.
// CHECK-LABEL: halide.pipeline @wide(
// CHECK: halide.func "panel" ["c", "k", "p"] {llama.role = "panel"}
// CHECK: halide.func "wide_product" ["c", "p", "t"]
// CHECK: %[[FEW:.*]] = arith.constant 64 : index
// CHECK: %[[IS_FEW:.*]] = arith.cmpi sle, %{{.*}}, %[[FEW]] : index
// CHECK: halide.specialize %out if
// CHECK: halide.compute_at %product, %
// CHECK: %[[WIDE:.*]] = halide.fuse %{{.*}}, %{{.*}} name "wide_task"
// CHECK: halide.compute_at %wide_product, %[[WIDE]]
// CHECK: halide.compute_at %panel, %
// CHECK: halide.split %k{{.*}} by 2
llama.weight @v : tensor<64x4096xbf16> = #llama.random<seed = 2, scale = 1.0 : f64>
func.func @g(%x: tensor<?x4096xf32>) -> tensor<?x64xf32> {
  %w = llama.get_weight @v : tensor<64x4096xbf16>
  %0 = llama.kernel "wide" (%a = %x, %b = %w) : (tensor<?x4096xf32>, tensor<64x4096xbf16>) -> tensor<?x64xf32> {
    %l = llama.linear %a, %b : tensor<?x4096xf32>, tensor<64x4096xbf16> -> tensor<?x64xf32>
    llama.yield %l : tensor<?x64xf32>
  }
  return %0 : tensor<?x64xf32>
}
