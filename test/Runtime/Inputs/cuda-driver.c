// Stands for CUDA's driver, libcuda.so.1, where there is none: memory is memory
// of the process, copies copy, and kernels do nothing. Calls are printed, and
// those that the driver would not allow end the process. Streams, graphs and
// modules are numbers, which are never used again.
//
// The environment variable CUDA_DRIVER_FAILS has lines CALL=RESULT: `call` then
// returns the number. A launch does so later, as a device does: in what waits
// for it, and in each call after that. CUDA_DRIVER_BYTES is how much memory the
// device has, CUDA_DRIVER_DEVICES how many devices there are. With
// CUDA_DRIVER_NAMES launches tell of their kernels, and not of streams.

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uintptr_t handle;
enum { success, invalid_value, out_of_memory };

static handle last_handle = 100;
static handle primary; // The context.
static int retained, depth;
static int lost; // What all calls return.
static int pending_loss;

static struct {
  uint64_t begin, bytes;
} memory[1000];
static int num_memory;
static uint64_t used;

enum { most_streams = 100 };
static struct {
  handle name;
  int captures, launches;
} streams[most_streams];
static int num_streams;

static struct {
  handle name;
  int launches;
} graphs[most_streams];
static int num_graphs;

static void refuse(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("NOT ALLOWED: ", stdout);
  vprintf(format, arguments);
  va_end(arguments);
  putchar('\n');
  fflush(stdout);
  _Exit(3);
}

// What a call is told to return.
static int get_failure(const char *call) {
  if (lost)
    return lost;
  const char *told = getenv("CUDA_DRIVER_FAILS");
  size_t length = strlen(call);
  if (told && !strncmp(told, call, length) && told[length] == '=')
    return atoi(told + length + 1);
  return success;
}

static void need_context(const char *call) {
  if (depth == 0)
    refuse("%s without a context", call);
}

static int find_stream(handle stream, const char *call) {
  for (int i = 0; i < num_streams; ++i)
    if (streams[i].name == stream)
      return i;
  refuse("%s in a stream that does not exist", call);
  return -1;
}

static int is_captured(handle stream, const char *call) {
  return stream && streams[find_stream(stream, call)].captures;
}

static void check_memory(uint64_t begin, uint64_t bytes, const char *call) {
  for (int i = 0; i < num_memory; ++i)
    if (memory[i].begin <= begin &&
        begin + bytes <= memory[i].begin + memory[i].bytes)
      return;
  refuse("%s of %llu bytes that are not allocated", call,
         (unsigned long long)bytes);
}

static int wait(const char *call) {
  need_context(call);
  if (pending_loss)
    lost = pending_loss;
  return get_failure(call);
}

// Devices and contexts.

int cuInit(unsigned flags) {
  return flags ? invalid_value : get_failure("cuInit");
}

