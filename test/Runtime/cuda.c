// What the runtime asks CUDA's driver for, in the place of which
// Inputs/cuda-driver.c stands: kernels do nothing there, so that results are
// not looked at.
//
// RUN: rm -rf %t && llamir compile %S/../Execution/block-odd-sizes.mlir --target=cuda --name=on -o %t
// RUN: %cc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -shared -fPIC %S/Inputs/cuda-driver.c -o %t/libcuda.so.1
// RUN: %cc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -I%t %s %t/*.o -L%t -lllamir_rt -lpthread -ldl -lm -o %t/program
// DEFINE: %{run} = env LD_LIBRARY_PATH=%t
// RUN: %{run} %t/program %t streams | FileCheck %s --check-prefix=STREAMS
// RUN: %{run} HL_GPU_DEVICE=0 %t/program %t graphs | FileCheck %s --check-prefix=GRAPHS
// RUN: %{run} %t/program %t memory | FileCheck %s --check-prefix=SHORT
//
// Each failure is one message, and the same the next time.
// RUN: %{run} CUDA_DRIVER_DEVICES=0 %t/program %t failures | FileCheck %s --check-prefix=NONE
// RUN: %{run} HL_GPU_DEVICE=2 %t/program %t failures | FileCheck %s --check-prefix=WHICH
// RUN: env LD_LIBRARY_PATH= %t/program %t failures | FileCheck %s --check-prefix=%if cuda %{ANY%} %else %{DRIVER%}
// RUN: %{run} CUDA_DRIVER_BYTES=1000 %t/program %t failures | FileCheck %s --check-prefix=MEMORY
// RUN: %{run} CUDA_DRIVER_FAILS=copy=2 %t/program %t failures | FileCheck %s --check-prefix=UPLOAD
// RUN: %{run} CUDA_DRIVER_FAILS=cuModuleLoadDataEx=222 %t/program %t failures | FileCheck %s --check-prefix=OLD
// RUN: %{run} CUDA_DRIVER_FAILS=cuModuleLoadDataEx=209 %t/program %t failures | FileCheck %s --check-prefix=OTHER
// RUN: %{run} CUDA_DRIVER_FAILS=cuLaunchKernel=700 %t/program %t failures | FileCheck %s --check-prefix=ADDRESS
// RUN: %{run} CUDA_DRIVER_FAILS=cuLaunchKernel=214 %t/program %t failures | FileCheck %s --check-prefix=ECC

#include "on.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { tokens = 3, width = 100 };
static llamir_weights *file;
static const void *weights;
static void *arena;
static float *x, *y;
static int32_t *positions;

static void fail(void) {
  printf("%s\n", llamir_last_error());
  exit(1);
}

static void open_model(const char *folder) {
  char path[1000];
  snprintf(path, sizeof(path), "%s/%s", folder, ON_WEIGHTS_FILE);
  file = llamir_open_weights(path, ON_FINGERPRINT, ON_WEIGHTS_BYTES);
  if (!file)
    fail();
}

static int32_t place(void) {
  int64_t bytes = sizeof(float[tokens][width]);
  int placed =
      (weights = llamir_place_weights(file, ON_DEVICE, NULL, NULL)) &&
      (arena = llamir_allocate(ON_DEVICE, on_block_arena_bytes(tokens))) &&
      (x = llamir_allocate(ON_DEVICE, bytes)) &&
      (y = llamir_allocate(ON_DEVICE, bytes)) &&
      (positions = llamir_allocate(ON_DEVICE, sizeof(int32_t[tokens])));
  return placed ? LLAMIR_OK : LLAMIR_BAD_DEVICE;
}

static int32_t call(void) {
  return on_block_on_device(weights, arena, tokens, x, positions, y);
}

static void close_model(void) {
  llamir_free(ON_DEVICE, arena);
  llamir_free(ON_DEVICE, x);
  llamir_free(ON_DEVICE, y);
  llamir_free(ON_DEVICE, positions);
  llamir_close_weights(file);
}

static void refuse(int32_t status) {
  printf("status %d: %s\n", status, llamir_last_error());
}

// A stream and memory of the caller's, who has the primary context, too.
typedef int (*make_stream)(void **, unsigned);
typedef int (*make_memory)(uint64_t *, size_t);
typedef int (*set_context)(void *);
typedef int (*get_context)(void **, int);
typedef int (*free_memory)(uint64_t);

