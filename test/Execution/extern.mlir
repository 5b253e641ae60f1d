// A function of the module computes a func of a kernel, for whole tasks of rows: the
// kernel still does what its ops say. Rows are rounded up to a multiple of four, and
// tasks of one panel each start in the middle of the func.

// RUN: llamir run %s --target=x86-64 --check --dim=tokens=1 | FileCheck %s
// RUN: llamir run %s --target=x86-64 --check --dim=tokens=2 | FileCheck %s
// RUN: llamir run %s --target=x86-64 --check --dim=tokens=4 | FileCheck %s
// RUN: llamir run %s --target=x86-64 --check --dim=tokens=37 | FileCheck %s
// CHECK: linear {{.*}} ok

// What the function computes is what is checked.
// RUN: sed '/@multiply(%%rows:/,$ s/arith.addf/arith.subf/' %s > %t.mlir
// RUN: not llamir run %t.mlir --target=x86-64 --check --dim=tokens=2 2>&1 | FileCheck %s --check-prefix=WRONG
// WRONG: linear {{.*}} WRONG

llama.weight @w : tensor<24x8xf32> = #llama.random<seed = 1, scale = 1.0 : f64>
llama.weight @panels : tensor<24x8xf32, #llama.panels<width = 12, group = 24>> = #llama.packed<[@w]>
func.func @f(%x: tensor<?x8xf32> {llama.dims = ["tokens"]}) -> (tensor<?x24xf32> {llama.name = "y"}) {
  %w = llama.get_weight @panels : tensor<24x8xf32, #llama.panels<width = 12, group = 24>>
  %y = llama.launch @linear(%x, %w) {llama.dims = [["tokens"]]} : (tensor<?x8xf32>, tensor<24x8xf32, #llama.panels<width = 12, group = 24>>) -> tensor<?x24xf32>
  return %y : tensor<?x24xf32>
}

halide.pipeline @linear(%x: !halide.buffer<8x?xf32>, %w: !halide.buffer<12x8x2xf32>) attributes {llama.kernel_type = (tensor<?x8xf32>, tensor<24x8xf32, #llama.panels<width = 12, group = 24>>) -> tensor<?x24xf32>, llama.kind = "linear"} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c12 = arith.constant 12 : index
  %tokens = halide.extent %x, 1 : <8x?xf32>
  %last = arith.subi %tokens, %c1 : index
  %rows = halide.func "rows" ["k", "t"] : <2, f32> {
  ^bb0(%k: index, %t: index):
    %row = arith.minsi %t, %last : index
    %v = halide.at %x[%k, %row] : !halide.buffer<8x?xf32> -> f32
    halide.yield %v : f32
  }
  %product = halide.func "product" ["c", "p", "t"] : <3, f32> {
  ^bb0(%c: index, %p: index, %t: index):
    %z = arith.constant 0.0 : f32
    halide.yield %z : f32
  }
  halide.update %product over ["k"] from %c0 extent %c8 : <3, f32> {
  ^bb0(%c: index, %p: index, %t: index, %k: index):
    %old = halide.at %product[%c, %p, %t] : !halide.func<3, f32> -> f32
    %a = halide.at %rows[%k, %t] : !halide.func<2, f32> -> f32
    %b = halide.at %w[%c, %k, %p] : !halide.buffer<12x8x2xf32> -> f32
    %m = arith.mulf %a, %b : f32
    %new = arith.addf %old, %m : f32
    halide.yield %new : f32
  }
  %out = halide.func "out" ["i", "t"] : <2, f32> {
  ^bb0(%i: index, %t: index):
    %c = halide.mod %i, %c12 : index
    %p = halide.div %i, %c12 : index
    %v = halide.at %product[%c, %p, %t] : !halide.func<3, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %out : !halide.func<2, f32> as [!halide.buffer<24x?xf32>]
  halide.schedule for "x86-64" {
    halide.bound %out dim 0 from 0 extent 24 : <2, f32>
    %i, %t = halide.loops %out : !halide.func<2, f32>
    %block, %row = halide.split %t by 10 tail guard_with_if
    %panel, %column = halide.split %i by 12
    halide.reorder %column, %row, %panel, %block
    halide.parallel %block
    halide.compute_at %product, %panel : <3, f32>
    halide.reorder_storage %product to [0, 2, 1] : <3, f32>
    halide.extern %product by @multiply(%rows, %w) constants [8] rows 4 : <3, f32>, (!halide.func<2, f32>, !halide.buffer<12x8x2xf32>)
    halide.compute_root %rows : <2, f32>
    halide.align_storage %rows dim 0 to 12 : <2, f32>
  }
}

func.func private @multiply(%rows: memref<?x8xf32, strided<[?, 1]>>, %w: memref<2x8x12xf32, strided<[?, ?, 1]>>, %inputs: index, %product: memref<?x?x?xf32, strided<[?, ?, 1]>>, %firstPanel: index, %firstColumn: index) attributes {halide.extern = "x86-64"} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %zero = arith.constant 0.0 : f32
  %numRows = memref.dim %product, %c0 : memref<?x?x?xf32, strided<[?, ?, 1]>>
  %numPanels = memref.dim %product, %c1 : memref<?x?x?xf32, strided<[?, ?, 1]>>
  %numColumns = memref.dim %product, %c2 : memref<?x?x?xf32, strided<[?, ?, 1]>>
  // Four rows at a time: others would be written past the end.
  scf.for %four = %c0 to %numRows step %c4 {
    scf.for %one = %c0 to %c4 step %c1 {
      %t = arith.addi %four, %one : index
      scf.for %p = %c0 to %numPanels step %c1 {
        %panel = arith.addi %p, %firstPanel : index
        scf.for %c = %c0 to %numColumns step %c1 {
          %column = arith.addi %c, %firstColumn : index
          %sum = scf.for %k = %c0 to %inputs step %c1 iter_args(%old = %zero) -> f32 {
            %a = memref.load %rows[%t, %k] : memref<?x8xf32, strided<[?, 1]>>
            %b = memref.load %w[%panel, %k, %column] : memref<2x8x12xf32, strided<[?, ?, 1]>>
            %m = arith.mulf %a, %b : f32
            %new = arith.addf %old, %m : f32
            scf.yield %new : f32
          }
          memref.store %sum, %product[%t, %p, %c] : memref<?x?x?xf32, strided<[?, ?, 1]>>
        }
      }
    }
  }
  return
}

module @llama.kernels {
  func.func private @linear(%x: tensor<?x8xf32>, %w: tensor<24x8xf32, #llama.panels<width = 12, group = 24>>) -> tensor<?x24xf32> attributes {llama.kernel} {
    %y = llama.linear %x, %w : tensor<?x8xf32>, tensor<24x8xf32, #llama.panels<width = 12, group = 24>> -> tensor<?x24xf32>
    return %y : tensor<?x24xf32>
  }
}
