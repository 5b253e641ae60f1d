// RUN: llamir-opt %s --llamir-fuse | FileCheck %s
// RUN: llamir-opt %s --llamir-fuse --remarks-filter=fusion --remark-format=emitRemark 2>&1 >/dev/null | FileCheck %s --check-prefix=REMARK --implicit-check-not=Missed

// What is written twice, or read by nobody, does not stand in the way of a fusion.

llama.weight @g : tensor<64xf32> = #llama.random<seed = 1, scale = 0.1 : f64, mean = 1.0 : f64>
llama.weight @gate : tensor<96x64xf32> = #llama.random<seed = 2, scale = 0.1 : f64>
llama.weight @up : tensor<96x64xf32> = #llama.random<seed = 3, scale = 0.1 : f64>

// The sum is written twice, with its operands swapped, and so is its norm: each
// projection has its own. Somebody looked at the activation, but reads nothing of it.
// REMARK-DAG: Remark="gate and up are joined; activation and product moved into their epilogue"
// REMARK-DAG: Remark="norm shares a kernel with the add of its input"
// REMARK-DAG: Remark="add_norm moved in front of a projection"
// CHECK-LABEL: func.func @ffn(
// CHECK: llama.kernel "add_norm_gated_ffn"
// CHECK-NOT: llama.kernel
// CHECK: return
func.func @ffn(%x: tensor<?x64xf32>, %y: tensor<?x64xf32>) -> tensor<?x96xf32> {
  %g0 = llama.get_weight @g : tensor<64xf32>
  %h0 = llama.add %x, %y : tensor<?x64xf32>
  %n0 = llama.norm %h0 over [1] gain %g0 {eps = 1.0e-5 : f64} : tensor<?x64xf32>, tensor<64xf32>
  %wg = llama.get_weight @gate : tensor<96x64xf32>
  %gate = llama.linear %n0, %wg : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
  %s = llama.activation silu %gate : tensor<?x96xf32>
  %g1 = llama.get_weight @g : tensor<64xf32>
  %h1 = llama.add %y, %x : tensor<?x64xf32>
  %n1 = llama.norm %h1 over [1] gain %g1 {eps = 1.0e-5 : f64} : tensor<?x64xf32>, tensor<64xf32>
  %wu = llama.get_weight @up : tensor<96x64xf32>
  %up = llama.linear %n1, %wu : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
  %dead = llama.activation tanh %s : tensor<?x96xf32>
  %deader = llama.add %dead, %up : tensor<?x96xf32>
  %m = llama.mul %up, %s : tensor<?x96xf32>
  return %m : tensor<?x96xf32>
}

// A silu that is written as a product.
// REMARK: Remark="gate and up are joined; activation and product moved into their epilogue"
// CHECK-LABEL: func.func @written_silu(
// CHECK: llama.kernel "gated_ffn"
// CHECK: llama.activation silu
// CHECK-NOT: llama.kernel
// CHECK: return
func.func @written_silu(%x: tensor<?x64xf32>) -> tensor<?x96xf32> {
  %wg = llama.get_weight @gate : tensor<96x64xf32>
  %wu = llama.get_weight @up : tensor<96x64xf32>
  %gate = llama.linear %x, %wg : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
  %up = llama.linear %x, %wu : tensor<?x64xf32>, tensor<96x64xf32> -> tensor<?x96xf32>
  %sigmoid = llama.activation sigmoid %gate : tensor<?x96xf32>
  %silu = llama.mul %gate, %sigmoid : tensor<?x96xf32>
  %m = llama.mul %silu, %up : tensor<?x96xf32>
  return %m : tensor<?x96xf32>
}
