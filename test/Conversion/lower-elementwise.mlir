// RUN: llamir-opt %s --convert-llama-to-halide --canonicalize --cse | FileCheck %s

// Element-wise ops and selections add no func: they are the expression of the
// output. Numbers of 16 bits are widened when read and rounded when written.

// CHECK-LABEL: halide.pipeline @mul(
// CHECK-SAME: %[[X:.*]]: !halide.buffer<8x?xbf16>, %[[Y:.*]]: !halide.buffer<8x?xbf16>)
// CHECK-SAME: llama.kind = "elementwise"
// CHECK-NEXT: %[[OUT:.*]] = halide.func "out" ["i", "t"] {llama.role = "output"}
// CHECK: %[[A:.*]] = halide.at %[[X]][%i, %t]
// CHECK: %[[WIDE_A:.*]] = arith.extf %[[A]] : bf16 to f32
// CHECK: %[[B:.*]] = halide.at %[[Y]][%i, %t]
// CHECK: %[[WIDE_B:.*]] = arith.extf %[[B]] : bf16 to f32
// CHECK: %[[P:.*]] = arith.mulf %[[WIDE_A]], %[[WIDE_B]] : f32
// CHECK: %[[ROUNDED:.*]] = arith.truncf %[[P]] : f32 to bf16
// CHECK: halide.yield %[[ROUNDED]]
// CHECK: halide.output %[[OUT]] {{.*}} as [!halide.buffer<8x?xbf16>]
func.func private @mul(%x: tensor<?x8xbf16>, %y: tensor<?x8xbf16>) -> tensor<?x8xbf16> attributes {llama.kernel} {
  %p = llama.mul %x, %y : tensor<?x8xbf16>
  return %p : tensor<?x8xbf16>
}

// x / (1 + exp(-x))
// CHECK-LABEL: halide.pipeline @silu(
// CHECK: %[[X:.*]] = halide.at
// CHECK: %[[MINUS:.*]] = arith.subf %{{.*}}, %[[X]]
// CHECK: %[[E:.*]] = math.exp %[[MINUS]]
// CHECK: %[[SUM:.*]] = arith.addf %[[E]]
// CHECK: %[[Q:.*]] = arith.divf %[[X]], %[[SUM]]
// CHECK: halide.yield %[[Q]]
func.func private @silu(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {llama.kernel} {
  %y = llama.activation silu %x : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: halide.pipeline @gelu(
// CHECK: math.erf
func.func private @gelu(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {llama.kernel} {
  %y = llama.activation gelu %x : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// Through the sigmoid: no tanh is computed, which loses digits near zero.
// CHECK-LABEL: halide.pipeline @gelu_tanh(
// CHECK-NOT: math.tanh
// CHECK: math.exp
// CHECK-NOT: math.tanh
// CHECK: arith.divf
func.func private @gelu_tanh(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {llama.kernel} {
  %y = llama.activation gelu_tanh %x : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// A NaN stays one.
// CHECK-LABEL: halide.pipeline @relu(
// CHECK: %[[X:.*]] = halide.at
// CHECK: %[[NAN:.*]] = arith.cmpf uno, %[[X]], %[[X]]
// CHECK: %[[MAX:.*]] = arith.maxnumf %[[X]]
// CHECK: %[[Y:.*]] = arith.select %[[NAN]], %[[X]], %[[MAX]]
// CHECK: halide.yield %[[Y]]
func.func private @relu(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {llama.kernel} {
  %y = llama.activation relu %x : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// CHECK-LABEL: halide.pipeline @sigmoid(
// CHECK: %[[E:.*]] = math.exp
// CHECK: %[[SUM:.*]] = arith.addf %[[E]]
// CHECK: arith.divf %{{.*}}, %[[SUM]]
func.func private @sigmoid(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {llama.kernel} {
  %y = llama.activation sigmoid %x : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// A polynomial near zero, an exponential elsewhere.
// CHECK-LABEL: halide.pipeline @tanh(
// CHECK: %[[FAR:.*]] = arith.subf
// CHECK: %[[NEAR:.*]] = arith.cmpf olt
// CHECK: arith.select %[[NEAR]], %{{.*}}, %[[FAR]]
func.func private @tanh(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {llama.kernel} {
  %y = llama.activation tanh %x : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// Rows of a table, with a bound for the reads that promises nothing about the ids:
// those were checked before.
// CHECK-LABEL: halide.pipeline @embedding(
// CHECK-SAME: %[[IDS:.*]]: !halide.buffer<?xi32>, %[[TABLE:.*]]: !halide.buffer<4x50xbf16>)
// CHECK-SAME: llama.kind = "elementwise"
// CHECK: %[[I32:.*]] = halide.at %[[IDS]][%t]
// CHECK: %[[ID:.*]] = arith.index_cast %[[I32]]
// CHECK: %[[LOW:.*]] = arith.maxsi %[[ID]], %c0
// CHECK: %[[ROW:.*]] = arith.minsi %[[LOW]], %c49
// CHECK: %[[VALUE:.*]] = halide.at %[[TABLE]][%i, %[[ROW]]]
// CHECK: arith.extf %[[VALUE]] : bf16 to f32
func.func private @embedding(%ids: tensor<?xi32>, %table: tensor<50x4xbf16>) -> tensor<?x4xf32> attributes {llama.kernel} {
  %e = llama.embedding %ids, %table : tensor<?xi32>, tensor<50x4xbf16> -> tensor<?x4xf32>
  return %e : tensor<?x4xf32>
}

// A part reads columns further on. Results of different widths have a func each.
// CHECK-LABEL: halide.pipeline @split(
// CHECK-SAME: %[[X:.*]]: !halide.buffer<8x?xf32>)
// CHECK: %[[A:.*]] = halide.func "out" ["i", "t"]
// CHECK: halide.at %[[X]][%i, %t]
// CHECK: %[[B:.*]] = halide.func "out_1" ["i", "t"]
// CHECK: arith.addi %{{.*}}, %c2
// CHECK: halide.at %[[X]][%{{.*}}, %t]
// CHECK: halide.output %[[A]], %[[B]] {{.*}} as [!halide.buffer<2x?xf32>, !halide.buffer<6x?xf32>]
func.func private @split(%x: tensor<?x8xf32>) -> (tensor<?x2xf32>, tensor<?x6xf32>) attributes {llama.kernel} {
  %a, %b = llama.split %x : tensor<?x8xf32> -> tensor<?x2xf32>, tensor<?x6xf32>
  return %a, %b : tensor<?x2xf32>, tensor<?x6xf32>
}

// Every op rounds its result to its element type, within a kernel too.
// CHECK-LABEL: halide.pipeline @rounded(
// CHECK: %[[SUM:.*]] = arith.addf
// CHECK: %[[ROUNDED:.*]] = arith.truncf %[[SUM]] : f32 to bf16
// CHECK: %[[WIDENED:.*]] = arith.extf %[[ROUNDED]] : bf16 to f32
// CHECK: %[[PRODUCT:.*]] = arith.mulf %[[WIDENED]], %{{.*}} : f32
// CHECK: arith.truncf %[[PRODUCT]] : f32 to bf16
func.func private @rounded(%x: tensor<?x8xbf16>, %y: tensor<?x8xbf16>) -> tensor<?x8xbf16> attributes {llama.kernel} {
  %s = llama.add %x, %y : tensor<?x8xbf16>
  %p = llama.mul %s, %y : tensor<?x8xbf16>
  return %p : tensor<?x8xbf16>
}
