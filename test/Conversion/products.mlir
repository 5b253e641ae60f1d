// RUN: llamir-opt %s --llama-plan-memory=alignment=512 --convert-llama-host-to-llvm=target=cuda | FileCheck %s
// RUN: llamir-opt %s --llama-plan-memory=alignment=512 --convert-llama-host-to-llvm=target=opencl | FileCheck %s --check-prefix=OTHER
// OTHER-NOT: llamir_rt_run_product

module attributes {llama.weights_bytes = 512 : i64} {
halide.pipeline @project(%x: !halide.buffer<8x?xbf16>, %w: !halide.buffer<8x1x1x16xbf16>)
    attributes {llama.kernel_type = (tensor<?x8xbf16>, tensor<16x8xbf16, #llama.panels<width = 1, group = 16, interleave = 8>>) -> tensor<?x16xbf16>, llama.product = #llama.product<rest = @project_rest>} {
  %y = halide.func "y" ["i", "t"] : !halide.func<2, bf16> {
  ^bb0(%i: index, %t: index):
    %c0 = arith.constant 0 : index
    %v = halide.at %x[%c0, %t] : !halide.buffer<8x?xbf16> -> bf16
    halide.yield %v : bf16
  }
  halide.output %y : !halide.func<2, bf16> as [!halide.buffer<16x?xbf16>]
}
halide.pipeline @project_rest(%p: !halide.buffer<16x?xbf16>) {
  %y = halide.func "y" ["i", "t"] : !halide.func<2, bf16> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %p[%i, %t] : !halide.buffer<16x?xbf16> -> bf16
    halide.yield %v : bf16
  }
  halide.output %y : !halide.func<2, bf16> as [!halide.buffer<16x?xbf16>]
}

// Arrays begin at multiples of 16 bytes, if their rows are made of those.
// CHECK-LABEL: llvm.func @f_on_device(
// CHECK-COUNT-2: llvm.call @llamir_rt_check_alignment(
// CHECK-NOT: llvm.call @llamir_rt_check_alignment(
// CHECK: llvm.call @launch.project(

// The runtime gets three arrays, one of them before the weight, no bias, the type,
// the kernel, none before it, and that of what is left.
// CHECK-LABEL: llvm.func internal @product.project(
// CHECK-SAME: %[[ARRAYS:.*]]: !llvm.ptr) -> i32 {
// CHECK-DAG: %[[REST:.*]] = llvm.mlir.addressof @f_project_rest_argv
// CHECK-DAG: %[[COUNT:.*]] = llvm.mlir.constant(3 : i32) : i32
// CHECK-DAG: %[[ONE:.*]] = llvm.mlir.constant(1 : i32) : i32
// CHECK-DAG: %[[KERNEL:.*]] = llvm.mlir.addressof @f_project_argv
// CHECK-DAG: %[[NONE:.*]] = llvm.mlir.zero : !llvm.ptr
// CHECK: llvm.call @llamir_rt_run_product(%[[ARRAYS]], %[[COUNT]], %[[ONE]], %[[ZERO:.*]], %{{.*}}, %[[KERNEL]], %[[NONE]], %[[REST]])
llama.weight @w : tensor<16x8xbf16, #llama.panels<width = 1, group = 16, interleave = 8>> = #llama.packed<[@v]> {llama.offset = 0 : i64}
llama.weight @v : tensor<16x8xbf16> = #llama.random<seed = 1, scale = 1.0 : f64> {llama.offset = 256 : i64}
func.func @f(%x: tensor<?x8xbf16> {llama.dims = ["n"]}, %p: tensor<?xi32> {llama.dims = ["n"]}) -> tensor<?x16xbf16> {
  %w = llama.get_weight @w : tensor<16x8xbf16, #llama.panels<width = 1, group = 16, interleave = 8>>
  %0 = llama.launch @project(%x, %w) {llama.dims = [["n"]]} : (tensor<?x8xbf16>, tensor<16x8xbf16, #llama.panels<width = 1, group = 16, interleave = 8>>) -> tensor<?x16xbf16>
  return %0 : tensor<?x16xbf16>
}
}
