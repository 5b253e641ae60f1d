/*===- CudaDriver.c - CUDA's driver and its errors ----------------*- C -*-===*\
|*                                                                            *|
|* Part of llamir, under the Apache License v2.0 with LLVM Exceptions.        *|
|* See LICENSE for licence information.                                       *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
|*===----------------------------------------------------------------------===*|
|*                                                                            *|
|* Halide's runtime asks here for the driver's functions (CMakeLists.txt      *|
|* renames its dlsym), so that both use the same library, and failures are    *|
|* known by their numbers: Halide's messages have not all of them.            *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#include "Cuda.h"
#include "Errors.h"
#include "Generated.h"
#include "HalideRuntime.h"
#include "HalideRuntimeCuda.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *library;
static cuda_driver driver;
static void *context;
static int device;
/* The failure after which the context is of no more use. */
static _Atomic cuda_result lost;

/*===------------------------------- Errors -------------------------------===*/

enum { out_of_memory = 2, capture_unsupported = 900 };

typedef struct {
  cuda_result result;
  int loses_device;
  const char *advice;
} failure;

static const char failed_kernel[] =
    "the device is lost to this process: check that arrays, weights and arena "
    "have the sizes that the model's header asks for, and start the program "
    "again";

static const failure failures[] = {
    {out_of_memory, 0,
     "the device has no more memory: free some, or run fewer tokens at once"},
    {100, 0, "the driver finds no GPU"},
    {101, 0, "HL_GPU_DEVICE names no GPU"},
    {200, 0, "the driver cannot read the code: compile for another target"},
    {209, 0, "the code is for another GPU: compile with --target=cuda"},
    {214, 1,
     "the device's memory is damaged (nvidia-smi -q -d ECC shows it): the "
     "device is lost to this process; reset it, and start the program again"},
    {218, 0, "the driver cannot read the code: compile for another target"},
    {222, 0,
     "the driver is too old for the code: install a newer one, or compile "
     "with --target=cuda"},
    {700, 1, failed_kernel},
    {701, 0,
     "the kernel needs more registers than the device has for its threads: "
     "compile with another --target"},
    {702, 1, failed_kernel},
    {710, 1, failed_kernel},
    {714, 1, failed_kernel},
    {715, 1, failed_kernel},
    {716, 1, failed_kernel},
    {717, 1, failed_kernel},
    {718, 1, failed_kernel},
    {719, 1, failed_kernel},
    {803, 0,
     "the driver's library is not of the kernel module's version: restart the "
     "machine"},
    {capture_unsupported, 0,
     "a graph is captured of a call that ran before: end the capture, make the "
     "same call once, and begin again"},
    {999, 1, "the device is lost to this process: start the program again"}};

static const failure *find_failure(cuda_result result) {
  for (size_t i = 0; i < sizeof(failures) / sizeof(*failures); ++i)
    if (failures[i].result == result)
      return &failures[i];
  return NULL;
}

