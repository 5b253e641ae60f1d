/*===- Errors.c - Messages of errors ------------------------------*- C -*-===*\
|*                                                                            *|
|* Part of llamir, under the Apache License v2.0 with LLVM Exceptions.        *|
|* See LICENSE for licence information.                                       *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#include "Errors.h"
#include "Generated.h"
#include "HalideRuntime.h"
#include "Runtime.h"
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* The last message of a thread is on the heap, behind a key: thread-local
 * variables would need a loader that knows them when this is run by a JIT. */
static pthread_key_t message_key;
static int has_message_key;

char *llamir_rt_get_message(void) {
  if (!has_message_key)
    return NULL;
  char *message = pthread_getspecific(message_key);
  if (!message) {
    message = calloc(1, llamir_rt_message_size);
    if (message && pthread_setspecific(message_key, message)) {
      free(message);
      message = NULL;
    }
  }
  return message;
}

static void record_halide_error(void *user_context, const char *text) {
  (void)user_context;
  char *message = llamir_rt_get_message();
  if (message)
    snprintf(message, llamir_rt_message_size, "%s", text);
}

void llamir_rt_keep_messages(void) {
  has_message_key = pthread_key_create(&message_key, free) == 0;
  halide_set_error_handler(record_halide_error);
}

void llamir_rt_drop_messages(void) {
  if (!has_message_key)
    return;
  free(pthread_getspecific(message_key));
  pthread_key_delete(message_key);
  has_message_key = 0;
}

int32_t llamir_rt_fail(int32_t status, const char *format, ...) {
  llamir_rt_initialize();
  char *message = llamir_rt_get_message();
  if (message) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, llamir_rt_message_size, format, arguments);
    va_end(arguments);
  }
  return status;
}

const char *llamir_last_error(void) {
  llamir_rt_initialize();
  const char *message = llamir_rt_get_message();
  return message ? message : "";
}
