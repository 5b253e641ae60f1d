/*===- Runtime.c - Threads, checks and launches -----------------*- C -*-===*\
|*                                                                            *|
|* Part of llamir, under the Apache License v2.0 with LLVM Exceptions.        *|
|* See LICENSE for licence information.                                       *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "Runtime.h"
#include "Cuda.h"
#include "Device.h"
#include "Errors.h"
#include "Generated.h"
#include "HalideRuntime.h"
#include "Memory.h"
#include "Threads.h"
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*===------------------------------- Threads ------------------------------===*/

/* Halide starts a thread for each processor of the machine; a process may be
 * allowed fewer. */
static int get_usable_processors(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set))
    return 0;
  return CPU_COUNT(&set);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void initialize(void) {
  llamir_rt_keep_messages();
  llamir_rt_keep_memory();
  llamir_rt_keep_inner_loops();
  llamir_rt_keep_cuda();
  halide_set_num_threads(getenv("HL_NUM_THREADS") ? 0
                                                  : get_usable_processors());
}

void llamir_rt_initialize(void) { pthread_once(&once, initialize); }

void llamir_rt_shut_down(void) {
  llamir_rt_initialize();
  llamir_rt_drop_devices();
  halide_shutdown_thread_pool();
  llamir_rt_drop_memory();
  llamir_rt_drop_inner_loops();
  llamir_rt_drop_messages();
}

/* More than these Halide does not start. */
enum { most_threads = 256 };

int32_t llamir_set_threads(int32_t count) {
  llamir_rt_initialize();
  if (count < 0 || count > most_threads)
    return llamir_rt_fail(LLAMIR_BAD_ARGUMENT,
                          "the number of threads must lie in 0 .. %d, not %d",
                          most_threads, count);
  halide_set_num_threads(count ? count : get_usable_processors());
  return LLAMIR_OK;
}

/*===------------------------------- Checks -------------------------------===*/

int32_t llamir_rt_check_size(int64_t size, const char *function,
                             const char *name) {
  if (size >= 0 && size <= INT32_MAX)
    return LLAMIR_OK;
  return llamir_rt_fail(LLAMIR_BAD_ARGUMENT,
                        "%s: %s is %lld and must lie in 0 .. 2147483647",
                        function, name, (long long)size);
}

int32_t llamir_rt_check_array(const void *array, int64_t bytes,
                              const char *function, const char *name) {
  if (array || bytes == 0)
    return LLAMIR_OK;
  return llamir_rt_fail(LLAMIR_BAD_ARGUMENT,
                        "%s: %s is NULL and should have %lld bytes", function,
                        name, (long long)bytes);
}

int32_t llamir_rt_check_alignment(const void *array, const char *function,
                                  const char *name) {
  if ((uintptr_t)array % 16 == 0)
    return LLAMIR_OK;
  return llamir_rt_fail(LLAMIR_BAD_ARGUMENT,
                        "%s: %s does not begin at a multiple of 16 bytes, "
                        "which kernels read at once",
                        function, name);
}

static const char *get_type_name(int32_t type) {
  switch (type) {
  case LLAMIR_F32:
    return "f32";
  case LLAMIR_F16:
    return "f16";
  case LLAMIR_BF16:
    return "bf16";
  case LLAMIR_I32:
    return "i32";
  }
  return NULL;
}

int32_t llamir_rt_check_type(int32_t type, int32_t expected,
                             const char *function, const char *name) {
  if (type == expected)
    return LLAMIR_OK;
  const char *given = get_type_name(type);
  if (!given)
    return llamir_rt_fail(LLAMIR_BAD_ARGUMENT,
                          "%s: %s has the type %d, which is no llamir_type; it "
                          "must be %s",
                          function, name, type, get_type_name(expected));
  return llamir_rt_fail(LLAMIR_BAD_ARGUMENT,
                        "%s: %s has elements of %s and must have %s", function,
                        name, given, get_type_name(expected));
}

int32_t llamir_rt_check_indices(const int32_t *indices, int64_t count,
                                int64_t limit, const char *function,
                                const char *name) {
  for (int64_t i = 0; i < count; ++i) {
    int32_t index;
    memcpy(&index, (const char *)indices + i * sizeof(index), sizeof(index));
    if (index < 0 || index >= limit)
      return llamir_rt_fail(
          LLAMIR_BAD_INDEX, "%s: %s[%lld] is %d and must lie in 0 .. %lld",
          function, name, (long long)i, index, (long long)limit - 1);
  }
  return LLAMIR_OK;
}

/*===------------------------------ Launches ------------------------------===*/

static llamir_observer observer;
static void *observer_user;

void llamir_set_observer(llamir_observer new_observer, void *user) {
  observer = new_observer;
  observer_user = user;
}

static int is_empty(const halide_buffer_t *array) {
  for (int32_t i = 0; i < array->dimensions; ++i)
    if (array->dim[i].extent == 0)
      return 1;
  return 0;
}

static int32_t observe(const llamir_launch *launch, int32_t done) {
  if (!observer || observer(observer_user, launch, done) == 0)
    return LLAMIR_OK;
  return llamir_rt_fail(LLAMIR_STOPPED, "the observer stopped at %s",
                        launch->kernel);
}

