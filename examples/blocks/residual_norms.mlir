// The residual block of a convolutional network, x + relu(norm(f)), with each norm
// that is one of a sample: f is what convolutions made of x.
//
//     llamir run residual_norms.mlir --function=group --dim=samples=3 --check

// RMSNorm.
func.func @rms(%x: tensor<?x12x5x7xf32> {llama.dims = ["samples"]}, %f: tensor<?x12x5x7xf32> {llama.dims = ["samples"]},
    %gain: tensor<12x5x7xf32>) -> tensor<?x12x5x7xf32> {
  %n = llama.norm %f over [1, 2, 3] gain %gain {eps = 1.0e-5 : f64} : tensor<?x12x5x7xf32>, tensor<12x5x7xf32>
  %r = llama.activation relu %n : tensor<?x12x5x7xf32>
  %y = llama.add %x, %r : tensor<?x12x5x7xf32>
  return %y : tensor<?x12x5x7xf32>
}
// LayerNorm.
func.func @layer(%x: tensor<?x12x5x7xf32> {llama.dims = ["samples"]}, %f: tensor<?x12x5x7xf32> {llama.dims = ["samples"]},
    %gain: tensor<12x5x7xf32>, %bias: tensor<12x5x7xf32>) -> tensor<?x12x5x7xf32> {
  %n = llama.norm %f over [1, 2, 3] centered gain %gain bias %bias {eps = 1.0e-5 : f64} : tensor<?x12x5x7xf32>, tensor<12x5x7xf32>, tensor<12x5x7xf32>
  %r = llama.activation relu %n : tensor<?x12x5x7xf32>
  %y = llama.add %x, %r : tensor<?x12x5x7xf32>
  return %y : tensor<?x12x5x7xf32>
}
// GroupNorm.
func.func @group(%x: tensor<?x12x5x7xf32> {llama.dims = ["samples"]}, %f: tensor<?x12x5x7xf32> {llama.dims = ["samples"]},
    %gain: tensor<12xf32>, %bias: tensor<12xf32>) -> tensor<?x12x5x7xf32> {
  %n = llama.norm %f over [1, 2, 3] groups 3 centered gain %gain bias %bias along [1] {eps = 1.0e-5 : f64} : tensor<?x12x5x7xf32>, tensor<12xf32>, tensor<12xf32>
  %r = llama.activation relu %n : tensor<?x12x5x7xf32>
  %y = llama.add %x, %r : tensor<?x12x5x7xf32>
  return %y : tensor<?x12x5x7xf32>
}
// InstanceNorm.
func.func @instance(%x: tensor<?x12x5x7xf32> {llama.dims = ["samples"]}, %f: tensor<?x12x5x7xf32> {llama.dims = ["samples"]},
    %gain: tensor<12xf32>, %bias: tensor<12xf32>) -> tensor<?x12x5x7xf32> {
  %n = llama.norm %f over [2, 3] centered gain %gain bias %bias along [1] {eps = 1.0e-5 : f64} : tensor<?x12x5x7xf32>, tensor<12xf32>, tensor<12xf32>
  %r = llama.activation relu %n : tensor<?x12x5x7xf32>
  %y = llama.add %x, %r : tensor<?x12x5x7xf32>
  return %y : tensor<?x12x5x7xf32>
}
