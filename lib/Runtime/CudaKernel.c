/*===- CudaKernel.c - Kernels for tensor cores --------------------*- C -*-===*\
|*                                                                            *|
|* Part of llamir, under the Apache License v2.0 with LLVM Exceptions.        *|
|* See LICENSE for licence information.                                       *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
|*===----------------------------------------------------------------------===*|
|*                                                                            *|
|* Kernels that are no Halide pipelines come as PTX. The driver compiles each *|
|* when it is to run for the first time.                                      *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#include "Cuda.h"
#include "Errors.h"
#include "Generated.h"
#include "HalideRuntime.h"
#include "Runtime.h"
#include <pthread.h>
#include <stdlib.h>

typedef struct loaded_kernel {
  const llamir_rt_tensor_kernel *of;
  void *module, *function;
  struct loaded_kernel *next;
} loaded_kernel;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static loaded_kernel *loaded;

/* With the lock and the context: the function of a kernel, or NULL. */
static void *load(const cuda_driver *cuda, const llamir_rt_tensor_kernel *of) {
  for (const loaded_kernel *it = loaded; it; it = it->next)
    if (it->of == of)
      return it->function;
  loaded_kernel *made = malloc(sizeof(*made));
  if (!made) {
    llamir_rt_fail(LLAMIR_BAD_DEVICE, "there is no memory");
    return NULL;
  }
  *made = (loaded_kernel){of, NULL, NULL, loaded};
  cuda_result result = llamir_rt_note_cuda(
      cuda->cuModuleLoadDataEx(&made->module, of->ptx, 0, NULL, NULL));
  if (result == 0)
    result = llamir_rt_note_cuda(
        cuda->cuModuleGetFunction(&made->function, made->module, of->name));
  if (result) {
    if (made->module)
      cuda->cuModuleUnload(made->module);
    free(made);
    return NULL;
  }
  loaded = made;
  return made->function;
}

void llamir_rt_drop_kernels(const cuda_driver *cuda) {
  pthread_mutex_lock(&lock);
  while (loaded) {
    loaded_kernel *dropped = loaded;
    loaded = dropped->next;
    cuda->cuModuleUnload(dropped->module);
    free(dropped);
  }
  pthread_mutex_unlock(&lock);
}

/* The rows of an array are its outermost dimension. */
static halide_dimension_t *get_rows(const halide_buffer_t *array) {
  return &array->dim[array->dimensions - 1];
}

/* Kernels copy pieces of 16 bytes, and count rows in 32 bits. */
static int fits(const halide_buffer_t *array) {
  enum { piece = 16, most_rows = 1 << 30 };
  const halide_dimension_t *rows = get_rows(array);
  int64_t bytes = (int64_t)rows->stride * array->type.bits / 8;
  return array->device % piece == 0 && bytes % piece == 0 &&
         rows->extent <= most_rows;
}

int32_t llamir_rt_run_tensor_kernel(void **arrays, int32_t count,
                                    const llamir_rt_tensor_kernel *of,
                                    int32_t (*kernel)(void **)) {
  enum { most_arrays = 8, most_blocks = 65535 };
  halide_buffer_t **all = (halide_buffer_t **)arrays;
  int32_t rows = get_rows(all[count - 1])->extent;
  int64_t blocks = ((int64_t)rows + of->rows - 1) / of->rows;
  int is_fit =
      count <= most_arrays && rows >= of->least && blocks <= most_blocks;
  for (int32_t i = 0; i < count && is_fit; ++i)
    is_fit = fits(all[i]);
  if (!is_fit)
    return kernel(arrays);
  const cuda_driver *cuda = llamir_rt_enter_cuda();
  if (!cuda)
    return halide_error_code_generic_error;
  pthread_mutex_lock(&lock);
  void *function = load(cuda, of);
  pthread_mutex_unlock(&lock);
  void *arguments[3 * most_arrays];
  for (int32_t i = 0; i < count; ++i) {
    arguments[3 * i] = &all[i]->device;
    arguments[3 * i + 1] = &get_rows(all[i])->extent;
    arguments[3 * i + 2] = &get_rows(all[i])->stride;
  }
  int is_launched =
      function && llamir_rt_note_cuda(cuda->cuLaunchKernel(
                      function, (unsigned)of->parts, (unsigned)blocks, 1,
                      (unsigned)of->threads, 1, 1, 0, llamir_rt_get_stream(),
                      arguments, NULL)) == 0;
  llamir_rt_leave_cuda();
  return is_launched ? 0 : halide_error_code_gpu_device_error;
}
