// What the verifiers refuse of functions that compute funcs.

// RUN: llamir-opt %s --split-input-file --verify-diagnostics

halide.pipeline @f(%x: !halide.buffer<4x?xf32>) {
  %a = halide.func "a" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<4x?xf32> -> f32
    halide.yield %v : f32
  }
  %b = halide.func "b" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %a[%i, %t] : !halide.func<2, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %b : !halide.func<2, f32> as [!halide.buffer<4x?xf32>]
  halide.schedule for "t" {
    // expected-error@+1 {{extern_c2: there is no function 'g' with the attribute halide.extern = "t"}}
    halide.extern %b by @g(%a) : !halide.func<2, f32>, (!halide.func<2, f32>)
  }
}

// -----

func.func private @g(%x: memref<?x4xf32, strided<[?, 1]>>, %y: memref<?x?xf32, strided<[?, 1]>>, %i: index) {
  return
}

halide.pipeline @f(%x: !halide.buffer<4x?xf32>) {
  %a = halide.func "a" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<4x?xf32> -> f32
    halide.yield %v : f32
  }
  %b = halide.func "b" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %a[%i, %t] : !halide.func<2, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %b : !halide.func<2, f32> as [!halide.buffer<4x?xf32>]
  halide.schedule for "t" {
    // expected-error@+1 {{extern_c2: there is no function 'g' with the attribute halide.extern = "t"}}
    halide.extern %b by @g(%a) : !halide.func<2, f32>, (!halide.func<2, f32>)
  }
}

// -----

func.func private @g(%x: memref<?x4xf32, strided<[?, 1]>>) attributes {halide.extern = "t"} {
  return
}

halide.pipeline @f(%x: !halide.buffer<4x?xf32>) {
  %a = halide.func "a" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<4x?xf32> -> f32
    halide.yield %v : f32
  }
  %b = halide.func "b" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %a[%i, %t] : !halide.func<2, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %b : !halide.func<2, f32> as [!halide.buffer<4x?xf32>]
  halide.schedule for "t" {
    // expected-error@+1 {{extern_c2: the function must have 3 arguments and no results}}
    halide.extern %b by @g(%a) : !halide.func<2, f32>, (!halide.func<2, f32>)
  }
}

// -----

// Dense rows: how far they lie apart is known when the kernel runs only.
func.func private @g(%x: memref<?x4xf32>, %y: memref<?x?xf32, strided<[?, 1]>>, %i: index) attributes {halide.extern = "t"} {
  return
}

halide.pipeline @f(%x: !halide.buffer<4x?xf32>) {
  %a = halide.func "a" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<4x?xf32> -> f32
    halide.yield %v : f32
  }
  %b = halide.func "b" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %a[%i, %t] : !halide.func<2, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %b : !halide.func<2, f32> as [!halide.buffer<4x?xf32>]
  halide.schedule for "t" {
    // expected-error@+1 {{extern_c2: the function takes 'memref<?x4xf32>', where it must take a memref of rank 2 of 'f32' with static extents but for the outermost and strides [?, …, 1]}}
    halide.extern %b by @g(%a) : !halide.func<2, f32>, (!halide.func<2, f32>)
  }
}

// -----

func.func private @g(%x: memref<?x?xf32, strided<[?, 1]>>, %y: memref<?x?xf32, strided<[?, 1]>>, %i: index) attributes {halide.extern = "t"} {
  return
}

halide.pipeline @f(%x: !halide.buffer<4x?xf32>) {
  %a = halide.func "a" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<4x?xf32> -> f32
    halide.yield %v : f32
  }
  %b = halide.func "b" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %a[%i, %t] : !halide.func<2, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %b : !halide.func<2, f32> as [!halide.buffer<4x?xf32>]
  halide.schedule for "t" {
    // expected-error@+1 {{extern_c2: the function takes 'memref<?x?xf32, strided<[?, 1]>>', where it must take a memref of rank 2}}
    halide.extern %b by @g(%a) : !halide.func<2, f32>, (!halide.func<2, f32>)
  }
}

// -----

func.func private @g(%x: memref<?x4xf32, strided<[?, 1]>>, %y: memref<?x4xf32, strided<[?, 1]>>, %i: index) attributes {halide.extern = "t"} {
  return
}

halide.pipeline @f(%x: !halide.buffer<4x?xf32>) {
  %a = halide.func "a" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<4x?xf32> -> f32
    halide.yield %v : f32
  }
  %b = halide.func "b" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %a[%i, %t] : !halide.func<2, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %b : !halide.func<2, f32> as [!halide.buffer<4x?xf32>]
  halide.schedule for "t" {
    // expected-error@+1 {{extern_c2: the function takes 'memref<?x4xf32, strided<[?, 1]>>', where it must take 'memref<?x?xf32, strided<[?, 1]>>'}}
    halide.extern %b by @g(%a) : !halide.func<2, f32>, (!halide.func<2, f32>)
  }
}

