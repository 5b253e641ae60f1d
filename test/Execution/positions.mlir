// Positions of several axes, sines and cosines, and distances in attention,
// against the reference.

// DEFINE: %{check} = llamir run %s --check --dim=tokens=7
// RUN: %{check} --function=sections | FileCheck %s
// RUN: %{check} --function=sections_interleaved --activations=bf16 | FileCheck %s
// RUN: %{check} --function=axial | FileCheck %s
// RUN: %{check} --function=axial --target=x86-64 | FileCheck %s
// RUN: %{check} --function=axial_wide | FileCheck %s
// RUN: %{check} --function=axial_interleaved | FileCheck %s
// RUN: %{check} --function=axial_unequal | FileCheck %s
// RUN: %{check} --function=axial_partial | FileCheck %s
// RUN: %{check} --function=sinusoid | FileCheck %s
// RUN: %{check} --function=sinusoid_half --activations=bf16 | FileCheck %s
// RUN: %{check} --function=sinusoid_scaled | FileCheck %s
// RUN: llamir run %s --check --function=sinusoid --dim=tokens=0 | FileCheck %s --check-prefix=NOTHING
// RUN: %{check} --function=alibi --dim=keys=9 | FileCheck %s
// RUN: llamir run %s --check --function=alibi --dim=tokens=1 --dim=keys=300 | FileCheck %s
// RUN: llamir run %s --check --function=alibi --dim=tokens=100 --dim=keys=300 | FileCheck %s
// RUN: %{check} --function=alibi_full --dim=keys=9 | FileCheck %s
// As many distances as keys, less than there are, one only.
// RUN: %{check} --function=relative --dim=keys=12 --dim=distances=12 | FileCheck %s
// RUN: %{check} --function=relative --dim=keys=12 --dim=distances=5 --activations=bf16 | FileCheck %s
// RUN: llamir run %s --check --function=relative --dim=tokens=1 --dim=keys=300 --dim=distances=300 | FileCheck %s
// RUN: llamir run %s --check --function=relative --dim=tokens=100 --dim=keys=300 --dim=distances=300 | FileCheck %s
// RUN: llamir run %s --check --function=relative --dim=tokens=100 --dim=keys=300 --dim=distances=1 --target=x86-64 | FileCheck %s
// RUN: %{check} --function=relative_full --dim=keys=12 --dim=distances=23 | FileCheck %s
// RUN: llamir run %s --check --function=relative_full --dim=tokens=1 --dim=keys=9 --dim=distances=0 | FileCheck %s
// RUN: llamir run %s --check --function=relative_full --dim=tokens=60 --dim=keys=70 --dim=distances=139 | FileCheck %s

// CHECK: {{ ok$}}
// NOTHING: result0: [0, 96] f32

