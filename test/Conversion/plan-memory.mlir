// RUN: llamir-opt %s --llama-plan-memory | FileCheck %s
// RUN: llamir-opt %s --llama-plan-memory --llama-print-memory-plan -o /dev/null 2>&1 | FileCheck %s --check-prefix=PRINT --strict-whitespace

func.func private @same(tensor<?x64xf32>) -> tensor<?x64xf32> attributes {llama.kernel}
func.func private @two(tensor<?x64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) attributes {llama.kernel}
func.func private @add(tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32> attributes {llama.kernel}
func.func private @widen(tensor<?x64xf32>) -> tensor<?x192xf32> attributes {llama.kernel}
func.func private @join3(tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32> attributes {llama.kernel}
func.func private @odd(tensor<?x64xf32>) -> tensor<?x9xbf16> attributes {llama.kernel}
func.func private @back(tensor<?x9xbf16>) -> tensor<?x64xf32> attributes {llama.kernel}
func.func private @pack(tensor<40x64xf32>) -> tensor<40x64xf32, #llama.panels<width = 16, group = 40>> attributes {llama.kernel}
func.func private @linear(tensor<?x64xf32>, tensor<40x64xf32, #llama.panels<width = 16, group = 40>>) -> tensor<?x40xf32> attributes {llama.kernel}

// Two buffers take turns; the last result is the caller's buffer.
// CHECK-LABEL: func.func @chain(
// CHECK-SAME: llama.arena = [{bytes = 512 : i64, dims = ["n"]}]
// CHECK: llama.storage = [{offset = 0 : i64, region = 0 : i64}]
// CHECK: llama.storage = [{offset = 256 : i64, region = 0 : i64}]
// CHECK: llama.storage = [{offset = 0 : i64, region = 0 : i64}]
// CHECK: llama.storage = [{result = 0 : i64}]
// PRINT:      memory plan of @chain: 4 launches, 4 buffers
// PRINT-NEXT:   value  kernel  bytes    place            first-last  lifetime
// PRINT-NEXT:   %0     same    256 * n  arena + 0        0-1         ##..
// PRINT-NEXT:   %1     same    256 * n  arena + 256 * n  1-2         .##.
// PRINT-NEXT:   %2     same    256 * n  arena + 0        2-3         ..##
// PRINT-NEXT:   %3     same    256 * n  result 0         3-3         ...#
// PRINT-NEXT:   arena: 512 * n bytes, without reuse: 768 * n bytes
func.func @chain(%x: tensor<?x64xf32> {llama.dims = ["n"]}) -> tensor<?x64xf32> {
  %0 = llama.launch @same(%x) {llama.dims = [["n"]]} : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %1 = llama.launch @same(%0) {llama.dims = [["n"]]} : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %2 = llama.launch @same(%1) {llama.dims = [["n"]]} : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %3 = llama.launch @same(%2) {llama.dims = [["n"]]} : (tensor<?x64xf32>) -> tensor<?x64xf32>
  return %3 : tensor<?x64xf32>
}

// The parts of a split keep the whole alive: three small buffers do not fit
// until the last part was read, and then lie in its place.
// CHECK-LABEL: func.func @views(
// CHECK-SAME: llama.arena = [{bytes = 1024 : i64, dims = ["n"]}]
// CHECK: launch @widen{{.*}}llama.storage = [{offset = 0 : i64, region = 0 : i64}]
// CHECK: launch @same{{.*}}llama.storage = [{offset = 768 : i64, region = 0 : i64}]
// CHECK: launch @join3{{.*}}llama.storage = [{offset = 768 : i64, region = 0 : i64}]
// CHECK: launch @same{{.*}}llama.storage = [{offset = 0 : i64, region = 0 : i64}]
// CHECK: launch @add{{.*}}llama.storage = [{result = 0 : i64}]
func.func @views(%x: tensor<?x64xf32> {llama.dims = ["n"]}) -> tensor<?x64xf32> {
  %w = llama.launch @widen(%x) {llama.dims = [["n"]]} : (tensor<?x64xf32>) -> tensor<?x192xf32>
  %a, %b, %c = llama.split %w : tensor<?x192xf32> -> tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>
  // Not used: it lies beside the parts, and its place is free at once.
  %dead = llama.launch @same(%x) {llama.dims = [["n"]]} : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %j = llama.launch @join3(%a, %b, %c) {llama.dims = [["n"]]} : (tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  %s = llama.launch @same(%j) {llama.dims = [["n"]]} : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %r = llama.launch @add(%j, %s) {llama.dims = [["n"]]} : (tensor<?x64xf32>, tensor<?x64xf32>) -> tensor<?x64xf32>
  return %r : tensor<?x64xf32>
}

// A result that other launches read is read from the caller's buffer. A second
// return of it, of an argument or of a part is a copy at the end, until when the
// part's whole stays alive.
// CHECK-LABEL: func.func @returns(
// CHECK-SAME: llama.arena = [{bytes = 1024 : i64, dims = ["n"]}]
// CHECK: llama.storage = [{result = 1 : i64}, {offset = 768 : i64, region = 0 : i64}]
// CHECK: launch @widen{{.*}}llama.storage = [{offset = 0 : i64, region = 0 : i64}]
// CHECK: launch @same{{.*}}llama.storage = [{result = 4 : i64}]
// PRINT: memory plan of @returns
// PRINT:   %1     widen   768 * n  arena + 0        1-end       .##
func.func @returns(%x: tensor<?x64xf32> {llama.dims = ["n"]}) -> (tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>) {
  %t:2 = llama.launch @two(%x) {llama.dims = [["n"], ["n"]]} : (tensor<?x64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>)
  %w = llama.launch @widen(%t#0) {llama.dims = [["n"]]} : (tensor<?x64xf32>) -> tensor<?x192xf32>
  %a, %b, %c = llama.split %w : tensor<?x192xf32> -> tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>
  %s = llama.launch @same(%t#1) {llama.dims = [["n"]]} : (tensor<?x64xf32>) -> tensor<?x64xf32>
  return %x, %t#0, %t#0, %b, %s : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>
}

// Sizes that no number of tokens orders get regions of their own: a weight that
// is packed in the call has a static size, with its padding. Rows of 18 bytes
// are rounded up so that offsets stay multiples of 64.
// CHECK-LABEL: func.func @regions(
// CHECK-SAME: llama.arena = [{bytes = 12288 : i64, dims = []}, {bytes = 64 : i64, dims = ["m"]}, {bytes = 256 : i64, dims = ["n"]}]
// PRINT: memory plan of @regions
// PRINT:   arena: 12288 + 64 * m + 256 * n bytes, without reuse: 12288 + 64 * m + 256 * n bytes
func.func @regions(%x: tensor<?x64xf32> {llama.dims = ["m"]}, %y: tensor<?x64xf32> {llama.dims = ["n"]}, %w: tensor<40x64xf32>) -> (tensor<?x64xf32>, tensor<?x40xf32>) {
  %p = llama.launch @pack(%w) : (tensor<40x64xf32>) -> tensor<40x64xf32, #llama.panels<width = 16, group = 40>>
  %o = llama.launch @odd(%x) {llama.dims = [["m"]]} : (tensor<?x64xf32>) -> tensor<?x9xbf16>
  %r = llama.launch @back(%o) {llama.dims = [["m"]]} : (tensor<?x9xbf16>) -> tensor<?x64xf32>
  %z = llama.launch @same(%y) {llama.dims = [["n"]]} : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %l = llama.launch @linear(%z, %p) {llama.dims = [["n"]]} : (tensor<?x64xf32>, tensor<40x64xf32, #llama.panels<width = 16, group = 40>>) -> tensor<?x40xf32>
  return %r, %l : tensor<?x64xf32>, tensor<?x40xf32>
}

// Nothing to place.
// CHECK-LABEL: func.func @empty(
// CHECK-SAME: llama.arena = []
// PRINT:      memory plan of @empty: 0 launches, 0 buffers
// PRINT:        arena: 0 bytes, without reuse: 0 bytes
func.func @empty() {
  return
}
