// When a compilation is killed, so are the processes that generate code for it, and
// nothing is left in the folder for temporary files.

// RUN: rm -rf %t && mkdir %t
// RUN: env TMPDIR=%t %python %S/Inputs/kill.py llamir-opt %s --halide-codegen=target=x86-64
// RUN: ls -A %t | count 0

// Unrolling takes longer than the test.
halide.pipeline @slow(%x: !halide.buffer<?xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<?xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<?xf32>]
  halide.schedule for "x86-64" {
    %i = halide.loops %y : !halide.func<1, f32>
    %o, %u = halide.split %i by 10000
    halide.unroll %u
  }
}
