// The exponential of every kernel: Inputs/exp.c calls it for numbers of all sizes
// and beside the thresholds, and compares with the C library's in double precision.

// RUN: rm -rf %t && mkdir -p %t
// RUN: llamir-opt %s --halide-schedule=target=x86-64 --halide-codegen="target=x86-64 output-dir=%t" -o /dev/null
// RUN: %cc -std=c11 -Wall -Wextra -Werror %S/Inputs/exp.c %t/exponential.o %llamir_rt -lpthread -ldl -lm -o %t/sse && %t/sse
// RUN: %if avx2 %{ llamir-opt %s --halide-schedule=target=x86-64-avx2 --halide-codegen="target=x86-64-avx2 output-dir=%t" -o /dev/null %}
// RUN: %if avx2 %{ %cc -std=c11 %S/Inputs/exp.c %t/exponential.o %llamir_rt -lpthread -ldl -lm -o %t/avx2 && %t/avx2 %}
// RUN: %if avx512 %{ llamir-opt %s --halide-schedule=target=x86-64-avx512 --halide-codegen="target=x86-64-avx512 output-dir=%t" -o /dev/null %}
// RUN: %if avx512 %{ %cc -std=c11 %S/Inputs/exp.c %t/exponential.o %llamir_rt -lpthread -ldl -lm -o %t/avx512 && %t/avx512 %}

// The driver sees a wrong exponential.
// RUN: sed 's/arith.addf %%v, %%zero/arith.addf %%v, %%small/' %s > %t/wrong.mlir
// RUN: llamir-opt %t/wrong.mlir --halide-schedule=target=x86-64 --halide-codegen="target=x86-64 output-dir=%t" -o /dev/null
// RUN: %cc -std=c11 %S/Inputs/exp.c %t/exponential.o %llamir_rt -lpthread -ldl -lm -o %t/wrong && not %t/wrong

halide.pipeline @exponential(%x: !halide.buffer<?xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %zero = arith.constant 0.0 : f32
    %small = arith.constant 1.0e-5 : f32
    %v = halide.at %x[%i] : !halide.buffer<?xf32> -> f32
    %a = arith.addf %v, %zero : f32
    %e = math.exp %a : f32
    halide.yield %e : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<?xf32>]
}
