llama.weight @table : tensor<9x8xf32> = #llama.random<seed = 1, scale = 1.0 : f64>
func.func @embed(%ids: tensor<?xi32> {llama.name = "ids"}) -> (tensor<?x8xf32> {llama.name = "y"}) {
  %t = llama.get_weight @table : tensor<9x8xf32>
  %0 = llama.embedding %ids, %t : tensor<?xi32>, tensor<9x8xf32> -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}