// -----

// A buffer is given as it is.
func.func private @g(%x: memref<?x3xf32, strided<[?, 1]>>, %y: memref<?x?xf32, strided<[?, 1]>>, %i: index) attributes {halide.extern = "t"} {
  return
}

halide.pipeline @f(%x: !halide.buffer<4x?xf32>) {
  %a = halide.func "a" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<4x?xf32> -> f32
    halide.yield %v : f32
  }
  %b = halide.func "b" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %a[%i, %t] : !halide.func<2, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %b : !halide.func<2, f32> as [!halide.buffer<4x?xf32>]
  halide.schedule for "t" {
    // expected-error@+1 {{extern_c2: the function takes 'memref<?x3xf32, strided<[?, 1]>>', where it must take 'memref<?x4xf32, strided<[?, 1]>>'}}
    halide.extern %b by @g(%x) : !halide.func<2, f32>, (!halide.buffer<4x?xf32>)
  }
}

// -----

func.func private @g(%x: memref<?x4xf32, strided<[?, 1]>>, %y: memref<?x?xf32, strided<[?, 1]>>, %i: index) attributes {halide.extern = "t"} {
  return
}

halide.pipeline @f(%x: !halide.buffer<4x?xf32>) {
  %a = halide.func "a" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<4x?xf32> -> f32
    halide.yield %v : f32
  }
  %b = halide.func "b" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %a[%i, %t] : !halide.func<2, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %b : !halide.func<2, f32> as [!halide.buffer<4x?xf32>]
  halide.schedule for "t" {
    // expected-error@+1 {{extern_c2: the function must have 4 arguments and no results}}
    halide.extern %b by @g(%a) constants [1] : !halide.func<2, f32>, (!halide.func<2, f32>)
  }
}

// -----

func.func private @g(%x: memref<?x4xf32, strided<[?, 1]>>, %y: memref<?x?xf32, strided<[?, 1]>>, %i: index) attributes {halide.extern = "t"} {
  return
}

halide.pipeline @f(%x: !halide.buffer<4x?xf32>) {
  %a = halide.func "a" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<4x?xf32> -> f32
    halide.yield %v : f32
  }
  %b = halide.func "b" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %a[%i, %t] : !halide.func<2, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %b : !halide.func<2, f32> as [!halide.buffer<4x?xf32>]
  halide.schedule for "t" {
    // expected-error@+1 {{extern_c3: the pipeline must define the func that is computed, and the funcs that are read before it}}
    halide.extern %a by @g(%b) : !halide.func<2, f32>, (!halide.func<2, f32>)
  }
}

// -----

func.func private @g(%x: memref<?x4xf32, strided<[?, 1]>>, %y: memref<?x?xf32, strided<[?, 1]>>, %i: index) attributes {halide.extern = "t"} {
  return
}

halide.pipeline @f(%x: !halide.buffer<4x?xf32>) {
  %a = halide.func "a" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<4x?xf32> -> f32
    halide.yield %v : f32
  }
  %b = halide.func "b" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %a[%i, %t] : !halide.func<2, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %b : !halide.func<2, f32> as [!halide.buffer<4x?xf32>]
  halide.schedule for "t" {
    // expected-error@+1 {{extern_c3: the pipeline must define the func that is computed, and the funcs that are read before it}}
    halide.extern %b by @g(%b) : !halide.func<2, f32>, (!halide.func<2, f32>)
  }
}

// -----

func.func private @g(%x: memref<?x4xf32, strided<[?, 1]>>, %y: memref<?x?xf32, strided<[?, 1]>>, %i: index) attributes {halide.extern = "t"} {
  return
}

halide.pipeline @f(%x: !halide.buffer<4x?xf32>) {
  %a = halide.func "a" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<4x?xf32> -> f32
    halide.yield %v : f32
  }
  %b = halide.func "b" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %a[%i, %t] : !halide.func<2, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %b : !halide.func<2, f32> as [!halide.buffer<4x?xf32>]
  halide.schedule for "t" {
    // expected-note@+1 {{here}}
    %i, %t = halide.loops %b : !halide.func<2, f32>
    // expected-error@+1 {{extern_c4: the func has loops or other functions}}
    halide.extern %b by @g(%a) : !halide.func<2, f32>, (!halide.func<2, f32>)
  }
}

// -----

func.func private @g(%x: memref<?x4xf32, strided<[?, 1]>>, %y: memref<?x?xf32, strided<[?, 1]>>, %i: index) attributes {halide.extern = "t"} {
  return
}

halide.pipeline @f(%x: !halide.buffer<4x?xf32>) {
  %a = halide.func "a" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<4x?xf32> -> f32
    halide.yield %v : f32
  }
  %b = halide.func "b" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %a[%i, %t] : !halide.func<2, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %b : !halide.func<2, f32> as [!halide.buffer<4x?xf32>]
  halide.schedule for "t" {
    // expected-error@+1 {{extern_c4: the func has loops or other functions}}
    halide.extern %b by @g(%a) : !halide.func<2, f32>, (!halide.func<2, f32>)
    // expected-note@+1 {{here}}
    %i, %t = halide.loops %b : !halide.func<2, f32>
  }
}

