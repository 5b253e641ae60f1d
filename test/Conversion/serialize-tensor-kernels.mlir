// RUN: llamir-opt %s --serialize-tensor-kernels | FileCheck %s

// CHECK: gpu.binary @kernels [#gpu.object<#nvvm.target<chip = "sm_80">, assembly = "{{.*}}.target sm_80{{.*}}.visible .entry twice(
gpu.module @kernels [#nvvm.target<chip = "sm_80">] {
  llvm.func @twice(%x: !llvm.ptr<1>, %rows: i32, %stride: i32) attributes {nvvm.kernel, nvvm.maxntid = array<i32: 32>} {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    scf.for %i = %zero to %rows step %one : i32 {
      %place = llvm.getelementptr %x[%i] : (!llvm.ptr<1>, i32) -> !llvm.ptr<1>, f32
      %value = llvm.load %place : !llvm.ptr<1> -> f32
      %sum = arith.addf %value, %value : f32
      llvm.store %sum, %place : f32, !llvm.ptr<1>
    }
    llvm.return
  }
}
