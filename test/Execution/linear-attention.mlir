// Linear attention in chunks and by states, against the reference: one token,
// parts of a chunk, several chunks, heads that no vector divides.

// RUN: llamir run %s --check --function=causal --dim=tokens=1 | FileCheck %s
// RUN: llamir run %s --check --function=causal --dim=tokens=7 | FileCheck %s
// RUN: llamir run %s --check --function=causal --dim=tokens=64 | FileCheck %s
// RUN: llamir run %s --check --function=causal --dim=tokens=200 | FileCheck %s
// RUN: llamir run %s --check --function=causal --dim=tokens=200 --target=x86-64 | FileCheck %s
// RUN: llamir run %s --check --function=causal --dim=tokens=0 | FileCheck %s --check-prefix=NOTHING
// RUN: llamir run %s --check --function=rotated --dim=tokens=150 | FileCheck %s
// RUN: llamir run %s --check --function=rotated --dim=tokens=150 --activations=bf16 | FileCheck %s
// RUN: llamir run %s --check --function=continued --dim=tokens=1 | FileCheck %s
// RUN: llamir run %s --check --function=continued --dim=tokens=70 | FileCheck %s
// A state keeps its type.
// RUN: llamir run %s --check --function=continued --dim=tokens=5 --weights=bf16 --activations=bf16 | FileCheck %s
// RUN: llamir run %s --check --function=full --dim=tokens=70 | FileCheck %s
// RUN: llamir run %s --check --function=full --dim=tokens=0 | FileCheck %s --check-prefix=NOTHING
// RUN: llamir run %s --check --function=recurrent --dim=tokens=1 | FileCheck %s
// RUN: llamir run %s --check --function=recurrent --dim=tokens=1 --activations=bf16 | FileCheck %s

// CHECK: {{ ok$}}
// NOTHING: result0: [0, {{.*}}] f32

func.func @causal(%a: tensor<?x40xf32>, %b: tensor<?x40xf32>, %v: tensor<?x36xf32>) -> tensor<?x36xf32> {
  %q = llama.activation elu_plus_one %a : tensor<?x40xf32>
  %k = llama.activation elu_plus_one %b : tensor<?x40xf32>
  %y = llama.linear_attention %q, %k, %v {heads = 2 : i64} : tensor<?x40xf32>, tensor<?x40xf32>, tensor<?x36xf32> -> tensor<?x36xf32>
  return %y : tensor<?x36xf32>
}
#rotary = #llama.rotary<half, theta = 1.0e4 : f64>
func.func @rotated(%a: tensor<?x128xf32>, %b: tensor<?x128xf32>, %v: tensor<?x128xf32>, %p: tensor<?xi32>) -> tensor<?x128xf32> {
  %q = llama.activation elu_plus_one %a : tensor<?x128xf32>
  %k = llama.activation elu_plus_one %b : tensor<?x128xf32>
  %r = llama.rope %q, %p by #rotary {heads = 2 : i64} : tensor<?x128xf32>, tensor<?xi32> -> tensor<?x128xf32, #rotary>
  %s = llama.rope %k, %p by #rotary {heads = 2 : i64} : tensor<?x128xf32>, tensor<?xi32> -> tensor<?x128xf32, #rotary>
  %y = llama.linear_attention %q, %k, %v rotated %r, %s {heads = 2 : i64}
      : tensor<?x128xf32>, tensor<?x128xf32>, tensor<?x128xf32>, tensor<?x128xf32, #rotary>, tensor<?x128xf32, #rotary> -> tensor<?x128xf32>
  return %y : tensor<?x128xf32>
}
llama.weight @state : tensor<40x19xf32> = #llama.random<seed = 3, scale = 0.1 : f64, mean = 1.0 : f64>
func.func @continued(%a: tensor<?x40xf32>, %b: tensor<?x40xf32>, %v: tensor<?x36xf32>) -> (tensor<?x36xf32>, tensor<40x19xf32>) {
  %s = llama.get_weight @state : tensor<40x19xf32>
  %q = llama.activation elu_plus_one %a : tensor<?x40xf32>
  %k = llama.activation elu_plus_one %b : tensor<?x40xf32>
  %y = llama.linear_attention %q, %k, %v from %s {heads = 2 : i64}
      : tensor<?x40xf32>, tensor<?x40xf32>, tensor<?x36xf32> from tensor<40x19xf32> -> tensor<?x36xf32>
  %t = llama.linear_state %k, %v from %s {heads = 2 : i64} : tensor<?x40xf32>, tensor<?x36xf32> from tensor<40x19xf32> -> tensor<40x19xf32>
  return %y, %t : tensor<?x36xf32>, tensor<40x19xf32>
}
func.func @full(%a: tensor<?x40xf32>, %b: tensor<?x40xf32>, %v: tensor<?x36xf32>) -> tensor<?x36xf32> {
  %q = llama.activation elu_plus_one %a : tensor<?x40xf32>
  %k = llama.activation elu_plus_one %b : tensor<?x40xf32>
  %s = llama.linear_state %k, %v {heads = 2 : i64} : tensor<?x40xf32>, tensor<?x36xf32> -> tensor<40x19xf32>
  %y = llama.apply_state %q, %s {heads = 2 : i64} : tensor<?x40xf32>, tensor<40x19xf32> -> tensor<?x36xf32>
  return %y : tensor<?x36xf32>
}
llama.weight @memory : tensor<128x65xf32> = #llama.random<seed = 3, scale = 0.1 : f64, mean = 1.0 : f64>
func.func @recurrent(%a: tensor<?x128xf32>, %b: tensor<?x128xf32>, %v: tensor<?x128xf32>, %p: tensor<?xi32>) -> (tensor<?x128xf32>, tensor<128x65xf32>) {
  %before = llama.get_weight @memory : tensor<128x65xf32>
  %q = llama.activation elu_plus_one %a : tensor<?x128xf32>
  %k = llama.activation elu_plus_one %b : tensor<?x128xf32>
  %r = llama.rope %q, %p by #rotary {heads = 2 : i64} : tensor<?x128xf32>, tensor<?xi32> -> tensor<?x128xf32, #rotary>
  %s = llama.rope %k, %p by #rotary {heads = 2 : i64} : tensor<?x128xf32>, tensor<?xi32> -> tensor<?x128xf32, #rotary>
  %t = llama.linear_state %k, %v rotated %s from %before {heads = 2 : i64}
      : tensor<?x128xf32>, tensor<?x128xf32>, tensor<?x128xf32, #rotary> from tensor<128x65xf32> -> tensor<128x65xf32>
  %y = llama.apply_state %q, %t rotated %r {heads = 2 : i64} : tensor<?x128xf32>, tensor<128x65xf32>, tensor<?x128xf32, #rotary> -> tensor<?x128xf32>
  return %y, %t : tensor<?x128xf32>, tensor<128x65xf32>
}
