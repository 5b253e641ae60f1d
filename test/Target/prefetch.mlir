// A prefetch of rows of 256 bytes fetches each of their four lines, in elements
// of 4 bytes and of 2.

// RUN: rm -rf %t && mkdir %t
// RUN: llamir-opt %s --halide-codegen="target=x86-64 output-dir=%t emit=stmt" -o /dev/null
// RUN: FileCheck %s --check-prefix=WORDS --input-file=%t/words.stmt
// RUN: FileCheck %s --check-prefix=HALVES --input-file=%t/halves.stmt

// WORDS: for (prefetch_split_arg0.0, 0, 4)
// WORDS-NEXT: prefetch(arg0, (prefetch_split_arg0.0*16) + {{.*}}, 1, 16)
halide.pipeline @words(%x: !halide.buffer<64x?xf32>) {
  %y = halide.func "y" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<64x?xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<2, f32> as [!halide.buffer<64x?xf32>]
  halide.schedule for "x86-64" {
    halide.bound %y dim 0 from 0 extent 64 : !halide.func<2, f32>
    %i, %t = halide.loops %y : !halide.func<2, f32>
    halide.prefetch %x at %t from %t offset 2 bound non_faulting : !halide.buffer<64x?xf32>
  }
}

// HALVES: for (prefetch_split_arg0.0, 0, 4)
// HALVES-NEXT: prefetch(arg0, (prefetch_split_arg0.0*32) + {{.*}}, 1, 32)
halide.pipeline @halves(%x: !halide.buffer<128x?xbf16>) {
  %y = halide.func "y" ["i", "t"] : !halide.func<2, bf16> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<128x?xbf16> -> bf16
    halide.yield %v : bf16
  }
  halide.output %y : !halide.func<2, bf16> as [!halide.buffer<128x?xbf16>]
  halide.schedule for "x86-64" {
    halide.bound %y dim 0 from 0 extent 128 : !halide.func<2, bf16>
    %i, %t = halide.loops %y : !halide.func<2, bf16>
    halide.prefetch %x at %t from %t offset 2 bound non_faulting : !halide.buffer<128x?xbf16>
  }
}
