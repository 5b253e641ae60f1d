// One pass runs on several modules: the weights of each are its own, and those
// that are packed already are used again.

// RUN: llamir-opt %s --mlir-disable-threading --pass-pipeline='builtin.module(builtin.module(llama-pack-weights{target=x86-64-avx512}))' | FileCheck %s

// CHECK: module @first
// CHECK: llama.weight @packed.w : tensor<64x8xf32, #llama.panels<width = 64, group = 64>> = #llama.packed<[@w]>
// CHECK: llama.get_weight @packed.w :
module @first {
  llama.weight @w : tensor<64x8xf32> = #llama.random<seed = 1, scale = 1.0 : f64>
  func.func @f(%x: tensor<?x8xf32>) -> tensor<?x64xf32> {
    %w = llama.get_weight @w : tensor<64x8xf32>
    %r = llama.kernel "k" (%kx = %x, %kw = %w) : (tensor<?x8xf32>, tensor<64x8xf32>) -> tensor<?x64xf32> {
      %l = llama.linear %kx, %kw : tensor<?x8xf32>, tensor<64x8xf32> -> tensor<?x64xf32>
      llama.yield %l : tensor<?x64xf32>
    }
    return %r : tensor<?x64xf32>
  }
}
// CHECK: module @second
// CHECK-NOT: llama.weight @packed
// CHECK: llama.weight @mine :
// CHECK-NOT: llama.weight @packed
// CHECK: llama.get_weight @mine :
module @second {
  llama.weight @w : tensor<64x8xf32> = #llama.random<seed = 1, scale = 1.0 : f64>
  llama.weight @mine : tensor<64x8xf32, #llama.panels<width = 64, group = 64>> = #llama.packed<[@w]>
  func.func @f(%x: tensor<?x8xf32>) -> tensor<?x64xf32> {
    %w = llama.get_weight @w : tensor<64x8xf32>
    %r = llama.kernel "k" (%kx = %x, %kw = %w) : (tensor<?x8xf32>, tensor<64x8xf32>) -> tensor<?x64xf32> {
      %l = llama.linear %kx, %kw : tensor<?x8xf32>, tensor<64x8xf32> -> tensor<?x64xf32>
      llama.yield %l : tensor<?x64xf32>
    }
    return %r : tensor<?x64xf32>
  }
}
// CHECK: module @third
// CHECK: llama.weight @packed.w :
module @third {
  llama.weight @w : tensor<64x8xf32> = #llama.random<seed = 1, scale = 1.0 : f64>
  func.func @f(%x: tensor<?x8xf32>) -> tensor<?x64xf32> {
    %w = llama.get_weight @w : tensor<64x8xf32>
    %r = llama.kernel "k" (%kx = %x, %kw = %w) : (tensor<?x8xf32>, tensor<64x8xf32>) -> tensor<?x64xf32> {
      %l = llama.linear %kx, %kw : tensor<?x8xf32>, tensor<64x8xf32> -> tensor<?x64xf32>
      llama.yield %l : tensor<?x64xf32>
    }
    return %r : tensor<?x64xf32>
  }
}
