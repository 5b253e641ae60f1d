// RUN: llamir-opt %s --llama-extract-products=target=cuda-sm_90 | FileCheck %s
// RUN: llamir-opt %s --llama-extract-products=target=cuda --llama-extract-products=target=cuda | FileCheck %s
// RUN: llamir-opt %s --llama-extract-products=target=vulkan | FileCheck %s --check-prefix=OTHER
// RUN: llamir-opt %s --llama-extract-products=target=x86-64 | FileCheck %s --check-prefix=OTHER
// RUN: not llamir-opt %s --llama-extract-products=target=none 2>&1 | FileCheck %s --check-prefix=TARGET
// OTHER-NOT: llama.product
// TARGET: error: unknown target 'none'

// CHECK-NOT: @alone_rest
// CHECK: func.func private @alone({{.*}} attributes {llama.kernel, llama.product = #llama.product<>}
func.func private @alone(%x: tensor<?x64xbf16>, %w: tensor<32x64xbf16, #llama.panels<width = 1, group = 32, interleave = 8>>) -> tensor<?x32xbf16> attributes {llama.kernel} {
  %0 = llama.linear %x, %w : tensor<?x64xbf16>, tensor<32x64xbf16, #llama.panels<width = 1, group = 32, interleave = 8>> -> tensor<?x32xbf16>
  return %0 : tensor<?x32xbf16>
}

// The rest has the other operands behind the product.
// CHECK: func.func private @rotated({{.*}} attributes {llama.kernel, llama.product = #llama.product<rest = @rotated_rest>}
// CHECK: llama.linear
// CHECK: func.func private @rotated_rest(%[[PRODUCT:.*]]: tensor<?x32xf32>, %[[POSITIONS:.*]]: tensor<?xi32>) -> tensor<?x32xf32> attributes {llama.kernel} {
// CHECK-NEXT: %[[R:.*]] = llama.rope %[[PRODUCT]], %[[POSITIONS]]
// CHECK-NEXT: return %[[R]]
func.func private @rotated(%x: tensor<?x64xf32>, %w: tensor<32x64xf32, #llama.panels<width = 1, group = 32, interleave = 4>>, %positions: tensor<?xi32>) -> tensor<?x32xf32> attributes {llama.kernel} {
  %0 = llama.linear %x, %w : tensor<?x64xf32>, tensor<32x64xf32, #llama.panels<width = 1, group = 32, interleave = 4>> -> tensor<?x32xf32>
  %1 = llama.rope %0, %positions by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x32xf32>, tensor<?xi32> -> tensor<?x32xf32>
  return %1 : tensor<?x32xf32>
}

// What comes before the product has the operands before the weight.
// CHECK: func.func private @normed({{.*}} attributes {llama.kernel, llama.product = #llama.product<before = @normed_before, rest = @normed_rest>}
// CHECK: func.func private @normed_before(%[[X:.*]]: tensor<?x64xbf16>, %[[GAIN:.*]]: tensor<64xf32>) -> tensor<?x64xbf16> attributes {llama.kernel} {
// CHECK-NEXT: %[[N:.*]] = llama.norm %[[X]] over [1] gain %[[GAIN]]
// CHECK-NEXT: return %[[N]]
// CHECK: func.func private @normed_rest(%[[PRODUCT:.*]]: tensor<?x32xbf16>) -> tensor<?x32xbf16> attributes {llama.kernel} {
// CHECK-NEXT: %[[E:.*]] = llama.activation silu %[[PRODUCT]]
// CHECK-NEXT: return %[[E]]
func.func private @normed(%x: tensor<?x64xbf16>, %g: tensor<64xf32>, %w: tensor<32x64xbf16, #llama.panels<width = 1, group = 32, interleave = 8>>) -> tensor<?x32xbf16> attributes {llama.kernel} {
  %0 = llama.norm %x over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x64xbf16>, tensor<64xf32>
  %1 = llama.linear %0, %w : tensor<?x64xbf16>, tensor<32x64xbf16, #llama.panels<width = 1, group = 32, interleave = 8>> -> tensor<?x32xbf16>
  %2 = llama.activation silu %1 : tensor<?x32xbf16>
  return %2 : tensor<?x32xbf16>
}

// What is left would need an operand before the weight, too.
// CHECK: func.func private @normed_twice({{.*}} attributes {llama.kernel} {
func.func private @normed_twice(%x: tensor<?x32xf32>, %g: tensor<32xf32>, %w: tensor<32x32xf32, #llama.panels<width = 1, group = 32, interleave = 4>>) -> tensor<?x32xf32> attributes {llama.kernel} {
  %0 = llama.norm %x over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x32xf32>, tensor<32xf32>
  %1 = llama.linear %0, %w : tensor<?x32xf32>, tensor<32x32xf32, #llama.panels<width = 1, group = 32, interleave = 4>> -> tensor<?x32xf32>
  %2 = llama.add %1, %x : tensor<?x32xf32>
  return %2 : tensor<?x32xf32>
}

