/*===- Device.c - Memory of devices -----------------------------*- C -*-===*\
|*                                                                            *|
|* Part of llamir, under the Apache License v2.0 with LLVM Exceptions.        *|
|* See LICENSE for licence information.                                       *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
|*===----------------------------------------------------------------------===*|
|*                                                                            *|
|* Device memory has addresses, with which a model's function counts as it    *|
|* does with those of the processor's memory. CUDA has them; for OpenCL and   *|
|* Vulkan, whose memory has handles, they are made up here, and found again   *|
|* when a kernel is launched.                                                 *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#include "Device.h"
#include "Cuda.h"
#include "DeviceMemory.h"
#include "Errors.h"
#include "Generated.h"
#include "HalideRuntime.h"
#include "HalideRuntimeCuda.h"
#include "HalideRuntimeOpenCL.h"
#include "Runtime.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* HalideRuntimeVulkan.h is no C. */
extern const struct halide_device_interface_t *
halide_vulkan_device_interface(void);
extern void halide_vulkan_set_alloc_config(const char *config);
extern void *halide_vulkan_get_symbol(void *user_context, const char *name);

enum {
  /* Where handles of parts of memory may begin: multiples of what devices ask
   * for at most (CL_DEVICE_MEM_BASE_ADDR_ALIGN is up to 4096 bits,
   * minStorageBufferOffsetAlignment up to 256 bytes). */
  handle_alignment = 512,
  /* Memory lies in rows of so many bytes, because Halide counts with 32 bits.
   * Its sizes are multiples of that, if they are larger. */
  row_bytes = 1 << 20
};

/* Bytes that are copied at once. */
static const int64_t copy_bytes = (int64_t)1 << 28;

/* Where the addresses that are made up begin. */
static const uint64_t first_address = (uint64_t)1 << 46;

typedef struct {
  llamir_device device;
  uint64_t address;
  int64_t bytes;
  /* With `dims` as its dimensions. */
  halide_buffer_t whole;
  halide_dimension_t dims[2];
  /* A handle of it all: Halide gives Vulkan's memory to the next who asks when
   * the last handle of a part is given back. */
  halide_buffer_t hold;
} allocation;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static allocation **allocations;
static size_t num_allocations;
static uint64_t next_address;
/* Devices that were used. */
static int in_use[LLAMIR_VULKAN + 1];

static const char *get_device_name(llamir_device device) {
  switch (device) {
  case LLAMIR_PROCESSOR:
    return "processor";
  case LLAMIR_CUDA:
    return "CUDA";
  case LLAMIR_OPENCL:
    return "OpenCL";
  case LLAMIR_VULKAN:
    return "Vulkan";
  }
  return NULL;
}

static const struct halide_device_interface_t *
get_interface(llamir_device device) {
  switch (device) {
  case LLAMIR_PROCESSOR:
    break;
  case LLAMIR_CUDA:
    return halide_cuda_device_interface();
  case LLAMIR_OPENCL:
    return halide_opencl_device_interface();
  case LLAMIR_VULKAN:
    return halide_vulkan_device_interface();
  }
  return NULL;
}

/* The program that lists them. */
static const char *get_lister(llamir_device device) {
  switch (device) {
  case LLAMIR_PROCESSOR:
    break;
  case LLAMIR_CUDA:
    return "nvidia-smi";
  case LLAMIR_OPENCL:
    return "clinfo";
  case LLAMIR_VULKAN:
    return "vulkaninfo";
  }
  return NULL;
}

/* Addresses are what the device itself knows. */
static int has_addresses(llamir_device device) { return device == LLAMIR_CUDA; }

/* Copies what the driver or Halide said of the call that has just failed: the
 * next message takes its place. `text` has room for llamir_rt_message_size
 * bytes. */
static void copy_message(llamir_device device, char *text) {
  const char *message = device == LLAMIR_CUDA ? llamir_rt_explain_cuda() : NULL;
  if (!message)
    message = llamir_rt_get_message();
  text[0] = 0;
  if (message)
    strncat(text, message, llamir_rt_message_size - 1);
  for (size_t end = strlen(text); end && text[end - 1] == ' '; --end)
    text[end - 1] = 0;
}

