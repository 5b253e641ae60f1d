// RUN: llamir-opt %s -split-input-file -verify-diagnostics

// One case for each constraint of LlamaOps.td and LlamaAttributes.td, and for
// each way to break it. Hostile IR ends in a message as well.

// expected-error @below {{weight_c1: the type must be a static tensor of rank 1 to 4 of f32, bf16 or f16, plain, of pairs or in panels, got 'tensor<?x4xf32>'}}
llama.weight @w : tensor<?x4xf32> = #llama.file<"f", "t">

// -----

// expected-error @below {{weight_c1}}
llama.weight @w : tensor<f32> = #llama.file<"f", "t">

// -----

// expected-error @below {{weight_c1}}
llama.weight @w : tensor<2x2x2x2x2xf32> = #llama.file<"f", "t">

// -----

// expected-error @below {{weight_c1}}
llama.weight @w : tensor<2xi32> = #llama.file<"f", "t">

// -----

// expected-error @below {{type attribute of ranked tensor of any type values}}
llama.weight @w : tensor<*xf32> = #llama.file<"f", "t">

// -----

// expected-error @below {{weight_c1}}
llama.weight @w : tensor<4xf32, "mine"> = #llama.file<"f", "t">

// -----

// expected-error @below {{expected attribute value}}
// expected-error @below {{failed to parse Llama_PackedAttr parameter 'parts'}}
llama.weight @w : tensor<4xf32> = #llama.packed<[]>

// -----

// expected-error @below {{weight_c4: the source must be #llama.file, #llama.random or #llama.packed, got 1 : i64}}
llama.weight @w : tensor<2xf32> = 1 : i64

// -----

// expected-error @below {{weight_c2: a weight in panels needs a #llama.packed source}}
llama.weight @w : tensor<4x4xf32, #llama.panels<width = 4, group = 4>> = #llama.file<"f", "t">

// -----

// expected-error @below {{weight_c2: @a is not a weight}}
llama.weight @w : tensor<4x4xf32> = #llama.packed<[@a]>

// -----

llama.weight @a : tensor<4x3xf32> = #llama.file<"f", "t">
// expected-error @below {{weight_c2: @a of 'tensor<4x3xf32>' cannot be a part of 'tensor<4x4xf32>'}}
llama.weight @w : tensor<4x4xf32> = #llama.packed<[@a]>

// -----

llama.weight @a : tensor<4xf32> = #llama.file<"f", "t">
// expected-error @below {{weight_c2: @a of 'tensor<4xf32>' cannot be a part of 'tensor<4x4xf32>'}}
llama.weight @w : tensor<4x4xf32> = #llama.packed<[@a]>

// -----

// A weight cannot be a part of itself.
// expected-error @below {{weight_c2: @w of 'tensor<4x4xf32>' cannot be a part of}}
llama.weight @w : tensor<4x4xf32> = #llama.packed<[@w]>

// -----

llama.weight @a : tensor<3x4xf32> = #llama.file<"f", "t">
// expected-error @below {{weight_c2: the parts have 6 rows, the weight 4}}
llama.weight @w : tensor<4x4xf32> = #llama.packed<[@a, @a]>

// -----

// expected-error @below {{weight_c1: 'tensor<5000000000000000000x4xf32>' is too large}}
llama.weight @a : tensor<5000000000000000000x4xf32> = #llama.file<"f", "t">

// -----

llama.weight @a : tensor<4x4xf32> = #llama.file<"f", "t">
// expected-error @below {{weight_c1: 'tensor<4x4xf32, #llama.panels<width = 1099511627776, group = 4>>' is too large}}
llama.weight @w : tensor<4x4xf32, #llama.panels<width = 1099511627776, group = 4>> = #llama.packed<[@a]>

// -----

func.func @f() {
  // expected-error @below {{'llama.zeros' op result #0 must be plain static rank-1 or rank-2 tensor}}
  %0 = llama.zeros : tensor<?x4xf32>
  return
}

