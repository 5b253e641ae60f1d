// RUN: llamir-opt %s --allow-unregistered-dialect --llama-fuse-norm --remarks-filter=fusion --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: llamir-opt %s --allow-unregistered-dialect --llama-fuse-norm | FileCheck %s

// CHECK-NOT: llama.kernel

// REMARK: [Missed] fuse-norm | Category:fusion | Reason="norm not fused: its input is not a residual add"
func.func @no_add(%x: tensor<?x64xf32>, %g: tensor<64xf32>) -> tensor<?x64xf32> {
  %n = llama.norm %x over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x64xf32>, tensor<64xf32>
  return %n : tensor<?x64xf32>
}

// REMARK: [Missed] fuse-norm | Category:fusion | Reason="norm not fused: another norm of the same sum has a different epsilon"
// REMARK: [Missed] fuse-norm | Category:fusion | Reason="norm not fused: another norm of the same sum has a different epsilon"
func.func @other_epsilon(%x: tensor<?x64xf32>, %y: tensor<?x64xf32>, %g: tensor<64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
  %h = llama.add %x, %y : tensor<?x64xf32>
  %n = llama.norm %h over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x64xf32>, tensor<64xf32>
  %m = llama.norm %h over [1] gain %g {eps = 1.0e-6 : f64} : tensor<?x64xf32>, tensor<64xf32>
  return %n, %m : tensor<?x64xf32>, tensor<?x64xf32>
}

// REMARK: [Missed] fuse-norm | Category:fusion | Reason="norm not fused: another norm of the same sum has a different gain or bias"
func.func @other_weight(%x: tensor<?x64xf32>, %y: tensor<?x64xf32>, %g: tensor<64xf32>, %f: tensor<64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
  %h = llama.add %x, %y : tensor<?x64xf32>
  %n = llama.norm %h over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x64xf32>, tensor<64xf32>
  %m = llama.norm %h over [1] gain %f {eps = 1.0e-5 : f64} : tensor<?x64xf32>, tensor<64xf32>
  return %n, %m : tensor<?x64xf32>, tensor<?x64xf32>
}

// REMARK: [Missed] fuse-norm | Category:fusion | Reason="norm not fused: the add stands in another block"
func.func @other_block(%x: tensor<?x64xf32>, %y: tensor<?x64xf32>, %g: tensor<64xf32>) {
  %h = llama.add %x, %y : tensor<?x64xf32>
  "test.region"() ({
    %n = llama.norm %h over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x64xf32>, tensor<64xf32>
    "test.use"(%n) : (tensor<?x64xf32>) -> ()
  }) : () -> ()
  return
}

// REMARK: [Missed] fuse-norm | Category:fusion | Reason="norm not fused: its gain or bias depends on the sum"
func.func @weight_from_sum(%x: tensor<?x64xf32>, %y: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %h = llama.add %x, %y : tensor<?x64xf32>
  %g = call @mean(%h) : (tensor<?x64xf32>) -> tensor<64xf32>
  %n = llama.norm %h over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x64xf32>, tensor<64xf32>
  return %n : tensor<?x64xf32>
}
func.func private @mean(tensor<?x64xf32>) -> tensor<64xf32>
