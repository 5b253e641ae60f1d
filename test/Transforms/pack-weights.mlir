// RUN: llamir-opt %s --llama-pack-weights=target=x86-64-avx512 --remarks-filter=packing --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: llamir-opt %s --llama-pack-weights=target=x86-64-avx512 | FileCheck %s
// RUN: llamir-opt %s --llama-pack-weights=target=x86-64-avx2 | FileCheck %s --check-prefix=AVX2
// RUN: llamir-opt %s --llama-pack-weights=target=x86-64 --remarks-filter=packing --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=SSE

llama.weight @a : tensor<64x8xbf16> = #llama.random<seed = 1, scale = 1.0 : f64>
llama.weight @b : tensor<32x8xbf16> = #llama.random<seed = 1, scale = 1.0 : f64>

// CHECK: llama.weight @"packed.a+b+a+b" : tensor<192x8xbf16, #llama.panels<width = 64, group = 192, interleave = 2>> = #llama.packed<[@a, @b, @a, @b]>

// The head size is the group under a rotation. Both kernels share one packed weight.
// CHECK: llama.weight @"packed.a+b" : tensor<96x8xbf16, #llama.panels<width = 16, group = 16, interleave = 2>> = #llama.packed<[@a, @b]>
// CHECK-LABEL: func.func @joined(
// CHECK: %[[W:.*]] = llama.get_weight @"packed.a+b"
// CHECK: llama.kernel "k" (%{{.*}} = %{{.*}}, %{{.*}} = %[[W]], %{{.*}} = %{{.*}})
// CHECK-NEXT: llama.linear {{.*}} : tensor<?x8xf32>, tensor<96x8xbf16, #llama.panels<width = 16, group = 16, interleave = 2>> -> tensor<?x96xf32>
// CHECK-NOT: llama.join
// AVX2: llama.weight @"packed.a+b" : tensor<96x8xbf16, #llama.panels<width = 16, group = 16, interleave = 2>>
func.func @joined(%x: tensor<?x8xf32>, %pos: tensor<?xi32>) -> (tensor<?x96xf32>, tensor<?x96xf32>) {
  %a = llama.get_weight @a : tensor<64x8xbf16>
  %b = llama.get_weight @b : tensor<32x8xbf16>
  %j = llama.join %a, %b : tensor<64x8xbf16>, tensor<32x8xbf16> -> tensor<96x8xbf16>
  %r = llama.kernel "k" (%kx = %x, %kw = %j, %kp = %pos) : (tensor<?x8xf32>, tensor<96x8xbf16>, tensor<?xi32>) -> tensor<?x96xf32> {
    %l = llama.linear %kx, %kw : tensor<?x8xf32>, tensor<96x8xbf16> -> tensor<?x96xf32>
    %q = llama.rope %l, %kp by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 6 : i64} : tensor<?x96xf32>, tensor<?xi32> -> tensor<?x96xf32>
    llama.yield %q : tensor<?x96xf32>
  }
  %s = llama.kernel "k" (%kx = %x, %kw = %j, %kp = %pos) : (tensor<?x8xf32>, tensor<96x8xbf16>, tensor<?xi32>) -> tensor<?x96xf32> {
    %l = llama.linear %kx, %kw : tensor<?x8xf32>, tensor<96x8xbf16> -> tensor<?x96xf32>
    %q = llama.rope %l, %kp by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 6 : i64} : tensor<?x96xf32>, tensor<?xi32> -> tensor<?x96xf32>
    llama.yield %q : tensor<?x96xf32>
  }
  return %r, %s : tensor<?x96xf32>, tensor<?x96xf32>
}

// REMARK: [Missed] pack-weights | Category:packing | Reason="weight is packed in every call: it is not made of llama.weight ops alone"
// CHECK-LABEL: func.func @argument(
// CHECK: %[[P:.*]] = llama.kernel "pack"
// CHECK-NEXT: llama.pack {{.*}} -> tensor<64x8xf32, #llama.panels<width = 64, group = 64>>
// CHECK: llama.kernel "k" (%{{.*}} = %{{.*}}, %{{.*}} = %[[P]])
func.func @argument(%x: tensor<?x8xf32>, %w: tensor<64x8xf32>) -> tensor<?x64xf32> {
  %r = llama.kernel "k" (%kx = %x, %kw = %w) : (tensor<?x8xf32>, tensor<64x8xf32>) -> tensor<?x64xf32> {
    %l = llama.linear %kx, %kw : tensor<?x8xf32>, tensor<64x8xf32> -> tensor<?x64xf32>
    llama.yield %l : tensor<?x64xf32>
  }
  return %r : tensor<?x64xf32>
}

