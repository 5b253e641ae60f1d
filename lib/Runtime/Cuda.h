/*===- Cuda.h - CUDA's driver, contexts and streams ---------------*- C -*-===*\
|*                                                                            *|
|* Part of llamir, under the Apache License v2.0 with LLVM Exceptions.        *|
|* See LICENSE for licence information.                                       *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef LLAMIR_RUNTIME_CUDA_H
#define LLAMIR_RUNTIME_CUDA_H

#include "llamir/Runtime/llamir_runtime.h"
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* CUresult, of which 0 is success. Contexts, streams, graphs and events are
 * pointers to what only the driver knows. */
typedef int cuda_result;
typedef uint64_t cuda_address;

/* CUDA_MEMCPY2D. */
typedef struct {
  size_t from_x, from_y;
  int from_kind;
  const void *from_host;
  cuda_address from;
  void *from_array;
  size_t from_pitch;
  size_t to_x, to_y;
  int to_kind;
  void *to_host;
  cuda_address to;
  void *to_array;
  size_t to_pitch;
  size_t bytes, rows;
} cuda_copy_2d;

/* The driver's functions, each with its name in libcuda.so.1. */
#define LLAMIR_CUDA_FUNCTIONS(X)                                               \
  X(cuInit, (unsigned))                                                        \
  X(cuGetErrorName, (cuda_result, const char **))                              \
  X(cuDeviceGetCount, (int *))                                                 \
  X(cuDeviceGet, (int *, int))                                                 \
  X(cuDeviceGetAttribute, (int *, int, int))                                   \
  X(cuDevicePrimaryCtxRetain, (void **, int))                                  \
  X(cuDevicePrimaryCtxRelease_v2, (int))                                       \
  X(cuCtxPushCurrent_v2, (void *))                                             \
  X(cuCtxPopCurrent_v2, (void **))                                             \
  X(cuModuleLoadDataEx, (void **, const void *, unsigned, int *, void **))     \
  X(cuModuleGetFunction, (void **, void *, const char *))                      \
  X(cuModuleUnload, (void *))                                                  \
  X(cuMemAlloc_v2, (cuda_address *, size_t))                                   \
  X(cuMemFree_v2, (cuda_address))                                              \
  X(cuMemcpyHtoDAsync_v2, (cuda_address, const void *, size_t, void *))        \
  X(cuMemcpyDtoHAsync_v2, (void *, cuda_address, size_t, void *))              \
  X(cuMemcpy2DAsync_v2, (const cuda_copy_2d *, void *))                        \
  X(cuLaunchKernel, (void *, unsigned, unsigned, unsigned, unsigned, unsigned, \
                     unsigned, unsigned, void *, void **, void **))            \
  X(cuStreamCreate, (void **, unsigned))                                       \
  X(cuStreamSynchronize, (void *))                                             \
  X(cuStreamDestroy_v2, (void *))                                              \
  X(cuStreamBeginCapture_v2, (void *, int))                                    \
  X(cuStreamEndCapture, (void *, void **))                                     \
  X(cuGraphInstantiateWithFlags, (void **, void *, unsigned long long))        \
  X(cuGraphLaunch, (void *, void *))                                           \
  X(cuGraphDestroy, (void *))                                                  \
  X(cuGraphExecDestroy, (void *))

typedef struct {
#define LLAMIR_CUDA_MEMBER(name, arguments) cuda_result(*name) arguments;
  /* NOLINTNEXTLINE(readability-identifier-naming): the driver's names. */
  LLAMIR_CUDA_FUNCTIONS(LLAMIR_CUDA_MEMBER)
#undef LLAMIR_CUDA_MEMBER
} cuda_driver;

/* Makes Halide use the device's primary context and the thread's stream. */
void llamir_rt_keep_cuda(void);

/* Lets the context and what is known of threads go. Before the code goes away.
 */
void llamir_rt_drop_cuda(void);

/* The driver, with the context current in the calling thread until
 * llamir_rt_leave_cuda; NULL leaves a message, and nothing to leave. */
const cuda_driver *llamir_rt_enter_cuda(void);
void llamir_rt_leave_cuda(void);

/* Looks for a device; and whether the one that was found is lost. */
int32_t llamir_rt_find_cuda(void);
int32_t llamir_rt_check_lost(void);

/* Keeps in mind how a call of the driver ended, and returns it. */
cuda_result llamir_rt_note_cuda(cuda_result result);

/* What the last failure of the driver in this thread was, and what to do, or
 * NULL; and forgets it. A device that is lost stays so. */
const char *llamir_rt_explain_cuda(void);

/* LLAMIR_OK if `result` is success, otherwise fails, with what was tried. */
int32_t llamir_rt_check_cuda(cuda_result result, const char *what);

/* The stream of the calling thread, and the graph that it captures, or NULL. */
void *llamir_rt_get_stream(void);
llamir_graph *llamir_rt_get_capture(void);
int32_t llamir_rt_set_capture(llamir_graph *graph, void *stream);

/* Fails, if the thread captures a graph, of which `what` can be no part. */
int32_t llamir_rt_refuse_capture(const char *what);

/* What is known of threads: made ready and let go by the two functions above.
 */
void llamir_rt_keep_cuda_threads(void);
void llamir_rt_drop_cuda_threads(void);
void llamir_rt_set_cuda_failure(cuda_result result);
cuda_result llamir_rt_take_cuda_failure(void);

/* Halide's dlsym. */
void *llamir_rt_find_symbol(void *handle, const char *name);

/* Memory of exactly so many bytes: Halide would round them up and keep them.
 * The first returns 0 if there is none. */
cuda_address llamir_rt_allocate_cuda(size_t bytes);
void llamir_rt_free_cuda(cuda_address address);

/* Copies in the order of the thread's stream; the first waits for the end. */
int32_t llamir_rt_copy_cuda(cuda_address device, void *host, size_t bytes,
                            int to_device);
int32_t llamir_rt_copy_cuda_rows(cuda_address to, cuda_address from,
                                 size_t rows, size_t bytes, size_t stride);

/* Let cuBLASLt and loaded kernels go. Before the context does. */
void llamir_rt_drop_products(void);
void llamir_rt_drop_kernels(const cuda_driver *cuda);

/* Waits for the thread's stream. */
int32_t llamir_rt_finish_cuda(void);

#ifdef __cplusplus
}
#endif

#endif /* LLAMIR_RUNTIME_CUDA_H */
