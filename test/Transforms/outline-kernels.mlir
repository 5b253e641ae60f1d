// RUN: llamir-opt %s --llama-outline-kernels | FileCheck %s
// RUN: llamir-opt %s --llama-outline-kernels --llama-dedup-kernels | FileCheck %s --check-prefix=DEDUP

// The names of kernels are unique, and one may be taken already.
// CHECK-LABEL: func.func @twice(
// CHECK: %[[A:.*]] = llama.launch @[[K0:[a-z_0-9]+]](%{{.*}}, %{{.*}}) : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
// CHECK: %[[B:.*]] = llama.launch @[[K1:[a-z_0-9]+]](%[[A]], %{{.*}})
// CHECK: %[[C:.*]] = llama.launch @[[K2:[a-z_0-9]+]](%[[B]], %{{.*}})
// CHECK: return %[[C]]
// CHECK: func.func private @[[K0]](%[[X:.*]]: tensor<?x8xf32>, %[[Y:.*]]: tensor<?x8xf32>) -> tensor<?x8xf32> attributes {llama.kernel}
// CHECK-NEXT: %[[S:.*]] = llama.add %[[X]], %[[Y]]
// CHECK-NEXT: return %[[S]]
// CHECK: func.func private @[[K1]](
// CHECK: func.func private @[[K2]](

// Equal kernels become one; another op does not.
// DEDUP-LABEL: func.func @twice(
// DEDUP: llama.launch @[[ADD:[a-z_0-9]+]](
// DEDUP: llama.launch @[[ADD]](
// DEDUP: llama.launch @[[MUL:[a-z_0-9]+]](
// DEDUP: func.func private @[[ADD]](
// DEDUP: func.func private @[[MUL]](
// DEDUP-NOT: func.func private @twice
func.func @twice(%x: tensor<?x8xf32>, %y: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %a = llama.kernel "twice" (%p = %x, %q = %y) : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32> {
    %s = llama.add %p, %q : tensor<?x8xf32>
    llama.yield %s : tensor<?x8xf32>
  }
  %b = llama.kernel "twice" (%p = %a, %q = %y) : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32> {
    %s = llama.add %p, %q : tensor<?x8xf32>
    llama.yield %s : tensor<?x8xf32>
  }
  %c = llama.kernel "twice" (%p = %b, %q = %y) : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32> {
    %s = llama.mul %p, %q : tensor<?x8xf32>
    llama.yield %s : tensor<?x8xf32>
  }
  return %c : tensor<?x8xf32>
}

// The kernels of modules within are theirs, and one outside of functions is none
// that runs.
// CHECK: func.func private @inside() attributes {llama.kernel} {
// CHECK-NEXT: llama.kernel "within"
// CHECK: module @within {
// CHECK-NEXT: func.func @inner
// CHECK-NEXT: llama.kernel "within"
// CHECK: func.func @around() {
// CHECK-NEXT: builtin.module {
// CHECK-NEXT: func.func @inner
// CHECK-NEXT: llama.kernel "within"
// CHECK: llama.kernel "outside"
// CHECK-NOT: llama.launch
func.func private @inside() attributes {llama.kernel} {
  llama.kernel "within" () : () -> () {
  }
  return
}
module @within {
  func.func @inner() {
    llama.kernel "within" () : () -> () {
    }
    return
  }
}
func.func @around() {
  builtin.module {
    func.func @inner() {
      llama.kernel "within" () : () -> () {
      }
      return
    }
  }
  return
}
llama.kernel "outside" () : () -> () {
}
