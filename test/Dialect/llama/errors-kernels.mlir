// RUN: llamir-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: tensor<?x4xf32>) {
  // expected-error @below {{kernel_c1: the block's arguments must have the types of the inputs}}
  "llama.kernel"(%x) <{name = "k"}> ({
  ^bb0(%a: tensor<?x5xf32>):
    "llama.yield"() : () -> ()
  }) : (tensor<?x4xf32>) -> ()
  return
}

// -----

func.func @f(%x: tensor<?x4xf32>) {
  // expected-error @below {{kernel_c1: the block's arguments must have the types of the inputs}}
  "llama.kernel"(%x) <{name = "k"}> ({
    "llama.yield"() : () -> ()
  }) : (tensor<?x4xf32>) -> ()
  return
}

// -----

func.func @f(%x: tensor<?x4xf32>) {
  // expected-error @below {{kernel_c1: the yielded values must have the types of the results}}
  %0 = llama.kernel "k" (%a = %x) : (tensor<?x4xf32>) -> tensor<?x5xf32> {
    llama.yield %a : tensor<?x4xf32>
  }
  return
}

// -----

func.func @f(%x: tensor<?x4xf32>) {
  // expected-error @below {{kernel_c1: the yielded values must have the types of the results}}
  %0 = llama.kernel "k" (%a = %x) : (tensor<?x4xf32>) -> tensor<?x4xf32> {
  }
  return
}

// -----

func.func @f(%x: tensor<?x4xf32>) {
  // expected-error @below {{region #0 ('body') failed to verify constraint: region with 1 blocks}}
  "llama.kernel"(%x) <{name = "k"}> ({}) : (tensor<?x4xf32>) -> ()
  return
}

// -----

func.func @f(%x: tensor<?x4xf32>) {
  llama.kernel "k" (%a = %x) : (tensor<?x4xf32>) -> () {
    // expected-error @below {{kernel_c2: cannot stand in a kernel}}
    llama.kernel "inner" (%b = %a) : (tensor<?x4xf32>) -> () {
    }
  }
  return
}

// -----

func.func @f() {
  llama.kernel "k" () : () -> () {
    // expected-error @below {{kernel_c2: cannot stand in a kernel}}
    %0 = llama.zeros : tensor<4xf32>
  }
  return
}

// -----

llama.weight @w : tensor<4xf32> = #llama.file<"f", "t">
func.func @f() {
  llama.kernel "k" () : () -> () {
    // expected-error @below {{kernel_c2: cannot stand in a kernel}}
    %0 = llama.get_weight @w : tensor<4xf32>
  }
  return
}

// -----

func.func @f(%x: tensor<?x4xf32>) {
  // expected-error @below {{1 inputs but 2 input types}}
  llama.kernel "k" (%a = %x) : (tensor<?x4xf32>, tensor<?x4xf32>) -> () {
  }
  return
}

// -----

func.func @f(%x: tensor<?x4xf32>) {
  // expected-note @below {{required by region isolation constraints}}
  llama.kernel "k" () : () -> () {
    // expected-error @below {{using value defined outside the region}}
    %0 = llama.add %x, %x : tensor<?x4xf32>
  }
  return
}

// -----

func.func @f(%x: tensor<?x4xf32>) {
  // expected-error @below {{launch_c1: there is no kernel @k}}
  llama.launch @k(%x) : (tensor<?x4xf32>) -> ()
  return
}

// -----

func.func private @k(%x: tensor<?x4xf32>) {
  return
}
func.func @f(%x: tensor<?x4xf32>) {
  // expected-error @below {{launch_c1: @k is not a kernel}}
  llama.launch @k(%x) : (tensor<?x4xf32>) -> ()
  return
}

// -----

func.func private @k(%x: tensor<?x4xf32>) attributes {llama.kernel} {
  return
}
func.func @f(%x: tensor<?x5xf32>) {
  // expected-error @below {{launch_c1: @k is of type '(tensor<?x4xf32>) -> ()'}}
  llama.launch @k(%x) : (tensor<?x5xf32>) -> ()
  return
}

// -----

// The same for what the kernel has become.
halide.pipeline @k(%x: !halide.buffer<4x?xf32>) attributes {llama.kernel_type = (tensor<?x4xf32>) -> tensor<?x4xf32>} {
  %y = halide.func "y" ["i", "t"] : !halide.func<2, f32> {
  ^bb0(%i: index, %t: index):
    %v = halide.at %x[%i, %t] : !halide.buffer<4x?xf32> -> f32
    halide.yield %v : f32
  }
  halide.output %y : !halide.func<2, f32> as [!halide.buffer<4x?xf32>]
}
func.func @f(%x: tensor<?x4xf32>) {
  // expected-error @below {{launch_c1: @k is of type '(tensor<?x4xf32>) -> tensor<?x4xf32>'}}
  llama.launch @k(%x) : (tensor<?x4xf32>) -> ()
  return
}

// -----

func.func @f(%x: tensor<?x4xf32>) {
  // expected-error @below {{'llama.yield' op expects parent op 'llama.kernel'}}
  llama.yield %x : tensor<?x4xf32>
}

// -----

// expected-error @below {{a kernel must be one block that ends with func.return}}
func.func private @k(%x: tensor<?x4xf32>) -> tensor<?x4xf32> attributes {llama.kernel} {
  llvm.br ^end
^end:
  return %x : tensor<?x4xf32>
}

// -----

// expected-error @below {{a kernel must be one block that ends with func.return}}
func.func private @k() attributes {llama.kernel} {
  llvm.unreachable
}
