// Results that are larger than the caches go past them, wherever they begin: rows of
// 64 bytes and of others, one result and two.

// DEFINE: %{run} = llamir run %s --check --dim=rows
// RUN: %{run}=4099 --function=add | FileCheck %s
// RUN: %{run}=8199 --function=add --target=x86-64 --activations=bf16 | FileCheck %s
// RUN: %{run}=4099 --function=odd | FileCheck %s
// RUN: %{run}=4099 --function=norm --target=x86-64 | FileCheck %s
// RUN: %{run}=4099 --function=add_norm | FileCheck %s
// CHECK: ok
// CHECK-NOT: WRONG

func.func @add(%x: tensor<?x4096xf32> {llama.dims = ["rows"]}, %y: tensor<?x4096xf32> {llama.dims = ["rows"]}) -> tensor<?x4096xf32> {
  %s = llama.add %x, %y : tensor<?x4096xf32>
  return %s : tensor<?x4096xf32>
}
func.func @odd(%x: tensor<?x4109xf32> {llama.dims = ["rows"]}) -> tensor<?x4109xf32> {
  %s = llama.activation relu %x : tensor<?x4109xf32>
  return %s : tensor<?x4109xf32>
}
func.func @norm(%x: tensor<?x4109xf32> {llama.dims = ["rows"]}) -> tensor<?x4109xf32> {
  %n = llama.norm %x over [1] centered {eps = 1.0e-5 : f64} : tensor<?x4109xf32>
  return %n : tensor<?x4109xf32>
}
func.func @add_norm(%x: tensor<?x4096xf32> {llama.dims = ["rows"]}, %g: tensor<4096xf32>) -> (tensor<?x4096xf32>, tensor<?x4096xf32>) {
  %s = llama.add %x, %x : tensor<?x4096xf32>
  %n = llama.norm %s over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x4096xf32>, tensor<4096xf32>
  return %s, %n : tensor<?x4096xf32>, tensor<?x4096xf32>
}
