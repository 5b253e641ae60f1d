// RUN: llamir-opt %s --convert-llama-to-halide --canonicalize --cse | FileCheck %s

// The sum of squares and the scale of a row are funcs of their own. What is added
// before the norm is part of the expressions that read it, and written beside the
// norm by one func, as both have the same shape.
// CHECK-LABEL: halide.pipeline @add_rms_norm(
// CHECK-SAME: %[[X:.*]]: !halide.buffer<8x?xf32>, %[[Y:.*]]: !halide.buffer<8x?xf32>, %[[G:.*]]: !halide.buffer<8xbf16>)
// CHECK-SAME: llama.kind = "norm"
// CHECK: %[[SUM:.*]] = halide.func "sum_squares" ["t"] {llama.role = "row_sum"}
// CHECK: halide.update %[[SUM]] over ["k"]
// CHECK: %[[A:.*]] = halide.at %[[X]][%k, %t]
// CHECK: %[[B:.*]] = halide.at %[[Y]][%k, %t]
// CHECK: %[[S:.*]] = arith.addf %[[A]], %[[B]]
// CHECK: arith.mulf %[[S]], %[[S]]
// CHECK: %[[SCALE:.*]] = halide.func "scale" ["t"] {llama.role = "row_scale"}
// CHECK: math.sqrt
// CHECK: %[[OUT:.*]] = halide.func "out" ["i", "t"] {llama.role = "output"}
// CHECK: halide.at %[[SCALE]][%t]
// CHECK: %[[W:.*]] = halide.at %[[G]][%i]
// CHECK: arith.extf %[[W]] : bf16 to f32
// CHECK: halide.yield %{{.*}}, %{{.*}} : f32, f32
// CHECK: halide.output %[[OUT]] {{.*}} as [!halide.buffer<8x?xf32>, !halide.buffer<8x?xf32>]
func.func private @add_rms_norm(%x: tensor<?x8xf32>, %y: tensor<?x8xf32>, %g: tensor<8xbf16>) -> (tensor<?x8xf32>, tensor<?x8xf32>) attributes {llama.kernel} {
  %s = llama.add %x, %y : tensor<?x8xf32>
  %n = llama.norm %s over [1] gain %g {eps = 1.0e-5 : f64} : tensor<?x8xf32>, tensor<8xbf16>
  return %s, %n : tensor<?x8xf32>, tensor<?x8xf32>
}