cuda_result llamir_rt_note_cuda(cuda_result result) {
  if (result == 0)
    return result;
  llamir_rt_set_cuda_failure(result);
  const failure *known = find_failure(result);
  cuda_result none = 0;
  if (known && known->loses_device)
    __atomic_compare_exchange_n((cuda_result *)&lost, &none, result, 0,
                                __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  return result;
}

const char *llamir_rt_explain_cuda(void) {
  cuda_result result = llamir_rt_take_cuda_failure();
  if (lost)
    result = lost;
  char *text = llamir_rt_get_message();
  if (result == 0 || !text)
    return NULL;
  const char *name = NULL;
  if (!driver.cuGetErrorName || driver.cuGetErrorName(result, &name) || !name)
    name = "an error of the driver";
  const failure *known = find_failure(result);
  snprintf(text, llamir_rt_message_size, "%s (%d): %s", name, result,
           known ? known->advice : "look the number up under CUresult");
  return text;
}

int32_t llamir_rt_check_cuda(cuda_result result, const char *what) {
  if (llamir_rt_note_cuda(result) == 0)
    return LLAMIR_OK;
  char text[llamir_rt_message_size];
  const char *why = llamir_rt_explain_cuda();
  snprintf(text, sizeof(text), "%s", why ? why : "");
  return llamir_rt_fail(LLAMIR_BAD_DEVICE, "CUDA: %s failed: %s", what, text);
}

/*===------------------------------- Driver -------------------------------===*/

static int32_t load(void) {
  if (library)
    return LLAMIR_OK;
  void *opened = dlopen("libcuda.so.1", RTLD_NOW);
  if (!opened)
    return llamir_rt_fail(LLAMIR_BAD_DEVICE, "libcuda.so.1 was not found");
  const char *missing = NULL;
#define LLAMIR_CUDA_FIND(name, arguments)                                      \
  {                                                                            \
    void *found = dlsym(opened, #name);                                        \
    memcpy((void *)&driver.name, &found, sizeof(found));                       \
    if (!found && !missing)                                                    \
      missing = #name;                                                         \
  }
  LLAMIR_CUDA_FUNCTIONS(LLAMIR_CUDA_FIND)
#undef LLAMIR_CUDA_FIND
  if (missing) {
    memset(&driver, 0, sizeof(driver));
    dlclose(opened);
    return llamir_rt_fail(LLAMIR_BAD_DEVICE,
                          "libcuda.so.1 has no %s: install a driver of CUDA "
                          "11.4 or newer",
                          missing);
  }
  library = opened;
  return LLAMIR_OK;
}

/* Halide would let kernels have 64 registers at most. */
static cuda_result load_module(void **module, const void *code, unsigned count,
                               int *options, void **values) {
  (void)count;
  (void)options;
  (void)values;
  return llamir_rt_note_cuda(
      driver.cuModuleLoadDataEx(module, code, 0, NULL, NULL));
}

static cuda_result launch(void *kernel, unsigned blocks_x, unsigned blocks_y,
                          unsigned blocks_z, unsigned threads_x,
                          unsigned threads_y, unsigned threads_z,
                          unsigned shared_bytes, void *stream, void **arguments,
                          void **extra) {
  return llamir_rt_note_cuda(driver.cuLaunchKernel(
      kernel, blocks_x, blocks_y, blocks_z, threads_x, threads_y, threads_z,
      shared_bytes, stream, arguments, extra));
}

static cuda_result synchronize(void *stream) {
  return llamir_rt_note_cuda(driver.cuStreamSynchronize(stream));
}

/* A pipeline gives tables to the device in its first call, and keeps them there
 * for kernels of all streams. */
static cuda_result copy_table_in(cuda_address to, const void *from,
                                 size_t bytes, void *stream) {
  if (llamir_rt_get_capture())
    return llamir_rt_note_cuda(capture_unsupported);
  cuda_result result = driver.cuMemcpyHtoDAsync_v2(to, from, bytes, stream);
  if (result == 0)
    result = driver.cuStreamSynchronize(stream);
  return llamir_rt_note_cuda(result);
}

static cuda_result copy_table(cuda_address to, const void *from, size_t bytes) {
  return copy_table_in(to, from, bytes, llamir_rt_get_stream());
}

void *llamir_rt_find_symbol(void *handle, const char *name) {
  if (strncmp(name, "cu", 2) != 0)
    return dlsym(handle, name);
  static const struct {
    const char *name;
    union {
      cuda_result (*load)(void **, const void *, unsigned, int *, void **);
      cuda_result (*launch)(void *, unsigned, unsigned, unsigned, unsigned,
                            unsigned, unsigned, unsigned, void *, void **,
                            void **);
      cuda_result (*copy)(cuda_address, const void *, size_t);
      cuda_result (*copy_in)(cuda_address, const void *, size_t, void *);
      cuda_result (*synchronize)(void *);
      void *symbol;
    } function;
  } noted[] = {{"cuModuleLoadDataEx", {.load = load_module}},
               {"cuLaunchKernel", {.launch = launch}},
               {"cuMemcpyHtoD_v2", {.copy = copy_table}},
               {"cuMemcpyHtoDAsync_v2", {.copy_in = copy_table_in}},
               {"cuStreamSynchronize", {.synchronize = synchronize}}};
  for (size_t i = 0; i < sizeof(noted) / sizeof(*noted); ++i)
    if (!strcmp(noted[i].name, name))
      return noted[i].function.symbol;
  return library ? dlsym(library, name) : NULL;
}

/*===------------------------------- Context ------------------------------===*/

/* The device that HL_GPU_DEVICE names, or the one with the most
 * multiprocessors. */
static int32_t choose_device(void) {
  enum { multiprocessors = 16 /* CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT */ };
  int count = 0, most = -1, chosen = halide_get_gpu_device(NULL);
  int32_t status = llamir_rt_check_cuda(driver.cuInit(0), "the driver's start");
  if (status)
    return status;
  status =
      llamir_rt_check_cuda(driver.cuDeviceGetCount(&count), "counting GPUs");
  if (status == LLAMIR_OK && count <= 0)
    status = llamir_rt_fail(LLAMIR_BAD_DEVICE, "the driver finds no GPU");
  if (status)
    return status;
  if (chosen >= count)
    return llamir_rt_fail(LLAMIR_BAD_DEVICE,
                          "HL_GPU_DEVICE is %d and must lie in 0 .. %d", chosen,
                          count - 1);
  for (int i = 0; i < count && status == LLAMIR_OK; ++i) {
    int candidate = 0, number = 0;
    if (chosen >= 0 && i != chosen)
      continue;
    status = llamir_rt_check_cuda(driver.cuDeviceGet(&candidate, i), "a GPU");
    if (status == LLAMIR_OK &&
        driver.cuDeviceGetAttribute(&number, multiprocessors, candidate) == 0 &&
        number > most) {
      most = number;
      device = candidate;
    }
  }
  return status;
}

/* With the lock. */
static int32_t open_context(void) {
  if (context)
    return LLAMIR_OK;
  int32_t status = load();
  if (status == LLAMIR_OK)
    status = choose_device();
  if (status)
    return status;
  return llamir_rt_check_cuda(driver.cuDevicePrimaryCtxRetain(&context, device),
                              "the GPU's context");
}

/* What pointers of cudaMalloc and streams of the CUDA runtime belong to. */
static int acquire_context(void *user_context, void **acquired, bool create) {
  (void)user_context;
  *acquired = NULL;
  if (lost)
    return create ? lost : 0;
  pthread_mutex_lock(&lock);
  int32_t status = create ? open_context() : LLAMIR_OK;
  *acquired = context;
  pthread_mutex_unlock(&lock);
  return status ? halide_error_code_gpu_device_error : 0;
}

static int release_context(void *user_context) {
  (void)user_context;
  return 0;
}

static int get_stream(void *user_context, void *current, void **stream) {
  (void)user_context;
  (void)current;
  *stream = llamir_rt_get_stream();
  return 0;
}

void llamir_rt_keep_cuda(void) {
  llamir_rt_keep_cuda_threads();
  halide_set_cuda_acquire_context(acquire_context);
  halide_set_cuda_release_context(release_context);
  halide_set_cuda_get_stream(get_stream);
}

void llamir_rt_drop_cuda(void) {
  llamir_rt_drop_products();
  if (context) {
    if (driver.cuCtxPushCurrent_v2(context) == 0) {
      llamir_rt_drop_kernels(&driver);
      llamir_rt_leave_cuda();
    }
    driver.cuDevicePrimaryCtxRelease_v2(device);
  }
  context = NULL;
  lost = 0;
  llamir_rt_drop_cuda_threads();
}

int32_t llamir_rt_check_lost(void) {
  return llamir_rt_check_cuda(lost, "an earlier call");
}

int32_t llamir_rt_find_cuda(void) {
  pthread_mutex_lock(&lock);
  int32_t status = open_context();
  pthread_mutex_unlock(&lock);
  return status;
}

const cuda_driver *llamir_rt_enter_cuda(void) {
  if (llamir_rt_check_lost() || llamir_rt_find_cuda() ||
      llamir_rt_check_cuda(driver.cuCtxPushCurrent_v2(context), "a call"))
    return NULL;
  return &driver;
}

void llamir_rt_leave_cuda(void) {
  void *left;
  driver.cuCtxPopCurrent_v2(&left);
}
