/*===- Errors.h - Messages of errors ------------------------------*- C -*-===*\
|*                                                                            *|
|* Part of llamir, under the Apache License v2.0 with LLVM Exceptions.        *|
|* See LICENSE for licence information.                                       *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef LLAMIR_RUNTIME_ERRORS_H
#define LLAMIR_RUNTIME_ERRORS_H

enum { llamir_rt_message_size = 1024 };

/* The message of the calling thread, of that size; NULL when there is no memory
 * for one. */
char *llamir_rt_get_message(void);

/* Makes room for the messages of threads, and keeps what Halide says there
 * instead of printing it and ending the process. */
void llamir_rt_keep_messages(void);

/* Forgets the messages. Before the code goes away. */
void llamir_rt_drop_messages(void);

#endif /* LLAMIR_RUNTIME_ERRORS_H */
