// Norms whose samples share statistics or are given some, against the
// reference: few channels and many, elements that a vector divides and such that
// none does, more samples than a block has.

// DEFINE: %{check} = llamir run %s --check --dim=tokens=3
// RUN: %{check} --function=training | FileCheck %s
// RUN: %{check} --function=training --target=x86-64 | FileCheck %s
// RUN: llamir run %s --check --function=training --dim=tokens=1 | FileCheck %s
// RUN: %{check} --function=wide | FileCheck %s
// RUN: %{check} --function=features --activations=bf16 | FileCheck %s
// RUN: llamir run %s --check --function=features --dim=tokens=131 | FileCheck %s
// RUN: llamir run %s --check --function=features --dim=tokens=1 | FileCheck %s
// RUN: llamir run %s --check --function=features --dim=tokens=0 | FileCheck %s
// RUN: %{check} --function=inference | FileCheck %s
// RUN: %{check} --function=inference_features | FileCheck %s
// RUN: %{check} --function=samples | FileCheck %s
// RUN: %{check} --function=switchable | FileCheck %s
// RUN: %{check} --function=switchable_inference | FileCheck %s
// RUN: %{check} --function=norm | FileCheck %s
// RUN: %{check} --function=norm_relu --activations=bf16 | FileCheck %s
// RUN: %{check} --function=one_kernel | FileCheck %s

// CHECK: {{ ok$}}

