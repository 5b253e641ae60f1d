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
#include "HalideRuntime.h"
#include <pthread.h>
#include <stdatomic.h>

/* A parallel loop that threads share. */
typedef struct {
  halide_task_t task;
  uint8_t *closure;
  int threads;
  /* Iterations that nobody has begun. */
  atomic_int waiting;
} shared_loop;

/* The loop that a thread works for. */
static pthread_key_t current_key;

static int run_iteration(void *user_context, int index, uint8_t *closure) {
  shared_loop *loop = (shared_loop *)closure;
  atomic_fetch_sub(&loop->waiting, 1);
  void *outer = pthread_getspecific(current_key);
  pthread_setspecific(current_key, loop);
  int status = loop->task(user_context, index, loop->closure);
  pthread_setspecific(current_key, outer);
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
  shared_loop loop = {task, closure, halide_get_num_threads(), size};
  return halide_default_do_par_for(user_context, run_iteration, min, size,
                                   (uint8_t *)&loop);
}

void llamir_rt_keep_inner_loops(void) {
  if (pthread_key_create(&current_key, NULL) == 0)
    halide_set_custom_do_par_for(run_loop);
}
