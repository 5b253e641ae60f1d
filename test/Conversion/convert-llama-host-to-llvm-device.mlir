// RUN: llamir-opt %s --llama-plan-memory=alignment=512 --convert-llama-host-to-llvm=target=opencl | FileCheck %s
// RUN: not llamir-opt %s --llama-plan-memory --convert-llama-host-to-llvm=target=opencl 2>&1 | FileCheck %s --check-prefix=PLAN
// PLAN: error: 'func.func' op has places in its arena that are no multiples of 512 bytes, as 'opencl' needs them
// RUN: not llamir-opt %s --llama-plan-memory=alignment=100 2>&1 | FileCheck %s --check-prefix=ALIGNMENT
// ALIGNMENT: error: 'func.func' op cannot be planned at multiples of 100 bytes: it must be a multiple of 64

halide.pipeline @k(%x: !halide.buffer<4x?xf32>, %p: !halide.buffer<?xi32>)
    attributes {llama.kernel_type = (tensor<?x4xf32>, tensor<?xi32>) -> tensor<?x4xf32>} {
  %y = halide.func "y" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<4x?xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<2, f32> as [!halide.buffer<4x?xf32>]
}

// The launches are in the function whose arrays lie on the device.
// CHECK-LABEL: llvm.func @f_on_device(
// CHECK-NOT:     llamir_rt_check_indices
// CHECK:         llvm.mlir.constant(2 : i32)
// CHECK:         llvm.call @llamir_open_device(
// CHECK-COUNT-2: llvm.call @launch.k(
// CHECK-NOT:     llvm.call @llamir_copy

// The other one checks indices, and copies around a call of it.
// CHECK-LABEL: llvm.func @f(
// CHECK:         llvm.call @llamir_rt_check_indices(
// CHECK-COUNT-2: llvm.call @llamir_copy_to_device(
// CHECK:         llvm.call @f_on_device(
// CHECK-COUNT-1: llvm.call @llamir_copy_from_device(
// CHECK-NOT:     launch.k
// CHECK:         llvm.return
func.func @f(%x: tensor<?x4xf32> {llama.dims = ["n"]}, %p: tensor<?xi32> {llama.dims = ["n"], llama.index_limit = 9 : i64}) -> tensor<?x4xf32> {
  %0 = llama.launch @k(%x, %p) {llama.dims = [["n"]]} : (tensor<?x4xf32>, tensor<?xi32>) -> tensor<?x4xf32>
  %1 = llama.launch @k(%0, %p) {llama.dims = [["n"]]} : (tensor<?x4xf32>, tensor<?xi32>) -> tensor<?x4xf32>
  return %1 : tensor<?x4xf32>
}