static int32_t fail_on_device(llamir_device device, const char *what,
                              int64_t bytes) {
  char text[llamir_rt_message_size];
  copy_message(device, text);
  return llamir_rt_fail(LLAMIR_BAD_DEVICE, "%s: %s of %lld bytes failed: %s",
                        get_device_name(device), what, (long long)bytes, text);
}

static void forget_message(void) {
  llamir_rt_take_cuda_failure();
  char *message = llamir_rt_get_message();
  if (message)
    *message = 0;
}

/*===------------------------------- Devices ------------------------------===*/

static void ignore(void *user_context, const char *text) {
  (void)user_context;
  (void)text;
}

/* VkExtensionProperties. */
typedef struct {
  char name[256];
  uint32_t version;
} vulkan_extension;

/* vkEnumerateInstanceExtensionProperties. */
typedef int32_t (*list_extensions_t)(const char *layer, uint32_t *number,
                                     vulkan_extension *extensions);

/* Whether there is a driver with the extension that Halide asks for. Without
 * one it would abort instead of returning an error. */
static int has_vulkan_driver(void) {
  static const char needed[] = "VK_KHR_get_physical_device_properties2";
  union {
    void *symbol;
    list_extensions_t call;
  } list;
  list.symbol =
      halide_vulkan_get_symbol(NULL, "vkEnumerateInstanceExtensionProperties");
  if (!list.symbol) {
    llamir_rt_fail(LLAMIR_BAD_DEVICE, "libvulkan.so.1 was not found");
    return 0;
  }
  uint32_t number = 0;
  vulkan_extension *extensions = NULL;
  int found = 0;
  if (list.call(NULL, &number, NULL) == 0 && number &&
      (extensions = calloc(number, sizeof(*extensions))) &&
      list.call(NULL, &number, extensions) == 0)
    for (uint32_t i = 0; i < number; ++i)
      found |= !strcmp(extensions[i].name, needed);
  free(extensions);
  if (!found)
    llamir_rt_fail(LLAMIR_BAD_DEVICE, "no driver with %s was found", needed);
  return found;
}

/* Halide looks for the driver and a device when it is asked for something. */
static int find_device(llamir_device device) {
  if (device == LLAMIR_CUDA)
    return llamir_rt_find_cuda();
  if (device != LLAMIR_VULKAN)
    return halide_device_sync_global(NULL, get_interface(device));
  if (!has_vulkan_driver())
    return -1;
  /* Sizes of memory are multiples of 256 bytes (the last number; the others are
   * what they are otherwise): Halide has small pieces overlap. It prints what
   * it is told. */
  halide_vulkan_set_alloc_config("0:32:0:0:256");
  halide_print_t print = halide_set_custom_print(ignore);
  int status = halide_device_sync_global(NULL, get_interface(device));
  halide_set_custom_print(print);
  return status;
}

int32_t llamir_open_device(llamir_device device) {
  llamir_rt_initialize();
  if (device == LLAMIR_PROCESSOR)
    return LLAMIR_OK;
  if (!get_device_name(device))
    return llamir_rt_fail(LLAMIR_BAD_ARGUMENT, "%d is no llamir_device",
                          (int)device);
  pthread_mutex_lock(&lock);
  int known = in_use[device];
  pthread_mutex_unlock(&lock);
  if (known)
    return device == LLAMIR_CUDA ? llamir_rt_check_lost() : LLAMIR_OK;
  forget_message();
  if (find_device(device)) {
    char text[llamir_rt_message_size];
    copy_message(device, text);
    return llamir_rt_fail(LLAMIR_BAD_DEVICE,
                          "there is no %s device: %s; does %s list one?",
                          get_device_name(device), text, get_lister(device));
  }
  pthread_mutex_lock(&lock);
  in_use[device] = 1;
  pthread_mutex_unlock(&lock);
  return LLAMIR_OK;
}

