// Weights that are parts of stored tensors, or their columns.

// RUN: rm -rf %t && mkdir %t && cp %S/families/gpt2/model.safetensors %t
// RUN: cp %s %t/rows.mlir && llamir run %t/rows.mlir --function=parts --dim=tokens=2 --check | FileCheck %s
// CHECK: ok
// CHECK-NOT: WRONG
// RUN: not llamir run %t/rows.mlir --function=beyond --dim=tokens=2 2>&1 | FileCheck %s --check-prefix=BEYOND
// BEYOND: error: {{.*}}tensor 'transformer.h.0.attn.c_attn.weight' is of [32, 96] BF16, the weight of 'tensor<32x32xbf16>'
// RUN: not llamir run %t/rows.mlir --function=untransposed --dim=tokens=2 2>&1 | FileCheck %s --check-prefix=SHAPE
// SHAPE: error: {{.*}}tensor 'transformer.h.0.attn.c_attn.weight' is of [32, 96] BF16, the weight of 'tensor<96x32xbf16>'

llama.weight @k : tensor<32x32xbf16> = #llama.file<"model.safetensors", "transformer.h.0.attn.c_attn.weight", transposed, rows = [32, 32, 32]>
llama.weight @heads : tensor<16x32xbf16> = #llama.file<"model.safetensors", "transformer.h.0.attn.c_attn.weight", transposed, rows = [8, 8, 24]>
llama.weight @some : tensor<10x32xbf16> = #llama.file<"model.safetensors", "transformer.wte.weight", rows = [1, 2, 5]>
llama.weight @bias : tensor<16xbf16> = #llama.file<"model.safetensors", "transformer.h.0.attn.c_attn.bias", rows = [8, 8, 24]>
llama.weight @beyond_weight : tensor<32x32xbf16> = #llama.file<"model.safetensors", "transformer.h.0.attn.c_attn.weight", transposed, rows = [65, 32, 32]>
llama.weight @untransposed_weight : tensor<96x32xbf16> = #llama.file<"model.safetensors", "transformer.h.0.attn.c_attn.weight">

func.func @parts(%x: tensor<?x32xf32>) -> (tensor<?x32xf32>, tensor<?x16xf32>, tensor<?x10xf32>) {
  %wk = llama.get_weight @k : tensor<32x32xbf16>
  %wh = llama.get_weight @heads : tensor<16x32xbf16>
  %ws = llama.get_weight @some : tensor<10x32xbf16>
  %b = llama.get_weight @bias : tensor<16xbf16>
  %k = llama.linear %x, %wk : tensor<?x32xf32>, tensor<32x32xbf16> -> tensor<?x32xf32>
  %h = llama.linear %x, %wh bias %b : tensor<?x32xf32>, tensor<16x32xbf16>, tensor<16xbf16> -> tensor<?x16xf32>
  %s = llama.linear %x, %ws : tensor<?x32xf32>, tensor<10x32xbf16> -> tensor<?x10xf32>
  return %k, %h, %s : tensor<?x32xf32>, tensor<?x16xf32>, tensor<?x10xf32>
}
func.func @beyond(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %w = llama.get_weight @beyond_weight : tensor<32x32xbf16>
  %k = llama.linear %x, %w : tensor<?x32xf32>, tensor<32x32xbf16> -> tensor<?x32xf32>
  return %k : tensor<?x32xf32>
}
func.func @untransposed(%x: tensor<?x32xf32>) -> tensor<?x96xf32> {
  %w = llama.get_weight @untransposed_weight : tensor<96x32xbf16>
  %k = llama.linear %x, %w : tensor<?x32xf32>, tensor<96x32xbf16> -> tensor<?x96xf32>
  return %k : tensor<?x96xf32>
}
