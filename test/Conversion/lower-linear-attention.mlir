// RUN: llamir-opt %s --convert-llama-to-halide --canonicalize --cse | FileCheck %s

// Chunks of 64 tokens: what those before have is a scan, which writes at the
// chunk behind the one it reads; scores are those within a chunk.
// CHECK-LABEL: halide.pipeline @causal(
// CHECK-SAME: llama.kind = "recurrence"
// CHECK: %[[STATE:.*]] = halide.func "chunk_state" ["e", "d", "h", "c"]
// CHECK: %[[CARRIED:.*]] = halide.func "carried" ["e", "d", "h", "c"]
// CHECK: halide.update %[[CARRIED]] over ["b"]
// CHECK: ^bb0(%[[E:.*]]: index, %[[D:.*]]: index, %[[H:.*]]: index, %{{.*}}: index, %[[B:.*]]: index):
// CHECK: halide.at %[[CARRIED]][%[[E]], %[[D]], %[[H]], %[[B]]]
// CHECK: halide.at %[[STATE]][%[[E]], %[[D]], %[[H]], %[[B]]]
// CHECK: %[[NEXT:.*]] = arith.addi %[[B]]
// CHECK: halide.yield %{{.*}} at(%[[E]], %[[D]], %[[H]], %[[NEXT]])
// CHECK: halide.func "scores" ["s", "r", "h", "c"]
// CHECK: %[[ABOVE:.*]] = halide.func "numerator" ["e", "r", "h", "c"]
// CHECK: halide.update %[[ABOVE]] over ["d"]
// CHECK: halide.update %[[ABOVE]] over ["s"]
// CHECK: halide.func "prefix" ["d", "r", "h", "c"]
// CHECK: halide.func "denominator" ["r", "h", "c"]
func.func private @causal(%q: tensor<?x8xf32>, %v: tensor<?x6xf32>) -> tensor<?x6xf32> attributes {llama.kernel} {
  %y = llama.linear_attention %q, %q, %v {heads = 2 : i64} : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x6xf32> -> tensor<?x6xf32>
  return %y : tensor<?x6xf32>
}

// A state has a column for the sum of the keys.
// CHECK-LABEL: halide.pipeline @state(
// CHECK: halide.func "state" ["e", "d", "h"]
// CHECK: halide.func "state_keys" ["d", "h"]
// CHECK: halide.output %{{.*}} as [!halide.buffer<4x8xf32>]
func.func private @state(%k: tensor<?x8xf32>, %v: tensor<?x6xf32>, %s: tensor<8x4xf32>) -> tensor<8x4xf32> attributes {llama.kernel} {
  %y = llama.linear_state %k, %v from %s {heads = 2 : i64} : tensor<?x8xf32>, tensor<?x6xf32> from tensor<8x4xf32> -> tensor<8x4xf32>
  return %y : tensor<8x4xf32>
}
