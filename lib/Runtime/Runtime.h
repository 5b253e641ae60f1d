/*===- Runtime.h - Beginning and end of the runtime ---------------*- C -*-===*\
|*                                                                            *|
|* Part of llamir, under the Apache License v2.0 with LLVM Exceptions.        *|
|* See LICENSE for licence information.                                       *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef LLAMIR_RUNTIME_RUNTIME_H
#define LLAMIR_RUNTIME_RUNTIME_H

#ifdef __cplusplus
extern "C" {
#endif

/* Makes errors, memory and threads ready, the first time. From any thread. */
void llamir_rt_initialize(void);

/* Ends the threads and frees what is kept. For those who unload the code:
 * nothing of the runtime may be called afterwards. */
void llamir_rt_shut_down(void);

#ifdef __cplusplus
}
#endif

#endif /* LLAMIR_RUNTIME_RUNTIME_H */
