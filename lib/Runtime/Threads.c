/*===- Threads.c - Kernels' loops in parallel -------------------*- C -*-===*\
|*                                                                            *|
|* Part of llamir, under the Apache License v2.0 with LLVM Exceptions.        *|
|* See LICENSE for licence information.                                       *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
|*===----------------------------------------------------------------------===*|
|*                                                                            *|
|* Halide's threads prefer the tasks of the innermost parallel loop. Where    *|
|* each iteration of an outer one copies what its inner tasks share, all      *|
|* threads would meet at one copy, in another processor's cache, and then at  *|
|* the next. So an inner loop is kept to its thread while the outer loop still*|
|* has work for the others.                                                   *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#include "Threads.h"
#include "Errors.h"
#include "HalideRuntime.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

/* A parallel loop that threads share. */
typedef struct {
  halide_task_t task;
  uint8_t *closure;
  int threads;
  /* Iterations that nobody has begun. */
  atomic_int waiting;
  /* What the first task that failed said. A message belongs to the thread of
   * the loop, not to the one that ran the task. */
  atomic_flag failed;
  char message[llamir_rt_message_size];
} shared_loop;

/* The loop that a thread works for. */
static pthread_key_t current_key;

static void copy_message(char *to, const char *from) {
  snprintf(to, llamir_rt_message_size, "%s", from);
}

/* Moves the message of this thread to the loop. */
static void hand_over_message(shared_loop *loop) {
  char *message = llamir_rt_get_message();
  if (!message)
    return;
  if (!atomic_flag_test_and_set(&loop->failed))
    copy_message(loop->message, message);
  *message = 0;
}

static int run_iteration(void *user_context, int index, uint8_t *closure) {
  shared_loop *loop = (shared_loop *)closure;
  atomic_fetch_sub(&loop->waiting, 1);
  void *outer = pthread_getspecific(current_key);
  pthread_setspecific(current_key, loop);
  int status = loop->task(user_context, index, loop->closure);
  pthread_setspecific(current_key, outer);
  if (status)
    hand_over_message(loop);
  return status;
}

static int run_loop(void *user_context, halide_task_t task, int min, int size,
                    uint8_t *closure) {
  shared_loop *outer = pthread_getspecific(current_key);
  if (outer && atomic_load(&outer->waiting) >= outer->threads) {
    int status = 0;
    for (int i = 0; i < size && status == 0; ++i)
      status = task(user_context, min + i, closure);
    return status;
  }
  shared_loop loop;
  loop.task = task;
  loop.closure = closure;
  loop.threads = halide_get_num_threads();
  atomic_init(&loop.waiting, size);
  atomic_flag_clear(&loop.failed);
  *loop.message = 0;
  int status = halide_default_do_par_for(user_context, run_iteration, min, size,
                                         (uint8_t *)&loop);
  char *message = status ? llamir_rt_get_message() : NULL;
  if (message)
    copy_message(message, loop.message);
  return status;
}

static int has_current_key;

void llamir_rt_keep_inner_loops(void) {
  has_current_key = pthread_key_create(&current_key, NULL) == 0;
  if (has_current_key)
    halide_set_custom_do_par_for(run_loop);
}

void llamir_rt_drop_inner_loops(void) {
  if (has_current_key)
    pthread_key_delete(current_key);
  has_current_key = 0;
}
