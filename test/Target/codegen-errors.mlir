// What libHalide rejects, by an exception or by ending the process, is an error on
// the op that caused it.

// RUN: not llamir-opt %s --split-input-file --mlir-print-op-on-diagnostic=false --halide-codegen=target=x86-64-avx2 2>&1 | FileCheck %s

// CHECK: error: 'halide.pipeline' op has no schedule for 'x86-64-avx2'
halide.pipeline @no_schedule(%x: !halide.buffer<?xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<?xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<?xf32>]
}

// -----

// The loop of a func that does not read the other.
// CHECK: codegen-errors.mlir:[[#]]:{{.*}} error: Halide: Func {{.*}} is computed at the following invalid location
halide.pipeline @wrong_place(%x: !halide.buffer<?xf32>) {
  %a = halide.func "a" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<?xf32> -> f32
    halide.yield %v : f32
  }
  %b = halide.func "b" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %a[%i] : !halide.func<1, f32> -> f32
    halide.yield %v : f32
  }
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %a[%i] : !halide.func<1, f32> -> f32
    %w = halide.at %b[%i] : !halide.func<1, f32> -> f32
    %s = arith.addf %v, %w : f32
    halide.yield %s : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<?xf32>]
  halide.schedule for "x86-64-avx2" {
    halide.compute_root %b : !halide.func<1, f32>
    %i = halide.loops %b : !halide.func<1, f32>
    halide.compute_at %a, %i : !halide.func<1, f32>
  }
}

// -----

// CHECK: error: 'arith.remf' op has no translation to Halide
halide.pipeline @no_translation(%x: !halide.buffer<?xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<?xf32> -> f32
    %r = arith.remf %v, %v : f32
    halide.yield %r : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<?xf32>]
  halide.schedule for "x86-64-avx2" {
  }
}

// -----

// A loop whose extent is not constant, vectorized whole.
// CHECK: error: Halide: {{.*}}Can only vectorize
halide.pipeline @vectorize_unknown(%x: !halide.buffer<?xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<?xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<?xf32>]
  halide.schedule for "x86-64-avx2" {
    %i = halide.loops %y : !halide.func<1, f32>
    halide.vectorize %i
  }
}

// -----

// CHECK: error: 'halide.yield' op a predicate needs a reduction domain
halide.pipeline @no_domain(%x: !halide.buffer<?xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<?xf32> -> f32
    halide.yield %v : f32
  }
  halide.update %y over [] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<?xf32> -> f32
    %two = arith.constant 2 : index
    %early = arith.cmpi slt, %i, %two : index
    halide.yield %v where %early : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<?xf32>]
  halide.schedule for "x86-64-avx2" {
  }
}

// -----

// CHECK: error: 'arith.remf' op has no translation to Halide
halide.pipeline @no_translation_outside(%x: !halide.buffer<?xf32>, %a: f32) {
  %r = arith.remf %a, %a : f32
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<?xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<?xf32>]
  halide.schedule for "x86-64-avx2" {
  }
}

// -----

// Of a division that is not Halide's, and of a truth value taken for a number.
// CHECK: error: 'arith.remsi' op has no translation to Halide
halide.pipeline @refused(%x: !halide.buffer<?xi32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, i32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<?xi32> -> i32
    %true = arith.constant true
    %r = arith.remsi %v, %v : i32
    halide.yield %r : i32
  }
  halide.output %y : !halide.func<1, i32> as [!halide.buffer<?xi32>]
  halide.schedule for "x86-64-avx2" {
  }
}

// -----

// CHECK: error: 'arith.floordivsi' op has no translation to Halide
halide.pipeline @refused(%x: !halide.buffer<?xi32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, i32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<?xi32> -> i32
    %true = arith.constant true
    %r = arith.floordivsi %v, %v : i32
    halide.yield %r : i32
  }
  halide.output %y : !halide.func<1, i32> as [!halide.buffer<?xi32>]
  halide.schedule for "x86-64-avx2" {
  }
}

// -----

// CHECK: error: 'arith.extsi' op has no translation to Halide
halide.pipeline @refused(%x: !halide.buffer<?xi32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, i32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<?xi32> -> i32
    %true = arith.constant true
    %r = arith.extsi %true : i1 to i32
    halide.yield %r : i32
  }
  halide.output %y : !halide.func<1, i32> as [!halide.buffer<?xi32>]
  halide.schedule for "x86-64-avx2" {
  }
}

// -----

// CHECK: error: 'halide.gpu_blocks' op needs a GPU, which the target 'x86-64-avx2' does not have
halide.pipeline @refused(%x: !halide.buffer<?xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<?xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<?xf32>]
  halide.schedule for "x86-64-avx2" {
    %i = halide.loops %y : !halide.func<1, f32>
    halide.gpu_blocks %i
  }
}

// -----

// CHECK: error: 'halide.gpu_threads' op needs a GPU, which the target 'x86-64-avx2' does not have
halide.pipeline @refused(%x: !halide.buffer<?xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<?xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<?xf32>]
  halide.schedule for "x86-64-avx2" {
    %i = halide.loops %y : !halide.func<1, f32>
    %block, %thread = halide.split %i by 8
    halide.gpu_threads %thread
    halide.gpu_blocks %block
  }
}

// -----

// CHECK: error: 'halide.store_in' op needs a GPU, which the target 'x86-64-avx2' does not have
halide.pipeline @refused(%x: !halide.buffer<?xf32>) {
  %a = halide.func "a" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<?xf32> -> f32
    halide.yield %v : f32
  }
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %a[%i] : !halide.func<1, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<?xf32>]
  halide.schedule for "x86-64-avx2" {
    %i = halide.loops %y : !halide.func<1, f32>
    halide.store_in %a, gpu_shared : !halide.func<1, f32>
    halide.compute_at %a, %i : !halide.func<1, f32>
    halide.gpu_blocks %i
  }
}

// -----

// The child that generates code runs out of stack.
// CHECK: codegen-errors.mlir:[[# @LINE + 1]]:1: error: code generation ended by signal 11, Segmentation fault
halide.pipeline @refused(%x: !halide.buffer<?xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<?xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<?xf32>]
  halide.schedule for "x86-64-avx2" {
    %i = halide.loops %y : !halide.func<1, f32>
    %o, %u = halide.split %i by 100000
    halide.unroll %u
  }
}

// -----

// CHECK: warning: Halide: In update definition 0 of Func "{{.*}}":
// CHECK-NEXT: Update definition completely hides earlier definitions
halide.pipeline @warned(%x: !halide.buffer<?xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<?xf32> -> f32
    halide.yield %v : f32
  }
  halide.update %y over [] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<?xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<?xf32>]
  halide.schedule for "x86-64-avx2" {
  }
}
