// RUN: not llamir-opt %s --llama-convert-weights=to=f8 2>&1 | FileCheck %s --check-prefix=TYPE
// RUN: not llamir-opt %s --llama-convert-weights="to=bf16 match=(" 2>&1 | FileCheck %s --check-prefix=REGEX
// RUN: not llamir-opt %s --llama-convert-weights="to=bf16 match=a" 2>&1 | FileCheck %s --check-prefix=JOIN
// RUN: not llamir-opt %s --llama-convert-weights="to=bf16 match=nothing" 2>&1 | FileCheck %s --check-prefix=MATCH
// RUN: not llamir-opt %s --llama-convert-weights="to=bf16 except=nothing" 2>&1 | FileCheck %s --check-prefix=MATCH

// MATCH: error: there is no weight whose name matches 'nothing'
// TYPE: error: unknown element type 'f8' for to; there are f32, bf16, f16
// REGEX: error: match='(' is no regular expression: parentheses not balanced
llama.weight @a : tensor<64x8xf32> = #llama.random<seed = 1, scale = 1.0 : f64>
llama.weight @b : tensor<32x8xf32> = #llama.random<seed = 2, scale = 1.0 : f64>
func.func @f(%x: tensor<?x8xf32>) -> tensor<?x96xf32> {
  %a = llama.get_weight @a : tensor<64x8xf32>
  %b = llama.get_weight @b : tensor<32x8xf32>
  // JOIN: :[[# @LINE + 1]]:8: error: joins weights of 'bf16' and 'f32': convert all of them, or none
  %j = llama.join %a, %b : tensor<64x8xf32>, tensor<32x8xf32> -> tensor<96x8xf32>
  %y = llama.linear %x, %j : tensor<?x8xf32>, tensor<96x8xf32> -> tensor<?x96xf32>
  return %y : tensor<?x96xf32>
}
