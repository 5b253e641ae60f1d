/*===- Generated.h - What generated code calls ------------------*- C -*-===*\
|*                                                                            *|
|* Part of llamir, under the Apache License v2.0 with LLVM Exceptions.        *|
|* See LICENSE for licence information.                                       *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
|*===----------------------------------------------------------------------===*|
|*                                                                            *|
|* The functions that --convert-llama-host-to-llvm writes calls of. `function`*|
|* and `name` are those that users know, for messages. All return LLAMIR_OK   *|
|* or what the model's function returns then.                                 *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef LLAMIR_RUNTIME_GENERATED_H
#define LLAMIR_RUNTIME_GENERATED_H

#include "llamir/Runtime/llamir_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Records a message for llamir_last_error and returns `status`. */
__attribute__((format(printf, 2, 3))) int32_t llamir_rt_fail(int32_t status,
                                                             const char *format,
                                                             ...);

/* A size must lie in 0 .. 2^31 - 1: what kernels count with. */
int32_t llamir_rt_check_size(int64_t size, const char *function,
                             const char *name);

/* An array of that many bytes may be NULL only when it has none. */
int32_t llamir_rt_check_array(const void *array, int64_t bytes,
                              const char *function, const char *name);

/* An array of CUDA's memory whose rows are made of pieces of 16 bytes must
 * begin at one. */
int32_t llamir_rt_check_alignment(const void *array, const char *function,
                                  const char *name);

/* An array of NAME_call must have elements of the type that is expected. */
int32_t llamir_rt_check_type(int32_t type, int32_t expected,
                             const char *function, const char *name);

/* All `count` indices must lie in 0 .. limit - 1. */
int32_t llamir_rt_check_indices(const int32_t *indices, int64_t count,
                                int64_t limit, const char *function,
                                const char *name);

/* Runs a kernel, with the observer around it. */
int32_t llamir_rt_launch(int32_t (*kernel)(void **arguments),
                         const llamir_launch *launch);

/* Runs a kernel of CUDA with its `count` arrays. Its product is that of rows of
 * activations and of the array behind `operands` ones, a weight that lies in
 * rows, both of `type`, a llamir_type; with the array behind that as a bias, of
 * the same type, if it is `biased`. For more than 16 tokens, which the last
 * dimension of the first array counts, cuBLASLt computes that, if it is there,
 * rounded once to `type`; `before` computes the rows from the arrays before the
 * weight, and `rest` what is left, from the product and the arrays behind
 * those. Where `before` is NULL, the first array is the rows; where `rest` is
 * NULL, the product is the only result. */
int32_t llamir_rt_run_product(void **arrays, int32_t count, int32_t operands,
                              int32_t biased, int32_t type,
                              int32_t (*kernel)(void **),
                              int32_t (*before)(void **),
                              int32_t (*rest)(void **));

/* A kernel for tensor cores: #llama.tensor_kernel says what the numbers are. */
typedef struct {
  const char *ptx, *name;
  int32_t parts, rows, threads, least;
} llamir_rt_tensor_kernel;

/* Runs it for `count` arrays of rows, the last of which is the result; or
 * `kernel`, if there are less rows than `least`, or an array does not lie in
 * pieces of 16 bytes. */
int32_t llamir_rt_run_tensor_kernel(void **arrays, int32_t count,
                                    const llamir_rt_tensor_kernel *of,
                                    int32_t (*kernel)(void **));

/* Copies rows that lie `stride` bytes apart to rows without gaps; on a device,
 * a llamir_device, from one place of its memory to another. */
void llamir_rt_copy_rows(void *to, const void *from, int64_t rows,
                         int64_t row_bytes, int64_t stride);
int32_t llamir_rt_copy_rows_on_device(void *to, const void *from, int64_t rows,
                                      int64_t row_bytes, int64_t stride,
                                      int32_t device);

/* Asks the system for the matrix tiles of AMX, for the whole process. */
int32_t llamir_rt_request_tiles(const char *function);

/*===------------------- For models with several targets ------------------===*/

/* A model that was compiled for several targets. */
typedef struct llamir_rt_model {
  const char *name;
  const llamir_target *targets;
  int32_t count;
  /* The number of the target whose code runs; -1 before it is chosen. */
  int32_t chosen;
  struct llamir_rt_model *next;
} llamir_rt_model;

/* Makes a model known to llamir_select_device. When the program starts. */
void llamir_rt_add_model(llamir_rt_model *model);

/* The number of the target whose code runs. */
int32_t llamir_rt_get_target(llamir_rt_model *model);

/*===---------------- For --convert-halide-extern-to-llvm -----------------===*/

/* Halide asks what a function that computes a func needs by calling it with
 * buffers that have no memory. If `result` is one, its number of rows, the
 * outermost dimension, is rounded up to a multiple of `rows`, and the function
 * returns 1; otherwise 0. */
int32_t llamir_rt_answer_query(struct halide_buffer_t *result, int32_t rows);

/* If `input` is a buffer without memory, the rows of `result` are needed of it,
 * and of the dimensions below those from 0 to `extents`, the innermost first;
 * returns 1. Otherwise 0. */
int32_t llamir_rt_need_rows(struct halide_buffer_t *input,
                            const struct halide_buffer_t *result,
                            const int32_t *extents);

#ifdef __cplusplus
}
#endif

#endif /* LLAMIR_RUNTIME_GENERATED_H */
