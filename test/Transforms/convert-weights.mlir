// RUN: llamir-opt %s --llama-convert-weights="to=bf16 except=norm" | FileCheck %s
// RUN: llamir-opt %s --llama-convert-weights="to=f16 match=^[ab]$ saturate" | FileCheck %s --check-prefix=HALF
// RUN: llamir-opt %s --llama-convert-weights=to=bf16 --remarks-filter=weights --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK

// The new weight is made of the old one, which stays; joins follow.
// CHECK: llama.weight @a : tensor<64x8xf32>
// CHECK: llama.weight @a.bf16 : tensor<64x8xbf16> = #llama.packed<[@a]>
// HALF: llama.weight @a.f16 : tensor<64x8xf16> = #llama.packed<[@a], saturate>
// REMARK: Remark="'a' is converted from f32 to bf16"
llama.weight @a : tensor<64x8xf32> = #llama.random<seed = 1, scale = 1.0 : f64>
// CHECK: llama.weight @b.bf16 : tensor<32x8xbf16> = #llama.packed<[@b]>
llama.weight @b : tensor<32x8xf32> = #llama.random<seed = 2, scale = 1.0 : f64>
// CHECK-NOT: @norm.bf16
// HALF-NOT: @norm.f16
// REMARK: Remark="'norm' is converted from f32 to bf16"
llama.weight @norm : tensor<8xf32> = #llama.random<seed = 3, scale = 1.0 : f64>
// CHECK-NOT: @same.bf16
llama.weight @same : tensor<64x8xbf16> = #llama.random<seed = 4, scale = 1.0 : f64>
// CHECK-NOT: @rows.bf16
// REMARK: Reason="'rows' keeps its type: it is read as an activation"
llama.weight @rows : tensor<4x8xf32> = #llama.random<seed = 5, scale = 1.0 : f64>
// REMARK: Reason="'formed' keeps its type: it is read by a kernel or another op that takes one type only"
llama.weight @formed : tensor<8xf32> = #llama.random<seed = 6, scale = 1.0 : f64>

// CHECK-LABEL: func.func @f(
// CHECK: llama.norm {{.*}} : tensor<?x8xf32>, tensor<8xf32>
// CHECK: %[[A:.*]] = llama.get_weight @a.bf16 : tensor<64x8xbf16>
// CHECK: %[[B:.*]] = llama.get_weight @b.bf16 : tensor<32x8xbf16>
// CHECK: llama.join %[[A]], %[[B]] : tensor<64x8xbf16>, tensor<32x8xbf16> -> tensor<96x8xbf16>
// CHECK: llama.linear {{.*}} : tensor<?x8xf32>, tensor<96x8xbf16> -> tensor<?x96xf32>
func.func @f(%x: tensor<?x8xf32>) -> (tensor<?x96xf32>, tensor<?x64xf32>, tensor<4x8xf32>, tensor<?x8xf32>) {
  %g = llama.get_weight @norm : tensor<8xf32>
  %n = llama.norm %x over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x8xf32>, tensor<8xf32>
  %a = llama.get_weight @a : tensor<64x8xf32>
  %b = llama.get_weight @b : tensor<32x8xf32>
  %j = llama.join %a, %b : tensor<64x8xf32>, tensor<32x8xf32> -> tensor<96x8xf32>
  %y = llama.linear %n, %j : tensor<?x8xf32>, tensor<96x8xf32> -> tensor<?x96xf32>
  %s = llama.get_weight @same : tensor<64x8xbf16>
  %z = llama.linear %n, %s : tensor<?x8xf32>, tensor<64x8xbf16> -> tensor<?x64xf32>
  %r = llama.get_weight @rows : tensor<4x8xf32>
  %t = llama.activation silu %r : tensor<4x8xf32>
  %w = llama.get_weight @formed : tensor<8xf32>
  %k = llama.kernel "norm" (%kx = %x, %kw = %w) : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32> {
    %m = llama.norm %kx over [1] gain %kw {eps = 1.0e-5 : f64} : tensor<?x8xf32>, tensor<8xf32>
    llama.yield %m : tensor<?x8xf32>
  }
  return %y, %z, %t, %k : tensor<?x96xf32>, tensor<?x64xf32>, tensor<4x8xf32>, tensor<?x8xf32>
}
