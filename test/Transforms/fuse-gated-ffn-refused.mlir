// RUN: llamir-opt %s --allow-unregistered-dialect --llama-fuse-gated-ffn --remarks-filter=fusion --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: llamir-opt %s --allow-unregistered-dialect --llama-fuse-gated-ffn | FileCheck %s

// CHECK-NOT: llama.kernel

// REMARK: Reason="product not fused: no factor is an activation"
func.func @no_activation(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %p = llama.mul %x, %x : tensor<?x64xf32>
  return %p : tensor<?x64xf32>
}

// REMARK: Reason="product not fused: the activation is not that of a projection"
func.func @no_gate(%x: tensor<?x64xf32>, %g: tensor<?x100xf32>, %w: tensor<100x64xf32>) -> tensor<?x100xf32> {
  %u = llama.linear %x, %w : tensor<?x64xf32>, tensor<100x64xf32> -> tensor<?x100xf32>
  %s = llama.activation silu %g : tensor<?x100xf32>
  %p = llama.mul %s, %u : tensor<?x100xf32>
  return %p : tensor<?x100xf32>
}

// Of two activations, the one of a projection is the gate.
// REMARK: Reason="product not fused: the gate does not multiply a projection"
func.func @two_activations(%x: tensor<?x64xf32>, %g: tensor<?x100xf32>, %w: tensor<100x64xf32>) -> tensor<?x100xf32> {
  %u = llama.linear %x, %w : tensor<?x64xf32>, tensor<100x64xf32> -> tensor<?x100xf32>
  %s = llama.activation silu %g : tensor<?x100xf32>
  %t = llama.activation silu %u : tensor<?x100xf32>
  %p = llama.mul %s, %t : tensor<?x100xf32>
  return %p : tensor<?x100xf32>
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

// REMARK: Reason="product not fused: gate and up cannot be joined: biases of different element types"
func.func @other_bias(%x: tensor<?x64xf32>, %wg: tensor<100x64xf32>, %wu: tensor<100x64xf32>, %b: tensor<100xf32>, %c: tensor<100xbf16>) -> tensor<?x100xf32> {
  %g = llama.linear %x, %wg bias %b : tensor<?x64xf32>, tensor<100x64xf32>, tensor<100xf32> -> tensor<?x100xf32>
  %u = llama.linear %x, %wu bias %c : tensor<?x64xf32>, tensor<100x64xf32>, tensor<100xbf16> -> tensor<?x100xf32>
  %s = llama.activation silu %g : tensor<?x100xf32>
  %p = llama.mul %s, %u : tensor<?x100xf32>
  return %p : tensor<?x100xf32>
}

// REMARK: Reason="product not fused: the gate does not multiply a projection"
func.func @no_up(%x: tensor<?x64xf32>, %u: tensor<?x100xf32>, %wg: tensor<100x64xf32>) -> tensor<?x100xf32> {
  %g = llama.linear %x, %wg : tensor<?x64xf32>, tensor<100x64xf32> -> tensor<?x100xf32>
  %s = llama.activation silu %g : tensor<?x100xf32>
  %p = llama.mul %s, %u : tensor<?x100xf32>
  return %p : tensor<?x100xf32>
}

// REMARK: Reason="product not fused: the gate's projection is also read elsewhere"
func.func @gate_read(%x: tensor<?x64xf32>, %wg: tensor<100x64xf32>, %wu: tensor<100x64xf32>) -> (tensor<?x100xf32>, tensor<?x100xf32>) {
  %g = llama.linear %x, %wg : tensor<?x64xf32>, tensor<100x64xf32> -> tensor<?x100xf32>
  %u = llama.linear %x, %wu : tensor<?x64xf32>, tensor<100x64xf32> -> tensor<?x100xf32>
  %s = llama.activation silu %g : tensor<?x100xf32>
  %p = llama.mul %s, %u : tensor<?x100xf32>
  return %p, %g : tensor<?x100xf32>, tensor<?x100xf32>
}

// REMARK: Reason="product not fused: the up projection is also read elsewhere"
func.func @up_read(%x: tensor<?x64xf32>, %wg: tensor<100x64xf32>, %wu: tensor<100x64xf32>) -> (tensor<?x100xf32>, tensor<?x100xf32>) {
  %g = llama.linear %x, %wg : tensor<?x64xf32>, tensor<100x64xf32> -> tensor<?x100xf32>
  %u = llama.linear %x, %wu : tensor<?x64xf32>, tensor<100x64xf32> -> tensor<?x100xf32>
  %s = llama.activation silu %g : tensor<?x100xf32>
  %p = llama.mul %s, %u : tensor<?x100xf32>
  return %p, %u : tensor<?x100xf32>, tensor<?x100xf32>
}

// REMARK: Reason="product not fused: its ops stand in different blocks"
func.func @other_block(%x: tensor<?x64xf32>, %wg: tensor<100x64xf32>, %wu: tensor<100x64xf32>) {
  %g = llama.linear %x, %wg : tensor<?x64xf32>, tensor<100x64xf32> -> tensor<?x100xf32>
  %u = llama.linear %x, %wu : tensor<?x64xf32>, tensor<100x64xf32> -> tensor<?x100xf32>
  %s = llama.activation silu %g : tensor<?x100xf32>
  "test.region"() ({
    %p = llama.mul %s, %u : tensor<?x100xf32>
    "test.use"(%p) : (tensor<?x100xf32>) -> ()
  }) : () -> ()
  return
}

// REMARK: Reason="product not fused: gate and up cannot be joined: a weight is already packed"
func.func @packed(%x: tensor<?x64xf32>, %wg: tensor<100x64xf32>, %wu: tensor<100x64xf32, #llama.panels<width = 16, group = 100>>) -> tensor<?x100xf32> {
  %g = llama.linear %x, %wg : tensor<?x64xf32>, tensor<100x64xf32> -> tensor<?x100xf32>
  %u = llama.linear %x, %wu : tensor<?x64xf32>, tensor<100x64xf32, #llama.panels<width = 16, group = 100>> -> tensor<?x100xf32>
  %s = llama.activation silu %g : tensor<?x100xf32>
  %p = llama.mul %s, %u : tensor<?x100xf32>
  return %p : tensor<?x100xf32>
}

// REMARK: Reason="product not fused: gate and up cannot be joined: biases of different element types"
func.func @mixed_biases(%x: tensor<?x64xf32>, %wg: tensor<100x64xf32>, %wu: tensor<100x64xf32>, %b: tensor<100xf32>, %c: tensor<100xbf16>) -> tensor<?x100xf32> {
  %g = llama.linear %x, %wg bias %b : tensor<?x64xf32>, tensor<100x64xf32>, tensor<100xf32> -> tensor<?x100xf32>
  %u = llama.linear %x, %wu bias %c : tensor<?x64xf32>, tensor<100x64xf32>, tensor<100xbf16> -> tensor<?x100xf32>
  %s = llama.activation silu %g : tensor<?x100xf32>
  %p = llama.mul %s, %u : tensor<?x100xf32>
  return %p : tensor<?x100xf32>
}

// REMARK: Reason="product not fused: the gate's projection is also read elsewhere"
func.func @part_read(%x: tensor<?x64xf32>, %w: tensor<200x64xf32>) -> (tensor<?x100xf32>, tensor<?x100xf32>) {
  %l = llama.linear %x, %w : tensor<?x64xf32>, tensor<200x64xf32> -> tensor<?x200xf32>
  %g, %u = llama.split %l : tensor<?x200xf32> -> tensor<?x100xf32>, tensor<?x100xf32>
  %s = llama.activation silu %g : tensor<?x100xf32>
  %p = llama.mul %s, %u : tensor<?x100xf32>
  return %p, %g : tensor<?x100xf32>, tensor<?x100xf32>
}

// REMARK: Reason="product not fused: gate and up are one projection"
func.func @one_part(%x: tensor<?x64xf32>, %w: tensor<200x64xf32>) -> tensor<?x100xf32> {
  %l = llama.linear %x, %w : tensor<?x64xf32>, tensor<200x64xf32> -> tensor<?x200xf32>
  %g, %u = llama.split %l : tensor<?x200xf32> -> tensor<?x100xf32>, tensor<?x100xf32>
  %s = llama.activation silu %g : tensor<?x100xf32>
  %p = llama.mul %s, %g : tensor<?x100xf32>
  return %p : tensor<?x100xf32>
}

// REMARK: Reason="product not fused: the projection of gate and up is also read elsewhere"
func.func @joined_read(%x: tensor<?x64xf32>, %w: tensor<200x64xf32>) -> (tensor<?x100xf32>, tensor<?x200xf32>) {
  %l = llama.linear %x, %w : tensor<?x64xf32>, tensor<200x64xf32> -> tensor<?x200xf32>
  %g, %u = llama.split %l : tensor<?x200xf32> -> tensor<?x100xf32>, tensor<?x100xf32>
  %s = llama.activation silu %g : tensor<?x100xf32>
  %p = llama.mul %s, %u : tensor<?x100xf32>
  return %p, %l : tensor<?x100xf32>, tensor<?x200xf32>
}

// Gate is a part of one split, up of another.
// REMARK: Reason="product not fused: the projection of gate and up is also read elsewhere"
func.func @split_twice(%x: tensor<?x64xf32>, %w: tensor<200x64xf32>) -> tensor<?x100xf32> {
  %l = llama.linear %x, %w : tensor<?x64xf32>, tensor<200x64xf32> -> tensor<?x200xf32>
  %g:2 = llama.split %l : tensor<?x200xf32> -> tensor<?x100xf32>, tensor<?x100xf32>
  %u:2 = llama.split %l : tensor<?x200xf32> -> tensor<?x100xf32>, tensor<?x100xf32>
  %s = llama.activation silu %g#0 : tensor<?x100xf32>
  %p = llama.mul %s, %u#1 : tensor<?x100xf32>
  return %p : tensor<?x100xf32>
}

// REMARK: Reason="product not fused: the projection of gate and up has other parts"
func.func @third_part(%x: tensor<?x64xf32>, %w: tensor<300x64xf32>) -> tensor<?x100xf32> {
  %l = llama.linear %x, %w : tensor<?x64xf32>, tensor<300x64xf32> -> tensor<?x300xf32>
  %g, %u, %o = llama.split %l : tensor<?x300xf32> -> tensor<?x100xf32>, tensor<?x100xf32>, tensor<?x100xf32>
  %s = llama.activation silu %g : tensor<?x100xf32>
  %p = llama.mul %s, %u : tensor<?x100xf32>
  return %p : tensor<?x100xf32>
}

// REMARK: Reason="product not fused: the projection of gate or up has other parts"
func.func @part_and_whole(%x: tensor<?x64xf32>, %w: tensor<200x64xf32>, %wu: tensor<100x64xf32>) -> tensor<?x100xf32> {
  %l = llama.linear %x, %w : tensor<?x64xf32>, tensor<200x64xf32> -> tensor<?x200xf32>
  %g, %o = llama.split %l : tensor<?x200xf32> -> tensor<?x100xf32>, tensor<?x100xf32>
  %u = llama.linear %x, %wu : tensor<?x64xf32>, tensor<100x64xf32> -> tensor<?x100xf32>
  %s = llama.activation silu %g : tensor<?x100xf32>
  %p = llama.mul %s, %u : tensor<?x100xf32>
  return %p : tensor<?x100xf32>
}