// As Qwen2-VL's: time, height and width.
func.func @sections(%x: tensor<?x64xf32>, %p: tensor<?x3xi32>) -> tensor<?x64xf32> {
  %y = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e6 : f64, sections = [4, 6, 6]> {heads = 2 : i64}
      : tensor<?x64xf32>, tensor<?x3xi32> -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
func.func @sections_interleaved(%x: tensor<?x64xf32>, %p: tensor<?x2xi32>) -> tensor<?x64xf32> {
  %y = llama.rope %x, %p by #llama.rotary<interleaved, theta = 1.0e4 : f64, dims = 10, scaling = #llama.linear_scaling<factor = 2.0 : f64>, sections = [3, 2]>
      {heads = 2 : i64} : tensor<?x64xf32>, tensor<?x2xi32> -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
func.func @axial(%x: tensor<?x64xf32>, %p: tensor<?x2xi32>) -> tensor<?x64xf32> {
  %y = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64, sections = [4, 4], axial = true> {heads = 4 : i64}
      : tensor<?x64xf32>, tensor<?x2xi32> -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
func.func @axial_wide(%x: tensor<?x192xf32>, %p: tensor<?x3xi32>) -> tensor<?x192xf32> {
  %y = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64, sections = [16, 16, 16], axial = true> {heads = 2 : i64}
      : tensor<?x192xf32>, tensor<?x3xi32> -> tensor<?x192xf32>
  return %y : tensor<?x192xf32>
}
func.func @axial_interleaved(%x: tensor<?x64xf32>, %p: tensor<?x2xi32>) -> tensor<?x64xf32> {
  %y = llama.rope %x, %p by #llama.rotary<interleaved, theta = 1.0e4 : f64, sections = [4, 4], axial = true> {heads = 4 : i64}
      : tensor<?x64xf32>, tensor<?x2xi32> -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
func.func @axial_unequal(%x: tensor<?x64xf32>, %p: tensor<?x3xi32>) -> tensor<?x64xf32> {
  %y = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64, sections = [2, 3, 3], axial = true> {heads = 4 : i64}
      : tensor<?x64xf32>, tensor<?x3xi32> -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
func.func @axial_partial(%x: tensor<?x64xf32>, %p: tensor<?x2xi32>) -> tensor<?x64xf32> {
  %y = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64, dims = 12, sections = [2, 4], axial = true> {heads = 4 : i64}
      : tensor<?x64xf32>, tensor<?x2xi32> -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
func.func @sinusoid(%p: tensor<?xi32>) -> tensor<?x96xf32> {
  %y = llama.sinusoid by #llama.rotary<interleaved, theta = 1.0e4 : f64> of %p : tensor<?xi32> -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}
func.func @sinusoid_half(%p: tensor<?xi32>, %x: tensor<?x50xf32>) -> tensor<?x50xf32> {
  %y = llama.sinusoid by #llama.rotary<half, theta = 1.0e4 : f64> of %p : tensor<?xi32> -> tensor<?x50xf32>
  %z = llama.add %x, %y : tensor<?x50xf32>
  return %z : tensor<?x50xf32>
}
func.func @sinusoid_scaled(%p: tensor<?xi32>) -> tensor<?x32xf32> {
  %y = llama.sinusoid by #llama.rotary<half, theta = 1.0e4 : f64, scaling = #llama.dynamic_scaling<factor = 2.0 : f64, length = 4>> of %p
      : tensor<?xi32> -> tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}
func.func @alibi(%q: tensor<?x64xf32> {llama.dims = ["tokens"]}, %k: tensor<?x32xf32> {llama.dims = ["keys"]}, %v: tensor<?x32xf32> {llama.dims = ["keys"]}) -> tensor<?x64xf32> {
  %a = llama.attention %q, %k, %v {heads = 4 : i64, kv_heads = 2 : i64, causal, slopes = array<f64: 0.25, 0.0625, 0.015625, 0.00390625>}
      : tensor<?x64xf32>, tensor<?x32xf32>, tensor<?x32xf32> -> tensor<?x64xf32>
  return %a : tensor<?x64xf32>
}
func.func @alibi_full(%q: tensor<?x64xf32> {llama.dims = ["tokens"]}, %k: tensor<?x64xf32> {llama.dims = ["keys"]}, %v: tensor<?x64xf32> {llama.dims = ["keys"]}) -> tensor<?x64xf32> {
  %a = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 2 : i64, softcap = 2.0 : f64, slopes = array<f64: 0.5, 0.125>}
      : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32> -> tensor<?x64xf32>
  return %a : tensor<?x64xf32>
}
func.func @relative(%q: tensor<?x64xf32> {llama.dims = ["tokens"]}, %k: tensor<?x64xf32> {llama.dims = ["keys"]}, %v: tensor<?x64xf32> {llama.dims = ["keys"]},
                    %r: tensor<?x64xf32> {llama.dims = ["distances"]}, %u: tensor<64xf32>, %w: tensor<64xf32>) -> tensor<?x64xf32> {
  %a = llama.attention %q, %k, %v relative %r by %u, %w {heads = 2 : i64, kv_heads = 2 : i64, causal}
      : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<64xf32>, tensor<64xf32> -> tensor<?x64xf32>
  return %a : tensor<?x64xf32>
}
func.func @relative_full(%q: tensor<?x60xf32> {llama.dims = ["tokens"]}, %k: tensor<?x60xf32> {llama.dims = ["keys"]}, %v: tensor<?x60xf32> {llama.dims = ["keys"]},
                         %r: tensor<?x60xf32> {llama.dims = ["distances"]}, %u: tensor<60xf32>, %w: tensor<60xf32>) -> tensor<?x60xf32> {
  %a = llama.attention %q, %k, %v relative %r by %u, %w {heads = 3 : i64, kv_heads = 3 : i64}
      : tensor<?x60xf32>, tensor<?x60xf32>, tensor<?x60xf32>, tensor<?x60xf32>, tensor<60xf32>, tensor<60xf32> -> tensor<?x60xf32>
  return %a : tensor<?x60xf32>
}
