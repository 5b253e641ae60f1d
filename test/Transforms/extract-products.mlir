// RUN: llamir-opt %s --llama-extract-products=target=cuda-sm_90 | FileCheck %s
// RUN: llamir-opt %s --llama-extract-products=target=cuda --llama-extract-products=target=cuda | FileCheck %s
// RUN: llamir-opt %s --llama-extract-products=target=vulkan | FileCheck %s --check-prefix=OTHER
// RUN: llamir-opt %s --llama-extract-products=target=x86-64 | FileCheck %s --check-prefix=OTHER
// RUN: not llamir-opt %s --llama-extract-products=target=none 2>&1 | FileCheck %s --check-prefix=TARGET
// OTHER-NOT: llama.product
// TARGET: error: unknown target 'none'

// CHECK-NOT: @alone_rest
// CHECK: func.func private @alone({{.*}} attributes {llama.kernel, llama.product}
func.func private @alone(%x: tensor<?x64xbf16>, %w: tensor<32x64xbf16, #llama.panels<width = 1, group = 32, interleave = 8>>) -> tensor<?x32xbf16> attributes {llama.kernel} {
  %0 = llama.linear %x, %w : tensor<?x64xbf16>, tensor<32x64xbf16, #llama.panels<width = 1, group = 32, interleave = 8>> -> tensor<?x32xbf16>
  return %0 : tensor<?x32xbf16>
}

// The rest has the other operands behind the product.
// CHECK: func.func private @rotated({{.*}} attributes {llama.kernel, llama.product = @rotated_rest}
// CHECK: llama.linear
// CHECK: func.func private @rotated_rest(%[[PRODUCT:.*]]: tensor<?x32xf32>, %[[POSITIONS:.*]]: tensor<?xi32>) -> tensor<?x32xf32> attributes {llama.kernel} {
// CHECK-NEXT: %[[R:.*]] = llama.rope %[[PRODUCT]], %[[POSITIONS]]
// CHECK-NEXT: return %[[R]]
func.func private @rotated(%x: tensor<?x64xf32>, %w: tensor<32x64xf32, #llama.panels<width = 1, group = 32, interleave = 4>>, %positions: tensor<?xi32>) -> tensor<?x32xf32> attributes {llama.kernel} {
  %0 = llama.linear %x, %w : tensor<?x64xf32>, tensor<32x64xf32, #llama.panels<width = 1, group = 32, interleave = 4>> -> tensor<?x32xf32>
  %1 = llama.rope %0, %positions by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32>
  return %1 : tensor<?x32xf32>
}

// A bias is rounded with the product; a library multiplies equal types, and rows
// without zeros between them.
// CHECK: func.func private @biased({{.*}} attributes {llama.kernel} {
func.func private @biased(%x: tensor<?x64xf32>, %w: tensor<32x64xf32, #llama.panels<width = 1, group = 32, interleave = 4>>, %b: tensor<32xf32>) -> tensor<?x32xf32> attributes {llama.kernel} {
  %0 = llama.linear %x, %w bias %b : tensor<?x64xf32>, tensor<32x64xf32, #llama.panels<width = 1, group = 32, interleave = 4>>, tensor<32xf32> -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}
// CHECK: func.func private @mixed({{.*}} attributes {llama.kernel} {
func.func private @mixed(%x: tensor<?x64xf32>, %w: tensor<32x64xbf16, #llama.panels<width = 1, group = 32, interleave = 8>>) -> tensor<?x32xf32> attributes {llama.kernel} {
  %0 = llama.linear %x, %w : tensor<?x64xf32>, tensor<32x64xbf16, #llama.panels<width = 1, group = 32, interleave = 8>> -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}
// CHECK: func.func private @padded({{.*}} attributes {llama.kernel} {
func.func private @padded(%x: tensor<?x66xf32>, %w: tensor<32x66xf32, #llama.panels<width = 1, group = 32, interleave = 4>>) -> tensor<?x32xf32> attributes {llama.kernel} {
  %0 = llama.linear %x, %w : tensor<?x66xf32>, tensor<32x66xf32, #llama.panels<width = 1, group = 32, interleave = 4>> -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}
// CHECK: func.func private @twice({{.*}} attributes {llama.kernel} {
func.func private @twice(%x: tensor<?x32xf32>, %w: tensor<32x32xf32, #llama.panels<width = 1, group = 32, interleave = 4>>) -> tensor<?x32xf32> attributes {llama.kernel} {
  %0 = llama.linear %x, %w : tensor<?x32xf32>, tensor<32x32xf32, #llama.panels<width = 1, group = 32, interleave = 4>> -> tensor<?x32xf32>
  %1 = llama.add %0, %x : tensor<?x32xf32>
  return %1 : tensor<?x32xf32>
}