static void *find(const char *name) {
  static void *driver;
  if (!driver)
    driver = dlopen("libcuda.so.1", RTLD_NOW);
  return driver ? dlsym(driver, name) : NULL;
}

static void run_streams(void) {
  if (place() || call() || llamir_finish_device(ON_DEVICE))
    fail();
  puts("again");
  if (call())
    fail();
  void *context, *stream;
  uint64_t memory;
  ((get_context)find("cuDevicePrimaryCtxRetain"))(&context, 11);
  ((set_context)find("cuCtxPushCurrent_v2"))(context);
  ((make_stream)find("cuStreamCreate"))(&stream, 1);
  ((make_memory)find("cuMemAlloc_v2"))(&memory, sizeof(float[tokens][width]));
  printf("the caller's stream is %d\n", (int)(uintptr_t)stream);
  static float zeros[tokens][width];
  if (llamir_set_stream(ON_DEVICE, stream) || call() ||
      llamir_copy_to_device(ON_DEVICE, (void *)memory, zeros, sizeof(zeros)) ||
      on_block_on_device(weights, arena, tokens, (float *)memory, positions, y))
    fail();
  puts("the default stream");
  if (llamir_set_stream(ON_DEVICE, NULL) || call())
    fail();
  refuse(llamir_set_stream(LLAMIR_OPENCL, stream));
  ((free_memory)find("cuMemFree_v2"))(memory);
  ((set_context)find("cuStreamDestroy_v2"))(stream);
  ((get_context)find("cuCtxPopCurrent_v2"))(&context, 0);
}
// Kernels keep the memory that they ask for; those of another stream have their
// own.
// STREAMS: context of device 1
// STREAMS: launch in stream 0
// STREAMS: allocate
// STREAMS: launch in stream 0
// STREAMS: again
// STREAMS-NOT: {{allocate|free}}
// STREAMS-COUNT-8: launch in stream 0
// STREAMS: the caller's stream is [[STREAM:[1-9][0-9]*]]
// STREAMS-NOT: stream 0
// STREAMS: allocate
// STREAMS: copy in stream [[STREAM]]
// STREAMS-NOT: {{allocate|free|stream 0}}
// STREAMS: the default stream
// STREAMS-NOT: {{allocate|free}}
// STREAMS: launch in stream 0
// STREAMS: status 1: llamir_set_stream: only CUDA has streams of the caller's, and 2 is not LLAMIR_CUDA
// STREAMS: left: 0 contexts

static void run_graphs(void) {
  if (place() || llamir_begin_capture(ON_DEVICE))
    fail();
  refuse(call());
  llamir_free_graph(llamir_end_capture(ON_DEVICE));
  if (call())
    fail();
  refuse(llamir_begin_capture(LLAMIR_VULKAN));
  if (llamir_end_capture(ON_DEVICE) == NULL)
    refuse(LLAMIR_BAD_ARGUMENT);
  puts("capture");
  if (llamir_begin_capture(ON_DEVICE) || call())
    fail();
  refuse(llamir_finish_device(ON_DEVICE));
  float zeros[1] = {0};
  refuse(llamir_copy_to_device(ON_DEVICE, x, zeros, sizeof(zeros)));
  refuse(llamir_begin_capture(ON_DEVICE));
  llamir_graph *graph = llamir_end_capture(ON_DEVICE);
  // What runs meanwhile has memory of its own.
  if (!graph || llamir_launch_graph(graph) || call() ||
      llamir_launch_graph(graph) || llamir_finish_device(ON_DEVICE))
    fail();
  puts("the graph goes");
  llamir_free_graph(graph);
  llamir_free_graph(NULL);
  refuse(llamir_launch_graph(NULL));
}
// GRAPHS: context of device 0
// GRAPHS: status 7: CUDA: kernel norm_qkv_rope failed: CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED (900): a graph is captured of a call that ran before: end the capture, make the same call once, and begin again
// GRAPHS: status 1: llamir_begin_capture: only CUDA has graphs, and 3 is not LLAMIR_CUDA: call the model's function
// GRAPHS: status 1: llamir_end_capture: this thread captures no graph of the device 1: call llamir_begin_capture first
// GRAPHS: capture
// GRAPHS-NOT: launch in
// GRAPHS: status 1: this thread captures a graph, and waiting for the end can be no part of one
// GRAPHS: status 1: this thread captures a graph, and a copy of the process's memory can be no part of one
// GRAPHS: status 1: this thread captures a graph, and another graph can be no part of one
// GRAPHS: captured [[LAUNCHES:[1-9][0-9]*]] launches
// GRAPHS: graph of [[LAUNCHES]] launches in stream 0
// GRAPHS-NOT: {{allocate|free}}
// GRAPHS: launch in stream 0
// GRAPHS-NOT: {{allocate|free}}
// GRAPHS: graph of [[LAUNCHES]] launches in stream 0
// GRAPHS: the graph goes
// GRAPHS: free
// GRAPHS: status 1: llamir_launch_graph: the graph is NULL
// GRAPHS: left: 0 contexts, {{[0-9]+}} pieces of memory, 0 streams, 0 graphs