int32_t llamir_finish_device(llamir_device device) {
  if (device == LLAMIR_PROCESSOR)
    return LLAMIR_OK;
  int32_t status = llamir_open_device(device);
  if (status)
    return status;
  if (device == LLAMIR_CUDA)
    return llamir_rt_finish_cuda();
  forget_message();
  if (halide_device_sync_global(NULL, get_interface(device)))
    return fail_on_device(device, "waiting for the end", 0);
  return LLAMIR_OK;
}

static int32_t take_handle(const allocation *memory, uint64_t offset,
                           halide_buffer_t *array);

/*===------------------------------- Memory -------------------------------===*/

static void *allocate_on_processor(int64_t bytes) {
  void *memory = NULL;
  if (posix_memalign(&memory, 4096, bytes ? (size_t)bytes : 1)) {
    llamir_rt_fail(LLAMIR_BAD_ARGUMENT, "there is no memory for %lld bytes",
                   (long long)bytes);
    return NULL;
  }
  return memory;
}

/* Describes `bytes` bytes as rows of row_bytes, or as one. */
static void describe(halide_buffer_t *buffer, halide_dimension_t *dims,
                     int64_t bytes) {
  memset(buffer, 0, sizeof(*buffer));
  memset(dims, 0, 2 * sizeof(*dims));
  buffer->type.code = halide_type_uint;
  buffer->type.bits = 8;
  buffer->type.lanes = 1;
  buffer->dimensions = 2;
  buffer->dim = dims;
  dims[0].stride = 1;
  dims[0].extent = bytes < row_bytes ? (int32_t)bytes : row_bytes;
  dims[1].stride = row_bytes;
  dims[1].extent = (int32_t)((bytes + row_bytes - 1) / row_bytes);
}

static int32_t add(allocation *added) {
  pthread_mutex_lock(&lock);
  allocation **more =
      realloc(allocations, (num_allocations + 1) * sizeof(*allocations));
  if (more) {
    allocations = more;
    allocations[num_allocations++] = added;
    if (has_addresses(added->device)) {
      added->address = added->whole.device;
    } else {
      if (!next_address)
        next_address = first_address;
      added->address = next_address;
      /* What is written behind the end is found to be nowhere. */
      next_address +=
          ((uint64_t)added->bytes / row_bytes + 2) * (uint64_t)row_bytes;
    }
  }
  pthread_mutex_unlock(&lock);
  return more ? LLAMIR_OK
              : llamir_rt_fail(LLAMIR_BAD_DEVICE, "there is no memory");
}

static void drop(allocation *memory) {
  llamir_rt_leave_device(&memory->hold);
  llamir_rt_free_on_device(&memory->whole);
  free(memory);
}

void *llamir_allocate(llamir_device device, int64_t bytes) {
  if (llamir_open_device(device))
    return NULL;
  /* Rows that Halide can count. */
  if (bytes < 0 || bytes / row_bytes >= INT32_MAX) {
    llamir_rt_fail(LLAMIR_BAD_ARGUMENT, "%lld is no size of memory",
                   (long long)bytes);
    return NULL;
  }
  if (device == LLAMIR_PROCESSOR)
    return allocate_on_processor(bytes);
  allocation *made = calloc(1, sizeof(*made));
  if (!made) {
    llamir_rt_fail(LLAMIR_BAD_DEVICE, "there is no memory");
    return NULL;
  }
  made->device = device;
  made->bytes = bytes ? bytes : 1;
  describe(&made->whole, made->dims, made->bytes);
  forget_message();
  if (llamir_rt_allocate_on_device(&made->whole, get_interface(device))) {
    free(made);
    fail_on_device(device, "an allocation", bytes);
    return NULL;
  }
  int32_t status =
      has_addresses(device) ? LLAMIR_OK : take_handle(made, 0, &made->hold);
  if (status == LLAMIR_OK)
    status = add(made);
  if (status) {
    drop(made);
    return NULL;
  }
  return (void *)made->address; /* NOLINT: an address, as the device has it. */
}