// -----

func.func private @g(%x: memref<?x4xf32, strided<[?, 1]>>, %y: memref<?x?xf32, strided<[?, 1]>>, %i: index) attributes {halide.extern = "t"} {
  return
}

halide.pipeline @f(%x: !halide.buffer<4x?xf32>) {
  %a = halide.func "a" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<4x?xf32> -> f32
    halide.yield %v : f32
  }
  %b = halide.func "b" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %a[%i, %t] : !halide.func<2, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %b : !halide.func<2, f32> as [!halide.buffer<4x?xf32>]
  halide.schedule for "t" {
    // expected-note@+1 {{here}}
    halide.extern %b by @g(%a) : !halide.func<2, f32>, (!halide.func<2, f32>)
    // expected-error@+1 {{extern_c4: the func has loops or other functions}}
    halide.extern %b by @g(%a) : !halide.func<2, f32>, (!halide.func<2, f32>)
  }
}

// -----

func.func private @g(%x: memref<?x4xf32, strided<[?, 1]>>, %y: memref<?x?xf32, strided<[?, 1]>>, %i: index) attributes {halide.extern = "t"} {
  return
}

halide.pipeline @f(%x: !halide.buffer<4x?xf32>) {
  %a = halide.func "a" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<4x?xf32> -> f32
    halide.yield %v : f32
  }
  %b = halide.func "b" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %a[%i, %t] : !halide.func<2, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %b : !halide.func<2, f32> as [!halide.buffer<4x?xf32>]
  halide.schedule for "t" {
    halide.extern %b by @g(%a) : !halide.func<2, f32>, (!halide.func<2, f32>)
    // expected-error@+1 {{extern_c5: a function takes what has its innermost dimension closest in memory}}
    halide.reorder_storage %a to [1, 0] : !halide.func<2, f32>
  }
}

// -----

func.func private @g(%x: memref<?x4xf32, strided<[?, 1]>>, %y: memref<?x?xf32, strided<[?, 1]>>, %i: index) attributes {halide.extern = "t"} {
  return
}

halide.pipeline @f(%x: !halide.buffer<4x?xf32>) {
  %a = halide.func "a" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<4x?xf32> -> f32
    halide.yield %v : f32
  }
  %b = halide.func "b" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %a[%i, %t] : !halide.func<2, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %b : !halide.func<2, f32> as [!halide.buffer<4x?xf32>]
  halide.schedule for "t" {
    // expected-error@+1 {{attribute 'rows' failed to satisfy constraint: 32-bit signless integer attribute whose value is positive}}
    halide.extern %b by @g(%a) rows 0 : !halide.func<2, f32>, (!halide.func<2, f32>)
  }
}

// -----

// A function for another target.
func.func private @g(%x: memref<?x4xf32, strided<[?, 1]>>, %y: memref<?x?xf32, strided<[?, 1]>>, %i: index) attributes {halide.extern = "u"} {
  return
}

halide.pipeline @f(%x: !halide.buffer<4x?xf32>) {
  %a = halide.func "a" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<4x?xf32> -> f32
    halide.yield %v : f32
  }
  %b = halide.func "b" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %a[%i, %t] : !halide.func<2, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %b : !halide.func<2, f32> as [!halide.buffer<4x?xf32>]
  halide.schedule for "t" {
    // expected-error@+1 {{extern_c2: there is no function 'g' with the attribute halide.extern = "t"}}
    halide.extern %b by @g(%a) : !halide.func<2, f32>, (!halide.func<2, f32>)
  }
}

// -----

func.func private @g(%x: memref<?x4xf32, strided<[?, 1]>>, %y: memref<?x?xf32, strided<[?, 1]>>, %i: index) attributes {halide.extern = "t"} {
  return
}

halide.pipeline @f(%x: !halide.buffer<4x?xf32>) {
  %a = halide.func "a" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<4x?xf32> -> f32
    halide.yield %v : f32
  }
  %b = halide.func "b" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %a[%i, %t] : !halide.func<2, f32> -> f32
    halide.yield %v : f32
  }
  halide.output %b : !halide.func<2, f32> as [!halide.buffer<4x?xf32>]
  halide.schedule for "t" {
    // expected-error@+1 {{extern_c6: an output has as many rows as its buffer, not a multiple of 4}}
    halide.extern %b by @g(%a) rows 4 : !halide.func<2, f32>, (!halide.func<2, f32>)
  }
}

// -----

// expected-error@+1 {{the attribute halide.extern is the name of a target, on a function}}
module attributes {halide.extern = "t"} {
}

// -----

// expected-error@+1 {{the halide dialect has no attribute "halide.other"}}
module attributes {halide.other} {
}
