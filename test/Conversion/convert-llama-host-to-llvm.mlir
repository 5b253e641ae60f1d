// RUN: llamir-opt %s --convert-llama-to-halide --llama-plan-memory --llama-layout-weights --convert-llama-host-to-llvm --cse | FileCheck %s
// RUN: llamir-opt %s --convert-llama-to-halide --llama-plan-memory --llama-layout-weights --convert-llama-host-to-llvm=prefix=my-model | FileCheck %s --check-prefix=PREFIX

llama.weight @rows : tensor<40x64xf32> = #llama.random<seed = 1, scale = 1.0 : f64>
llama.weight @w : tensor<40x64xf32, #llama.panels<width = 16, group = 40>> = #llama.packed<[@rows]>
llama.weight @g : tensor<64xf32> = #llama.random<seed = 2, scale = 1.0 : f64>
func.func private @norm(%x: tensor<?x64xf32>, %g: tensor<64xf32>) -> tensor<?x64xf32> attributes {llama.kernel} {
  %0 = llama.norm %x over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x64xf32>, tensor<64xf32>
  return %0 : tensor<?x64xf32>
}
func.func private @linear(%x: tensor<?x64xf32>, %w: tensor<40x64xf32, #llama.panels<width = 16, group = 40>>) -> tensor<?x40xf32> attributes {llama.kernel} {
  %0 = llama.linear %x, %w : tensor<?x64xf32>, tensor<40x64xf32, #llama.panels<width = 16, group = 40>> -> tensor<?x40xf32>
  return %0 : tensor<?x40xf32>
}
func.func private @look(%p: tensor<?xi32>, %x: tensor<?x24xf32>) -> tensor<?x24xf32> attributes {llama.kernel} {
  %0 = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x24xf32>, tensor<?xi32> -> tensor<?x24xf32>
  return %0 : tensor<?x24xf32>
}

// The size is checked before anything is made of it.
// CHECK-LABEL: llvm.func @layer_arena_bytes(%arg0: i64) -> i64
// CHECK:         llvm.call @llamir_rt_check_size(%arg0,
// CHECK:         llvm.cond_br %{{.*}}, ^[[BAD:bb[0-9]+]](
// CHECK:         %[[BYTES:.*]] = llvm.mlir.constant(448 : i64)
// CHECK:         %[[ARENA:.*]] = llvm.mul %arg0, %[[BYTES]]
// CHECK:         llvm.return %[[ARENA]]
// CHECK:       ^[[BAD]](
// CHECK:         llvm.mlir.constant(-1 : i64)

// Weights, arena, sizes, arguments, results.
// CHECK-LABEL: llvm.func @layer(%arg0: !llvm.ptr, %arg1: !llvm.ptr, %arg2: i64, %arg3: !llvm.ptr, %arg4: !llvm.ptr, %arg5: !llvm.ptr, %arg6: !llvm.ptr) -> i32
// CHECK:         llvm.call @llamir_rt_check_size(%arg2,
// CHECK:         llvm.call @llamir_rt_check_array(%arg0,
// CHECK:         llvm.call @llamir_rt_check_array(%arg1,
// CHECK-COUNT-4: llvm.call @llamir_rt_check_array(%arg{{[3456]}},
// CHECK:         %[[LIMIT:.*]] = llvm.mlir.constant(100 : i64)
// CHECK:         llvm.call @llamir_rt_check_indices(%arg4, %{{.*}}, %[[LIMIT]],
// The first launch reads x and a weight, and writes to the arena.
// CHECK:         %[[NORM:.*]] = llvm.getelementptr %arg1[
// CHECK:         %[[ROW:.*]] = llvm.mlir.constant(40 : i64)
// CHECK:         %[[LINEAR:.*]] = llvm.getelementptr %arg1[
// CHECK:         %[[G:.*]] = llvm.getelementptr %arg0[
// CHECK:         llvm.call @launch.norm(%{{.*}}, %arg3, %arg2, %{{.*}}, %[[G]], %[[NORM]], %arg2,
// CHECK:         %[[STATUS:.*]] = llvm.call @launch.linear(
// CHECK:         llvm.icmp "ne" %[[STATUS]]
// A part keeps the rows of the whole: 40 elements apart.
// CHECK:         %[[PART:.*]] = llvm.getelementptr %[[LINEAR]][
// CHECK:         llvm.call @launch.look(%{{.*}}, %arg4, %arg2, %[[PART]], %arg2, %[[ROW]], %arg5, %arg2,
// The other part is no array of its own: it is copied.
// CHECK:         llvm.call @llamir_rt_copy_rows(%arg6,

// The types of arrays that come in an array are checked: 1 is LLAMIR_F32, 4 LLAMIR_I32.
// CHECK-LABEL: llvm.func @layer_call(%arg0: !llvm.ptr, %arg1: !llvm.ptr, %arg2: !llvm.ptr, %arg3: !llvm.ptr) -> i32
// CHECK:         %[[F32:.*]] = llvm.mlir.constant(1 : i32)
// CHECK:         llvm.call @llamir_rt_check_type(%{{.*}}, %[[F32]],
// CHECK:         %[[I32:.*]] = llvm.mlir.constant(4 : i32)
// CHECK:         llvm.call @llamir_rt_check_type(%{{.*}}, %[[I32]],
// CHECK:         llvm.call @layer(
// CHECK-LABEL: llvm.func @layer_arena_bytes_call(%arg0: !llvm.ptr) -> i64
// CHECK-NOT:   func.func @layer

// A buffer of Halide has its dimensions from the innermost.
// CHECK-LABEL: llvm.func internal @launch.norm(
// CHECK:         llvm.mlir.addressof @layer_norm_argv
// CHECK:         llvm.call @llamir_rt_launch

// PREFIX: llvm.func @my_model_layer(
// PREFIX: llvm.mlir.addressof @my_model_norm_argv
func.func @layer(%x: tensor<?x64xf32> {llama.dims = ["n"], llama.name = "x"},
                 %ids: tensor<?xi32> {llama.dims = ["n"], llama.index_limit = 100 : i64})
    -> (tensor<?x24xf32>, tensor<?x16xf32>) {
  %g = llama.get_weight @g : tensor<64xf32>
  %w = llama.get_weight @w : tensor<40x64xf32, #llama.panels<width = 16, group = 40>>
  %0 = llama.launch @norm(%x, %g) {llama.dims = [["n"]]} : (tensor<?x64xf32>, tensor<64xf32>) -> tensor<?x64xf32>
  %1 = llama.launch @linear(%0, %w) {llama.dims = [["n"]]} : (tensor<?x64xf32>, tensor<40x64xf32, #llama.panels<width = 16, group = 40>>) -> tensor<?x40xf32>
  %a, %b = llama.split %1 : tensor<?x40xf32> -> tensor<?x24xf32>, tensor<?x16xf32>
  %2 = llama.launch @look(%ids, %a) {llama.dims = [["n"]]} : (tensor<?xi32>, tensor<?x24xf32>) -> tensor<?x24xf32>
  return %2, %b : tensor<?x24xf32>, tensor<?x16xf32>
}

// Nothing can call a private function that is no kernel.
// CHECK-NOT: @unused
func.func private @unused(%x: tensor<4x64xf32>) -> tensor<4x64xf32> {
  return %x : tensor<4x64xf32>
}