void llamir_free(llamir_device device, void *memory) {
  if (!memory)
    return;
  if (device == LLAMIR_PROCESSOR) {
    free(memory);
    return;
  }
  allocation *found = NULL;
  pthread_mutex_lock(&lock);
  for (size_t i = 0; i < num_allocations && !found; ++i)
    if (allocations[i]->device == device &&
        allocations[i]->address == (uint64_t)memory) {
      found = allocations[i];
      allocations[i] = allocations[--num_allocations];
    }
  pthread_mutex_unlock(&lock);
  if (found)
    drop(found);
}

/* The allocation that has this address; it stays until someone frees it. */
static const allocation *find(llamir_device device, uint64_t address) {
  const allocation *found = NULL;
  pthread_mutex_lock(&lock);
  for (size_t i = 0; i < num_allocations && !found; ++i)
    if (allocations[i]->device == device &&
        allocations[i]->address <= address &&
        address - allocations[i]->address < (uint64_t)allocations[i]->bytes)
      found = allocations[i];
  pthread_mutex_unlock(&lock);
  return found;
}

void llamir_rt_drop_devices(void) {
  while (num_allocations)
    llamir_free(allocations[0]->device, (void *)allocations[0]->address);
  free(allocations);
  allocations = NULL;
  llamir_rt_drop_device_memory();
  for (int device = LLAMIR_CUDA; device <= LLAMIR_VULKAN; ++device)
    if (in_use[device]) {
      halide_device_release(NULL, get_interface((llamir_device)device));
      in_use[device] = 0;
    }
  llamir_rt_drop_cuda();
}

/*===------------------------------ Handles -------------------------------===*/

/* A handle of the memory from `offset` on, which is a multiple of
 * handle_alignment. */
static int32_t take_handle(const allocation *memory, uint64_t offset,
                           halide_buffer_t *array) {
  halide_dimension_t dims[2] = {memory->dims[0], memory->dims[1]};
  halide_buffer_t part = memory->whole;
  part.dim = dims;
  part.device = 0;
  part.device_interface = NULL;
  dims[0].min = (int32_t)(offset % row_bytes);
  dims[0].extent = memory->dims[0].extent - dims[0].min;
  dims[1].min = (int32_t)(offset / row_bytes);
  dims[1].extent = memory->dims[1].extent - dims[1].min;
  forget_message();
  if (halide_device_crop(NULL, &memory->whole, &part))
    return fail_on_device(memory->device, "a part", memory->bytes);
  array->device = part.device;
  array->device_interface = part.device_interface;
  return LLAMIR_OK;
}

/* Gives an array a handle that begins at a multiple of `alignment` bytes. */
static int32_t place(halide_buffer_t *array, llamir_device device,
                     uint64_t alignment) {
  uint64_t address = (uint64_t)array->host;
  array->host = NULL;
  array->flags = 0;
  if (has_addresses(device)) {
    array->device = address;
    array->device_interface = get_interface(device);
    return LLAMIR_OK;
  }
  const allocation *memory = find(device, address);
  if (!memory)
    return llamir_rt_fail(LLAMIR_BAD_ARGUMENT,
                          "an array is no memory of the %s device",
                          get_device_name(device));
  uint64_t offset = address - memory->address, before = offset % alignment;
  int32_t element_bytes = (array->type.bits + 7) / 8;
  if (before % (uint64_t)element_bytes)
    return llamir_rt_fail(LLAMIR_BAD_ARGUMENT,
                          "an array does not begin at a whole element");
  int32_t status = take_handle(memory, offset - before, array);
  if (status == LLAMIR_OK) {
    int32_t elements = (int32_t)before / element_bytes;
    array->dim[0].min -= elements;
    array->dim[0].extent += elements;
  }
  return status;
}

int32_t llamir_rt_place_on_device(halide_buffer_t *array,
                                  llamir_device device) {
  /* What has 16 bits is their bits to kernels of devices. */
  if (array->type.bits == 16)
    array->type.code = halide_type_uint;
  return place(array, device, handle_alignment);
}

void llamir_rt_leave_device(halide_buffer_t *array) {
  if (array->device_interface && array->device &&
      array->device_interface != get_interface(LLAMIR_CUDA))
    halide_device_release_crop(NULL, array);
  array->device = 0;
  array->device_interface = NULL;
}

