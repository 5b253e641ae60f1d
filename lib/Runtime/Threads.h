/*===- Threads.h - Kernels' loops in parallel -------------------*- C -*-===*\
|*                                                                            *|
|* Part of llamir, under the Apache License v2.0 with LLVM Exceptions.        *|
|* See LICENSE for licence information.                                       *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef LLAMIR_RUNTIME_THREADS_H
#define LLAMIR_RUNTIME_THREADS_H

/* Makes threads share a parallel loop inside of another one only when the outer
 * loop has too little work left. Before the first kernel runs. */
void llamir_rt_keep_inner_loops(void);

/* Undoes that. Before the code goes away. */
void llamir_rt_drop_inner_loops(void);

#endif /* LLAMIR_RUNTIME_THREADS_H */
