// RUN: llamir-opt %s --convert-llama-to-halide --canonicalize --cse | FileCheck %s

// Blocks of keys, each with its maximum, sum and weighted sum of values, merged one
// after the other: no array of queries times keys. Rows are (token of the tile,
// head of the group).
// CHECK-LABEL: halide.pipeline @causal(
// CHECK-SAME: %[[Q:.*]]: !halide.buffer<16x60xf32>, %[[K:.*]]: !halide.buffer<8x?xf32>, %[[V:.*]]: !halide.buffer<8x?xf32>)
// CHECK-SAME: llama.kind = "attention"
// CHECK: %[[KEYS:.*]] = halide.extent %[[K]], 1
// CHECK: halide.div %{{.*}}, %c256
// CHECK: halide.func "query_rows" ["d", "r", "n", "h"]
// CHECK: %[[QUERY:.*]] = halide.at %[[Q]]
// CHECK: arith.mulf %[[QUERY]], %{{.*}}
// CHECK: halide.func "queries" ["r", "d", "n", "h"]
// CHECK: halide.func "keys" ["d", "key", "b", "h"]
// CHECK: halide.at %[[K]]
// CHECK: halide.update %scores over ["d"] from %c0 extent %c8
// CHECK: halide.at %queries[%r, %d, %n, %h]
// CHECK: halide.at %keys[%d, %key, %b, %h]

// A query does not see the keys after its own.
// CHECK: halide.func "masked" ["r", "key", "b", "n", "h"]
// CHECK: %[[SCORE:.*]] = halide.at %scores
// CHECK: %[[SEEN:.*]] = arith.cmpi sle
// CHECK: arith.select %[[SEEN]], %[[SCORE]], %{{.*}}

// A tile leaves out the keys that none of its tokens sees.
// CHECK: halide.update %block_max over ["key"]
// CHECK: arith.maxnumf
// CHECK: halide.yield %{{.*}} where %{{.*}}
// CHECK: halide.func "weights"
// CHECK: math.exp
// CHECK: halide.update %block_sum over ["key"]
// CHECK: halide.yield %{{.*}} where %{{.*}}
// CHECK: halide.func "values" ["d", "key", "b", "h"]
// CHECK: halide.at %[[V]]
// CHECK: halide.update %block_result over ["key"]
// CHECK: halide.at %weights[%r, %key, %b, %n, %h]
// CHECK: halide.at %values[%d, %key, %b, %h]

// CHECK: %[[PART:.*]] = halide.func "part" {{.*}} : <5, f32, f32, f32>
// CHECK: %[[MERGED:.*]] = halide.func "merged" ["d", "r", "n", "h"] {{.*}} : <4, f32, f32, f32>
// CHECK: halide.update %[[MERGED]] over ["b"]
// CHECK: halide.at %[[PART]][%d, %r, %b, %n, %h]
// CHECK: halide.yield %{{.*}}, %{{.*}}, %{{.*}} where %{{.*}}

// A query that sees no key gives zero.
// CHECK: halide.func "out" ["i", "g", "h", "t"]
// CHECK: %[[SUM:.*]]:3 = halide.at %[[MERGED]][%c0,
// CHECK: %[[RESULT:.*]]:3 = halide.at %[[MERGED]][%i,
// CHECK: %[[SCALE:.*]] = arith.divf %{{.*}}, %[[SUM]]#1
// CHECK: %[[WEIGHTED:.*]] = arith.mulf %[[RESULT]]#2, %[[SCALE]]
// CHECK: arith.select %{{.*}}, %[[WEIGHTED]], %{{.*}}
// CHECK: halide.output {{.*}} as [!halide.buffer<8x2x1x60xf32>]
func.func private @causal(%q: tensor<60x16xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>) -> tensor<60x16xf32> attributes {llama.kernel} {
  %a = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 1 : i64, causal} : tensor<60x16xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<60x16xf32>
  return %a : tensor<60x16xf32>
}

// Without `causal`, only the keys that there are not are hidden.
// CHECK-LABEL: halide.pipeline @full(
// CHECK-NOT: where
// CHECK: halide.output
func.func private @full(%q: tensor<60x16xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>) -> tensor<60x16xf32> attributes {llama.kernel} {
  %a = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 1 : i64} : tensor<60x16xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<60x16xf32>
  return %a : tensor<60x16xf32>
}

// A dynamic number of tokens has funcs for one token, for 8 at most, and for more;
// the number decides what the output reads.
// CHECK-LABEL: halide.pipeline @dynamic(
// CHECK: %[[TOKENS:.*]] = halide.extent %arg0, 1
// CHECK: %[[SINGLE:.*]] = halide.func "single_merged"
// CHECK: %[[FEW:.*]] = halide.func "few_merged"
// CHECK: %[[MANY:.*]] = halide.func "merged"
// CHECK: halide.func "out"
// CHECK: halide.at %[[MANY]]
// CHECK: halide.at %[[FEW]]
// CHECK: arith.cmpi sle, %[[TOKENS]], %c8
// CHECK: halide.at %[[SINGLE]]
// CHECK: arith.cmpi sle, %[[TOKENS]], %c1
func.func private @dynamic(%q: tensor<?x16xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>) -> tensor<?x16xf32> attributes {llama.kernel} {
  %a = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 1 : i64, causal} : tensor<?x16xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x16xf32>
  return %a : tensor<?x16xf32>
}

// One token has an arrangement of its own: keys lie innermost.
// CHECK-LABEL: halide.pipeline @single(
// CHECK-NOT: "query_rows"
// CHECK-NOT: "few_
// CHECK: halide.func "single_scores" ["key", "r", "b", "n", "h"]
// CHECK-NOT: "query_rows"
// CHECK-NOT: "few_
// CHECK: halide.output
func.func private @single(%q: tensor<1x16xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>) -> tensor<1x16xf32> attributes {llama.kernel} {
  %a = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 1 : i64, causal} : tensor<1x16xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<1x16xf32>
  return %a : tensor<1x16xf32>
}

// Queries that the kernel computes itself: nothing at hand tells their number, so
// there is one kind of tiles.
// CHECK-LABEL: halide.pipeline @computed(
// CHECK: halide.func "operand" ["k", "t"]
// CHECK-NOT: "single_
// CHECK-NOT: "few_
// CHECK: halide.func "merged"
func.func private @computed(%x: tensor<?x16xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>) -> tensor<?x16xf32> attributes {llama.kernel} {
  %q = llama.add %x, %x : tensor<?x16xf32>
  %a = llama.attention %q, %k, %v {heads = 2 : i64, kv_heads = 1 : i64, causal} : tensor<?x16xf32>, tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x16xf32>
  return %a : tensor<?x16xf32>
}

// A schedule finds the number of tokens at the first argument with a dynamic number
// of rows. Where that is not the queries, there is one kind of tiles.
// CHECK-LABEL: halide.pipeline @keys_first(
// CHECK-NOT: "single_
// CHECK-NOT: "few_
// CHECK: halide.func "merged"
func.func private @keys_first(%k: tensor<?x16xf32>, %q: tensor<?x16xf32>) -> tensor<?x16xf32> attributes {llama.kernel} {
  %a = llama.attention %q, %k, %k {heads = 2 : i64, kv_heads = 2 : i64} : tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32> -> tensor<?x16xf32>
  return %a : tensor<?x16xf32>
}
