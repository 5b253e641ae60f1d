/*===- Memory.h - Kernels' own memory ---------------------------*- C -*-===*\
|*                                                                            *|
|* Part of llamir, under the Apache License v2.0 with LLVM Exceptions.        *|
|* See LICENSE for licence information.                                       *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef LLAMIR_RUNTIME_MEMORY_H
#define LLAMIR_RUNTIME_MEMORY_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Makes kernels take their memory from blocks that others have given back: up
 * to 64 MiB stay with the process. Before the first kernel runs. */
void llamir_rt_keep_memory(void);

/* Gives what is kept back to the system; the number of its bytes. */
size_t llamir_rt_drop_memory(void);

#ifdef __cplusplus
}
#endif

#endif /* LLAMIR_RUNTIME_MEMORY_H */
