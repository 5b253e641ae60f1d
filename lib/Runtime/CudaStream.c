/*===- CudaStream.c - Streams of threads, and copies in them ------*- C -*-===*\
|*                                                                            *|
|* Part of llamir, under the Apache License v2.0 with LLVM Exceptions.        *|
|* See LICENSE for licence information.                                       *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#include "Cuda.h"
#include "Generated.h"
#include "Runtime.h"
#include <pthread.h>
#include <stdlib.h>

/*===------------------------------- Threads ------------------------------===*/

typedef struct {
  void *stream;
  /* That which is captured, in a stream of its own. */
  llamir_graph *capture;
  void *capture_stream;
  cuda_result failure;
} thread_state;

/* On the heap, as messages are (Errors.c). */
static pthread_key_t key;
static int has_key;

void llamir_rt_keep_cuda_threads(void) {
  has_key = pthread_key_create(&key, free) == 0;
}

void llamir_rt_drop_cuda_threads(void) {
  if (!has_key)
    return;
  free(pthread_getspecific(key));
  pthread_key_delete(key);
  has_key = 0;
}

/* Of the calling thread; NULL when it has none, unless `create`, when there is
 * no memory for it. */
static thread_state *get_state(int create) {
  if (!has_key)
    return NULL;
  thread_state *state = pthread_getspecific(key);
  if (!state && create) {
    state = calloc(1, sizeof(*state));
    if (state && pthread_setspecific(key, state)) {
      free(state);
      state = NULL;
    }
  }
  return state;
}

void llamir_rt_set_cuda_failure(cuda_result result) {
  thread_state *state = get_state(1);
  if (state)
    state->failure = result;
}

cuda_result llamir_rt_take_cuda_failure(void) {
  thread_state *state = get_state(0);
  cuda_result failure = state ? state->failure : 0;
  if (state)
    state->failure = 0;
  return failure;
}

void *llamir_rt_get_stream(void) {
  const thread_state *state = get_state(0);
  if (!state)
    return NULL;
  return state->capture ? state->capture_stream : state->stream;
}

llamir_graph *llamir_rt_get_capture(void) {
  const thread_state *state = get_state(0);
  return state ? state->capture : NULL;
}

static int32_t fail_without_memory(void) {
  return llamir_rt_fail(LLAMIR_BAD_DEVICE, "there is no memory");
}

int32_t llamir_rt_set_capture(llamir_graph *graph, void *stream) {
  thread_state *state = get_state(1);
  if (!state)
    return fail_without_memory();
  state->capture = graph;
  state->capture_stream = stream;
  return LLAMIR_OK;
}

int32_t llamir_rt_refuse_capture(const char *what) {
  if (!llamir_rt_get_capture())
    return LLAMIR_OK;
  return llamir_rt_fail(LLAMIR_BAD_ARGUMENT,
                        "this thread captures a graph, and %s can be no part "
                        "of one: call llamir_end_capture first",
                        what);
}

int32_t llamir_set_stream(llamir_device device, void *stream) {
  llamir_rt_initialize();
  if (device != LLAMIR_CUDA)
    return llamir_rt_fail(LLAMIR_BAD_ARGUMENT,
                          "llamir_set_stream: only CUDA has streams of the "
                          "caller's, and %d is not LLAMIR_CUDA",
                          (int)device);
  int32_t status = llamir_rt_refuse_capture("another stream");
  if (status == LLAMIR_OK)
    status = llamir_open_device(device);
  if (status)
    return status;
  thread_state *state = get_state(1);
  if (!state)
    return fail_without_memory();
  state->stream = stream;
  return LLAMIR_OK;
}

/*===------------------------------- Memory -------------------------------===*/

cuda_address llamir_rt_allocate_cuda(size_t bytes) {
  cuda_address address = 0;
  const cuda_driver *cuda = llamir_rt_enter_cuda();
  if (!cuda)
    return 0;
  if (llamir_rt_note_cuda(cuda->cuMemAlloc_v2(&address, bytes)))
    address = 0;
  llamir_rt_leave_cuda();
  return address;
}

void llamir_rt_free_cuda(cuda_address address) {
  const cuda_driver *cuda = llamir_rt_enter_cuda();
  if (!cuda)
    return;
  llamir_rt_note_cuda(cuda->cuMemFree_v2(address));
  llamir_rt_leave_cuda();
}

/*===------------------------------- Copies -------------------------------===*/

int32_t llamir_rt_finish_cuda(void) {
  int32_t status = llamir_rt_refuse_capture("waiting for the end");
  if (status)
    return status;
  const cuda_driver *cuda = llamir_rt_enter_cuda();
  if (!cuda)
    return LLAMIR_BAD_DEVICE;
  status = llamir_rt_check_cuda(
      cuda->cuStreamSynchronize(llamir_rt_get_stream()), "waiting for the end");
  llamir_rt_leave_cuda();
  return status;
}

int32_t llamir_rt_copy_cuda(cuda_address device, void *host, size_t bytes,
                            int to_device) {
  int32_t status = llamir_rt_refuse_capture("a copy of the process's memory");
  if (status)
    return status;
  const cuda_driver *cuda = llamir_rt_enter_cuda();
  if (!cuda)
    return LLAMIR_BAD_DEVICE;
  void *stream = llamir_rt_get_stream();
  status = to_device
               ? llamir_rt_check_cuda(
                     cuda->cuMemcpyHtoDAsync_v2(device, host, bytes, stream),
                     "a copy to the device")
               : llamir_rt_check_cuda(
                     cuda->cuMemcpyDtoHAsync_v2(host, device, bytes, stream),
                     "a copy from the device");
  if (status == LLAMIR_OK)
    status = llamir_rt_check_cuda(cuda->cuStreamSynchronize(stream),
                                  "waiting for a copy");
  llamir_rt_leave_cuda();
  return status;
}

int32_t llamir_rt_copy_cuda_rows(cuda_address to, cuda_address from,
                                 size_t rows, size_t bytes, size_t stride) {
  enum { on_device = 2 /* CU_MEMORYTYPE_DEVICE */ };
  const cuda_driver *cuda = llamir_rt_enter_cuda();
  if (!cuda)
    return LLAMIR_BAD_DEVICE;
  cuda_copy_2d copy = {.from_kind = on_device,
                       .from = from,
                       .from_pitch = stride,
                       .to_kind = on_device,
                       .to = to,
                       .to_pitch = bytes,
                       .bytes = bytes,
                       .rows = rows};
  int32_t status = llamir_rt_check_cuda(
      cuda->cuMemcpy2DAsync_v2(&copy, llamir_rt_get_stream()),
      "a copy of rows");
  llamir_rt_leave_cuda();
  return status;
}
