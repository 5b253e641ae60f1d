// Functions that a command cannot do with, or for which it needs care.

// RUN: split-file %s %t

// A kernel is no function to choose.
// RUN: not llamir run %t/kernel.mlir --function=k 2>&1 | FileCheck %s --check-prefix=KERNEL
// RUN: llamir run %t/kernel.mlir --check
// KERNEL: llamir: error: {{.*}}kernel.mlir: there is no function 'k'

// Names of results that would be files elsewhere, or the same file twice.
// RUN: not llamir run %t/names.mlir --function=away --output-dir=%t/out 2>&1 | FileCheck %s --check-prefix=AWAY
// AWAY: llamir: error: a result has the name '../away', which is not that of a file
// RUN: not llamir run %t/names.mlir --function=twice --output-dir=%t/out 2>&1 | FileCheck %s --check-prefix=TWICE
// TWICE: llamir: error: two results have the name 'y', which only one file can have
// RUN: not ls %t/out

// What eval reads as logits must be some.
// RUN: not llamir eval %t/eval.mlir --input-ids=%models/wordnet-3m/input_ids.npy --logits=%t/out 2>&1 | FileCheck %s --check-prefix=EVAL
// EVAL: llamir: error: eval runs a function of ids and positions, tensor<?xi32> both, that gives logits in f32; 'f' is none
// RUN: not ls %t/out

// RUN: llamir bench %t/number.mlir --rounds=1 | FileCheck %s --check-prefix=NUMBER
// NUMBER: prefill, 1 token, f32

//--- kernel.mlir
func.func @k(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {llama.kernel} {
  %0 = llama.add %x, %x : tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}
func.func @f(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = llama.launch @k(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

//--- names.mlir
func.func @away(%x: tensor<?x8xf32>) -> (tensor<?x8xf32> {llama.name = "../away"}) {
  return %x : tensor<?x8xf32>
}
func.func @twice(%x: tensor<?x8xf32>) -> (tensor<?x8xf32> {llama.name = "y"}, tensor<?x8xf32> {llama.name = "y"}) {
  return %x, %x : tensor<?x8xf32>, tensor<?x8xf32>
}

//--- eval.mlir
llama.weight @w : tensor<1000x800xf32> = #llama.random<seed = 1, scale = 1.0 : f64>
func.func @f(%ids: tensor<?xi32>, %positions: tensor<?xi32>) -> tensor<1000x800xf32> {
  %0 = llama.get_weight @w : tensor<1000x800xf32>
  return %0 : tensor<1000x800xf32>
}

//--- number.mlir
func.func @f(%x: tensor<f32>) -> tensor<f32> {
  return %x : tensor<f32>
}
