// What gets no schedule: an error, never a kernel left without one.

// RUN: not llamir-opt %s --halide-schedule=target=z80 2>&1 | FileCheck %s --check-prefix=TARGET
// TARGET: error: unknown target 'z80'; there are host, x86-64, x86-64-avx2
// RUN: llamir-opt %s --halide-schedule=target=x86-64-avx2 --split-input-file --verify-diagnostics

// expected-error@+1 {{is a kernel of llama ops: run --convert-llama-to-halide first}}
func.func private @not_lowered(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {llama.kernel} {
  %y = llama.add %x, %x : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

func.func @not_outlined(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{is in no pipeline: run --llamir-kernels and --convert-llama-to-halide first}}
  %0 = llama.kernel "twice" (%a = %x) : (tensor<?x8xf32>) -> tensor<?x8xf32> {
    %s = llama.add %a, %a : tensor<?x8xf32>
    llama.yield %s : tensor<?x8xf32>
  }
  return %0 : tensor<?x8xf32>
}

// -----

func.func @not_formed(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-error@+1 {{is in no pipeline: run --llamir-kernels and --convert-llama-to-halide first}}
  %y = llama.add %x, %x : tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// -----

// Schedules for other targets, whether there is such a target or not.
// expected-error@+1 {{is scheduled for "x86-64-avx512", "z80", not for "x86-64-avx2"}}
halide.pipeline @other_targets(%x: !halide.buffer<?xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<?xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<?xf32>]
  // expected-note@+1 {{choose that target, or take the schedule away to have one made}}
  halide.schedule for "x86-64-avx512" {
  }
  halide.schedule for "z80" {
  }
}