int cuGetErrorName(int result, const char **name) {
  static const struct {
    int result;
    const char *name;
  } names[] = {{2, "CUDA_ERROR_OUT_OF_MEMORY"},
               {100, "CUDA_ERROR_NO_DEVICE"},
               {209, "CUDA_ERROR_NO_BINARY_FOR_GPU"},
               {214, "CUDA_ERROR_ECC_UNCORRECTABLE"},
               {222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION"},
               {900, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED"},
               {700, "CUDA_ERROR_ILLEGAL_ADDRESS"}};
  for (size_t i = 0; i < sizeof(names) / sizeof(*names); ++i)
    if (names[i].result == result) {
      *name = names[i].name;
      return success;
    }
  return invalid_value;
}

int cuDeviceGetCount(int *count) {
  const char *told = getenv("CUDA_DRIVER_DEVICES");
  *count = told ? atoi(told) : 2;
  return get_failure("cuDeviceGetCount");
}

int cuDeviceGet(int *device, int number) {
  *device = number + 10;
  return success;
}

// The last device has most multiprocessors.
int cuDeviceGetAttribute(int *value, int attribute, int device) {
  *value = attribute == 16 ? device : 0;
  return success;
}

int cuDevicePrimaryCtxRetain(handle *context, int device) {
  printf("context of device %d\n", device - 10);
  int failure = get_failure("cuDevicePrimaryCtxRetain");
  if (failure)
    return failure;
  ++retained;
  *context = primary = primary ? primary : ++last_handle;
  return success;
}

int cuDevicePrimaryCtxRelease_v2(int device) {
  (void)device;
  if (retained-- == 0)
    refuse("a context is released that no one has");
  return success;
}

int cuCtxPushCurrent_v2(handle context) {
  if (!retained || context != primary)
    refuse("a context that does not exist");
  ++depth;
  return success;
}

int cuCtxPopCurrent_v2(handle *context) {
  if (depth-- == 0)
    refuse("a context is popped that was not pushed");
  *context = primary;
  return success;
}

int cuCtxGetDevice(int *device) {
  *device = 10;
  return success;
}

int cuCtxSynchronize(void) { return wait("cuCtxSynchronize"); }
int cuProfilerStop(void) { return success; }

// What llamir has no use for: it shares the primary context, and nothing waits
// that need not.
#define NEVER(name)                                                            \
  int name(void) {                                                             \
    refuse(#name);                                                             \
    return invalid_value;                                                      \
  }
NEVER(cuDeviceGetName)
NEVER(cuDeviceTotalMem_v2)
NEVER(cuCtxCreate_v2)
NEVER(cuCtxDestroy_v2)
NEVER(cuCtxGetApiVersion)
NEVER(cuPointerGetAttribute)
NEVER(cuModuleLoadData)
NEVER(cuMemcpyHtoD_v2)
NEVER(cuMemcpyDtoH_v2)
NEVER(cuMemcpyDtoD_v2)
NEVER(cuMemcpyDtoDAsync_v2)
NEVER(cuMemcpy3D_v2)

// Code.

int cuModuleLoadDataEx(handle *module, const char *code, unsigned count,
                       int *options, void **values) {
  (void)options;
  (void)values;
  need_context("cuModuleLoadDataEx");
  if (count || !strstr(code, ".target sm_"))
    refuse("code that is no PTX, or options");
  *module = ++last_handle;
  return get_failure("cuModuleLoadDataEx");
}

int cuModuleUnload(handle module) {
  (void)module;
  return success;
}

int cuModuleGetFunction(char **function, handle module, const char *name) {
  (void)module;
  need_context("cuModuleGetFunction");
  int failure = get_failure("cuModuleGetFunction");
  if (failure)
    return failure;
  // Stays for the driver's life.
  *function = strdup(name);
  return *function ? success : out_of_memory;
}

int cuLaunchKernel(const char *function, unsigned blocks_x, unsigned blocks_y,
                   unsigned blocks_z, unsigned threads_x, unsigned threads_y,
                   unsigned threads_z, unsigned shared_bytes, handle stream,
                   void **arguments, void **extra) {
  (void)arguments;
  (void)extra;
  (void)shared_bytes;
  need_context("cuLaunchKernel");
  if (blocks_x * blocks_y * blocks_z == 0 ||
      threads_x * threads_y * threads_z - 1 >= 1024)
    refuse("%s of so many blocks or threads", function);
  if (lost)
    return lost;
  if (is_captured(stream, "cuLaunchKernel"))
    ++streams[find_stream(stream, "cuLaunchKernel")].launches;
  else if (getenv("CUDA_DRIVER_NAMES"))
    printf("launch of %s in %u x %u x %u blocks of %u threads\n", function,
           blocks_x, blocks_y, blocks_z, threads_x * threads_y * threads_z);
  else
    printf("launch in stream %d\n", (int)stream);
  pending_loss = get_failure("cuLaunchKernel");
  return success;
}

// Memory.

int cuMemAlloc_v2(uint64_t *address, size_t bytes) {
  need_context("cuMemAlloc");
  const char *limit = getenv("CUDA_DRIVER_BYTES");
  int failure = get_failure("cuMemAlloc");
  if (!failure && limit && used + bytes > strtoull(limit, NULL, 10))
    failure = out_of_memory;
  if (failure)
    return failure;
  if (num_memory == 1000)
    refuse("so many pieces of memory");
  void *begin;
  if (posix_memalign(&begin, 512, bytes))
    return out_of_memory;
  memory[num_memory].begin = *address = (uint64_t)begin;
  memory[num_memory++].bytes = bytes;
  used += bytes;
  puts("allocate");
  return success;
}

int cuMemFree_v2(uint64_t address) {
  need_context("cuMemFree");
  for (int i = 0; i < num_memory; ++i)
    if (memory[i].begin == address) {
      used -= memory[i].bytes;
      memory[i] = memory[--num_memory];
      free((void *)address);
      puts("free");
      return lost;
    }
  refuse("memory is freed that was not allocated");
  return invalid_value;
}

static int copy(void *to, const void *from, size_t bytes, handle stream,
                const char *call) {
  need_context(call);
  if (is_captured(stream, call))
    refuse("%s in a graph", call);
  printf("%s in stream %d\n", call, (int)stream);
  int failure = get_failure(call);
  if (!failure)
    memcpy(to, from, bytes);
  return failure;
}

int cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t bytes,
                         handle stream) {
  check_memory(to, bytes, "copy");
  return copy((void *)to, from, bytes, stream, "copy");
}

int cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t bytes, handle stream) {
  check_memory(from, bytes, "copy");
  return copy(to, (const void *)from, bytes, stream, "copy");
}

typedef struct {
  size_t from_x, from_y;
  int from_kind;
  const void *from_host;
  uint64_t from;
  void *from_array;
  size_t from_pitch, to_x, to_y;
  int to_kind;
  void *to_host;
  uint64_t to;
  void *to_array;
  size_t to_pitch, bytes, rows;
} rows_copy;

int cuMemcpy2DAsync_v2(const rows_copy *rows, handle stream) {
  need_context("cuMemcpy2DAsync");
  if (rows->from_kind != 2 || rows->to_kind != 2 ||
      rows->bytes > rows->from_pitch || rows->bytes > rows->to_pitch)
    refuse("a copy of such rows");
  for (size_t i = 0; i < rows->rows; ++i) {
    uint64_t from = rows->from + i * rows->from_pitch,
             to = rows->to + i * rows->to_pitch;
    check_memory(from, rows->bytes, "copy of rows");
    check_memory(to, rows->bytes, "copy of rows");
    if (!is_captured(stream, "copy of rows"))
      memcpy((void *)to, (const void *)from, rows->bytes);
  }
  return get_failure("cuMemcpy2DAsync");
}

// Streams and graphs.

int cuStreamCreate(handle *stream, unsigned flags) {
  (void)flags;
  need_context("cuStreamCreate");
  if (num_streams == most_streams)
    refuse("so many streams");
  streams[num_streams].captures = streams[num_streams].launches = 0;
  *stream = streams[num_streams++].name = ++last_handle;
  return get_failure("cuStreamCreate");
}

int cuStreamDestroy_v2(handle stream) {
  int found = find_stream(stream, "cuStreamDestroy");
  streams[found] = streams[--num_streams];
  return success;
}

int cuStreamSynchronize(handle stream) {
  if (is_captured(stream, "cuStreamSynchronize"))
    refuse("a captured stream is waited for");
  return wait("cuStreamSynchronize");
}

int cuStreamBeginCapture_v2(handle stream, int mode) {
  need_context("cuStreamBeginCapture");
  if (!stream || mode != 2 || is_captured(stream, "cuStreamBeginCapture"))
    refuse("a capture of this stream");
  streams[find_stream(stream, "cuStreamBeginCapture")].captures = 1;
  return get_failure("cuStreamBeginCapture");
}

int cuStreamEndCapture(handle stream, handle *graph) {
  need_context("cuStreamEndCapture");
  if (!is_captured(stream, "cuStreamEndCapture"))
    refuse("the end of a capture that did not begin");
  int found = find_stream(stream, "cuStreamEndCapture");
  streams[found].captures = 0;
  graphs[num_graphs].launches = streams[found].launches;
  *graph = graphs[num_graphs++].name = ++last_handle;
  printf("captured %d launches\n", streams[found].launches);
  return get_failure("cuStreamEndCapture");
}

static int find_graph(handle graph) {
  for (int i = 0; i < num_graphs; ++i)
    if (graphs[i].name == graph)
      return i;
  refuse("a graph that does not exist");
  return -1;
}

int cuGraphInstantiateWithFlags(handle *launchable, handle graph,
                                unsigned long long flags) {
  if (flags)
    refuse("flags of a graph");
  graphs[num_graphs].launches = graphs[find_graph(graph)].launches;
  *launchable = graphs[num_graphs++].name = ++last_handle;
  return get_failure("cuGraphInstantiate");
}

static int destroy_graph(handle graph) {
  int found = find_graph(graph);
  graphs[found] = graphs[--num_graphs];
  return success;
}

int cuGraphDestroy(handle graph) { return destroy_graph(graph); }
int cuGraphExecDestroy(handle graph) { return destroy_graph(graph); }

int cuGraphLaunch(handle graph, handle stream) {
  need_context("cuGraphLaunch");
  if (is_captured(stream, "cuGraphLaunch"))
    refuse("a graph in a graph");
  printf("graph of %d launches in stream %d\n",
         graphs[find_graph(graph)].launches, (int)stream);
  return get_failure("cuGraphLaunch");
}

__attribute__((destructor)) static void report(void) {
  printf("left: %d contexts, %d pieces of memory, %d streams, %d graphs\n",
         depth, num_memory, num_streams, num_graphs);
}
