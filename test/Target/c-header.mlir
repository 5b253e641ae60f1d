// RUN: rm -rf %t && llamir compile %s --emit=header,object -o %t
// RUN: FileCheck %s < %t/weird__name.h
// RUN: %cc -std=gnu99 -Wall -Wextra -Werror -fsyntax-only -I%t -x c %t/weird__name.h
// RUN: %cc -std=c99 -Wall -Wextra -Werror -fsyntax-only -I%t -x c %t/weird__name.h
// RUN: %cc -std=c++11 -Wall -Wextra -Werror -fsyntax-only -I%t -x c++ %t/weird__name.h

// Names become identifiers that C and C++ have, all different, and end no comment.
// Types of 16 bits are their bits. Without weights there is no file of them.
// CHECK:     #ifndef WEIRD__NAME_H
// CHECK-NOT: FINGERPRINT
// CHECK:      /* @weird*_name
// CHECK-NEXT:  *   weights: none, may be NULL
// CHECK:       *   int_: [n][8] of bf16
// CHECK-NEXT:  *   n_: [n][8] of bf16
// CHECK-NEXT:  *   arg2: [n] of i32
// CHECK-NEXT:  *   result0 (result): [n][8] of bf16
// CHECK:      int32_t weird__name(const void *weights, void *arena,
// CHECK-NEXT:     int64_t n,
// CHECK-NEXT:     const uint16_t *int_,
// CHECK-NEXT:     const uint16_t *n_,
// CHECK-NEXT:     const int32_t *arg2,
// CHECK-NEXT:     uint16_t *result0);
// CHECK:      int64_t weird__name_arena_bytes(int64_t n);
// CHECK:      int32_t weird__name_call(const void *weights, void *arena,
// CHECK-NEXT:     const int64_t *sizes, const llamir_array *arrays);
// CHECK:      int64_t weird__name_arena_bytes_call(const int64_t *sizes);
func.func @"weird*/name"(%a: tensor<?x8xbf16> {llama.dims = ["n"], llama.name = "int"},
                         %b: tensor<?x8xbf16> {llama.dims = ["n"], llama.name = "n"},
                         %p: tensor<?xi32> {llama.dims = ["n"]}) -> tensor<?x8xbf16> {
  %0 = llama.add %a, %b : tensor<?x8xbf16>
  %1 = llama.rope %0, %p by #llama.rotary<half, theta = 1.0e4 : f64> {heads = 1 : i64} : tensor<?x8xbf16>, tensor<?xi32> -> tensor<?x8xbf16>
  return %1 : tensor<?x8xbf16>
}

// A function without sizes takes none.
// CHECK: int32_t fixed(const void *weights, void *arena,
// CHECK-NEXT: const float *arg0,
// CHECK: int64_t fixed_arena_bytes(void);
func.func @fixed(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = llama.add %x, %x : tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// Names that headers, the C library or libllamir_rt.a have already get a '_'.
// CHECK: int32_t memcpy_(const void *weights, void *arena,
// CHECK-NEXT: int64_t linux_,
// CHECK-NEXT: const float *int64_t_,
func.func @memcpy(%x: tensor<?x8xf32> {llama.dims = ["linux"], llama.name = "int64_t"}) -> tensor<?x8xf32> {
  %0 = llama.add %x, %x : tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}
// CHECK: int32_t llamir_weights_(const void *weights, void *arena,
func.func @llamir_weights(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  return %x : tensor<?x8xf32>
}
