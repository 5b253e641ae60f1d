// RUN: llamir-opt %s --llama-dedup-kernels | FileCheck %s

// An attribute and a type make a difference.
// CHECK: func.func private @a(
// CHECK-NOT: @b(%{{.*}}: tensor<?x8xf32>, %{{.*}}: tensor<8xf32>) -> tensor<?x8xf32> attributes
// CHECK: func.func private @other_eps(
// CHECK: func.func private @other_type(
// CHECK: llama.launch @a(
// CHECK: llama.launch @a(
func.func private @a(%x: tensor<?x8xf32>, %w: tensor<8xf32>) -> tensor<?x8xf32> attributes {llama.kernel} {
  %n = llama.norm %x over [1] gain %w {eps = 1.0e-5 : f64} : tensor<?x8xf32>, tensor<8xf32>
  return %n : tensor<?x8xf32>
}
func.func private @b(%y: tensor<?x8xf32>, %g: tensor<8xf32>) -> tensor<?x8xf32> attributes {llama.kernel} {
  %n = llama.norm %y over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x8xf32>, tensor<8xf32>
  return %n : tensor<?x8xf32>
}
func.func private @other_eps(%x: tensor<?x8xf32>, %w: tensor<8xf32>) -> tensor<?x8xf32> attributes {llama.kernel} {
  %n = llama.norm %x over [1] gain %w {eps = 1.0e-6 : f64} : tensor<?x8xf32>, tensor<8xf32>
  return %n : tensor<?x8xf32>
}
func.func private @other_type(%x: tensor<?x8xf32>, %w: tensor<8xbf16>) -> tensor<?x8xf32> attributes {llama.kernel} {
  %n = llama.norm %x over [1] gain %w {eps = 1.0e-5 : f64} : tensor<?x8xf32>, tensor<8xbf16>
  return %n : tensor<?x8xf32>
}
func.func @host(%x: tensor<?x8xf32>, %w: tensor<8xf32>) -> tensor<?x8xf32> {
  %a = llama.launch @a(%x, %w) : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  %b = llama.launch @b(%a, %w) : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return %b : tensor<?x8xf32>
}

// Whatever names a kernel that goes names the other one. A declaration, a public
// kernel, one with another attribute and kernels of a module within stay.
// CHECK-LABEL: func.func private @declared(
// CHECK: func.func private @kept(
// CHECK: func.func @public(
// CHECK: func.func private @attribute(
// CHECK: func.func private @argument_attribute(
// CHECK-NOT: @gone
// CHECK: func.func @users({{.*}} attributes {test.kernel = @kept}
// CHECK: llama.launch @kept({{.*}} {test.others = [@kept]}
// CHECK: call @kept(
// CHECK: module @within
// CHECK: func.func private @gone(
// CHECK: llama.launch @gone(
func.func private @declared(tensor<?x8xf32>) -> tensor<?x8xf32> attributes {llama.kernel}
func.func private @kept(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {llama.kernel} {
  %y = llama.add %x, %x : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
func.func @public(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {llama.kernel} {
  %y = llama.add %x, %x : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
func.func private @attribute(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {llama.kernel, test.note} {
  %y = llama.add %x, %x : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
func.func private @argument_attribute(%x: tensor<?x8xf32> {test.note}) -> tensor<?x8xf32> attributes {llama.kernel} {
  %y = llama.add %x, %x : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
func.func private @gone(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {llama.kernel} {
  %y = llama.add %x, %x : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
func.func @users(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {test.kernel = @gone} {
  %y = llama.launch @gone(%x) {test.others = [@gone]} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %z = call @gone(%y) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %z : tensor<?x8xf32>
}
module @within {
  func.func private @gone(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {llama.kernel} {
    %y = llama.mul %x, %x : tensor<?x8xf32>
    return %y : tensor<?x8xf32>
  }
  func.func @user(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
    %y = llama.launch @gone(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
    return %y : tensor<?x8xf32>
  }
}
