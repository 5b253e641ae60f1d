// RUN: llamir-opt %s --split-input-file --verify-diagnostics

// expected-error@+1 {{buffer_c1: every extent but the outermost must be static and positive}}
halide.pipeline @f(%x: !halide.buffer<?x4xf32>) {
}

// -----

// expected-error@+1 {{buffer_c2: 'index' is not an element type of buffers}}
halide.pipeline @f(%x: !halide.buffer<4xindex>) {
}

// -----

// expected-error@+1 {{buffer_c3: has 2^31 elements or more}}
halide.pipeline @f(%x: !halide.buffer<65536x32768xf32>) {
}

// -----

// expected-error@+1 {{buffer_c3: has 2^31 elements or more}}
halide.pipeline @f(%x: !halide.buffer<4000000000000000000x4000000000000000000x?xf32>) {
}

// -----

// expected-error@+1 {{pipeline_c1: an argument must be a buffer or a number that a buffer can hold, not 'tensor<4xf32>'}}
halide.pipeline @f(%x: tensor<4xf32>) {
}

// -----

// expected-error@+1 {{pipeline_c2: there is no halide.output}}
halide.pipeline @f(%x: !halide.buffer<4xf32>) {
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  // expected-error@+1 {{func_c1: a func of rank 1 needs as many different names and index arguments}}
  %y = halide.func "y" ["i", "j"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  // expected-error@+1 {{func_c2: the definition must yield the value types}}
  %y = halide.func "y" ["i"] : !halide.func<1, f64> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    // expected-error@+1 {{at_c1: '!halide.buffer<4xf32>' takes 1 indices}}
    %v = halide.at %x[%i, %i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{'halide.at' op expects parent op to be one of 'halide.func, halide.update'}}
  %v = halide.at %x[%c0] : !halide.buffer<4xf32> -> f32
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  // expected-error@+1 {{extent_c1: 1 is not a dimension of an argument of the pipeline}}
  %e = halide.extent %x, 1 : !halide.buffer<4xf32>
}

// -----

halide.pipeline @f() {
  // expected-error@+1 {{constant_c1: 'tensor<2xf64>' does not fit '!halide.buffer<3xf64>'}}
  %t = halide.constant "t" dense<0.0> : tensor<2xf64> -> !halide.buffer<3xf64>
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  // expected-error@+1 {{output_c1: each value of each func needs a buffer type}}
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf64>]
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
    %o, %v = halide.split %i by 4
    // expected-error@+1 {{schedule_c2: this loop was split, fused or factored before}}
    halide.vectorize %i
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %a = halide.func "a" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %a[%i] : !halide.func<1, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
  halide.schedule for "t" {
    %i = halide.loops %y : !halide.func<1, f32>
    %j = halide.loops %a : !halide.func<1, f32>
    // expected-error@+1 {{schedule_c3: loops of two stages}}
    halide.reorder %i, %j
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
    // expected-error@+1 {{loops_c1: the func has 0 updates, and no update 0}}
    %i = halide.loops %y update 0 : !halide.func<1, f32>
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
    // expected-error@+1 {{'factor' failed to satisfy constraint: 32-bit signless integer attribute whose value is positive}}
    %o, %v = halide.split %i by 0
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
    // expected-error@+1 {{bound_c1: the func has no dimension 2}}
    halide.bound %y dim 2 from 0 extent 4 : !halide.func<1, f32>
  }
}

// -----

// expected-error@+1 {{pipeline_c1: an argument must be a buffer or a number that a buffer can hold, not 'i7'}}
halide.pipeline @f(%x: i7) {
}

// -----

// expected-error@+1 {{a func has 64 dimensions at most, not 4000000000}}
func.func private @f(!halide.func<4000000000, f32>)

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  // expected-error@+1 {{'halide.func' op expects a non-empty block}}
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
  // expected-error@+1 {{'halide.update' op expects a non-empty block}}
  halide.update %y over [] : !halide.func<1, f32> {
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
  // expected-error@+1 {{pipeline_c2: comes after the output}}
  halide.update %y over [] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
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
  // expected-error@+1 {{update_c1: an update needs a name, minimum and extent}}
  halide.update %y over [] from %c0 : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  // expected-error@+1 {{'name' failed to satisfy constraint: string attribute that is a name: a letter, and then letters, digits and underscores}}
  %y = halide.func "" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  // expected-error@+1 {{'name' failed to satisfy constraint: string attribute that is a name: a letter, and then letters, digits and underscores}}
  %y = halide.func "_" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  // expected-error@+1 {{'name' failed to satisfy constraint: string attribute that is a name: a letter, and then letters, digits and underscores}}
  %y = halide.func "a\00b" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    halide.yield %v : f32
  }
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    %true = arith.constant true
    // expected-error@+1 {{pipeline_c4: expressions are made of indices and of numbers that a buffer can hold, not of '!halide.buffer<4xf32>'}}
    %z = arith.select %true, %x, %x : !halide.buffer<4xf32>
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    %true = arith.constant true
    // expected-error@+1 {{pipeline_c4: expressions are made of indices and of numbers that a buffer can hold, not of 'vector<4xi32>'}}
    %z = arith.constant dense<1> : vector<4xi32>
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    %true = arith.constant true
    // expected-error@+1 {{pipeline_c4: expressions are made of indices and of numbers that a buffer can hold, not of 'tensor<4xf32>'}}
    %z = arith.constant dense<1.0> : tensor<4xf32>
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    %true = arith.constant true
    // expected-error@+1 {{pipeline_c4: expressions are made of indices and of numbers that a buffer can hold, not of 'i128'}}
    %z = arith.constant 1 : i128
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    %true = arith.constant true
    // expected-error@+1 {{pipeline_c5: 2147483648 does not fit into the 32 bits of an index}}
    %z = arith.constant 2147483648 : index
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  %y = halide.func "y" ["i"] : !halide.func<1, f32> {
  ^bb0(%i: index):
    %v = halide.at %x[%i] : !halide.buffer<4xf32> -> f32
    %true = arith.constant true
    %c = arith.constant 1 : i8
    %m1 = arith.constant -1 : i8
    // expected-error@+1 {{pipeline_c6: shifts 8 bits by -1}}
    %z = arith.shli %c, %m1 : i8
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
  %true = arith.constant true
  // expected-error@+1 {{pipeline_c4: expressions are made of indices and of numbers that a buffer can hold, not of '!halide.func<1, f32>'}}
  %z = arith.select %true, %y, %y : !halide.func<1, f32>
  halide.output %y : !halide.func<1, f32> as [!halide.buffer<4xf32>]
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  // expected-error@+1 {{constant_c1: the value must be dense, and lie in the IR itself}}
  %t = halide.constant "t" sparse<[[0], [2]], [1.0, 2.0]> : tensor<4xf32> -> !halide.buffer<4xf32>
}

// -----

halide.pipeline @f(%x: !halide.buffer<4xf32>) {
  // expected-error@+1 {{constant_c1: the value must be dense, and lie in the IR itself}}
  %t = halide.constant "t" dense_resource<numbers> : tensor<1xi32> -> !halide.buffer<1xi32>
}

{-#
  dialect_resources: {
    builtin: {
      numbers: "0x0400000001000000"
    }
  }
#-}
