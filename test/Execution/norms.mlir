// Every norm of the literature over rows, against the reference: widths that no
// vector divides, and such that one does.

// DEFINE: %{check} = llamir run %s --check --dim=tokens=3
// RUN: %{check} --function=layer | FileCheck %s
// RUN: %{check} --function=layer_wide | FileCheck %s
// RUN: %{check} --function=layer_wide --target=x86-64 | FileCheck %s
// RUN: %{check} --function=layer_wide --activations=bf16 | FileCheck %s
// RUN: %{check} --function=layer_image | FileCheck %s
// RUN: %{check} --function=group | FileCheck %s
// RUN: llamir run %s --check --function=group --target=x86-64 --dim=tokens=1 | FileCheck %s
// RUN: llamir run %s --check --function=group --dim=tokens=0 | FileCheck %s --check-prefix=NOTHING
// RUN: %{check} --function=instance | FileCheck %s
// RUN: %{check} --function=channels | FileCheck %s
// RUN: %{check} --function=heads | FileCheck %s
// RUN: %{check} --function=heads_rotated | FileCheck %s
// RUN: %{check} --function=one | FileCheck %s
// RUN: %{check} --function=nothing | FileCheck %s

// CHECK: {{ ok$}}
// NOTHING: result0: [0, 12, 5, 7] f32

func.func @layer(%x: tensor<?x100xf32>, %g: tensor<100xf32>, %b: tensor<100xbf16>) -> tensor<?x100xf32> {
  %n = llama.norm %x over [1] centered gain %g bias %b {eps = 1.0e-5 : f64} : tensor<?x100xf32>, tensor<100xf32>, tensor<100xbf16>
  return %n : tensor<?x100xf32>
}
func.func @layer_wide(%x: tensor<?x4096xf32>, %g: tensor<4096xf32>, %b: tensor<4096xf32>) -> tensor<?x4096xf32> {
  %n = llama.norm %x over [1] centered gain %g bias %b {eps = 1.0e-5 : f64} : tensor<?x4096xf32>, tensor<4096xf32>, tensor<4096xf32>
  return %n : tensor<?x4096xf32>
}
func.func @layer_image(%x: tensor<?x12x5x7xf32>, %g: tensor<12x5x7xf32>, %b: tensor<12x5x7xf32>) -> tensor<?x12x5x7xf32> {
  %n = llama.norm %x over [1, 2, 3] centered gain %g bias %b {eps = 1.0e-5 : f64}
      : tensor<?x12x5x7xf32>, tensor<12x5x7xf32>, tensor<12x5x7xf32>
  return %n : tensor<?x12x5x7xf32>
}
func.func @group(%x: tensor<?x12x5x7xf32>, %g: tensor<12xf32>, %b: tensor<12xf32>) -> tensor<?x12x5x7xf32> {
  %n = llama.norm %x over [1, 2, 3] groups 3 centered gain %g bias %b along [1] {eps = 1.0e-5 : f64}
      : tensor<?x12x5x7xf32>, tensor<12xf32>, tensor<12xf32>
  return %n : tensor<?x12x5x7xf32>
}
func.func @instance(%x: tensor<?x12x5x7xf32>, %g: tensor<12xf32>, %b: tensor<12xf32>) -> tensor<?x12x5x7xf32> {
  %n = llama.norm %x over [2, 3] centered gain %g bias %b along [1] {eps = 1.0e-5 : f64}
      : tensor<?x12x5x7xf32>, tensor<12xf32>, tensor<12xf32>
  return %n : tensor<?x12x5x7xf32>
}
// Statistics of elements that do not lie side by side.
func.func @channels(%x: tensor<?x12x5x7xf32>, %g: tensor<12xf32>, %b: tensor<12xf32>) -> tensor<?x12x5x7xf32> {
  %n = llama.norm %x over [1] centered gain %g bias %b {eps = 1.0e-5 : f64}
      : tensor<?x12x5x7xf32>, tensor<12xf32>, tensor<12xf32>
  return %n : tensor<?x12x5x7xf32>
}
// One gain for all heads.
func.func @heads(%x: tensor<?x96xf32>, %g: tensor<24xf32>) -> tensor<?x96xf32> {
  %n = llama.norm %x over [1] groups 4 gain %g {eps = 1.0e-5 : f64} : tensor<?x96xf32>, tensor<24xf32>
  return %n : tensor<?x96xf32>
}
func.func @heads_rotated(%x: tensor<?x96xf32>, %p: tensor<?xi32>, %g: tensor<24xf32>) -> tensor<?x96xf32> {
  %r = llama.kernel "norm_rope" (%a = %x, %q = %p, %h = %g) : (tensor<?x96xf32>, tensor<?xi32>, tensor<24xf32>) -> tensor<?x96xf32> {
    %n = llama.norm %a over [1] groups 4 gain %h {eps = 1.0e-5 : f64} : tensor<?x96xf32>, tensor<24xf32>
    %s = llama.rope %n, %q by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 4 : i64} : tensor<?x96xf32>, tensor<?xi32> -> tensor<?x96xf32>
    llama.yield %s : tensor<?x96xf32>
  }
  return %r : tensor<?x96xf32>
}
// Groups of one channel of one element, whose variance is zero.
func.func @one(%x: tensor<?x6x1xf32>, %g: tensor<6xf32>, %b: tensor<6xf32>) -> tensor<?x6x1xf32> {
  %n = llama.norm %x over [1, 2] groups 6 centered gain %g bias %b along [1] {eps = 1.0e-5 : f64}
      : tensor<?x6x1xf32>, tensor<6xf32>, tensor<6xf32>
  return %n : tensor<?x6x1xf32>
}
// Neither gain nor bias.
func.func @nothing(%x: tensor<?x40xf32>) -> tensor<?x40xf32> {
  %n = llama.norm %x over [1] centered {eps = 1.0e-5 : f64} : tensor<?x40xf32>
  return %n : tensor<?x40xf32>
}
