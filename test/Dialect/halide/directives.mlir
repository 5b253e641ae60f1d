// The directives that ops.mlir leaves out, in a schedule that no target needs: they are
// printed as they are parsed.

// RUN: llamir-opt %s | FileCheck %s
// RUN: llamir-opt %s --mlir-print-op-generic | llamir-opt | FileCheck %s

// CHECK-LABEL: halide.pipeline @directives(
halide.pipeline @directives(%x: !halide.buffer<64x?xf32>) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  // CHECK: %order = halide.constant "order" dense<[1, 0]> : tensor<2xi32> -> <2xi32>
  %order = halide.constant "order" dense<[1, 0]> : tensor<2xi32> -> !halide.buffer<2xi32>
  // CHECK: halide.constant "factors" dense<{{.*}}> : tensor<3x2xf64> -> <2x3xf64>
  %factors = halide.constant "factors" dense<[[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]> : tensor<3x2xf64> -> !halide.buffer<2x3xf64>
  %twice = halide.func "twice" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<64x?xf32> -> f32
    %s = arith.addf %v, %v : f32
    halide.yield %s : f32
  }
  %sum = halide.func "sum" ["t"] : !halide.func<1, f32> {
  ^bb0(%t: index):
    %z = arith.constant 0.0 : f32
    halide.yield %z : f32
  }
  halide.update %sum over ["k"] from %c0 extent %c64 : !halide.func<1, f32> {
  ^bb0(%t: index, %k: index):
    %old = halide.at %sum[%t] : !halide.func<1, f32> -> f32
    %v = halide.at %twice[%k, %t] : !halide.func<2, f32> -> f32
    %s = arith.addf %old, %v : f32
    halide.yield %s : f32
  }
  %y = halide.func "y" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %twice[%i, %t] : !halide.func<2, f32> -> f32
    %s = halide.at %sum[%t] : !halide.func<1, f32> -> f32
    %d = arith.divf %v, %s : f32
    halide.yield %d : f32
  }
  halide.output %y : !halide.func<2, f32> as [!halide.buffer<64x?xf32>]
  // CHECK: halide.schedule for "none" {
  halide.schedule for "none" {
    // CHECK: %i, %t = halide.loops %y
    %i, %t = halide.loops %y : !halide.func<2, f32>
    // The default is left out.
    // CHECK-NEXT: %[[A:.*]]:2 = halide.split %i by 32{{$}}
    %io0, %ii0 = halide.split %i by 32 tail auto
    // CHECK-NEXT: %[[B:.*]]:2 = halide.split %[[A]]#0 by 16 tail round_up
    %io1, %ii1 = halide.split %io0 by 16 tail round_up
    // CHECK-NEXT: %[[C:.*]]:2 = halide.split %[[B]]#0 by 8 tail guard_with_if
    %io2, %ii2 = halide.split %io1 by 8 tail guard_with_if
    // CHECK-NEXT: %[[D:.*]]:2 = halide.split %[[C]]#0 by 4 tail predicate
    %io3, %ii3 = halide.split %io2 by 4 tail predicate
    // CHECK-NEXT: %[[E:.*]]:2 = halide.split %[[D]]#0 by 2 tail predicate_loads
    %io4, %ii4 = halide.split %io3 by 2 tail predicate_loads
    // CHECK-NEXT: %[[F:.*]]:2 = halide.split %[[E]]#0 by 2 tail predicate_stores
    %io5, %ii5 = halide.split %io4 by 2 tail predicate_stores
    // CHECK-NEXT: %{{.*}} = arith.constant 3 : index
    %c3 = arith.constant 3 : index
    // CHECK-NEXT: %o, %i_{{.*}} = halide.split %t by(%{{.*}}) tail shift_inwards names ["o", "i"]
    %to, %ti = halide.split %t by (%c3) tail shift_inwards names ["o", "i"]
    // CHECK-NEXT: %[[FUSED:.*]] = halide.fuse %[[F]]#0, %[[F]]#1
    %fused = halide.fuse %io5, %ii5
    // CHECK-NEXT: %[[TASK:.*]] = halide.fuse %[[FUSED]], %o name "task"
    %task = halide.fuse %fused, %to name "task"
    // CHECK-NEXT: halide.unroll %[[E]]#1
    halide.unroll %ii4
    // CHECK-NEXT: halide.serial %[[D]]#1
    halide.serial %ii3
    // CHECK-NEXT: halide.gpu_blocks %[[TASK]]
    halide.gpu_blocks %task
    // CHECK-NEXT: halide.gpu_threads %[[C]]#1
    halide.gpu_threads %ii2
    // CHECK-NEXT: halide.compute_root %twice
    halide.compute_root %twice : !halide.func<2, f32>
    // CHECK-NEXT: halide.store_at %sum, %[[TASK]]
    halide.store_at %sum, %task : !halide.func<1, f32>
    // CHECK-NEXT: halide.compute_at %sum, %[[B]]#1
    halide.compute_at %sum, %ii1 : !halide.func<1, f32>
    // CHECK-NEXT: halide.prefetch %{{.*}} at %[[B]]#1 from %[[TASK]] offset -2 : <64x?xf32>
    halide.prefetch %x at %ii1 from %task offset -2 : !halide.buffer<64x?xf32>
    // CHECK-NEXT: halide.prefetch %{{.*}} at %[[B]]#1 from %[[TASK]] offset 1 bound clamp : <64x?xf32>
    halide.prefetch %x at %ii1 from %task offset 1 bound clamp : !halide.buffer<64x?xf32>
    // CHECK-NEXT: halide.prefetch %{{.*}} at %[[B]]#1 from %[[TASK]] offset 1 bound non_faulting : <64x?xf32>
    halide.prefetch %x at %ii1 from %task offset 1 bound non_faulting : !halide.buffer<64x?xf32>
    // CHECK-NEXT: halide.store_in %twice, auto
    halide.store_in %twice, auto : !halide.func<2, f32>
    // CHECK-NEXT: halide.store_in %twice, heap
    halide.store_in %twice, heap : !halide.func<2, f32>
    // CHECK-NEXT: halide.store_in %twice, stack
    halide.store_in %twice, stack : !halide.func<2, f32>
    // CHECK-NEXT: halide.store_in %sum, register
    halide.store_in %sum, register : !halide.func<1, f32>
    // CHECK-NEXT: %copy = halide.in %twice : !halide.func<2, f32> -> <2, f32>
    %copy = halide.in %twice : !halide.func<2, f32> -> !halide.func<2, f32>
    // CHECK-NEXT: %copy_{{.*}} = halide.in %{{.*}} for %twice : !halide.func<2, f32> : !halide.buffer<64x?xf32> -> <2, f32>
    %rows = halide.in %x for %twice : !halide.func<2, f32> : !halide.buffer<64x?xf32> -> !halide.func<2, f32>
    // CHECK-NEXT: halide.set_host_alignment %{{.*}} to 16 : <64x?xf32>
    halide.set_host_alignment %x to 16 : !halide.buffer<64x?xf32>
    // CHECK-NEXT: halide.set_stride %{{.*}} to 64 : <64x?xf32>
    halide.set_stride %x to 64 : !halide.buffer<64x?xf32>
    // CHECK-NEXT: halide.align_storage %twice dim 1 to 8
    halide.align_storage %twice dim 1 to 8 : !halide.func<2, f32>
    // CHECK-NEXT: %{{.*}}, %k = halide.loops %sum update 0
    %t2, %k = halide.loops %sum update 0 : !halide.func<1, f32> + 1
    // CHECK-NEXT: halide.atomic %sum update 0
    halide.atomic %sum update 0 : !halide.func<1, f32>
    // CHECK-NEXT: %partial = halide.rfactor %k as "lane"
    %partial = halide.rfactor %k as "lane" : !halide.func<2, f32>
    // CHECK-NEXT: halide.loops %partial update 0
    %t3, %lane = halide.loops %partial update 0 : !halide.func<2, f32>
  }
}

