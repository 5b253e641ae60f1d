// RUN: llamir-opt %s --llamir-fuse --llamir-kernels=target=cuda | FileCheck %s

// Two projections of normed rows of one width: what comes before their products is
// one kernel.
// CHECK: func.func private @norm_linear({{.*}}llama.product = #llama.product<before = @norm_linear_before>
// CHECK: func.func private @norm_linear_before(
// CHECK: func.func private @norm_linear_0({{.*}}llama.product = #llama.product<before = @norm_linear_before>
// CHECK-NOT: func.func private
llama.weight @a : tensor<32x64xf32> = #llama.random<seed = 1, scale = 0.1 : f64>
llama.weight @b : tensor<48x64xf32> = #llama.random<seed = 2, scale = 0.1 : f64>
func.func @f(%x: tensor<?x64xf32>, %y: tensor<?x64xf32>) -> (tensor<?x32xf32>, tensor<?x48xf32>) {
  %a = llama.get_weight @a : tensor<32x64xf32>
  %b = llama.get_weight @b : tensor<48x64xf32>
  %n = llama.norm %x over [1] {eps = 1.0e-5 : f64} : tensor<?x64xf32>
  %m = llama.norm %y over [1] {eps = 1.0e-5 : f64} : tensor<?x64xf32>
  %0 = llama.linear %n, %a : tensor<?x64xf32>, tensor<32x64xf32> -> tensor<?x32xf32>
  %1 = llama.linear %m, %b : tensor<?x64xf32>, tensor<48x64xf32> -> tensor<?x48xf32>
  return %0, %1 : tensor<?x32xf32>, tensor<?x48xf32>
}
