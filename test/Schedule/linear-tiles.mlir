// RUN: llamir-opt %s --llamir-kernels=target=x86-64-amx --llamir-halide --halide-schedule=target=x86-64-amx | FileCheck %s
// RUN: llamir-opt %s --llamir-kernels=target=x86-64-amx --llamir-halide --halide-schedule=target=x86-64-amx --llamir-memory --llamir-host=target=x86-64-amx | FileCheck %s --check-prefix=HOST

// Activations and weights of bf16 where the target has matrix tiles: a function computes
// the product of a task, four panels of 64 columns with many tokens and one with few. It
// reads rows that lie an odd number of cache lines apart. An odd number of inputs has
// steps that fill no tile, in a function of their own.

llama.weight @w : tensor<3072x4096xbf16> = #llama.random<seed = 1, scale = 1.0 : f64>
llama.weight @odd : tensor<40x71xbf16> = #llama.random<seed = 2, scale = 1.0 : f64>

// CHECK-LABEL: halide.pipeline @linear(
// CHECK-SAME: %{{.*}}, %[[W:[a-z0-9]+]]: !halide.buffer<2x64x2048x48xbf16>
// CHECK: halide.schedule for "x86-64-amx"
// CHECK: %[[FEW:.*]] = arith.constant 64 : index
// CHECK: arith.cmpi sle, %{{.*}}, %[[FEW]]
// CHECK: halide.specialize %out
// CHECK: halide.split %{{.*}} by 64 tail {{ *}}guard_with_if names ["panel", "column"]
// CHECK: halide.split %{{.*}} by 256 tail {{ *}}guard_with_if names ["panel", "column"]
// CHECK: %[[TASK:.*]] = halide.fuse %{{.*}}, %{{.*}} name "task"
// CHECK: halide.compute_at %product, %[[TASK]]
// CHECK: halide.bound_extent %product dim 0 extent 64
// CHECK: halide.reorder_storage %product to [0, 2, 1]
// CHECK: halide.extern %product by @multiply_tiles_4096x64x48(%rows, %[[W]]) constants [0] rows 16
// CHECK-NOT: %activations
// CHECK: halide.compute_root %rows
// CHECK: halide.align_storage %rows dim 0 to 4128

// CHECK-LABEL: halide.pipeline @linear_0(
// CHECK: halide.extern %product by @multiply_tiles_72x48x1(

// CHECK-LABEL: func.func private @multiply_tiles_4096x64x48(
// CHECK-SAME: %[[ROWS:.*]]: memref<?x4096xbf16, strided<[?, 1]>>, %[[GIVEN:.*]]: memref<48x2048x64x2xbf16, strided<[?, ?, ?, 1]>>, %[[FIRST:.*]]: index, %[[PRODUCT:.*]]: memref<?x?x?xf32, strided<[?, ?, 1]>>, %[[FIRST_P:.*]]: index, %{{.*}}: index) attributes {halide.extern = "x86-64-amx"}
// CHECK: %[[PANELS:.*]] = memref.reinterpret_cast %{{.*}} to offset: [0], sizes: [48, 2048, 64, 2], strides: [%{{.*}}, 128, 2, 1]
// Sixteen rows pass over a panel once, and fetch it some steps ahead, more of them
// over blocks of it, while they fetch the next panel.
// CHECK: %[[IS_FEW:.*]] = arith.cmpi ule
// CHECK: scf.if %[[IS_FEW]]
// CHECK: scf.for %[[P:.*]] = %c0
// CHECK: %[[PANEL:.*]] = arith.addi %[[P]]
// CHECK: scf.for %[[T:.*]] = %c0 to %{{.*}} step %c16
// CHECK-COUNT-4: amx.tile_zero : !amx.tile<16x16xf32>
// CHECK: scf.for %[[K:.*]] = %c0 to %c4096 step %c32
// CHECK: %[[PAIR:.*]] = arith.divui %[[K]], %c2
// CHECK: %[[A:.*]] = amx.tile_load %[[ROWS]][%[[T]], %[[K]]], %{{.*}} : {{.*}} into !amx.tile<16x32xbf16>
// CHECK: %[[B:.*]] = amx.tile_load %[[PANELS]][%[[PANEL]], %[[PAIR]], %c0, %c0], %c128 : {{.*}} into !amx.tile<16x32xbf16>
// CHECK: amx.tile_mulf %[[A]], %[[B]]
// CHECK-COUNT-16: memref.prefetch %[[PANELS]]{{.*}}, read, locality<2>, data
// CHECK: amx.tile_load %[[PANELS]][%[[PANEL]], %[[PAIR]], %c16, %c0], %c128
// CHECK-COUNT-4: amx.tile_store %[[PRODUCT]]
// CHECK: } else {
// CHECK: scf.for %{{.*}} = %c0 to %c256 step %c32
// CHECK-COUNT-4: memref.prefetch %[[PANELS]]{{.*}}, read, locality<2>, data
// CHECK: scf.for %{{.*}} = %c256 to %c4096 step %c256
// CHECK-COUNT-4: amx.tile_load %[[PRODUCT]]
// CHECK-COUNT-4: amx.tile_mulf
// CHECK-COUNT-4: amx.tile_store %[[PRODUCT]]

// Of 71 inputs the last 7 and a zero are four pairs.
// CHECK-LABEL: func.func private @multiply_tiles_72x48x1_tail(
// CHECK-SAME: memref<?x72xbf16, strided<[?, 1]>>, %{{.*}}: memref<1x36x48x2xbf16
// CHECK-COUNT-3: amx.tile_load {{.*}} into !amx.tile<16x16xf32>
// CHECK: amx.tile_load %{{.*}}[%{{.*}}, %c64], %{{.*}} : {{.*}} into !amx.tile<16x8xbf16>
// CHECK: amx.tile_load %{{.*}} into !amx.tile<4x32xbf16>
// CHECK-LABEL: func.func private @multiply_tiles_72x48x1(
// CHECK: call @multiply_tiles_72x48x1_tail(

// What runs the kernels asks for tiles first.
// HOST: llvm.func @f(
// HOST: llvm.call @llamir_rt_request_tiles(
// HOST: llvm.call @launch.linear(
// HOST: llvm.func internal @multiply_tiles_4096x64x48.body(
// HOST-SAME: target_cpu = "sapphirerapids"
// HOST: llvm.x86.tdpbf16ps.internal
// HOST: llvm.func @f_multiply_tiles_4096x64x48(
func.func @f(%x: tensor<?x4096xbf16> {llama.dims = ["tokens"]}, %y: tensor<?x71xbf16> {llama.dims = ["tokens"]}) -> (tensor<?x3072xbf16>, tensor<?x40xbf16>) {
  %w = llama.get_weight @w : tensor<3072x4096xbf16>
  %odd = llama.get_weight @odd : tensor<40x71xbf16>
  %l = llama.linear %x, %w : tensor<?x4096xbf16>, tensor<3072x4096xbf16> -> tensor<?x3072xbf16>
  %o = llama.linear %y, %odd : tensor<?x71xbf16>, tensor<40x71xbf16> -> tensor<?x40xbf16>
  return %l, %o : tensor<?x3072xbf16>, tensor<?x40xbf16>
}
