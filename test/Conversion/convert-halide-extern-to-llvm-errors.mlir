// RUN: llamir-opt %s --split-input-file --verify-diagnostics --convert-halide-extern-to-llvm="target=x86-64-avx2 prefix=m"

func.func private @g(%x: memref<?x4xf32, strided<[?, 1]>>, %y: memref<?x?xf32, strided<[?, 1]>>, %i: index) attributes {halide.extern = "x86-64-avx2"} {
  // expected-error@+1 {{has no form in the LLVM dialect; a function that 'halide.extern' calls cannot have it}}
  %t = arith.constant dense<0.0> : tensor<4xf32>
  func.call @h(%t) : (tensor<4xf32>) -> ()
  return
}
func.func private @h(tensor<4xf32>) attributes {halide.extern = "x86-64-avx2"}

// -----

// A declaration computes nothing.

halide.pipeline @k(%x: !halide.buffer<4x?xf32>) {
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
  halide.schedule for "x86-64-avx2" {
    // expected-error@+1 {{needs a body of the function 'g'}}
    halide.extern %b by @g(%a) : !halide.func<2, f32>, (!halide.func<2, f32>)
  }
}

func.func private @g(%x: memref<?x4xf32, strided<[?, 1]>>, %y: memref<?x?xf32, strided<[?, 1]>>, %i: index) attributes {halide.extern = "x86-64-avx2"}
func.func private @h() attributes {halide.extern = "x86-64-avx2"} {
  return
}

// -----

// A func starts at the rows of a call, a buffer at its first.

halide.pipeline @k(%x: !halide.buffer<4x?xf32>) {
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
  halide.schedule for "x86-64-avx2" {
    // expected-note@+1 {{the other call}}
    halide.extern %a by @g(%x) : !halide.func<2, f32>, (!halide.buffer<4x?xf32>)
    // expected-error@+1 {{reads a func where another call of 'g' reads a buffer}}
    halide.extern %b by @g(%a) : !halide.func<2, f32>, (!halide.func<2, f32>)
  }
}

func.func private @g(%x: memref<?x4xf32, strided<[?, 1]>>, %y: memref<?x?xf32, strided<[?, 1]>>, %i: index) attributes {halide.extern = "x86-64-avx2"} {
  return
}

// -----

halide.pipeline @k(%x: !halide.buffer<4x?xf32>) {
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
  halide.schedule for "x86-64-avx2" {
    halide.extern %b by @g(%a) : !halide.func<2, f32>, (!halide.func<2, f32>)
  }
}

// expected-error@+1 {{needs the name 'm_g', which is taken}}
func.func private @g(%x: memref<?x4xf32, strided<[?, 1]>>, %y: memref<?x?xf32, strided<[?, 1]>>, %i: index) attributes {halide.extern = "x86-64-avx2"} {
  return
}

func.func private @m_g()

// -----

func.func private @g(%x: memref<?x4xf32, strided<[?, 1]>>, %y: memref<?x?xf32, strided<[?, 1]>>, %i: index) attributes {halide.extern = "x86-64-avx2"} {
  // expected-error@+1 {{uses 'help', which needs the attribute halide.extern, too, and to be a function}}
  func.call @help() : () -> ()
  return
}
func.func private @help() {
  return
}

// -----

func.func private @g(%x: memref<?x4xf32, strided<[?, 1]>>, %y: memref<?x?xf32, strided<[?, 1]>>, %i: index) attributes {halide.extern = "x86-64-avx2"} {
  %all = memref.alloc() : memref<4x4xf32>
  %some = memref.subview %all[0, 0] [4, 2] [1, 2] : memref<4x4xf32> to memref<4x2xf32, strided<[4, 2]>>
  %copy = memref.alloc() : memref<4x2xf32>
  // expected-error@+1 {{is a copy of memrefs with strides, which needs a library: write a loop}}
  memref.copy %some, %copy : memref<4x2xf32, strided<[4, 2]>> to memref<4x2xf32>
  return
}

// -----

// Two symbols of one name in C.
func.func private @m.u(%x: memref<?x4xf32, strided<[?, 1]>>, %y: memref<?x?xf32, strided<[?, 1]>>, %i: index) attributes {halide.extern = "x86-64-avx2"} {
  return
}
// expected-error@+1 {{@m.u and @m_u would both make a C function 'm_m_u'}}
func.func private @m_u(%x: memref<?x4xf32, strided<[?, 1]>>, %y: memref<?x?xf32, strided<[?, 1]>>, %i: index) attributes {halide.extern = "x86-64-avx2"} {
  return
}

// -----

// expected-error@+1 {{has the name 'llamir_rt_answer_query', which a function of the host code needs}}
llvm.func @llamir_rt_answer_query()
func.func private @g(%x: memref<?x4xf32, strided<[?, 1]>>, %y: memref<?x?xf32, strided<[?, 1]>>, %i: index) attributes {halide.extern = "x86-64-avx2"} {
  return
}