// Blocks, threads and lanes, each where it may be.
// CHECK-LABEL: halide.pipeline @device(
halide.pipeline @device(%x: !halide.buffer<64x8x8x?xf32>) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %sum = halide.func "sum" ["t"] : !halide.func<1, f32> {
  ^bb0(%t: index):
    %z = arith.constant 0.0 : f32
    halide.yield %z : f32
  }
  halide.update %sum over ["k"] from %c0 extent %c64 : !halide.func<1, f32> {
  ^bb0(%t: index, %k: index):
    %old = halide.at %sum[%t] : !halide.func<1, f32> -> f32
    %v = halide.at %x[%k, %c0, %c0, %t] : !halide.buffer<64x8x8x?xf32> -> f32
    %s = arith.addf %old, %v : f32
    halide.yield %s : f32
  }
  %y = halide.func "y" ["h", "i", "j", "t"] : !halide.func<4, f32> {
  ^bb0(%h: index, %i: index, %j: index, %t: index):
    %v = halide.at %x[%h, %i, %j, %t] : !halide.buffer<64x8x8x?xf32> -> f32
    %s = halide.at %sum[%t] : !halide.func<1, f32> -> f32
    %d = arith.divf %v, %s : f32
    halide.yield %d : f32
  }
  halide.output %y : !halide.func<4, f32> as [!halide.buffer<64x8x8x?xf32>]
  halide.schedule for "none" {
    %h, %i, %j, %t = halide.loops %y : !halide.func<4, f32>
    %true = arith.constant true
    // Each version has loops of its own.
    halide.specialize %y if %true : !halide.func<4, f32> {
      %h1, %i1, %j1, %t1 = halide.loops %y : !halide.func<4, f32>
      halide.gpu_threads %i1
      halide.gpu_threads %j1
      halide.gpu_blocks %t1
    }
    %ho, %lane = halide.split %h by 32
    // CHECK: halide.gpu_lanes
    halide.gpu_lanes %lane
    // Other loops may lie between those of threads, and between these and blocks.
    halide.gpu_threads %i
    halide.gpu_blocks %t
    halide.compute_at %sum, %t : !halide.func<1, f32>
    // CHECK: halide.store_in %sum, gpu_shared
    halide.store_in %sum, gpu_shared : !halide.func<1, f32>
    %ts, %k = halide.loops %sum update 0 : !halide.func<1, f32> + 1
    %ko, %ki = halide.split %k by 16
    %partial = halide.rfactor %ki as "part" : !halide.func<2, f32>
    // What is left of the reduction may run side by side after halide.atomic only.
    %ts1, %ki1 = halide.loops %sum update 0 : !halide.func<1, f32> + 1
    halide.atomic %sum update 0 : !halide.func<1, f32>
    halide.gpu_threads %ki1
    %copy = halide.in %partial : !halide.func<2, f32> -> !halide.func<2, f32>
    halide.compute_at %copy, %t : !halide.func<2, f32>
    halide.store_in %copy, gpu_shared : !halide.func<2, f32>
    %tc, %part = halide.loops %copy : !halide.func<2, f32>
    halide.gpu_threads %part
    halide.compute_at %partial, %part : !halide.func<2, f32>
    // CHECK: halide.store_in %partial, register
    halide.store_in %partial, register : !halide.func<2, f32>
    // The partial results have a loop for the part, and what is left of the reduction.
    %tp, %p, %kp = halide.loops %partial update 0 : !halide.func<2, f32> + 1
    halide.unroll %p
  }
}