// A bias is rounded with the product, and is no operand of the rest.
// CHECK: func.func private @biased({{.*}} attributes {llama.kernel, llama.product = #llama.product<rest = @biased_rest, biased = true>} {
// CHECK: func.func private @biased_rest(%{{[^,]*}}: tensor<?x32xf32>) -> tensor<?x32xf32> attributes {llama.kernel} {
func.func private @biased(%x: tensor<?x64xf32>, %w: tensor<32x64xf32, #llama.panels<width = 1, group = 32, interleave = 4>>, %b: tensor<32xf32>) -> tensor<?x32xf32> attributes {llama.kernel} {
  %0 = llama.linear %x, %w bias %b : tensor<?x64xf32>, tensor<32x64xf32, #llama.panels<width = 1, group = 32, interleave = 4>>, tensor<32xf32> -> tensor<?x32xf32>
  %1 = llama.activation silu %0 : tensor<?x32xf32>
  return %1 : tensor<?x32xf32>
}

// A library multiplies equal types, adds a bias of the same, and reads rows
// without zeros between them.
// CHECK: func.func private @biased_otherwise({{.*}} attributes {llama.kernel} {
func.func private @biased_otherwise(%x: tensor<?x64xbf16>, %w: tensor<32x64xbf16, #llama.panels<width = 1, group = 32, interleave = 8>>, %b: tensor<32xf32>) -> tensor<?x32xbf16> attributes {llama.kernel} {
  %0 = llama.linear %x, %w bias %b : tensor<?x64xbf16>, tensor<32x64xbf16, #llama.panels<width = 1, group = 32, interleave = 8>>, tensor<32xf32> -> tensor<?x32xbf16>
  return %0 : tensor<?x32xbf16>
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

// Before, a bias and a rest; the operands of each lie one after the other.
// CHECK: func.func private @whole({{.*}} attributes {llama.kernel, llama.product = #llama.product<before = @whole_before, rest = @whole_rest, biased = true>}
// CHECK: func.func private @whole_before(%{{[^,]*}}: tensor<?x64xbf16>, %{{[^,]*}}: tensor<64xbf16>) -> tensor<?x64xbf16>
// CHECK: func.func private @whole_rest(%{{[^,]*}}: tensor<?x32xbf16>, %{{[^,]*}}: tensor<?x32xbf16>) -> tensor<?x32xbf16>
func.func private @whole(%x: tensor<?x64xbf16>, %g: tensor<64xbf16>, %w: tensor<32x64xbf16, #llama.panels<width = 1, group = 32, interleave = 8>>, %b: tensor<32xbf16>, %r: tensor<?x32xbf16>) -> tensor<?x32xbf16> attributes {llama.kernel} {
  %0 = llama.norm %x over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x64xbf16>, tensor<64xbf16>
  %1 = llama.linear %0, %w bias %b : tensor<?x64xbf16>, tensor<32x64xbf16, #llama.panels<width = 1, group = 32, interleave = 8>>, tensor<32xbf16> -> tensor<?x32xbf16>
  %2 = llama.add %1, %r : tensor<?x32xbf16>
  return %2 : tensor<?x32xbf16>
}

// Rows that do not lie as they were read, and operands that nobody reads, whose
// rows may be others.
// CHECK: func.func private @rotated_before({{.*}} attributes {llama.kernel} {
func.func private @rotated_before(%x: tensor<?x64xf32>, %p: tensor<?xi32>, %w: tensor<32x64xf32, #llama.panels<width = 1, group = 32, interleave = 4>>) -> tensor<?x32xf32> attributes {llama.kernel} {
  %0 = llama.rope %x, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 2 : i64} : tensor<?x64xf32>, tensor<?xi32> -> tensor<?x64xf32>
  %1 = llama.linear %0, %w : tensor<?x64xf32>, tensor<32x64xf32, #llama.panels<width = 1, group = 32, interleave = 4>> -> tensor<?x32xf32>
  return %1 : tensor<?x32xf32>
}
// CHECK: func.func private @unread({{.*}} attributes {llama.kernel} {
func.func private @unread(%other: tensor<?x32xf32>, %x: tensor<?x64xf32>, %w: tensor<32x64xf32, #llama.panels<width = 1, group = 32, interleave = 4>>) -> tensor<?x32xf32> attributes {llama.kernel} {
  %0 = llama.norm %x over [1] {eps = 1.0e-5 : f64} : tensor<?x64xf32>
  %1 = llama.linear %0, %w : tensor<?x64xf32>, tensor<32x64xf32, #llama.panels<width = 1, group = 32, interleave = 4>> -> tensor<?x32xf32>
  return %1 : tensor<?x32xf32>
}
