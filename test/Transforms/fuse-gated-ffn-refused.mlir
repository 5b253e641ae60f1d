// RUN: llamir-opt %s --llama-fuse-gated-ffn --remarks-filter=fusion --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: llamir-opt %s --llama-fuse-gated-ffn | FileCheck %s

// CHECK-NOT: llama.kernel

// REMARK: Reason="product not fused: no operand is an activation of a projection"
func.func @no_activation(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %p = llama.mul %x, %x : tensor<?x64xf32>
  return %p : tensor<?x64xf32>
}

// REMARK: Reason="product not fused: gate and up are one projection"
func.func @one_projection(%x: tensor<?x64xf32>, %w: tensor<100x64xf32>) -> tensor<?x100xf32> {
  %g = llama.linear %x, %w : tensor<?x64xf32>, tensor<100x64xf32> -> tensor<?x100xf32>
  %s = llama.activation silu %g : tensor<?x100xf32>
  %p = llama.mul %s, %g : tensor<?x100xf32>
  return %p : tensor<?x100xf32>
}

// REMARK: Reason="product not fused: gate and up read different inputs"
func.func @other_input(%x: tensor<?x64xf32>, %y: tensor<?x64xf32>, %w: tensor<100x64xf32>) -> tensor<?x100xf32> {
  %g = llama.linear %x, %w : tensor<?x64xf32>, tensor<100x64xf32> -> tensor<?x100xf32>
  %u = llama.linear %y, %w : tensor<?x64xf32>, tensor<100x64xf32> -> tensor<?x100xf32>
  %s = llama.activation silu %g : tensor<?x100xf32>
  %p = llama.mul %s, %u : tensor<?x100xf32>
  return %p : tensor<?x100xf32>
}

// REMARK: Reason="product not fused: the activation is also read elsewhere"
func.func @activation_read(%x: tensor<?x64xf32>, %wg: tensor<100x64xf32>, %wu: tensor<100x64xf32>) -> (tensor<?x100xf32>, tensor<?x100xf32>) {
  %g = llama.linear %x, %wg : tensor<?x64xf32>, tensor<100x64xf32> -> tensor<?x100xf32>
  %u = llama.linear %x, %wu : tensor<?x64xf32>, tensor<100x64xf32> -> tensor<?x100xf32>
  %s = llama.activation silu %g : tensor<?x100xf32>
  %p = llama.mul %s, %u : tensor<?x100xf32>
  return %p, %s : tensor<?x100xf32>, tensor<?x100xf32>
}

// REMARK: Reason="product not fused: gate and up cannot be joined: weights of f32 and bf16"
func.func @mixed_types(%x: tensor<?x64xf32>, %wg: tensor<100x64xf32>, %wu: tensor<100x64xbf16>) -> tensor<?x100xf32> {
  %g = llama.linear %x, %wg : tensor<?x64xf32>, tensor<100x64xf32> -> tensor<?x100xf32>
  %u = llama.linear %x, %wu : tensor<?x64xf32>, tensor<100x64xbf16> -> tensor<?x100xf32>
  %s = llama.activation silu %g : tensor<?x100xf32>
  %p = llama.mul %s, %u : tensor<?x100xf32>
  return %p : tensor<?x100xf32>
}

// REMARK: Reason="product not fused: gate and up cannot be joined: only some of the projections have a bias"
func.func @one_bias(%x: tensor<?x64xf32>, %wg: tensor<100x64xf32>, %wu: tensor<100x64xf32>, %b: tensor<100xf32>) -> tensor<?x100xf32> {
  %g = llama.linear %x, %wg bias %b : tensor<?x64xf32>, tensor<100x64xf32>, tensor<100xf32> -> tensor<?x100xf32>
  %u = llama.linear %x, %wu : tensor<?x64xf32>, tensor<100x64xf32> -> tensor<?x100xf32>
  %s = llama.activation silu %g : tensor<?x100xf32>
  %p = llama.mul %s, %u : tensor<?x100xf32>
  return %p : tensor<?x100xf32>
}
