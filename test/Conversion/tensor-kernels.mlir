// RUN: llamir-opt %s --serialize-tensor-kernels --llama-plan-memory=alignment=512 --convert-llama-host-to-llvm=target=cuda | FileCheck %s
// RUN: llamir-opt %s --serialize-tensor-kernels --llama-plan-memory=alignment=512 --convert-llama-host-to-llvm=target=opencl | FileCheck %s --check-prefix=OTHER
// OTHER-NOT: llamir_rt_run_tensor_kernel

halide.pipeline @twice(%x: !halide.buffer<8x?xbf16>)
    attributes {llama.kernel_type = (tensor<?x8xbf16>) -> tensor<?x8xbf16>,
                llama.tensor_cores = #llama.tensor_kernel<@twice_tensor_cores::@twice, parts = 2, rows = 64, threads = 128, least = 3>} {
  %y = halide.func "y" ["i", "t"] : !halide.func<2, bf16> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<8x?xbf16> -> bf16
    halide.yield %v : bf16
  }
  halide.output %y : !halide.func<2, bf16> as [!halide.buffer<8x?xbf16>]
}
gpu.module @twice_tensor_cores [#nvvm.target<chip = "sm_80">] {
  llvm.func @twice(%x: !llvm.ptr<1>, %x_rows: i32, %x_stride: i32, %y: !llvm.ptr<1>, %y_rows: i32, %y_stride: i32) attributes {nvvm.kernel} {
    llvm.return
  }
}
func.func @f(%x: tensor<?x8xbf16> {llama.dims = ["n"]}) -> tensor<?x8xbf16> {
  %0 = llama.launch @twice(%x) {llama.dims = [["n"]]} : (tensor<?x8xbf16>) -> tensor<?x8xbf16>
  return %0 : tensor<?x8xbf16>
}

// The runtime gets two arrays, the PTX with its numbers, and the kernel.
// CHECK: llvm.func internal @tensor.twice(%[[ARRAYS:.*]]: !llvm.ptr) -> i32 {
// CHECK: %[[COUNT:.*]] = llvm.mlir.constant(2 : i32) : i32
// CHECK: %[[RECORD:.*]] = llvm.mlir.addressof @tensor_kernel.twice
// CHECK: %[[KERNEL:.*]] = llvm.mlir.addressof @f_twice_argv
// CHECK: llvm.call @llamir_rt_run_tensor_kernel(%[[ARRAYS]], %[[COUNT]], %[[RECORD]], %[[KERNEL]])
// CHECK: llvm.mlir.global private constant @tensor_kernel.twice() {{.*}} : !llvm.struct<(ptr, ptr, i32, i32, i32, i32)> {
// CHECK-DAG: llvm.mlir.constant(2 : i32)
// CHECK-DAG: llvm.mlir.constant(64 : i32)
// CHECK-DAG: llvm.mlir.constant(128 : i32)
// CHECK-DAG: llvm.mlir.constant(3 : i32)
// CHECK: .visible .entry twice(