// A packed weight is made of what its parts are made of, unless they are rounded
// on the way; joins of joins are one.
llama.weight @ab : tensor<96x8xbf16> = #llama.packed<[@a, @b]>
llama.weight @wide : tensor<64x8xf32> = #llama.random<seed = 3, scale = 1.0 : f64>
llama.weight @rounded : tensor<64x8xbf16> = #llama.packed<[@wide]>
// CHECK-LABEL: func.func @packed_parts(
// CHECK-NOT: llama.join
// CHECK: llama.get_weight @"packed.a+b+a+b"
func.func @packed_parts(%x: tensor<?x8xf32>) -> tensor<?x192xf32> {
  %a = llama.get_weight @a : tensor<64x8xbf16>
  %b = llama.get_weight @b : tensor<32x8xbf16>
  %ab = llama.get_weight @ab : tensor<96x8xbf16>
  %i = llama.join %a, %b : tensor<64x8xbf16>, tensor<32x8xbf16> -> tensor<96x8xbf16>
  %j = llama.join %ab, %i : tensor<96x8xbf16>, tensor<96x8xbf16> -> tensor<192x8xbf16>
  %r = llama.kernel "k" (%kx = %x, %kw = %j) : (tensor<?x8xf32>, tensor<192x8xbf16>) -> tensor<?x192xf32> {
    %l = llama.linear %kx, %kw : tensor<?x8xf32>, tensor<192x8xbf16> -> tensor<?x192xf32>
    llama.yield %l : tensor<?x192xf32>
  }
  return %r : tensor<?x192xf32>
}
// Rounded to what the kernel reads, they are the same numbers without the step.
// CHECK-LABEL: func.func @rounded_parts(
// CHECK: llama.get_weight @"packed.wide+wide" : tensor<128x8xbf16, #llama.panels<width = 64, group = 128, interleave = 2>>
func.func @rounded_parts(%x: tensor<?x8xf32>) -> tensor<?x128xf32> {
  %w = llama.get_weight @rounded : tensor<64x8xbf16>
  %j = llama.join %w, %w : tensor<64x8xbf16>, tensor<64x8xbf16> -> tensor<128x8xbf16>
  %r = llama.kernel "k" (%kx = %x, %kw = %j) : (tensor<?x8xf32>, tensor<128x8xbf16>) -> tensor<?x128xf32> {
    %l = llama.linear %kx, %kw : tensor<?x8xf32>, tensor<128x8xbf16> -> tensor<?x128xf32>
    llama.yield %l : tensor<?x128xf32>
  }
  return %r : tensor<?x128xf32>
}

// Halves stay halves where the target reads them. Without F16C they are widened,
// which is no reason to leave out that they were rounded.
llama.weight @half : tensor<64x8xf16> = #llama.packed<[@wide]>
// CHECK-LABEL: func.func @halves(
// CHECK: llama.get_weight @packed.wide : tensor<64x8xf16, #llama.panels<width = 64, group = 64>>
// SSE: Reason="weight is widened to f32: the target has no instruction that reads its type"
// SSE: Reason="weight is packed in every call: it has parts that are rounded in a #llama.packed source"
// SSE-LABEL: func.func @halves(
// SSE: %[[W:.*]] = llama.get_weight @half : tensor<64x8xf16>
// SSE: llama.kernel "pack" (%{{.*}} = %[[W]]) : (tensor<64x8xf16>) -> tensor<64x8xf32, #llama.panels<width = 8, group = 64>>
func.func @halves(%x: tensor<?x8xf32>) -> tensor<?x64xf32> {
  %w = llama.get_weight @half : tensor<64x8xf16>
  %r = llama.kernel "k" (%kx = %x, %kw = %w) : (tensor<?x8xf32>, tensor<64x8xf16>) -> tensor<?x64xf32> {
    %l = llama.linear %kx, %kw : tensor<?x8xf32>, tensor<64x8xf16> -> tensor<?x64xf32>
    llama.yield %l : tensor<?x64xf32>
  }
  return %r : tensor<?x64xf32>
}

