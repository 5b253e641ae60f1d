// RUN: llamir-opt %s --serialize-tensor-kernels --verify-diagnostics --split-input-file

gpu.module @kernels [#nvvm.target<chip = "sm_80">] {
  llvm.func @unknown(%x: !llvm.ptr<1>) attributes {nvvm.kernel} {
    // expected-error @below {{has no form in the LLVM dialect; a function for tensor cores cannot have it}}
    affine.for %i = 0 to 4 {
    }
    llvm.return
  }
}