/*===------------------------------- Copies -------------------------------===*/

/* Describes rows of bytes that lie `stride` bytes apart in device memory. */
static int32_t place_rows(halide_buffer_t *buffer, halide_dimension_t *dims,
                          uint64_t address, int64_t bytes, int64_t rows,
                          int64_t stride, llamir_device device) {
  describe(buffer, dims, bytes);
  dims[0].extent = (int32_t)bytes;
  dims[1].extent = (int32_t)rows;
  dims[1].stride = (int32_t)stride;
  buffer->host = (uint8_t *)address;
  return place(buffer, device, 1);
}

static int32_t copy_part(llamir_device device, uint64_t address, char *host,
                         int64_t bytes, int to_device) {
  if (device == LLAMIR_CUDA)
    return llamir_rt_copy_cuda(address, host, (size_t)bytes, to_device);
  halide_buffer_t buffer;
  halide_dimension_t dims[2];
  int32_t status = place_rows(&buffer, dims, address, bytes, 1, bytes, device);
  if (status)
    return status;
  buffer.host = (uint8_t *)host;
  forget_message();
  if (to_device) {
    buffer.flags = halide_buffer_flag_host_dirty;
    status = halide_copy_to_device(NULL, &buffer, get_interface(device));
  } else {
    buffer.flags = halide_buffer_flag_device_dirty;
    status = halide_copy_to_host(NULL, &buffer);
  }
  if (status)
    status = fail_on_device(
        device, to_device ? "a copy to the device" : "a copy from the device",
        bytes);
  llamir_rt_leave_device(&buffer);
  return status;
}

static int32_t copy(llamir_device device, uint64_t address, char *host,
                    int64_t bytes, int to_device) {
  int32_t status = llamir_open_device(device);
  for (int64_t done = 0; done < bytes && status == LLAMIR_OK;
       done += copy_bytes) {
    int64_t part = bytes - done < copy_bytes ? bytes - done : copy_bytes;
    status = copy_part(device, address + (uint64_t)done, host + done, part,
                       to_device);
  }
  return status;
}

int32_t llamir_copy_to_device(llamir_device device, void *to, const void *from,
                              int64_t bytes) {
  if (bytes == 0)
    return LLAMIR_OK;
  if (device == LLAMIR_PROCESSOR) {
    memcpy(to, from, (size_t)bytes);
    return LLAMIR_OK;
  }
  return copy(device, (uint64_t)to, (char *)from, bytes, 1);
}

int32_t llamir_copy_from_device(llamir_device device, void *to,
                                const void *from, int64_t bytes) {
  if (bytes == 0)
    return LLAMIR_OK;
  if (device == LLAMIR_PROCESSOR) {
    memcpy(to, from, (size_t)bytes);
    return LLAMIR_OK;
  }
  return copy(device, (uint64_t)from, to, bytes, 0);
}

int32_t llamir_rt_copy_rows_on_device(void *to, const void *from, int64_t rows,
                                      int64_t bytes, int64_t stride,
                                      int32_t number) {
  llamir_device device = (llamir_device)number;
  if (rows == 0 || bytes == 0)
    return LLAMIR_OK;
  if (device == LLAMIR_CUDA)
    return llamir_rt_copy_cuda_rows((uint64_t)to, (uint64_t)from, (size_t)rows,
                                    (size_t)bytes, (size_t)stride);
  halide_buffer_t source, target;
  halide_dimension_t source_dims[2], target_dims[2];
  int32_t status = place_rows(&source, source_dims, (uint64_t)from, bytes, rows,
                              stride, device);
  if (status)
    return status;
  status = place_rows(&target, target_dims, (uint64_t)to, bytes, rows, bytes,
                      device);
  if (status == LLAMIR_OK) {
    forget_message();
    source.flags = halide_buffer_flag_device_dirty;
    if (halide_buffer_copy(NULL, &source, get_interface(device), &target))
      status = fail_on_device(device, "a copy of rows", rows * bytes);
    llamir_rt_leave_device(&target);
  }
  llamir_rt_leave_device(&source);
  return status;
}