/* Replaces each operand without rows by one row of zeros, and gives the memory
 * of those. Kernels with results read at least one row of everything. Attention
 * over no keys is the only one that may have none: its result is zeros, and a
 * value of zeros makes it so. */
static int32_t fill_empty_operands(const llamir_launch *launch,
                                   halide_buffer_t **arrays, void **memory) {
  llamir_device device = (llamir_device)launch->device;
  for (int32_t i = 0; i < launch->num_operands; ++i) {
    halide_buffer_t *array = arrays[i];
    if (!is_empty(array))
      continue;
    if (device == LLAMIR_CUDA && llamir_rt_refuse_capture("an empty array"))
      return LLAMIR_BAD_ARGUMENT;
    size_t elements = 1, rank = (size_t)array->dimensions;
    for (size_t dim = 0; dim + 1 < rank; ++dim)
      elements *= (size_t)array->dim[dim].extent;
    size_t row_bytes = elements * (size_t)((array->type.bits + 7) / 8);
    void *zeros = calloc(1, row_bytes ? row_bytes : 1);
    memory[i] = llamir_allocate(device, (int64_t)row_bytes);
    int32_t status = LLAMIR_KERNEL_FAILED;
    if (zeros && memory[i])
      status =
          llamir_copy_to_device(device, memory[i], zeros, (int64_t)row_bytes);
    free(zeros);
    if (status)
      return llamir_rt_fail(LLAMIR_KERNEL_FAILED, "kernel %s has no memory",
                            launch->kernel);
    array->dim[rank - 1].extent = 1;
    array->host = memory[i];
  }
  return LLAMIR_OK;
}

/* Calls a kernel with arrays that it may change. */
static int32_t call_with(int32_t (*kernel)(void **arguments),
                         const llamir_launch *launch, halide_buffer_t **arrays,
                         void **memory) {
  llamir_device device = (llamir_device)launch->device;
  int32_t count = launch->num_operands + launch->num_results;
  int32_t status = fill_empty_operands(launch, arrays, memory), placed = 0;
  if (device != LLAMIR_PROCESSOR)
    for (; placed < count && status == LLAMIR_OK; ++placed)
      status = llamir_rt_place_on_device(arrays[placed], device);
  if (status == LLAMIR_OK)
    status = kernel((void **)arrays);
  for (int32_t i = 0; i < placed; ++i)
    llamir_rt_leave_device(arrays[i]);
  for (int32_t i = 0; i < launch->num_operands; ++i)
    llamir_free(device, memory[i]);
  return status;
}

/* Calls a kernel with copies of a launch's arrays. */
static int32_t call_with_copies(int32_t (*kernel)(void **arguments),
                                const llamir_launch *launch) {
  int32_t count = launch->num_operands + launch->num_results, rank = 0;
  for (int32_t i = 0; i < count; ++i)
    rank += launch->arrays[i]->dimensions;
  halide_buffer_t buffers[count], *arrays[count];
  halide_dimension_t dims[rank + 1], *next = dims;
  void *memory[count];
  for (int32_t i = 0; i < count; ++i) {
    buffers[i] = *launch->arrays[i];
    buffers[i].dim = next;
    size_t dimensions = (size_t)buffers[i].dimensions;
    memcpy(next, launch->arrays[i]->dim, dimensions * sizeof(*next));
    next += dimensions;
    arrays[i] = &buffers[i];
    memory[i] = NULL;
  }
  return call_with(kernel, launch, arrays, memory);
}

static int32_t call_kernel(int32_t (*kernel)(void **arguments),
                           const llamir_launch *launch) {
  int changes = launch->device != LLAMIR_PROCESSOR;
  for (int32_t i = 0; i < launch->num_operands; ++i)
    changes |= is_empty(launch->arrays[i]);
  return changes ? call_with_copies(kernel, launch)
                 : kernel((void **)launch->arrays);
}

int32_t llamir_rt_launch(int32_t (*kernel)(void **arguments),
                         const llamir_launch *launch) {
  llamir_rt_initialize();
  int empty = 1;
  for (int32_t i = 0; i < launch->num_results; ++i)
    empty &= is_empty(launch->arrays[launch->num_operands + i]);
  if (empty)
    return LLAMIR_OK;
  if (observe(launch, 0))
    return LLAMIR_STOPPED;
  char *message = llamir_rt_get_message();
  if (message)
    *message = 0;
  llamir_rt_take_cuda_failure();
  int32_t status = call_kernel(kernel, launch);
  if (status) {
    char text[llamir_rt_message_size];
    const char *why =
        launch->device == LLAMIR_CUDA ? llamir_rt_explain_cuda() : NULL;
    snprintf(text, sizeof(text), "%s", why ? why : message ? message : "");
    if (why)
      return llamir_rt_fail(LLAMIR_BAD_DEVICE, "CUDA: kernel %s failed: %s",
                            launch->kernel, text);
    return llamir_rt_fail(LLAMIR_KERNEL_FAILED, "kernel %s failed (%d): %s",
                          launch->kernel, status, text);
  }
  return observe(launch, 1);
}

void llamir_rt_copy_rows(void *to, const void *from, int64_t rows,
                         int64_t row_bytes, int64_t stride) {
  for (int64_t i = 0; i < rows; ++i)
    memcpy((char *)to + i * row_bytes, (const char *)from + i * stride,
           row_bytes);
}
