// Two arguments of sizes that have nothing to do with each other.
func.func @f(%x: tensor<?x8xf32>, %y: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  %0 = llama.add %x, %x : tensor<?x8xf32>
  %1 = llama.add %y, %y : tensor<?x8xf32>
  return %0, %1 : tensor<?x8xf32>, tensor<?x8xf32>
}
