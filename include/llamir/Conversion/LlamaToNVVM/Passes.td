//===- Passes.td - Passes from kernels to tensor cores -----*- tablegen -*-===//
//
// Part of llamir, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for licence information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LLAMIR_CONVERSION_LLAMATONVVM_PASSES_TD
#define LLAMIR_CONVERSION_LLAMATONVVM_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertLlamaToNVVM : Pass<"convert-llama-to-nvvm", "::mlir::ModuleOp"> {
  let summary = "Write kernels that tensor cores can compute in the NVVM dialect, too";
  let description = [{
    libHalide 21 has no tensor cores. For a target of CUDA, a kernel that is
    one `llama.attention` of bf16 or f16 gets a function in a `gpu.module`,
    which multiplies with `nvvm.mma.sync`, and its name in the attribute
    `llama.tensor_cores`. The kernel stays: it computes single rows, and those
    that do not lie at multiples of 16 bytes.

    Scores and sums are f32; exponentials are multiplied as the sum of two
    elements, of 16 bits of mantissa in bf16 and 22 in f16. Only the quotient is
    rounded to the element type.

    Heads must be 16, 32, … 128 wide, and the scale positive. Attention with
    relative encodings, slopes or a soft cap stays as it is; a remark tells why.
    Nothing is refused but an unknown target.

    ```mlir
    func.func private @attention(%q: tensor<?x64xbf16>, %k: tensor<?x64xbf16>, %v: tensor<?x64xbf16>)
        -> tensor<?x64xbf16> attributes {llama.kernel} {
      %0 = llama.attention %q, %k, %v {causal, heads = 1 : i64, kv_heads = 1 : i64} : …
      return %0 : tensor<?x64xbf16>
    }
    // gets
    … attributes {llama.kernel, llama.tensor_cores = #llama.tensor_kernel<@attention_tensor_cores::@attention,
                  parts = 1, rows = 64, threads = 128, least = 2>}
    gpu.module @attention_tensor_cores [#nvvm.target<chip = "sm_80">] {
      llvm.func @attention(%q: !llvm.ptr<1>, %q_rows: i32, %q_stride: i32, …)
          attributes {nvvm.kernel, nvvm.maxntid = array<i32: 128>, nvvm.minctasm = 3 : i32} { … }
    }
    ```
  }];
  let options = [
    Option<"target", "target", "std::string", "\"host\"",
           "The target that kernels are for">];
  let statistics = [
    Statistic<"numKernels", "kernels", "Kernels for tensor cores">];
  let dependentDialects = [
      "::llamir::llama::LlamaDialect", "::mlir::LLVM::LLVMDialect",
      "::mlir::NVVM::NVVMDialect", "::mlir::arith::ArithDialect",
      "::mlir::gpu::GPUDialect", "::mlir::scf::SCFDialect"];
}

def SerializeTensorKernels : Pass<"serialize-tensor-kernels", "::mlir::ModuleOp"> {
  let summary = "Compile the functions of gpu.modules to PTX";
  let description = [{
    Each `gpu.module` with a target of NVVM is lowered to the LLVM dialect and
    becomes a `gpu.binary` of its name with one object, PTX, which drivers
    compile for the device they have. Refused are ops that have no form in the
    LLVM dialect.

    ```mlir
    gpu.module @attention_tensor_cores [#nvvm.target<chip = "sm_80">] { … }
    // becomes
    gpu.binary @attention_tensor_cores [#gpu.object<#nvvm.target<chip = "sm_80">, assembly = "…">]
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::NVVM::NVVMDialect",
                           "::mlir::cf::ControlFlowDialect", "::mlir::gpu::GPUDialect"];
}

#endif // LLAMIR_CONVERSION_LLAMATONVVM_PASSES_TD
