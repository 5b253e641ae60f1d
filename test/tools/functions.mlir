// Functions that a command cannot do with, or for which it needs care.

// RUN: split-file %s %t

// A kernel is no function to choose.
// RUN: not llamir run %t/kernel.mlir --function=k 2>&1 | FileCheck %s --check-prefix=KERNEL
// RUN: llamir run %t/kernel.mlir --check
// KERNEL: llamir: error: {{.*}}kernel.mlir: there is no function 'k'

// Names of results that would be files elsewhere, or the same file twice.
// RUN: not llamir run %t/names.mlir --function=away --output-dir=%t/out 2>&1 | FileCheck %s --check-prefix=AWAY
// AWAY: llamir: error: a result has the name '../away', which is not that of a file
// RUN: not llamir run %t/names.mlir --function=twice --output-dir=%t/out 2>&1 | FileCheck %s --check-prefix=TWICE
// TWICE: llamir: error: two results have the name 'y', which only one file can have
// RUN: not ls %t/out

// One of several, and none.
// RUN: not llamir run %t/names.mlir 2>&1 | FileCheck %s --check-prefix=SEVERAL
// RUN: not llamir bench %t/names.mlir 2>&1 | FileCheck %s --check-prefix=SEVERAL
// SEVERAL: llamir: error: {{.*}}names.mlir: there are several functions; choose one with --function
// RUN: not llamir run %t/none.mlir 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not llamir compile %t/none.mlir -o %t/out 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not llamir bench %t/none.mlir 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not llamir eval %t/none.mlir --input-ids=%examples/wordnet-3m/input_ids.npy --logits=%t/out 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: llamir: error: {{.*}}none.mlir: there is no public function to compile
// RUN: not llamir run - < /dev/null 2>&1 | FileCheck %s --check-prefix=EMPTY
// EMPTY: llamir: error: standard input: there is no public function to compile

// One without kernels copies, and there is nothing to compare.
// RUN: llamir run %t/names.mlir --function=away --check | FileCheck %s --check-prefix=COPY
// RUN: llamir compile %t/names.mlir -o %t/copy
// COPY: no kernel ran
// COPY-NEXT: sizes: tokens = 16 (default)
// COPY-NEXT: ../away: [16, 8] f32

// Made numbers of other types are as large as those of f32.
// RUN: llamir run %t/halves.mlir --check --output-dir=%t/halves | FileCheck %s --check-prefix=HALVES
// RUN: %python -c "import struct; bits = struct.unpack('<4000e', open('%t/halves/h.npy', 'rb').read()[-8000:]); floats = struct.unpack('<4000f', open('%t/halves/b.npy', 'rb').read()[-16000:]); assert all(0.9 < max(x) <= 1 and -1 <= min(x) < -0.9 and abs(sum(x)) < 200 for x in (bits, floats))"
// HALVES: no kernel ran

// What eval reads as logits must be some.
// RUN: not llamir eval %t/eval.mlir --input-ids=%examples/wordnet-3m/input_ids.npy --logits=%t/out 2>&1 | FileCheck %s --check-prefix=EVAL
// EVAL: llamir: error: eval runs a function of ids and positions, tensor<?xi32> both, that gives logits in f32; 'f' is none
// RUN: not ls %t/out

// RUN: llamir bench %t/number.mlir --rounds=1 | FileCheck %s --check-prefix=NUMBER
// NUMBER: prefill, 1 token, f32

//--- kernel.mlir
func.func @k(%x: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {llama.kernel} {
  %0 = llama.add %x, %x : tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}
func.func @f(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = llama.launch @k(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

//--- names.mlir
func.func @away(%x: tensor<?x8xf32>) -> (tensor<?x8xf32> {llama.name = "../away"}) {
  return %x : tensor<?x8xf32>
}
func.func @twice(%x: tensor<?x8xf32>) -> (tensor<?x8xf32> {llama.name = "y"}, tensor<?x8xf32> {llama.name = "y"}) {
  return %x, %x : tensor<?x8xf32>, tensor<?x8xf32>
}

//--- none.mlir
func.func private @f(tensor<?x8xf32>) -> tensor<?x8xf32>

//--- halves.mlir
func.func @f(%x: tensor<?x4000xf16>, %y: tensor<?x4000xbf16>) -> (tensor<?x4000xf16> {llama.name = "h"}, tensor<?x4000xbf16> {llama.name = "b"}) {
  return %x, %y : tensor<?x4000xf16>, tensor<?x4000xbf16>
}

//--- eval.mlir
llama.weight @w : tensor<1000x800xf32> = #llama.random<seed = 1, scale = 1.0 : f64>
func.func @f(%ids: tensor<?xi32>, %positions: tensor<?xi32>) -> tensor<1000x800xf32> {
  %0 = llama.get_weight @w : tensor<1000x800xf32>
  return %0 : tensor<1000x800xf32>
}

//--- number.mlir
func.func @f(%x: tensor<f32>) -> tensor<f32> {
  return %x : tensor<f32>
}
