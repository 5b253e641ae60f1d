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

/* All `count` indices must lie in 0 .. limit - 1. */
int32_t llamir_rt_check_indices(const int32_t *indices, int64_t count,
                                int64_t limit, const char *function,
                                const char *name);

/* Runs a kernel, with the observer around it. */
int32_t llamir_rt_launch(int32_t (*kernel)(void **arguments),
                         const llamir_launch *launch);

/* Copies rows that lie `stride` bytes apart to rows without gaps. */
void llamir_rt_copy_rows(void *to, const void *from, int64_t rows,
                         int64_t row_bytes, int64_t stride);

#ifdef __cplusplus
}
#endif

#endif /* LLAMIR_RUNTIME_GENERATED_H */