// What kernels keep is given back where memory is short; and they ask again.
static void run_short_of_memory(void) {
  if (place() || call())
    fail();
  puts("short");
  setenv("CUDA_DRIVER_BYTES", "1", 1);
  if (!llamir_allocate(ON_DEVICE, 1000))
    refuse(LLAMIR_BAD_DEVICE);
  unsetenv("CUDA_DRIVER_BYTES");
  puts("enough");
  if (call())
    fail();
}
// SHORT: short
// SHORT-NEXT: free
// SHORT: status 7: CUDA: an allocation of 1000 bytes failed: CUDA_ERROR_OUT_OF_MEMORY (2)
// SHORT: enough
// SHORT: allocate
// SHORT: launch in stream 0

// Two times the same.
static void run_failures(void) {
  for (int i = 0; i < 2; ++i) {
    int32_t status = positions ? LLAMIR_OK : place();
    if (status == LLAMIR_OK)
      status = call();
    if (status == LLAMIR_OK)
      status = llamir_finish_device(ON_DEVICE);
    refuse(status);
  }
}
// clang-format off
// NONE-COUNT-2: status 7: there is no CUDA device: the driver finds no GPU; does nvidia-smi list one?
// WHICH-COUNT-2: status 7: there is no CUDA device: HL_GPU_DEVICE is 2 and must lie in 0 .. 1; does nvidia-smi list one?
// DRIVER-COUNT-2: status 7: there is no CUDA device: libcuda.so.1 was not found; does nvidia-smi list one?
// ANY: status
// MEMORY-COUNT-2: status 7: CUDA: an allocation of {{[0-9]+}} bytes failed: CUDA_ERROR_OUT_OF_MEMORY (2): the device has no more memory: free some, or run fewer tokens at once
// UPLOAD: allocate
// UPLOAD-NEXT: copy in stream 0
// UPLOAD-NEXT: free
// UPLOAD-NEXT: status 7: CUDA: a copy to the device failed: CUDA_ERROR_OUT_OF_MEMORY (2)
// UPLOAD-NEXT: allocate
// UPLOAD-NEXT: copy in stream 0
// UPLOAD-NEXT: free
// UPLOAD-NEXT: status 7: CUDA: a copy to the device failed: CUDA_ERROR_OUT_OF_MEMORY (2)
// OLD-COUNT-2: status 7: CUDA: kernel norm_qkv_rope failed: CUDA_ERROR_UNSUPPORTED_PTX_VERSION (222): the driver is too old for the code: install a newer one, or compile with --target=cuda
// OTHER-COUNT-2: status 7: CUDA: kernel norm_qkv_rope failed: CUDA_ERROR_NO_BINARY_FOR_GPU (209): the code is for another GPU: compile with --target=cuda
// ADDRESS: status 7: CUDA: kernel norm_qkv_rope failed: CUDA_ERROR_ILLEGAL_ADDRESS (700): the device is lost to this process: check that arrays, weights and arena have the sizes that the model's header asks for, and start the program again
// ADDRESS: status 7: CUDA: an earlier call failed: CUDA_ERROR_ILLEGAL_ADDRESS (700): the device is lost to this process
// ECC: status 7: CUDA: kernel norm_qkv_rope failed: CUDA_ERROR_ECC_UNCORRECTABLE (214): the device's memory is damaged
// ECC: status 7: CUDA: an earlier call failed: CUDA_ERROR_ECC_UNCORRECTABLE (214)
// clang-format on

int main(int argc, char **argv) {
  if (argc != 3)
    return 2;
  open_model(argv[1]);
  if (!strcmp(argv[2], "streams"))
    run_streams();
  else if (!strcmp(argv[2], "graphs"))
    run_graphs();
  else if (!strcmp(argv[2], "memory"))
    run_short_of_memory();
  else
    run_failures();
  close_model();
  return 0;
}
