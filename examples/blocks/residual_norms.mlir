// The residual block of a convolutional network, x + relu(norm(f)), with each norm:
// f is what convolutions made of x.
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
// BatchNorm in training: the norm by the statistics of the batch, and the running
// statistics, moved a step towards them.
func.func @batch(%x: tensor<?x12x5x7xf32> {llama.dims = ["samples"]}, %f: tensor<?x12x5x7xf32> {llama.dims = ["samples"]},
    %gain: tensor<12xf32>, %bias: tensor<12xf32>, %running_mean: tensor<12xf32>, %running_variance: tensor<12xf32>)
    -> (tensor<?x12x5x7xf32>, tensor<12xf32>, tensor<12xf32>) {
  %mean, %variance, %new_mean, %new_variance = llama.statistics %f over [0, 2, 3] updating %running_mean, %running_variance {momentum = 0.1 : f64}
      : tensor<?x12x5x7xf32>, tensor<12xf32>, tensor<12xf32> -> tensor<12xf32>, tensor<12xf32>, tensor<12xf32>, tensor<12xf32>
  %n = llama.normalize %f by %mean, %variance gain %gain bias %bias {eps = 1.0e-5 : f64}
      : tensor<?x12x5x7xf32>, tensor<12xf32>, tensor<12xf32>, tensor<12xf32>, tensor<12xf32>
  %r = llama.activation relu %n : tensor<?x12x5x7xf32>
  %y = llama.add %x, %r : tensor<?x12x5x7xf32>
  return %y, %new_mean, %new_variance : tensor<?x12x5x7xf32>, tensor<12xf32>, tensor<12xf32>
}
// BatchNorm in inference: by the running statistics.
llama.weight @running_variance : tensor<12xf32> = #llama.random<seed = 1, scale = 0.1 : f64, mean = 1.0 : f64>
func.func @batch_inference(%x: tensor<?x12x5x7xf32> {llama.dims = ["samples"]}, %f: tensor<?x12x5x7xf32> {llama.dims = ["samples"]},
    %gain: tensor<12xf32>, %bias: tensor<12xf32>, %running_mean: tensor<12xf32>) -> tensor<?x12x5x7xf32> {
  %running_variance = llama.get_weight @running_variance : tensor<12xf32>
  %n = llama.normalize %f by %running_mean, %running_variance gain %gain bias %bias {eps = 1.0e-5 : f64}
      : tensor<?x12x5x7xf32>, tensor<12xf32>, tensor<12xf32>, tensor<12xf32>, tensor<12xf32>
  %r = llama.activation relu %n : tensor<?x12x5x7xf32>
  %y = llama.add %x, %r : tensor<?x12x5x7xf32>
  return %y : tensor<?x12x5x7xf32>
}
// SwitchableNorm in training: statistics of samples, layers and the batch, mixed.
func.func @switchable(%x: tensor<?x12x5x7xf32> {llama.dims = ["samples"]}, %f: tensor<?x12x5x7xf32> {llama.dims = ["samples"]},
    %gain: tensor<12xf32>, %bias: tensor<12xf32>, %mean_logits: tensor<3xf32>, %variance_logits: tensor<3xf32>) -> tensor<?x12x5x7xf32> {
  %mean, %variance = llama.statistics %f over [2, 3] : tensor<?x12x5x7xf32> -> tensor<?x12xf32>, tensor<?x12xf32>
  %mixed_mean, %mixed_variance = llama.mix_statistics %mean, %variance by %mean_logits, %variance_logits
      : tensor<?x12xf32>, tensor<3xf32>, tensor<3xf32>
  %n = llama.normalize %f by %mixed_mean, %mixed_variance gain %gain bias %bias {eps = 1.0e-5 : f64}
      : tensor<?x12x5x7xf32>, tensor<?x12xf32>, tensor<?x12xf32>, tensor<12xf32>, tensor<12xf32>
  %r = llama.activation relu %n : tensor<?x12x5x7xf32>
  %y = llama.add %x, %r : tensor<?x12x5x7xf32>
  return %y : tensor<?x12x5x7xf32>
}
