// RUN: llamir-opt %s --split-input-file --verify-diagnostics --llama-plan-memory=alignment=512 --convert-llama-host-to-llvm=target=cuda

// A kernel that is not there.
module attributes {llama.weights_bytes = 512 : i64} {
// expected-error @below {{has the 'llama.product' #llama.product<rest = @none>, which names something that is no kernel of rows}}
halide.pipeline @project(%x: !halide.buffer<8x?xbf16>, %w: !halide.buffer<8x1x1x16xbf16>)
    attributes {llama.kernel_type = (tensor<?x8xbf16>, tensor<16x8xbf16, #llama.panels<width = 1, group = 16, interleave = 8>>) -> tensor<?x16xbf16>, llama.product = #llama.product<rest = @none>} {
  %y = halide.func "y" ["i", "t"] : !halide.func<2, bf16> {
  ^bb0(%i: index, %t: index):
    %c0 = arith.constant 0 : index
    %v = halide.at %x[%c0, %t] : !halide.buffer<8x?xbf16> -> bf16
    halide.yield %v : bf16
  }
  halide.output %y : !halide.func<2, bf16> as [!halide.buffer<16x?xbf16>]
}
halide.pipeline @project_rest(%p: !halide.buffer<16x?xbf16>) {
  %y = halide.func "y" ["i", "t"] : !halide.func<2, bf16> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %p[%i, %t] : !halide.buffer<16x?xbf16> -> bf16
    halide.yield %v : bf16
  }
  halide.output %y : !halide.func<2, bf16> as [!halide.buffer<16x?xbf16>]
}


llama.weight @w : tensor<16x8xbf16, #llama.panels<width = 1, group = 16, interleave = 8>> = #llama.packed<[@v]> {llama.offset = 0 : i64}
llama.weight @v : tensor<16x8xbf16> = #llama.random<seed = 1, scale = 1.0 : f64> {llama.offset = 256 : i64}
func.func @f(%x: tensor<?x8xbf16> {llama.dims = ["n"]}, %p: tensor<?xi32> {llama.dims = ["n"]}) -> tensor<?x16xbf16> {
  %w = llama.get_weight @w : tensor<16x8xbf16, #llama.panels<width = 1, group = 16, interleave = 8>>
  %0 = llama.launch @project(%x, %w) {llama.dims = [["n"]]} : (tensor<?x8xbf16>, tensor<16x8xbf16, #llama.panels<width = 1, group = 16, interleave = 8>>) -> tensor<?x16xbf16>
  return %0 : tensor<?x16xbf16>
}
}

// -----

// One that reads other numbers than the product has.
module attributes {llama.weights_bytes = 512 : i64} {
// expected-error @below {{has the 'llama.product' #llama.product<rest = @project_rest>, whose buffers do not fit its product}}
halide.pipeline @project(%x: !halide.buffer<8x?xbf16>, %w: !halide.buffer<8x1x1x16xbf16>)
    attributes {llama.kernel_type = (tensor<?x8xbf16>, tensor<16x8xbf16, #llama.panels<width = 1, group = 16, interleave = 8>>) -> tensor<?x16xbf16>, llama.product = #llama.product<rest = @project_rest>} {
  %y = halide.func "y" ["i", "t"] : !halide.func<2, bf16> {
  ^bb0(%i: index, %t: index):
    %c0 = arith.constant 0 : index
    %v = halide.at %x[%c0, %t] : !halide.buffer<8x?xbf16> -> bf16
    halide.yield %v : bf16
  }
  halide.output %y : !halide.func<2, bf16> as [!halide.buffer<16x?xbf16>]
}
halide.pipeline @project_rest(%p: !halide.buffer<16x?xf32>) {
  %y = halide.func "y" ["i", "t"] : !halide.func<2, bf16> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %p[%i, %t] : !halide.buffer<16x?xf32> -> f32
    %b = arith.truncf %v : f32 to bf16
    halide.yield %b : bf16
  }
  halide.output %y : !halide.func<2, bf16> as [!halide.buffer<16x?xbf16>]
}


llama.weight @w : tensor<16x8xbf16, #llama.panels<width = 1, group = 16, interleave = 8>> = #llama.packed<[@v]> {llama.offset = 0 : i64}
llama.weight @v : tensor<16x8xbf16> = #llama.random<seed = 1, scale = 1.0 : f64> {llama.offset = 256 : i64}
func.func @f(%x: tensor<?x8xbf16> {llama.dims = ["n"]}, %p: tensor<?xi32> {llama.dims = ["n"]}) -> tensor<?x16xbf16> {
  %w = llama.get_weight @w : tensor<16x8xbf16, #llama.panels<width = 1, group = 16, interleave = 8>>
  %0 = llama.launch @project(%x, %w) {llama.dims = [["n"]]} : (tensor<?x8xbf16>, tensor<16x8xbf16, #llama.panels<width = 1, group = 16, interleave = 8>>) -> tensor<?x16xbf16>
  return %0 : tensor<?x16xbf16>
}
}

// -----

// A product that is not the result.
module attributes {llama.weights_bytes = 512 : i64} {
// expected-error @below {{has the 'llama.product' #llama.product<>, whose buffers do not fit its product}}
halide.pipeline @project(%x: !halide.buffer<8x?xbf16>, %w: !halide.buffer<8x1x1x16xbf16>)
    attributes {llama.kernel_type = (tensor<?x8xbf16>, tensor<16x8xbf16, #llama.panels<width = 1, group = 16, interleave = 8>>) -> tensor<?x12xbf16>, llama.product = #llama.product<>} {
  %y = halide.func "y" ["i", "t"] : !halide.func<2, bf16> {
  ^bb0(%i: index, %t: index):
    %c0 = arith.constant 0 : index
    %v = halide.at %x[%c0, %t] : !halide.buffer<8x?xbf16> -> bf16
    halide.yield %v : bf16
  }
  halide.output %y : !halide.func<2, bf16> as [!halide.buffer<12x?xbf16>]
}
halide.pipeline @project_rest(%p: !halide.buffer<16x?xbf16>) {
  %y = halide.func "y" ["i", "t"] : !halide.func<2, bf16> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %p[%i, %t] : !halide.buffer<16x?xbf16> -> bf16
    halide.yield %v : bf16
  }
  halide.output %y : !halide.func<2, bf16> as [!halide.buffer<16x?xbf16>]
}


llama.weight @w : tensor<16x8xbf16, #llama.panels<width = 1, group = 16, interleave = 8>> = #llama.packed<[@v]> {llama.offset = 0 : i64}
llama.weight @v : tensor<16x8xbf16> = #llama.random<seed = 1, scale = 1.0 : f64> {llama.offset = 256 : i64}
func.func @f(%x: tensor<?x8xbf16> {llama.dims = ["n"]}, %p: tensor<?xi32> {llama.dims = ["n"]}) -> tensor<?x12xbf16> {
  %w = llama.get_weight @w : tensor<16x8xbf16, #llama.panels<width = 1, group = 16, interleave = 8>>
  %0 = llama.launch @project(%x, %w) {llama.dims = [["n"]]} : (tensor<?x8xbf16>, tensor<16x8xbf16, #llama.panels<width = 1, group = 16, interleave = 8>>) -> tensor<?x12xbf16>
  return %0 : tensor<?x12xbf16>
}
}