// -----

func.func @f() {
  // expected-error @below {{zeros_c1: 'tensor<1099511627776xf32>' is too large}}
  %0 = llama.zeros : tensor<1099511627776xf32>
  return
}

// -----

func.func @f() {
  // expected-error @below {{get_weight_c1: @w is not a weight}}
  %0 = llama.get_weight @w : tensor<4xf32>
  return
}

// -----

func.func @f() {
  // expected-error @below {{get_weight_c1: @f is not a weight}}
  %0 = llama.get_weight @f : tensor<4xf32>
  return
}

// -----

llama.weight @w : tensor<4xf32> = #llama.file<"f", "t">
func.func @f() {
  // expected-error @below {{get_weight_c1: @w is of 'tensor<4xf32>'}}
  %0 = llama.get_weight @w : tensor<4xf16>
  return
}

// -----

// expected-error @below {{panels_c1: width, group and interleave must be positive}}
func.func private @f(tensor<4x4xf32, #llama.panels<width = 0, group = 4>>)

// -----

// expected-error @below {{panels_c1: width, group and interleave must be positive}}
func.func private @f(tensor<4x4xf32, #llama.panels<width = 4, group = -1>>)

// -----

// expected-error @below {{panels_c1: a group of 3 rows does not divide the 4 rows of the weight}}
func.func private @f(tensor<4x4xf32, #llama.panels<width = 4, group = 3>>)

// -----

// expected-error @below {{panels_c2: a packed weight has a static shape of rank 2}}
func.func private @f(tensor<?x4xf32, #llama.panels<width = 4, group = 4>>)

// -----

// expected-error @below {{panels_c2: a packed weight has a static shape of rank 2}}
func.func private @f(tensor<f32, #llama.panels<width = 4, group = 4>>)

// -----

// expected-error @below {{'llama.kernel' is a unit attribute of a func.func}}
func.func private @f() attributes {llama.kernel = 1}

// -----

// expected-error @below {{'llama.dims' of argument 0 must name each dynamic dimension}}
func.func private @f(tensor<?x4xf32> {llama.dims = ["T", "S"]})

// -----

// expected-error @below {{'llama.dims' of argument 0 must name each dynamic dimension}}
func.func private @f(tensor<?x4xf32> {llama.dims = ["a b"]})

// -----

// expected-error @below {{'llama.name' of argument 0 must be a string}}
func.func private @f(tensor<?x4xf32> {llama.name = 1})

// -----

// expected-error @below {{unknown argument attribute 'llama.other'}}
func.func private @f(tensor<?x4xf32> {llama.other})

// -----

// expected-error @below {{a result of a function may have the string attribute 'llama.name' only, not 'llama.dims'}}
func.func private @f() -> (tensor<?x4xf32> {llama.dims = ["T"]})

// -----

// expected-error @below {{random_c1: scale and mean must be finite, and the scale not negative}}
llama.weight @w : tensor<4xf32> = #llama.random<seed = 1, scale = 0x7FF8000000000000 : f64>

// -----

// expected-error @below {{random_c1}}
llama.weight @w : tensor<4xf32> = #llama.random<seed = 1, scale = -1.0 : f64>

// -----

// expected-error @below {{random_c1}}
llama.weight @w : tensor<4xf32> = #llama.random<seed = 1, scale = 1.0 : f64, mean = 0x7FF0000000000000 : f64>

// -----

// expected-error @below {{weight_c3: #llama.random<seed = 1, scale = 1.000000e+00 : f64, mean = 7.000000e+04 : f64> has numbers that 'f16' does not have}}
llama.weight @w : tensor<4xf16> = #llama.random<seed = 1, scale = 1.0 : f64, mean = 7.0e4 : f64>

// -----

// expected-error @below {{has no attribute 'offset', only source, sym_name, type}}
llama.weight @w : tensor<4xf32> = #llama.random<seed = 1, scale = 1.0 : f64> {offset = 0 : i64}

// -----

// Each attribute of the dialect has its place and its form.
// expected-error @below {{'llama.offset' is an i64 that is not negative, on a weight}}
llama.weight @w : tensor<4xf32> = #llama.random<seed = 1, scale = 1.0 : f64> {llama.offset = "x"}

// -----

// expected-error @below {{'llama.offset' is an i64 that is not negative, on a weight}}
func.func private @f() attributes {llama.offset = 64 : i64}

// -----

// expected-error @below {{'llama.product' is a #llama.product, on a kernel}}
func.func private @f() attributes {llama.product}

// -----

// expected-error @below {{'llama.tensor_cores' is a #llama.tensor_kernel, on a kernel}}
func.func private @f() attributes {llama.kernel, llama.tensor_cores = @module::@function}

// -----

// expected-error @below {{tensor_kernel_c1: @function is not the name of a module and a function in it}}
func.func private @f() attributes {llama.kernel, llama.tensor_cores = #llama.tensor_kernel<@function, parts = 1, rows = 64, threads = 128, least = 1>}

// -----

// expected-error @below {{tensor_kernel_c2: threads must lie in 1 .. 1024, and the other numbers be positive}}
func.func private @f() attributes {llama.kernel, llama.tensor_cores = #llama.tensor_kernel<@module::@function, parts = 1, rows = 64, threads = 1025, least = 1>}

// -----

// expected-error @below {{has an unknown attribute 'llama.kernal'}}
func.func private @f() attributes {llama.kernal}

// -----

// expected-error @below {{'llama.weights_bytes' is an i64 that is not negative, on a module}}
module attributes {llama.weights_bytes = -1 : i64} {}

// -----

// expected-error @below {{'llama.fingerprint' is 16 hexadecimal digits on a module}}
module attributes {llama.fingerprint = "123456789abcdefg"} {}

// -----

// expected-error @below {{'llama.arena' is an array of dictionaries on a func.func}}
func.func private @f() attributes {llama.arena = [64]}

// -----

func.func private @k() attributes {llama.kernel}
func.func @f() {
  // expected-error @below {{'llama.storage' is an array of dictionaries on a launch}}
  llama.launch @k() {llama.storage = {}} : () -> ()
  return
}

// -----

func.func private @k() attributes {llama.kernel}
func.func @f() {
  // expected-error @below {{'llama.dims' is an array of names of sizes for each result of a launch}}
  llama.launch @k() {llama.dims = ["tokens"]} : () -> ()
  return
}

// -----

// expected-error @below {{'llama.kernel_type' is the type of a function, on a halide.pipeline}}
func.func private @f() attributes {llama.kernel_type = () -> ()}

// -----

// expected-error @below {{'llama.kind' is a string on a halide.pipeline}}
func.func private @f() attributes {llama.kind = "linear"}

// -----

// expected-error @below {{'llama.role' is a string on a halide.func}}
func.func private @f() attributes {llama.role = "output"}

// -----

// expected-error @below {{'llama.index_limit' of argument 0 must be a positive i64 on a tensor of i32}}
func.func private @f(tensor<?xi32> {llama.index_limit = 0 : i64})

// -----

// expected-error @below {{panels_c1: width, group and interleave must be positive}}
llama.weight @w : tensor<4x4xbf16, #llama.panels<width = 4, group = 4, interleave = 0>> = #llama.packed<[@a]>

// -----

// expected-error @below {{file_c1: rows must be [first, block, step] with a positive block and a step that is no less, got [0, 4, 3]}}
llama.weight @w : tensor<8x4xf32> = #llama.file<"f", "t", rows = [0, 4, 3]>

// -----

// expected-error @below {{expected [first, block, step]}}
llama.weight @w : tensor<8x4xf32> = #llama.file<"f", "t", transposed, rows = [0, 4]>

// -----

// expected-error @below {{nothing may follow the rows}}
llama.weight @w : tensor<8x4xf32> = #llama.file<"f", "t", rows = [0, 4, 4], transposed>
