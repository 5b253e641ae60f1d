// RUN: llamir-opt %s --llama-dedup-kernels | FileCheck %s

// An attribute and a type make a difference.
// CHECK: func.func private @a(
// CHECK-NOT: @b(%{{.*}}: tensor<?x8xf32>, %{{.*}}: tensor<8xf32>) -> tensor<?x8xf32> attributes
// CHECK: func.func private @other_eps(
// CHECK: func.func private @other_type(
// CHECK: llama.launch @a(
// CHECK: llama.launch @a(
func.func private @a(%x: tensor<?x8xf32>, %w: tensor<8xf32>) -> tensor<?x8xf32> attributes {llama.kernel} {
  %n = llama.rms_norm %x, %w {eps = 1.0e-5 : f64} : tensor<?x8xf32>, tensor<8xf32>
  return %n : tensor<?x8xf32>
}
func.func private @b(%y: tensor<?x8xf32>, %g: tensor<8xf32>) -> tensor<?x8xf32> attributes {llama.kernel} {
  %n = llama.rms_norm %y, %g {eps = 1.0e-5 : f64} : tensor<?x8xf32>, tensor<8xf32>
  return %n : tensor<?x8xf32>
}
func.func private @other_eps(%x: tensor<?x8xf32>, %w: tensor<8xf32>) -> tensor<?x8xf32> attributes {llama.kernel} {
  %n = llama.rms_norm %x, %w {eps = 1.0e-6 : f64} : tensor<?x8xf32>, tensor<8xf32>
  return %n : tensor<?x8xf32>
}
func.func private @other_type(%x: tensor<?x8xf32>, %w: tensor<8xbf16>) -> tensor<?x8xf32> attributes {llama.kernel} {
  %n = llama.rms_norm %x, %w {eps = 1.0e-5 : f64} : tensor<?x8xf32>, tensor<8xbf16>
  return %n : tensor<?x8xf32>
}
func.func @host(%x: tensor<?x8xf32>, %w: tensor<8xf32>) -> tensor<?x8xf32> {
  %a = llama.launch @a(%x, %w) : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  %b = llama.launch @b(%a, %w) : (tensor<?x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return %b : tensor<?x8xf32>
}
