// What the verifiers refuse, of pipelines, updates and directives.

// RUN: llamir-opt %s --split-input-file --verify-diagnostics

// expected-error@+1 {{buffer_c1: a buffer has rank 1 at least}}
halide.pipeline @f(%x: !halide.buffer<f32>) {
}

// -----

// expected-error@+1 {{the values of a func are one or several integers of}}
func.func private @f(!halide.func<1, index>)

// -----

// expected-error@+1 {{pipeline_c1: a pipeline has no results}}
halide.pipeline @f(%x: !halide.buffer<4xf32>) -> f32 {
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  // expected-error@+1 {{pipeline_c2: a second output}}
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
  }
  // expected-error@+1 {{pipeline_c2: a second schedule for "t"}}
  halide.schedule for "t" {
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  // expected-error@+1 {{pipeline_c3: a second func or constant named "y"}}
  %z = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  // expected-error@+1 {{pipeline_c3: a second func or constant named "y"}}
  %t = halide.constant "y" dense<2.0> : tensor<1xf32> -> !halide.buffer<1xf32>
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  // expected-error@+1 {{update_c1: an update needs a name, minimum and extent}}
  halide.update %y over ["k", "l"] from %c0 extent %c4 : !halide.func<1, f32> {
  ^bb0(%i: index, %k: index):
    %v = halide.at %y[%i] : !halide.func<1, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  // expected-error@+1 {{update_c2: the update must yield the value types of '!halide.func<1, f32>'}}
  halide.update %y over ["k"] from %c0 extent %c4 : !halide.func<1, f32> {
  ^bb0(%i: index, %k: index):
    %v = halide.at %y[%i] : !halide.func<1, f32> -> f32
    halide.yield %v, %v : f32, f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>, %z: f32) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    // expected-error@+1 {{schedule_c1: not a directive}}
    %c = math.exp %z : f32
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    // expected-error@+1 {{atomic_c1: the func has 0 updates, and no update 0}}
    halide.atomic %y update 0 : !halide.func<1, f32>
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  halide.update %y over ["k"] from %c0 extent %c4 : !halide.func<1, f32> {
  ^bb0(%i: index, %k: index):
    %v = halide.at %y[%i] : !halide.func<1, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    // expected-error@+1 {{never_partition_c1: the func has 1 updates, and no update 1}}
    halide.never_partition %y update 1 : !halide.func<1, f32>
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    %true = arith.constant true
    // expected-error@+1 {{specialize_c1: the func has 0 updates, and no update 2}}
    halide.specialize %y update 2 if %true : !halide.func<1, f32> {
    }
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  halide.update %y over ["k"] from %c0 extent %c4 : !halide.func<1, f32> {
  ^bb0(%i: index, %k: index):
    %v = halide.at %y[%i] : !halide.func<1, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    %i, %k = halide.loops %y update 0 : !halide.func<1, f32> + 1
    // expected-error@+1 {{rfactor_c1: partial results of '!halide.func<1, f32>' cannot be of '!halide.func<1, f32>'}}
    %p = halide.rfactor %k as "u" : !halide.func<1, f32>
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  halide.update %y over ["k"] from %c0 extent %c4 : !halide.func<1, f32> {
  ^bb0(%i: index, %k: index):
    %v = halide.at %y[%i] : !halide.func<1, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    // expected-error@+1 {{loops_c1: the stage has 2 loops, not 3}}
    %i, %k, %l = halide.loops %y update 0 : !halide.func<1, f32> + 2
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  halide.update %y over ["k"] from %c0 extent %c4 : !halide.func<1, f32> {
  ^bb0(%i: index, %k: index):
    %v = halide.at %y[%i] : !halide.func<1, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    // expected-error@+1 {{expected a number of reduction loops}}
    %i = halide.loops %y update 0 : !halide.func<1, f32> + 65
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    %i = halide.loops %y : !halide.func<1, f32>
    // expected-error@+1 {{split_c1: one constant or computed factor, and two names or none}}
    %o, %v = halide.split %i by 4 names ["o"]
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    // expected-error@+1 {{'extent' failed to satisfy constraint: 32-bit signless integer attribute whose value is positive}}
    halide.bound_extent %y dim 0 extent 0 : !halide.func<1, f32>
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4x2xf32>) {
  %y = halide.func "y" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<4x2xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<2, f32> as [!halide.buffer<4x2xf32>]
  halide.schedule for "t" {
    // expected-error@+1 {{reorder_storage_c1: the order must name each of 2 dimensions once}}
    halide.reorder_storage %y to [1, 1] : !halide.func<2, f32>
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    // expected-error@+1 {{align_storage_c1: the func has no dimension 1}}
    halide.align_storage %y dim 1 to 16 : !halide.func<1, f32>
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    %i = halide.loops %y : !halide.func<1, f32>
    // expected-note@+1 {{here}}
    %o, %v = halide.split %i by 2
    // expected-error@+1 {{schedule_c2: this loop was split, fused or factored before}}
    halide.compute_at %y, %i : !halide.func<1, f32>
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  // expected-error@+1 {{'halide.never_partition' op expects parent op to be one of 'halide.schedule, halide.specialize'}}
  halide.never_partition %y : !halide.func<1, f32>
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  halide.update %y over ["k"] from %c0 extent %c4 : !halide.func<1, f32> {
  ^bb0(%i: index, %k: index):
    %v = halide.at %y[%i] : !halide.func<1, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    // expected-error@+1 {{schedule_c2: this is no loop of a directive above}}
    %p = halide.rfactor %k as "u" : !halide.func<2, f32>
    %i, %k = halide.loops %y update 0 : !halide.func<1, f32> + 1
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  halide.update %y over ["k"] from %c0 extent %c4 : !halide.func<1, f32> {
  ^bb0(%i: index, %k: index):
    %v = halide.at %y[%i] : !halide.func<1, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    // expected-error@+1 {{schedule_c2: this is no loop of a directive above}}
    %o, %v = halide.split %v by 2
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  halide.update %y over ["k"] from %c0 extent %c4 : !halide.func<1, f32> {
  ^bb0(%i: index, %k: index):
    %v = halide.at %y[%i] : !halide.func<1, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    %i, %k = halide.loops %y update 0 : !halide.func<1, f32> + 1
    // expected-error@+1 {{rfactor_c2: not a reduction loop}}
    %p = halide.rfactor %i as "u" : !halide.func<2, f32>
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  halide.update %y over ["k"] from %c0 extent %c4 : !halide.func<1, f32> {
  ^bb0(%i: index, %k: index):
    %v = halide.at %y[%i] : !halide.func<1, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    %i, %k = halide.loops %y update 0 : !halide.func<1, f32> + 1
    // expected-note@+1 {{here}}
    %p = halide.rfactor %k as "u" : !halide.func<2, f32>
    // expected-error@+1 {{schedule_c2: this loop was split, fused or factored before}}
    halide.vectorize %i
  }
}

// -----

// One update was factored, the number of another's loops is known still.
halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  halide.update %y over ["k"] from %c0 extent %c4 : !halide.func<1, f32> {
  ^bb0(%i: index, %k: index):
    %v = halide.at %y[%i] : !halide.func<1, f32> -> f32
    halide.yield %v : f32
  }
  %z = halide.func "z" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  halide.update %z over ["k"] from %c0 extent %c4 : !halide.func<1, f32> {
  ^bb0(%i: index, %k: index):
    %v = halide.at %z[%i] : !halide.func<1, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    %i, %k = halide.loops %y update 0 : !halide.func<1, f32> + 1
    %p = halide.rfactor %k as "u" : !halide.func<2, f32>
    // expected-error@+1 {{loops_c1: the stage has 2 loops, not 3}}
    %i2, %k2, %l2 = halide.loops %z update 0 : !halide.func<1, f32> + 2
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  // expected-error@+1 {{schedule_c1: has block arguments}}
  halide.schedule for "t" {
  ^bb0(%b: !halide.buffer<4xf32>):
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    %i = halide.loops %y : !halide.func<1, f32>
    %true = arith.constant true
    // expected-error@+1 {{pipeline_c4: expressions are made of indices and of numbers that a buffer can hold, not of '!halide.var'}}
    %l = arith.select %true, %i, %i : !halide.var
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    // expected-error@+1 {{'update' failed to satisfy constraint: 32-bit signless integer attribute whose value is non-negative}}
    %i = halide.loops %y update -1 : !halide.func<1, f32>
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    %i = halide.loops %y : !halide.func<1, f32>
    // expected-error@+1 {{integer constant out of range for attribute}}
    %o, %v = halide.split %i by 4294967298
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    %i = halide.loops %y : !halide.func<1, f32>
    // expected-error@+1 {{integer constant out of range for attribute}}
    %o, %v = halide.split %i by -2147483649
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    %i = halide.loops %y : !halide.func<1, f32>
    // expected-error@+1 {{integer constant out of range for attribute}}
    halide.bound %y dim 0 from 4294967296 extent 4 : !halide.func<1, f32>
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    %i = halide.loops %y : !halide.func<1, f32>
    // expected-error@+1 {{integer constant out of range for attribute}}
    halide.bound %y dim 0 from 0 extent 4294967300 : !halide.func<1, f32>
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    %i = halide.loops %y : !halide.func<1, f32>
    // expected-error@+1 {{integer constant out of range for attribute}}
    halide.align_storage %y dim 0 to 4294967296 : !halide.func<1, f32>
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    %i = halide.loops %y : !halide.func<1, f32>
    // expected-error@+1 {{integer constant out of range for attribute}}
    halide.prefetch %x at %i from %i offset 4294967297 : !halide.buffer<4xf32>
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  %t = halide.constant "t" dense<0.0> : tensor<4xf32> -> !halide.buffer<4xf32>
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    %i = halide.loops %y : !halide.func<1, f32>
    // expected-error@+1 {{prefetch_c1: the buffer must be an argument of the pipeline}}
    halide.prefetch %t at %i from %i offset 1 : !halide.buffer<4xf32>
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    %i = halide.loops %y : !halide.func<1, f32>
    // expected-error@+1 {{'names' failed to satisfy constraint: array of names: each a letter, and then letters, digits and underscores}}
    %o, %v = halide.split %i by 2 names ["", ""]
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    %i = halide.loops %y : !halide.func<1, f32>
    // expected-error@+1 {{'names' failed to satisfy constraint: array of names: each a letter, and then letters, digits and underscores}}
    %o, %v = halide.split %i by 2 names ["a\00b", "x"]
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    %i = halide.loops %y : !halide.func<1, f32>
    // expected-error@+1 {{'names' failed to satisfy constraint: array of names: each a letter, and then letters, digits and underscores}}
    %o, %v = halide.split %i by 2 names ["y", "x.y"]
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  halide.update %y over ["k"] from %c0 extent %c4 : !halide.func<1, f32> {
  ^bb0(%i: index, %k: index):
    %v = halide.at %y[%i] : !halide.func<1, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    %i, %k = halide.loops %y update 0 : !halide.func<1, f32> + 1
    // expected-error@+1 {{'var' failed to satisfy constraint: string attribute that is a name: a letter, and then letters, digits and underscores}}
    %p = halide.rfactor %k as "" : !halide.func<2, f32>
  }
}
