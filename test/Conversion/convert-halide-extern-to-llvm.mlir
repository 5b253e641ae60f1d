// RUN: llamir-opt %s --convert-halide-extern-to-llvm="target=x86-64-avx2 prefix=m" --canonicalize --cse | FileCheck %s
// RUN: llamir-opt %s --convert-halide-extern-to-llvm="target=x86-64 prefix=m" | FileCheck %s --check-prefix=OTHER

// A function that computes a func becomes one of the LLVM dialect, for the processor of
// its target, and gets one beside it that Halide calls. Functions of other targets stay.

// CHECK-LABEL: halide.pipeline @k(
// CHECK: halide.extern %y by @m_scale(%rows, %{{.*}}) constants [7] rows 2
// OTHER: halide.extern %y by @scale(
halide.pipeline @k(%x: !halide.buffer<8x?xf32>, %w: !halide.buffer<8x3xf32>) {
  %rows = halide.func "rows" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<8x?xf32> -> f32
    halide.yield %v : f32
  }
  %y = halide.func "y" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %rows[%i, %t] : !halide.func<2, f32> -> f32
    halide.yield %v : f32
  }
  %out = halide.func "out" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %y[%i, %t] : !halide.func<2, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %out : !halide.func<2, f32> as [!halide.buffer<8x?xf32>]
  halide.schedule for "x86-64-avx2" {
    halide.compute_root %rows : !halide.func<2, f32>
    halide.compute_root %y : !halide.func<2, f32>
    halide.extern %y by @scale(%rows, %w) constants [7] rows 2 : !halide.func<2, f32>, (!halide.func<2, f32>, !halide.buffer<8x3xf32>)
  }
}

// A memref is a pointer, an offset, sizes and strides.
// CHECK: llvm.func internal @scale.body(%{{.*}}: !llvm.ptr, %[[X:[^:]*]]: !llvm.ptr,
// CHECK-SAME: target_cpu = "haswell"
// CHECK: llvm.load
// CHECK: llvm.store
// OTHER: func.func private @scale(
func.func private @scale(%x: memref<?x8xf32, strided<[?, 1]>>, %w: memref<3x8xf32, strided<[?, 1]>>, %seven: index, %y: memref<?x?xf32, strided<[?, 1]>>, %first: index) attributes {halide.extern = "x86-64-avx2"} {
  %c0 = arith.constant 0 : index
  %v = memref.load %x[%c0, %seven] : memref<?x8xf32, strided<[?, 1]>>
  memref.store %v, %y[%c0, %first] : memref<?x?xf32, strided<[?, 1]>>
  return
}

// Whatever of MLIR's dialects has a form in the LLVM dialect.
// CHECK: llvm.func internal @dialects.body(
// CHECK-NOT: affine
// CHECK-NOT: bf16
// CHECK: llvm.load {{.*}} -> vector<8xf32>
func.func private @dialects(%x: memref<?x8xf32, strided<[?, 1]>>, %y: memref<?x?xf32, strided<[?, 1]>>, %first: index) attributes {halide.extern = "x86-64-avx2"} {
  %c0 = arith.constant 0 : index
  affine.for %k = 0 to 8 {
    %v = affine.load %x[0, %k] : memref<?x8xf32, strided<[?, 1]>>
    %n = arith.truncf %v : f32 to bf16
    %w = arith.extf %n : bf16 to f32
    memref.store %w, %y[%c0, %first] : memref<?x?xf32, strided<[?, 1]>>
  }
  %row = vector.load %x[%c0, %c0] : memref<?x8xf32, strided<[?, 1]>>, vector<8xf32>
  vector.store %row, %y[%c0, %first] : memref<?x?xf32, strided<[?, 1]>>, vector<8xf32>
  return
}

// Inputs, the constant, the rows of a call, the result.
// CHECK: llvm.func @m_scale(%[[ROWS:.*]]: !llvm.ptr, %[[W:.*]]: !llvm.ptr, %[[SEVEN:.*]]: i32, %[[MULTIPLE:.*]]: i32, %[[Y:.*]]: !llvm.ptr) -> i32
// CHECK-SAME: target_cpu = "haswell"
// CHECK-DAG: %[[C8:.*]] = llvm.mlir.constant(8 : i32)
// CHECK-DAG: %[[WIDTH:.*]] = llvm.mlir.constant(8 : i64)
// CHECK-DAG: %[[COUNT:.*]] = llvm.mlir.constant(3 : i64)
// CHECK: %[[ASKED:.*]] = llvm.call @llamir_rt_answer_query(%[[Y]], %[[MULTIPLE]])
// CHECK: llvm.store %[[C8]], %[[EXTENTS:.*]] : i32
// CHECK: %[[NEEDED:.*]] = llvm.call @llamir_rt_need_rows(%[[ROWS]], %[[Y]], %[[EXTENTS]])
// CHECK: llvm.or %[[ASKED]], %[[NEEDED]]
// CHECK: llvm.cond_br
// Of the func from the row on at which the result starts, and as many rows.
// CHECK: %[[SKIPPED:.*]] = llvm.getelementptr %{{.*}}[%{{.*}}] : (!llvm.ptr, i64) -> !llvm.ptr, f32
// CHECK: llvm.call @scale.body(%[[SKIPPED]], %[[SKIPPED]], %{{[^,]*}}, %[[NUM_ROWS:[^,]*]], %[[WIDTH]], %{{[^,]*}}, %{{[^,]*}}, %[[HOST:[^,]*]], %[[HOST]], %{{[^,]*}}, %[[COUNT]], %[[WIDTH]],
// CHECK-SAME: %[[NUM_ROWS]],
