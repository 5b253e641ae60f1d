// RUN: llamir-opt %s --llamir-halide --halide-schedule=target=x86-64-avx512 | FileCheck %s

// Panels of 64 columns by 6 rows; 2 more vectors than that would spill. A task is a
// panel for a block of rows, one token has a version without blocks, and a long sum
// is cut in blocks whose products are made in registers. Few tokens have tiles of
// fewer rows, 7 and 8 two of 4, and up to 128 read a panel in four places at once.
// CHECK-LABEL: halide.pipeline @long(
// CHECK: halide.schedule for "x86-64-avx512"
// CHECK: halide.specialize %out if
// CHECK: halide.split %i{{.*}} by 64 tail {{ *}}guard_with_if names ["panel", "column"]
// CHECK: halide.split %t by(%{{.*}}) tail {{ *}}guard_with_if names ["block", "row"]
// CHECK: %[[TASK:.*]] = halide.fuse %panel, %block name "task"
// CHECK: halide.parallel %[[TASK]]
// CHECK: halide.compute_at %product, %[[TASK]]
// CHECK: halide.bound_extent %product dim 0 extent 64
// CHECK: %k_block, %k_within = halide.split %k by 512 tail {{ *}}guard_with_if
// CHECK: %[[PART:.*]] = halide.rfactor %k_block as "k_part"
// CHECK: halide.specialize %product update 0 if
// CHECK: halide.split %{{.*}} by 1 tail {{ *}}round_up names ["tile", "tile_row"]
// CHECK: halide.specialize %product update 0 if
// CHECK: halide.split %{{.*}} by 2 tail {{ *}}round_up names ["tile", "tile_row"]
// CHECK: halide.specialize %product update 0 if
// CHECK: halide.split %{{.*}} by 4 tail {{ *}}round_up names ["tile", "tile_row"]
// CHECK: %[[SEVEN:.*]] = arith.constant 7 : index
// CHECK: arith.cmpi sge, %{{.*}}, %[[SEVEN]]
// CHECK: %[[EIGHT:.*]] = arith.constant 8 : index
// CHECK: arith.cmpi sle, %{{.*}}, %[[EIGHT]]
// CHECK: halide.split %{{.*}} by 4 tail {{ *}}round_up names ["tile", "tile_row"]
// CHECK: halide.specialize %product update 0 if
// CHECK: halide.split %{{.*}} by 6 tail {{ *}}round_up names ["tile", "tile_row"]
// CHECK: }
// CHECK: %[[TILE:.*]], %{{.*}} = halide.split %{{.*}} by 6 tail {{ *}}round_up names ["tile", "tile_row"]
// CHECK: halide.compute_at %[[PART]], %[[TILE]]
// CHECK: %[[MANY:.*]] = arith.constant 128 : index
// CHECK: arith.cmpi sle, %{{.*}}, %[[MANY]]
// CHECK: halide.specialize %[[PART]] update 0 if
// CHECK: halide.split %{{.*}} by 128 names ["stream", "step"]
func.func private @long(%x: tensor<?x4096xf32>, %w: tensor<4096x4096xf32, #llama.panels<width = 64, group = 4096>>) -> tensor<?x4096xf32> attributes {llama.kernel} {
  %l = llama.linear %x, %w : tensor<?x4096xf32>, tensor<4096x4096xf32, #llama.panels<width = 64, group = 4096>> -> tensor<?x4096xf32>
  return %l : tensor<?x4096xf32>
}

// Blocks are as long as divides the sum. Where none is, the last one is shorter, and a
// panel is read from its beginning to its end.
// CHECK-LABEL: halide.pipeline @divided(
// CHECK: halide.split %k by 344 tail {{ *}}guard_with_if names ["k_block", "k_within"]
// CHECK: halide.split %{{.*}} by 86 names ["stream", "step"]
func.func private @divided(%x: tensor<?x11008xf32>, %w: tensor<64x11008xf32, #llama.panels<width = 64, group = 64>>) -> tensor<?x64xf32> attributes {llama.kernel} {
  %l = llama.linear %x, %w : tensor<?x11008xf32>, tensor<64x11008xf32, #llama.panels<width = 64, group = 64>> -> tensor<?x64xf32>
  return %l : tensor<?x64xf32>
}
// CHECK-LABEL: halide.pipeline @undivided(
// CHECK: halide.split %k by 512 tail {{ *}}guard_with_if names ["k_block", "k_within"]
// CHECK-NOT: "stream"
func.func private @undivided(%x: tensor<?x4100xf32>, %w: tensor<64x4100xf32, #llama.panels<width = 64, group = 64>>) -> tensor<?x64xf32> attributes {llama.kernel} {
  %l = llama.linear %x, %w : tensor<?x4100xf32>, tensor<64x4100xf32, #llama.panels<width = 64, group = 64>> -> tensor<?x64xf32>
  return %l : tensor<?x64xf32>
}

// A short sum is made in registers at once.
// CHECK-LABEL: halide.pipeline @short(
// CHECK: halide.schedule
// CHECK-NOT: halide.rfactor
// CHECK: halide.split %{{.*}} by 6 tail {{ *}}round_up names ["tile", "tile_row"]
// CHECK: }
// CHECK: %[[ROWS:.*]], %{{.*}} = halide.split %{{.*}} by 6 tail {{ *}}round_up names ["tile", "tile_row"]
// CHECK: halide.compute_at %tile, %[[ROWS]]
// CHECK-NOT: halide.rfactor
func.func private @short(%x: tensor<?x64xf32>, %w: tensor<128x64xf32, #llama.panels<width = 64, group = 128>>) -> tensor<?x128xf32> attributes {llama.kernel} {
  %l = llama.linear %x, %w : tensor<?x64xf32>, tensor<128x64xf32, #llama.panels<width = 64, group = 128>> -> tensor<?x128xf32>
  return %l : tensor<?x128xf32>
}

// A known number of tokens needs one version.
// CHECK-LABEL: halide.pipeline @static_tokens(
// CHECK-NOT: halide.specialize
// CHECK: halide.split %{{.*}} by 6 tail {{ *}}round_up names ["tile", "tile_row"]
// CHECK-LABEL: halide.pipeline @two_tokens(
// CHECK-NOT: halide.specialize
// CHECK: halide.split %{{.*}} by 2 tail {{ *}}round_up names ["tile", "tile_row"]
func.func private @static_tokens(%x: tensor<5x64xf32>, %w: tensor<128x64xf32, #llama.panels<width = 64, group = 128>>) -> tensor<5x128xf32> attributes {llama.kernel} {
  %l = llama.linear %x, %w : tensor<5x64xf32>, tensor<128x64xf32, #llama.panels<width = 64, group = 128>> -> tensor<5x128xf32>
  return %l : tensor<5x128xf32>
}
func.func private @two_tokens(%x: tensor<2x64xf32>, %w: tensor<128x64xf32, #llama.panels<width = 64, group = 128>>) -> tensor<2x128xf32> attributes {llama.kernel} {
  %l = llama.linear %x, %w : tensor<2x64xf32>, tensor<128x64xf32, #llama.panels<width = 64, group = 128>> -> tensor<2x128xf32>
  return %l : tensor<2x128xf32>
}