func.func @training(%x: tensor<?x12x5x7xf32>, %p: tensor<12xf32>, %q: tensor<12xf32>)
    -> (tensor<12xf32>, tensor<12xf32>, tensor<12xf32>, tensor<12xf32>) {
  %m, %v, %r, %s = llama.statistics %x over [0, 2, 3] updating %p, %q {momentum = 0.1 : f64}
      : tensor<?x12x5x7xf32>, tensor<12xf32>, tensor<12xf32>
      -> tensor<12xf32>, tensor<12xf32>, tensor<12xf32>, tensor<12xf32>
  return %m, %v, %r, %s : tensor<12xf32>, tensor<12xf32>, tensor<12xf32>, tensor<12xf32>
}
func.func @wide(%x: tensor<?x40x512xf32>, %p: tensor<40xbf16>, %q: tensor<40xbf16>)
    -> (tensor<40xf32>, tensor<40xf32>, tensor<40xbf16>, tensor<40xbf16>) {
  %m, %v, %r, %s = llama.statistics %x over [0, 2] updating %p, %q {biased, momentum = 0.5 : f64}
      : tensor<?x40x512xf32>, tensor<40xbf16>, tensor<40xbf16>
      -> tensor<40xf32>, tensor<40xf32>, tensor<40xbf16>, tensor<40xbf16>
  return %m, %v, %r, %s : tensor<40xf32>, tensor<40xf32>, tensor<40xbf16>, tensor<40xbf16>
}
// The rows of a matrix are the batch.
func.func @features(%x: tensor<?x100xf32>, %p: tensor<100xf32>, %q: tensor<100xf32>)
    -> (tensor<100xf32>, tensor<100xf32>, tensor<100xf32>, tensor<100xf32>) {
  %m, %v, %r, %s = llama.statistics %x over [0] updating %p, %q {momentum = 0.1 : f64}
      : tensor<?x100xf32>, tensor<100xf32>, tensor<100xf32>
      -> tensor<100xf32>, tensor<100xf32>, tensor<100xf32>, tensor<100xf32>
  return %m, %v, %r, %s : tensor<100xf32>, tensor<100xf32>, tensor<100xf32>, tensor<100xf32>
}
llama.weight @variance : tensor<12xf32> = #llama.random<seed = 1, scale = 0.1 : f64, mean = 1.0 : f64>
func.func @inference(%x: tensor<?x12x5x7xf32>, %m: tensor<12xf32>, %g: tensor<12xf32>, %b: tensor<12xf32>) -> tensor<?x12x5x7xf32> {
  %v = llama.get_weight @variance : tensor<12xf32>
  %y = llama.normalize %x by %m, %v gain %g bias %b {eps = 1.0e-5 : f64}
      : tensor<?x12x5x7xf32>, tensor<12xf32>, tensor<12xf32>, tensor<12xf32>, tensor<12xf32>
  return %y : tensor<?x12x5x7xf32>
}
func.func @inference_features(%x: tensor<?x12xf32>, %m: tensor<12xf32>) -> tensor<?x12xf32> {
  %v = llama.get_weight @variance : tensor<12xf32>
  %y = llama.normalize %x by %m, %v {eps = 1.0e-5 : f64} : tensor<?x12xf32>, tensor<12xf32>, tensor<12xf32>
  return %y : tensor<?x12xf32>
}
func.func @samples(%x: tensor<?x12x5x7xf32>) -> (tensor<?x12xf32>, tensor<?x12xf32>) {
  %m, %v = llama.statistics %x over [2, 3] : tensor<?x12x5x7xf32> -> tensor<?x12xf32>, tensor<?x12xf32>
  return %m, %v : tensor<?x12xf32>, tensor<?x12xf32>
}
func.func @switchable(%x: tensor<?x12x5x7xf32>, %a: tensor<3xf32>, %c: tensor<3xf32>, %g: tensor<12xf32>, %b: tensor<12xf32>)
    -> tensor<?x12x5x7xf32> {
  %m, %v = llama.statistics %x over [2, 3] : tensor<?x12x5x7xf32> -> tensor<?x12xf32>, tensor<?x12xf32>
  %n, %w = llama.mix_statistics %m, %v by %a, %c : tensor<?x12xf32>, tensor<3xf32>, tensor<3xf32>
  %y = llama.normalize %x by %n, %w gain %g bias %b {eps = 1.0e-5 : f64}
      : tensor<?x12x5x7xf32>, tensor<?x12xf32>, tensor<?x12xf32>, tensor<12xf32>, tensor<12xf32>
  return %y : tensor<?x12x5x7xf32>
}
func.func @switchable_inference(%x: tensor<?x12x5x7xf32>, %a: tensor<3xf32>, %c: tensor<3xf32>, %p: tensor<12xf32>) -> tensor<?x12x5x7xf32> {
  %q = llama.get_weight @variance : tensor<12xf32>
  %m, %v = llama.statistics %x over [2, 3] : tensor<?x12x5x7xf32> -> tensor<?x12xf32>, tensor<?x12xf32>
  %n, %w = llama.mix_statistics %m, %v by %a, %c running %p, %q
      : tensor<?x12xf32>, tensor<3xf32>, tensor<3xf32>, tensor<12xf32>, tensor<12xf32>
  %y = llama.normalize %x by %n, %w {eps = 1.0e-5 : f64} : tensor<?x12x5x7xf32>, tensor<?x12xf32>, tensor<?x12xf32>
  return %y : tensor<?x12x5x7xf32>
}
func.func @norm(%x: tensor<?x12x5x7xf32>, %g: tensor<12xf32>, %b: tensor<12xf32>) -> tensor<?x12x5x7xf32> {
  %y = llama.norm %x over [0, 2, 3] centered gain %g bias %b along [1] {eps = 1.0e-5 : f64}
      : tensor<?x12x5x7xf32>, tensor<12xf32>, tensor<12xf32>
  return %y : tensor<?x12x5x7xf32>
}
func.func @norm_relu(%x: tensor<?x12x8x8xf32>) -> tensor<?x12x8x8xf32> {
  %y = llama.norm %x over [0, 2, 3] centered {eps = 1.0e-5 : f64} : tensor<?x12x8x8xf32>
  %z = llama.activation relu %y : tensor<?x12x8x8xf32>
  return %z : tensor<?x12x8x8xf32>
}
// By hand; no schedule is made for such a kernel.
func.func @one_kernel(%x: tensor<?x12xf32>) -> tensor<?x12xf32> {
  %y = llama.kernel "batch_norm" (%a = %x) : (tensor<?x12xf32>) -> tensor<?x12xf32> {
    %m, %v = llama.statistics %a over [0] : tensor<?x12xf32> -> tensor<12xf32>, tensor<12xf32>
    %n = llama.normalize %a by %m, %v {eps = 1.0e-5 : f64} : tensor<?x12xf32>, tensor<12xf32>, tensor<12xf32>
    llama.yield %n : tensor<?x12xf32>
  }
  return %y : tensor<?x12xf32>
}
