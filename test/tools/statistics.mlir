// RUN: llamir-opt %s --llamir-fuse --llamir-kernels --llamir-halide --llamir-schedule --mlir-pass-statistics 2>&1 >/dev/null | FileCheck %s
// RUN: llamir-opt %s --llamir-fuse --mlir-pass-statistics=false 2>&1 >/dev/null | count 0

// How often each pass did what, whichever way MLIR was built.
// CHECK: Statistics Collected
// CHECK-DAG: 2 halide-schedule {{ *}}- Schedules written
// CHECK-DAG: 1 llama-dedup-kernels {{ *}}- Kernels replaced by an equal one
// CHECK-DAG: 1 llama-form-kernels {{ *}}- Kernels made of one op
// CHECK-DAG: 2 llama-fuse-norm {{ *}}- Norms that share a kernel with their add
// CHECK-DAG: 1 llama-fuse-norm {{ *}}- Norms left alone
// CHECK-DAG: 3 llama-outline-kernels {{ *}}- Kernels moved
func.func @norms(%x: tensor<?x8xf32>, %g: tensor<8xf32>) -> tensor<?x8xf32> {
  %n = llama.norm %x over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x8xf32>, tensor<8xf32>
  %h = llama.add %x, %n : tensor<?x8xf32>
  %m = llama.norm %h over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x8xf32>, tensor<8xf32>
  %i = llama.add %n, %m : tensor<?x8xf32>
  %o = llama.norm %i over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x8xf32>, tensor<8xf32>
  return %o : tensor<?x8xf32>
}
