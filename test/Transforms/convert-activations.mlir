// RUN: llamir-opt %s --llama-convert-activations=to=bf16 | FileCheck %s
// RUN: llamir-opt %s --llama-convert-activations=to=f32 | FileCheck %s --check-prefix=SAME

// What crosses between ops has the type; weights, indices and logits keep theirs.
// CHECK-LABEL: func.func @forward(
// CHECK-SAME: tensor<?xi32>, %{{.*}}: tensor<?x8xbf16>, %{{.*}}: tensor<4x8xf32>) -> (tensor<?x4xf32>, tensor<?x8xbf16>)
// CHECK: llama.embedding {{.*}} : tensor<?xi32>, tensor<16x8xf32> -> tensor<?x8xbf16>
// CHECK: llama.add {{.*}} : tensor<?x8xbf16>
// CHECK: llama.norm {{.*}} : tensor<?x8xbf16>, tensor<8xf32>
// CHECK: llama.linear {{.*}} : tensor<?x8xbf16>, tensor<4x8xf32> -> tensor<?x4xf32>
// SAME-NOT: bf16
llama.weight @table : tensor<16x8xf32> = #llama.random<seed = 1, scale = 1.0 : f64>
llama.weight @gain : tensor<8xf32> = #llama.random<seed = 2, scale = 1.0 : f64>
func.func @forward(%ids: tensor<?xi32>, %r: tensor<?x8xf32>, %head: tensor<4x8xf32>) -> (tensor<?x4xf32>, tensor<?x8xf32>) {
  %t = llama.get_weight @table : tensor<16x8xf32>
  %g = llama.get_weight @gain : tensor<8xf32>
  %x = llama.embedding %ids, %t : tensor<?xi32>, tensor<16x8xf32> -> tensor<?x8xf32>
  %h = llama.add %x, %r : tensor<?x8xf32>
  %n = llama.norm %h over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x8xf32>, tensor<8xf32>
  %y = llama.linear %n, %head : tensor<?x8xf32>, tensor<4x8xf32> -> tensor<?x4xf32>
  return %y, %h : tensor<?x4xf32>, tensor<?x8xf32>
}

// Logits that are capped, too.
// CHECK-LABEL: func.func @capped(
// CHECK-SAME: tensor<?x8xbf16>, %{{.*}}: tensor<4x8xf32>) -> tensor<?x4xf32>
// CHECK: llama.activation tanh %{{.*}} : tensor<?x4xf32>
func.func @capped(%x: tensor<?x8xf32>, %head: tensor<4x8xf32>) -> tensor<?x4xf32> {
  %l = llama.linear %x, %head : tensor<?x8xf32>, tensor<4x8xf32> -> tensor<?x4xf32>
  %s = llama.scale %l by 0.5 : tensor<?x4xf32>
  %t = llama.activation tanh %s : tensor<?x4xf32>
  return %t : tensor<?x4xf32>
}
