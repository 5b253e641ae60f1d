// A projection and a norm in one kernel, of which the one does not read the other.
// The kernel is scheduled plainly.

// RUN: llamir run %s --check --dim=tokens=7 --function=behind 2>&1 | FileCheck %s
// RUN: llamir run %s --check --dim=tokens=7 --function=beside 2>&1 | FileCheck %s
// CHECK: {{(silu_linear_norm|k) .* ok}}
// CHECK-NOT: WRONG

func.func @behind(%x: tensor<?x64xf32> {llama.dims = ["tokens"]}, %w: tensor<96x64xf32>) -> tensor<?x96xf32> {
  %s = llama.activation silu %x : tensor<?x64xf32>
  %y = llama.kernel "linear_norm" (%a = %s, %v = %w) : (tensor<?x64xf32>, tensor<96x64xf32>) -> tensor<?x96xf32> {
    %l = llama.linear %a, %v : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
    %n = llama.norm %l over [1] {eps = 1.0e-5 : f64} : tensor<?x96xf32>
    llama.yield %n : tensor<?x96xf32>
  }
  return %y : tensor<?x96xf32>
}
func.func @beside(%x: tensor<?x64xf32> {llama.dims = ["tokens"]}, %r: tensor<?x96xf32> {llama.dims = ["tokens"]}, %w: tensor<96x64xf32>) -> tensor<?x96xf32> {
  %y = llama.kernel "k" (%a = %x, %b = %r, %v = %w) : (tensor<?x64xf32>, tensor<?x96xf32>, tensor<96x64xf32>) -> tensor<?x96xf32> {
    %s = llama.activation silu %a : tensor<?x64xf32>
    %l = llama.linear %s, %v : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
    %n = llama.norm %b over [1] {eps = 1.0e-5 : f64} : tensor<?x96xf32>
    %z = llama.add %l, %n : tensor<?x96xf32>
    llama.yield %z : tensor<?x96xf32>
  }
  return %y : tensor<?x96xf32>
}
