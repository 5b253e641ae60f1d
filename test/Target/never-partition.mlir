// A loop whose last step is guarded has a copy for it, unless a directive says otherwise.

// RUN: rm -rf %t && mkdir -p %t
// RUN: llamir-opt %s --halide-codegen="target=x86-64 output-dir=%t emit=stmt" -o /dev/null
// RUN: FileCheck %s --check-prefix=COPIES < %t/copies.stmt
// RUN: FileCheck %s --check-prefix=ONE < %t/one.stmt

// COPIES-COUNT-3: {{^ *for \(y}}
// ONE-COUNT-2: {{^ *for \(y}}
// ONE-NOT: for (

halide.pipeline @copies(%x: !halide.buffer<?xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<?xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<?xf32>]
  halide.schedule for "x86-64" {
    %i = halide.loops %y : !halide.func<1, f32>
    %o, %in = halide.split %i by 4 tail guard_with_if
  }
}

halide.pipeline @one(%x: !halide.buffer<?xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<?xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<?xf32>]
  halide.schedule for "x86-64" {
    %i = halide.loops %y : !halide.func<1, f32>
    %o, %in = halide.split %i by 4 tail guard_with_if
    halide.never_partition %y : !halide.func<1, f32>
  }
}
