// Pipelines that are not as the compiler makes them: no strategy reads what it has
// not checked. Each gets the plain schedule, which is right for all, and a warning.

// RUN: llamir-opt %s --split-input-file --verify-diagnostics --halide-schedule=target=x86-64-avx512 | FileCheck %s
// RUN: llamir compile %S/../tools/Inputs/layer.mlir --until-after=halide --target=x86-64-avx512 > %t.mlir
// RUN: %python %S/../Inputs/delete-roles.py x86-64-avx512 < %t.mlir | FileCheck %s --check-prefix=ROLES

// ROLES-DAG: cannot be scheduled as 'attention': it has a func without a role; every func is computed once
// ROLES-DAG: cannot be scheduled as 'linear': it has a func without a role; every func is computed once
// ROLES-DAG: cannot be scheduled as 'norm': it has a func without a role; every func is computed once
// ROLES: {{[3-9][0-9]}} roles

// CHECK-LABEL: halide.pipeline @kind(
// CHECK: halide.schedule for
// expected-warning @below {{is of the unknown kind "lunch"; there are linear, norm, statistics, recurrence, attention, elementwise}}
halide.pipeline @kind(%x: !halide.buffer<8x?xf32>) attributes {llama.kind = "lunch"} {
  %y = halide.func "y" ["i", "t"] {llama.role = "output"} : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<8x?xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<2, f32> as [!halide.buffer<8x?xf32>]
}

// -----

// CHECK-LABEL: halide.pipeline @missing(
// expected-warning @below {{cannot be scheduled as 'norm': there is no func with the role 'row_sum'; every func is computed once}}
halide.pipeline @missing(%x: !halide.buffer<8x?xf32>) attributes {llama.kind = "norm"} {
  %y = halide.func "y" ["i", "t"] {llama.role = "output"} : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<8x?xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<2, f32> as [!halide.buffer<8x?xf32>]
}

// -----

// CHECK-LABEL: halide.pipeline @rank(
// expected-warning @below {{cannot be scheduled as 'norm': the func with the role 'row_scale' has 2 dimensions, which do not number the rows; every func is computed once}}
halide.pipeline @rank(%x: !halide.buffer<8x?xf32>) attributes {llama.kind = "norm"} {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %zero = arith.constant 0.0 : f32
  %s = halide.func "s" ["t"] {llama.role = "row_sum"} : !halide.func<1, f32> {
  ^bb0(%t: index):
    halide.yield %zero : f32
  }
  halide.update %s over ["k"] from %c0 extent %c8 : !halide.func<1, f32> {
  ^bb0(%t: index, %k: index):
    %o = halide.at %s[%t] : !halide.func<1, f32> -> f32
    halide.yield %o : f32
  }
  %r = halide.func "r" ["i", "t"] {llama.role = "row_scale"} : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %s[%t] : !halide.func<1, f32> -> f32
    halide.yield %v : f32
  }
  %y = halide.func "y" ["i", "t"] {llama.role = "output"} : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %r[%i, %t] : !halide.func<2, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<2, f32> as [!halide.buffer<8x?xf32>]
}

// -----

// A role on a func that is not what the pipeline writes.
// CHECK-LABEL: halide.pipeline @not_output(
// expected-warning @below {{cannot be scheduled as 'elementwise': the func with the role 'output' is not its output; every func is computed once}}
halide.pipeline @not_output(%x: !halide.buffer<8x?xf32>) attributes {llama.kind = "elementwise"} {
  %y = halide.func "y" ["i", "t"] {llama.role = "output"} : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<8x?xf32> -> f32
    halide.yield %v : f32
  }
  %z = halide.func "z" ["i", "t"] {llama.role = "rotation"} : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %y[%i, %t] : !halide.func<2, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %z : !halide.func<2, f32> as [!halide.buffer<8x?xf32>]
}

// -----

// Nothing tells how many tokens there are.
// CHECK-LABEL: halide.pipeline @tokens(
// expected-warning @below {{cannot be scheduled as 'elementwise': no argument has as many tokens as its output; every func is computed once}}
halide.pipeline @tokens(%x: !halide.buffer<8x4xf32>) attributes {llama.kind = "elementwise"} {
  %y = halide.func "y" ["i", "t"] {llama.role = "output"} : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<8x4xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<2, f32> as [!halide.buffer<8x?xf32>]
}
