// The smallest function: one kernel, no weights.
func.func @f(%x: tensor<?x8xf32>, %y: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = llama.add %x, %y : tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}