// A join of the model's weights and others, within another, is none of the model's.
// REMARK: Reason="weight is packed in every call: it is not made of llama.weight ops alone"
// CHECK-LABEL: func.func @join_of_joins(
// CHECK: %[[I:.*]] = llama.kernel "join"
// CHECK: %[[J:.*]] = llama.kernel "join" (%{{.*}} = %[[I]])
// CHECK: llama.kernel "pack" (%{{.*}} = %[[J]])
func.func @join_of_joins(%x: tensor<?x8xf32>, %w: tensor<32x8xbf16>) -> tensor<?x192xf32> {
  %a = llama.get_weight @a : tensor<64x8xbf16>
  %i = llama.join %a, %w : tensor<64x8xbf16>, tensor<32x8xbf16> -> tensor<96x8xbf16>
  %j = llama.join %i, %i : tensor<96x8xbf16>, tensor<96x8xbf16> -> tensor<192x8xbf16>
  %r = llama.kernel "k" (%kx = %x, %kw = %j) : (tensor<?x8xf32>, tensor<192x8xbf16>) -> tensor<?x192xf32> {
    %l = llama.linear %kx, %kw : tensor<?x8xf32>, tensor<192x8xbf16> -> tensor<?x192xf32>
    llama.yield %l : tensor<?x192xf32>
  }
  return %r : tensor<?x192xf32>
}

// What a kernel makes of a weight itself has its layout, and so has a weight that
// it reads twice.
// REMARK: Reason="weight is not packed: its kernel computes it"
// REMARK: Reason="weight is not packed: its kernel reads it more than once"
// REMARK: Reason="weight is not packed: its kernel reads it more than once"
// CHECK-LABEL: func.func @not_packed(
// CHECK-NOT: panels
// CHECK: return
func.func @not_packed(%x: tensor<?x8xf32>) -> (tensor<?x192xf32>, tensor<?x64xf32>) {
  %a = llama.get_weight @a : tensor<64x8xbf16>
  %b = llama.get_weight @b : tensor<32x8xbf16>
  %r = llama.kernel "k" (%kx = %x, %ka = %a, %kb = %b) : (tensor<?x8xf32>, tensor<64x8xbf16>, tensor<32x8xbf16>) -> tensor<?x192xf32> {
    %i = llama.join %ka, %kb, %kb, %ka : tensor<64x8xbf16>, tensor<32x8xbf16>, tensor<32x8xbf16>, tensor<64x8xbf16> -> tensor<192x8xbf16>
    %l = llama.linear %kx, %i : tensor<?x8xf32>, tensor<192x8xbf16> -> tensor<?x192xf32>
    llama.yield %l : tensor<?x192xf32>
  }
  %s = llama.kernel "k" (%kx = %x, %ka = %a) : (tensor<?x8xf32>, tensor<64x8xbf16>) -> tensor<?x64xf32> {
    %l = llama.linear %kx, %ka : tensor<?x8xf32>, tensor<64x8xbf16> -> tensor<?x64xf32>
    %t = llama.activation tanh %kx : tensor<?x8xf32>
    %m = llama.linear %t, %ka : tensor<?x8xf32>, tensor<64x8xbf16> -> tensor<?x64xf32>
    %n = llama.add %l, %m : tensor<?x64xf32>
    llama.yield %n : tensor<?x64xf32>
  }
  return %r, %s : tensor<?x192xf32>, tensor<?x64xf32>
}

// A module within packs its own weights.
// CHECK: module @within
// CHECK-NEXT: llama.weight @a :
// CHECK-NEXT: func.func @f(
// CHECK-NEXT: llama.get_weight @a :
// CHECK-NEXT: llama.kernel "k"
module @within {
  llama.weight @a : tensor<64x8xf32> = #llama.random<seed = 1, scale = 1.0 : f64>
  func.func @f(%x: tensor<?x8xf32>) -> tensor<?x64xf32> {
    %a = llama.get_weight @a : tensor<64x8xf32>
    %r = llama.kernel "k" (%kx = %x, %kw = %a) : (tensor<?x8xf32>, tensor<64x8xf32>) -> tensor<?x64xf32> {
      %l = llama.linear %kx, %kw : tensor<?x8xf32>, tensor<64x8xf32> -> tensor<?x64xf32>
      llama.yield %l : tensor<?x64xf32>
    }
    return %r : tensor<?x64xf32>
  }
}
