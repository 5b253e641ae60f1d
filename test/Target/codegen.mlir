// RUN: rm -rf %t && mkdir -p %t
// RUN: llamir-opt %s --halide-codegen="target=x86-64-avx512 output-dir=%t emit=object,asm,stmt" -o /dev/null
// RUN: FileCheck %s < %t/axpy.s
// RUN: FileCheck %s --check-prefix=STMT < %t/axpy.stmt
// RUN: llvm-nm %t/axpy.o | FileCheck %s --check-prefix=SYMBOL
// RUN: not llamir-opt %s --halide-codegen="target=x86-64-avx512 emit=poem" -o /dev/null 2>&1 | FileCheck %s --check-prefix=EMIT
// RUN: not llamir-opt %s --halide-codegen="target=z80" -o /dev/null 2>&1 | FileCheck %s --check-prefix=TARGET

// All files or none: a folder stands where the second one would be.
// RUN: mkdir -p %t/taken/axpy.s
// RUN: not llamir-opt %s --halide-codegen="target=x86-64-avx512 output-dir=%t/taken emit=object,asm" -o /dev/null 2>&1 | FileCheck %s --check-prefix=TAKEN
// RUN: not ls %t/taken/axpy.o
// TAKEN: error: {{.*}}axpy.s: cannot be written: Is a directory

// Without kernels there is nothing to do; without files, nothing can be done.
// RUN: echo "module {}" | env TMPDIR=%t/none llamir-opt --halide-codegen=target=x86-64
// RUN: not sh -c "ulimit -n 4; llamir-opt %s --halide-codegen=target=x86-64-avx512 --mlir-print-op-on-diagnostic=false" 2>&1 | FileCheck %s --check-prefix=FILES

// FILES: codegen.mlir:[[# @LINE + 6]]:1: error: cannot start a process: Too many open files
// CHECK: vfm{{[a-z]*[0-9]+}}ps {{.*}}%zmm
// STMT: ramp
// SYMBOL: T axpy
// EMIT: error: unknown output 'poem'
// TARGET: error: unknown target 'z80'
halide.pipeline @axpy(%a: f32, %x: !halide.buffer<?xf32>, %y: !halide.buffer<?xf32>) {
  %r = halide.func "r" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %xi = halide.at %x[%i] : !halide.buffer<?xf32> -> f32
    %yi = halide.at %y[%i] : !halide.buffer<?xf32> -> f32
    %m = arith.mulf %a, %xi : f32
    %s = arith.addf %m, %yi : f32
    halide.yield %s : f32
  }
  halide.output %r : !halide.func<1, f32> as [!halide.buffer<?xf32>]
  halide.schedule for "x86-64-avx512" {
    %i = halide.loops %r : !halide.func<1, f32>
    %o, %v = halide.split %i by 16 tail guard_with_if
    halide.vectorize %v
  }
}
