// RUN: llamir-opt %s --convert-llama-to-halide --canonicalize --cse | FileCheck %s

// Each sample of a channel is a part, whose elements lie side by side. Parts have
// sums of their own, which are merged.
// CHECK-LABEL: halide.pipeline @images(
// CHECK-SAME: llama.kind = "statistics"
// CHECK: %[[TOTAL:.*]] = halide.func "total" ["c", "b"] {llama.role = "row_total"}
// CHECK: halide.update %[[TOTAL]] over ["k"]
// CHECK: %[[SQUARES:.*]] = halide.func "squares" ["c", "b"] {llama.role = "row_squares"}
// CHECK: %[[PART:.*]] = halide.func "part" ["c", "b"] {llama.role = "part"}
// CHECK: %[[ALL:.*]] = halide.func "batch_total" ["c"]
// CHECK: halide.update %[[ALL]] over ["b"]
// CHECK: halide.func "batch_squares" ["c"]
// CHECK: halide.output %{{.*}} as [!halide.buffer<12xf32>, !halide.buffer<12xf32>]
func.func private @images(%x: tensor<?x12x5x7xf32>) -> (tensor<12xf32>, tensor<12xf32>) attributes {llama.kernel} {
  %m, %v = llama.statistics %x over [0, 2, 3] : tensor<?x12x5x7xf32> -> tensor<12xf32>, tensor<12xf32>
  return %m, %v : tensor<12xf32>, tensor<12xf32>
}

// Where a channel has one element in a sample, a part is 64 samples, the last one
// less.
// CHECK-LABEL: halide.pipeline @rows(
// CHECK: halide.func "total" ["c", "b"] {llama.role = "column_total"}
// CHECK: halide.update %{{.*}} over ["s"]
// CHECK: halide.yield %{{.*}} where %{{.*}} : f32
func.func private @rows(%x: tensor<?x12xf32>) -> (tensor<12xf32>, tensor<12xf32>) attributes {llama.kernel} {
  %m, %v = llama.statistics %x over [0] : tensor<?x12xf32> -> tensor<12xf32>, tensor<12xf32>
  return %m, %v : tensor<12xf32>, tensor<12xf32>
}

// Statistics of samples are not merged.
// CHECK-LABEL: halide.pipeline @samples(
// CHECK-NOT: batch_total
// CHECK: halide.output %{{.*}} as [!halide.buffer<12x?xf32>, !halide.buffer<12x?xf32>]
func.func private @samples(%x: tensor<?x12x5xf32>) -> (tensor<?x12xf32>, tensor<?x12xf32>) attributes {llama.kernel} {
  %m, %v = llama.statistics %x over [2] : tensor<?x12x5xf32> -> tensor<?x12xf32>, tensor<?x12xf32>
  return %m, %v : tensor<?x12xf32>, tensor<?x12xf32>
}

// Given statistics make an element-wise kernel, with a root for each channel.
// CHECK-LABEL: halide.pipeline @normalize(
// CHECK-SAME: llama.kind = "elementwise"
// CHECK: halide.func "scale" ["c"] {llama.role = "scale"}
// CHECK: halide.func "out" ["i", "g", "t"]
func.func private @normalize(%x: tensor<?x12x5xf32>, %m: tensor<12xf32>, %v: tensor<12xf32>) -> tensor<?x12x5xf32> attributes {llama.kernel} {
  %y = llama.normalize %x by %m, %v {eps = 1.0e-5 : f64} : tensor<?x12x5xf32>, tensor<12xf32>, tensor<12xf32>
  return %y : tensor<?x12x5xf32>
}
