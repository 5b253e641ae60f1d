// The instructions that pairs of bf16 become: a dot product where both factors are
// bf16 and the target multiplies them so, else a shift and a mask that widen a
// vector of pairs to two. A register tile loads each vector once.

// RUN: rm -rf %t && mkdir -p %t
// DEFINE: %{target} = x86-64-avx512-zen4
// DEFINE: %{compile} = llamir-opt %s --llamir-kernels=target=%{target} --llamir-halide --halide-schedule=target=%{target} --halide-codegen="target=%{target} output-dir=%t emit=asm" -o /dev/null
// RUN: %{compile}
// RUN: FileCheck %s --check-prefix=DOT < %t/linear.s
// RUN: FileCheck %s --check-prefix=WIDEN < %t/linear_0.s
// REDEFINE: %{target} = x86-64-avx512
// RUN: %{compile}
// RUN: FileCheck %s --check-prefix=WIDEN < %t/linear_0.s
// REDEFINE: %{target} = x86-64-avx2
// RUN: %{compile}
// RUN: FileCheck %s --check-prefix=AVX2 < %t/linear_0.s

// DOT-COUNT-24: vdpbf16ps
// WIDEN-NOT: vdpbf16ps
// WIDEN: vpslld $16, %zmm
// WIDEN: vfmadd{{.*}}%zmm
// WIDEN: vpand{{[dq]}} %zmm
// AVX2: vpslld $16, %ymm
// AVX2: vfmadd{{.*}}%ymm

llama.weight @w : tensor<64x512xbf16> = #llama.random<seed = 1, scale = 1.0 : f64>
func.func @f(%x: tensor<?x512xbf16>, %y: tensor<?x512xf32>) -> (tensor<?x64xbf16>, tensor<?x64xf32>) {
  %w = llama.get_weight @w : tensor<64x512xbf16>
  %l = llama.linear %x, %w : tensor<?x512xbf16>, tensor<64x512xbf16> -> tensor<?x64xbf16>
  %m = llama.linear %y, %w : tensor<?x512xf32>, tensor<64x512xbf16> -> tensor<?x64xf32>
  return %l, %m : tensor<?x64xbf16>, tensor<?x64xf32>
}
