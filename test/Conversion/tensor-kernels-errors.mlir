// RUN: llamir-opt %s --split-input-file --verify-diagnostics --serialize-tensor-kernels --llama-plan-memory=alignment=512 --convert-llama-host-to-llvm=target=cuda

// A module that is not there.
// expected-error @below {{has the 'llama.tensor_cores' @none::@twice, of which there is no PTX: run --serialize-tensor-kernels first}}
halide.pipeline @twice(%x: !halide.buffer<8x?xbf16>)
    attributes {llama.kernel_type = (tensor<?x8xbf16>) -> tensor<?x8xbf16>, llama.tensor_cores = #llama.tensor_kernel<@none::@twice, parts = 2, rows = 64, threads = 128, least = 3>} {
  %y = halide.func "y" ["i", "t"] : !halide.func<2, bf16> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<8x?xbf16> -> bf16
    halide.yield %v : bf16
  }
  halide.output %y : !halide.func<2, bf16> as [!halide.buffer<8x?xbf16>]
}
func.func @f(%x: tensor<?x8xbf16> {llama.dims = ["n"]}) -> tensor<?x8xbf16> {
  %0 = llama.launch @twice(%x) {llama.dims = [["n"]]} : (tensor<?x8xbf16>) -> tensor<?x8xbf16>
  return %0 : tensor<?x8xbf16>
}

// -----

// A function that is not in it.
// expected-error @below {{has the 'llama.tensor_cores' @kernels::@twice, which its module does not have}}
halide.pipeline @twice(%x: !halide.buffer<8x?xbf16>)
    attributes {llama.kernel_type = (tensor<?x8xbf16>) -> tensor<?x8xbf16>, llama.tensor_cores = #llama.tensor_kernel<@kernels::@twice, parts = 2, rows = 64, threads = 128, least = 3>} {
  %y = halide.func "y" ["i", "t"] : !halide.func<2, bf16> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<8x?xbf16> -> bf16
    halide.yield %v : bf16
  }
  halide.output %y : !halide.func<2, bf16> as [!halide.buffer<8x?xbf16>]
}
gpu.module @kernels [#nvvm.target<chip = "sm_80">] {
  llvm.func @thrice() attributes {nvvm.kernel} {
    llvm.return
  }
}
func.func @f(%x: tensor<?x8xbf16> {llama.dims = ["n"]}) -> tensor<?x8xbf16> {
  %0 = llama.launch @twice(%x) {llama.dims = [["n"]]} : (tensor<?x8xbf16>) -> tensor<?x8xbf16>
  return %0 : tensor<?x8xbf16>
}

// -----

// Numbers without rows.
// expected-error @below {{has the 'llama.tensor_cores' @kernels::@twice, which takes arrays of rows}}
halide.pipeline @twice(%x: !halide.buffer<?xbf16>)
    attributes {llama.kernel_type = (tensor<?xbf16>) -> tensor<?xbf16>, llama.tensor_cores = #llama.tensor_kernel<@kernels::@twice, parts = 2, rows = 64, threads = 128, least = 3>} {
  %y = halide.func "y" ["t"] : !halide.func<1, bf16> {
  ^bb0(%t: index):
    %v = halide.at %x[%t] : !halide.buffer<?xbf16> -> bf16
    halide.yield %v : bf16
  }
  halide.output %y : !halide.func<1, bf16> as [!halide.buffer<?xbf16>]
}
func.func @f(%x: tensor<?xbf16> {llama.dims = ["n"]}) -> tensor<?xbf16> {
  %0 = llama.launch @twice(%x) {llama.dims = [["n"]]} : (tensor<?xbf16>) -> tensor<?xbf16>
  return %0 : tensor<?xbf16>
}

// -----

// A function of other arguments.
// expected-error @below {{has the 'llama.tensor_cores' @kernels::@twice, which does not take an address, rows and their distance of 2 arrays}}
halide.pipeline @twice(%x: !halide.buffer<8x?xbf16>)
    attributes {llama.kernel_type = (tensor<?x8xbf16>) -> tensor<?x8xbf16>, llama.tensor_cores = #llama.tensor_kernel<@kernels::@twice, parts = 2, rows = 64, threads = 128, least = 3>} {
  %y = halide.func "y" ["i", "t"] : !halide.func<2, bf16> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<8x?xbf16> -> bf16
    halide.yield %v : bf16
  }
  halide.output %y : !halide.func<2, bf16> as [!halide.buffer<8x?xbf16>]
}
gpu.module @kernels [#nvvm.target<chip = "sm_80">] {
  llvm.func @twice(%x: !llvm.ptr<1>, %x_rows: i32, %x_stride: i32) attributes {nvvm.kernel} {
    llvm.return
  }
}
func.func @f(%x: tensor<?x8xbf16> {llama.dims = ["n"]}) -> tensor<?x8xbf16> {
  %0 = llama.launch @twice(%x) {llama.dims = [["n"]]} : (tensor<?x8xbf16>) -> tensor<?x8xbf16>
  return %0 : tensor<?x8xbf16>
}
