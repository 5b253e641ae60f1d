/*===- llamir_bundle.h - Libraries that check themselves ----------*- C -*-===*\
|*                                                                            *|
|* Part of llamir, under the Apache License v2.0 with LLVM Exceptions.        *|
|* See LICENSE for licence information.                                       *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
|*===----------------------------------------------------------------------===*|
|*                                                                            *|
|* `llamir bundle` writes, beside a model's objects, a C file that describes  *|
|* its functions, on which sizes to run them, and what they have to do then,  *|
|* and a file of what the double-precision reference computes. Linked to a    *|
|* shared library, it can be checked and timed where there is no compiler:    *|
|* the numbers of weights and arrays are made on the spot.                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef LLAMIR_BUNDLE_H
#define LLAMIR_BUNDLE_H

#include "llamir_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Rows of a matrix, or a vector as a column, that are `first_row` and the next
 * ones of a weight. Number `i` of their elements is llamir_make_weight(seed, i,
 * scale, mean), rounded to `made` and then to `stored`. The weight lies from
 * `offset` on in panels of `width` rows, a panel in steps of `interleave`
 * columns; after `group` rows a panel begins anew (docs/weights.md). What has
 * no element is zero. */
typedef struct {
  int64_t offset;
  int64_t first_row, rows, columns;
  int64_t group, width, interleave;
  int32_t made, stored; /* llamir_types. */
  uint64_t seed;
  double scale, mean;
} llamir_bundle_weight;

/* An argument or a result of a function. */
typedef struct {
  const char *name;
  int32_t type; /* A llamir_type. */
  int32_t rank; /* 1 or 2. */
  /* From the left: a size, or -1 - N for the function's size N. */
  int64_t shape[2];
  /* Numbers of i32 are random below it, or from 0 on if it is 0. */
  int64_t index_limit;
} llamir_bundle_array;

/* What the reference says of a result: of `count` elements, `step` apart from
 * the first one on, the numbers (double), and how far a right kernel's may be
 * from them (float), at these places of the file, in bytes. */
typedef struct {
  int64_t count, step;
  int64_t numbers, bounds;
} llamir_bundle_expected;

/* A run of a function. */
typedef struct {
  const int64_t *sizes;
  /* For llamir_next_random, for all arguments one after the other. */
  uint64_t seed;
  /* For each result, or NULL if nobody computed them. */
  const llamir_bundle_expected *expected;
  /* Whether to time it; what its kernels do then: operations, and bytes that
   * are read or written, each once. */
  int32_t timed;
  double flops, bytes;
} llamir_bundle_case;

typedef struct {
  /* In the IR: "run_qkv_rope". */
  const char *name;
  /* The C functions NAME_call and NAME_arena_bytes_call, the first as it takes
   * arrays of the device if there is one. */
  int32_t (*call)(const void *weights, void *arena, const int64_t *sizes,
                  const llamir_array *arrays);
  int64_t (*arena_bytes)(const int64_t *sizes);
  int32_t num_sizes, num_arguments, num_results, num_cases;
  const char *const *sizes;
  const llamir_bundle_array *arrays; /* Arguments, then results. */
  const llamir_bundle_case *cases;
} llamir_bundle_function;

typedef struct {
  const char *name, *target;
  llamir_device device;
  /* Files beside the library: what is expected, and packed weights with their
   * fingerprint, NULL for weights that are made. */
  const char *expected_file, *weights_file, *fingerprint;
  int64_t weights_bytes;
  int32_t num_weights, num_functions;
  const llamir_bundle_weight *weights;
  const llamir_bundle_function *functions;
} llamir_bundle_library;

/* The one symbol of such a library. */
extern const llamir_bundle_library llamir_bundle;

/*===------------------------------- Numbers ------------------------------===*/

/* The beginning of a sequence of random numbers. */
static inline uint64_t llamir_begin_random(uint64_t seed) {
  return seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

/* The next one, of 31 bits. */
static inline uint32_t llamir_next_random(uint64_t *state) {
  *state =
      *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)(*state >> 33);
}

/* The next one as a number in [-1, 1). */
static inline float llamir_next_random_float(uint64_t *state) {
  return (float)(llamir_next_random(state) % 65536) / 32768.0f - 1.0f;
}

/* Element `index` of a random weight: mean + scale * (2u - 1) with u in [0, 1),
 * in f32. 24 bits are exact in every step, so the range stays half-open.
 *
 * A hash of a counter: the finalizer of SplitMix64 (Steele, Lea and Flood,
 * 2014). Seeds and element numbers advance by different odd constants, so that
 * the sequences of two seeds do not overlap soon. */
static inline float llamir_make_weight(uint64_t seed, uint64_t index,
                                       double scale, double mean) {
  uint64_t z = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) +
               index * UINT64_C(0xd1b54a32d192ed03);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  int32_t bits = (int32_t)((z ^ (z >> 31)) >> 40);
  return (float)(mean + scale * ((double)bits * 0x1p-23 - 1.0));
}

#ifdef __cplusplus
}
#endif

#endif /* LLAMIR_BUNDLE_H */
