/*===- DeviceMemory.c - What kernels keep on devices --------------*- C -*-===*\
|*                                                                            *|
|* Part of llamir, under the Apache License v2.0 with LLVM Exceptions.        *|
|* See LICENSE for licence information.                                       *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
|*===----------------------------------------------------------------------===*|
|*                                                                            *|
|* What a pipeline computes between two of its kernels it asks for in each    *|
|* call. Drivers wait for the device to give memory back, so it is kept for   *|
|* the next call that asks for as much, in the order of the same stream: what *|
|* used the block is done when the next one begins.                           *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#include "DeviceMemory.h"
#include "Cuda.h"
#include "Graph.h"
#include "HalideRuntime.h"
#include "HalideRuntimeCuda.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { most_blocks = 64 };
static const int64_t most_bytes = (int64_t)256 << 20;

struct kept_block {
  struct kept_block *next;
  const struct halide_device_interface_t *interface;
  /* The stream in which it was used last. */
  void *stream;
  int64_t bytes;
  uint64_t device;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static kept_blocks kept;

/* HalideRuntimeVulkan.h is no C. */
extern const struct halide_device_interface_t *
halide_vulkan_device_interface(void);

/* Halide's functions under their new names. */
extern int
halide_device_malloc_unkept(void *user_context, struct halide_buffer_t *buffer,
                            const struct halide_device_interface_t *interface);
extern int halide_device_free_unkept(void *user_context,
                                     struct halide_buffer_t *buffer);

static int64_t get_bytes(const halide_buffer_t *buffer) {
  int64_t elements = 1;
  for (int32_t i = 0; i < buffer->dimensions; ++i)
    elements +=
        (int64_t)(buffer->dim[i].extent - 1) * (int64_t)buffer->dim[i].stride;
  return elements * ((buffer->type.bits + 7) / 8);
}

static void *get_stream(const struct halide_device_interface_t *interface) {
  return interface == halide_cuda_device_interface() ? llamir_rt_get_stream()
                                                     : NULL;
}

/* Those of the graph that this thread captures, or of all threads. */
static kept_blocks *
get_blocks(const struct halide_device_interface_t *interface) {
  llamir_graph *graph = interface == halide_cuda_device_interface()
                            ? llamir_rt_get_capture()
                            : NULL;
  return graph ? llamir_rt_get_blocks(graph) : &kept;
}

static kept_block *remove_at(kept_blocks *blocks, kept_block **place) {
  kept_block *removed = *place;
  *place = removed->next;
  --blocks->count;
  blocks->bytes -= removed->bytes;
  return removed;
}

/* Of Vulkan's memory Halide cuts pieces as large as a buffer. Where one ends at
 * an odd place it takes some bytes off the one before, and a kernel that finds
 * its buffer too small gets another one, empty. So buffers are made of whole
 * rows. */
static int allocate_rows(struct halide_buffer_t *buffer,
                         const struct halide_device_interface_t *interface) {
  enum { row_bytes = 512 };
  int64_t bytes = get_bytes(buffer) > 0 ? get_bytes(buffer) : 1;
  halide_dimension_t dims[2] = {
      {0, row_bytes, 1, 0},
      {0, (int32_t)((bytes + row_bytes - 1) / row_bytes), row_bytes, 0}};
  halide_buffer_t rows;
  memset(&rows, 0, sizeof(rows));
  rows.type.code = halide_type_uint;
  rows.type.bits = 8;
  rows.type.lanes = 1;
  rows.dimensions = 2;
  rows.dim = dims;
  int status = halide_device_malloc_unkept(NULL, &rows, interface);
  buffer->device = rows.device;
  buffer->device_interface = rows.device_interface;
  return status;
}

static int allocate(struct halide_buffer_t *buffer,
                    const struct halide_device_interface_t *interface) {
  if (interface == halide_vulkan_device_interface())
    return allocate_rows(buffer, interface);
  if (interface != halide_cuda_device_interface())
    return halide_device_malloc_unkept(NULL, buffer, interface);
  buffer->device = llamir_rt_allocate_cuda((size_t)get_bytes(buffer));
  if (!buffer->device)
    return halide_error_code_device_malloc_failed;
  buffer->device_interface = interface;
  return halide_error_code_success;
}

static void free_block(kept_block *block) {
  halide_buffer_t buffer;
  memset(&buffer, 0, sizeof(buffer));
  buffer.device = block->device;
  buffer.device_interface = block->interface;
  llamir_rt_free_on_device(&buffer);
  free(block);
}

static void free_all(kept_block *blocks) {
  while (blocks) {
    kept_block *next = blocks->next;
    free_block(blocks);
    blocks = next;
  }
}

int64_t llamir_rt_drop_blocks(kept_blocks *blocks) {
  pthread_mutex_lock(&lock);
  kept_blocks dropped = *blocks;
  memset(blocks, 0, sizeof(*blocks));
  pthread_mutex_unlock(&lock);
  free_all(dropped.oldest);
  return dropped.bytes;
}

int64_t llamir_rt_drop_device_memory(void) {
  return llamir_rt_drop_blocks(&kept);
}

static kept_block *take(const struct halide_device_interface_t *interface,
                        int64_t bytes) {
  kept_blocks *blocks = get_blocks(interface);
  void *stream = get_stream(interface);
  kept_block *taken = NULL;
  pthread_mutex_lock(&lock);
  for (kept_block **place = &blocks->oldest; *place && !taken;)
    if ((*place)->interface == interface && (*place)->stream == stream &&
        (*place)->bytes == bytes)
      taken = remove_at(blocks, place);
    else
      place = &(*place)->next;
  pthread_mutex_unlock(&lock);
  return taken;
}

static void keep(kept_block *given) {
  kept_blocks *blocks = get_blocks(given->interface);
  kept_block *dropped = NULL;
  pthread_mutex_lock(&lock);
  /* The oldest go; but a graph's stay as long as it does. */
  while (blocks == &kept && blocks->count &&
         (blocks->count == most_blocks ||
          blocks->bytes + given->bytes > most_bytes)) {
    kept_block *oldest = remove_at(blocks, &blocks->oldest);
    oldest->next = dropped;
    dropped = oldest;
  }
  kept_block **end = &blocks->oldest;
  while (*end)
    end = &(*end)->next;
  *end = given;
  ++blocks->count;
  blocks->bytes += given->bytes;
  pthread_mutex_unlock(&lock);
  free_all(dropped);
}

int llamir_rt_allocate_on_device(
    struct halide_buffer_t *buffer,
    const struct halide_device_interface_t *interface) {
  int status = allocate(buffer, interface);
  if (status && llamir_rt_drop_device_memory())
    status = allocate(buffer, interface);
  return status;
}

int llamir_rt_free_on_device(struct halide_buffer_t *buffer) {
  if (buffer->device &&
      buffer->device_interface == halide_cuda_device_interface()) {
    llamir_rt_free_cuda(buffer->device);
    buffer->device = 0;
    buffer->device_interface = NULL;
    return halide_error_code_success;
  }
  return halide_device_free_unkept(NULL, buffer);
}

/*===-------------------------- What kernels call -------------------------===*/

int halide_device_malloc(void *user_context, struct halide_buffer_t *buffer,
                         const struct halide_device_interface_t *interface) {
  if (buffer->device)
    return halide_device_malloc_unkept(user_context, buffer, interface);
  kept_block *block = take(interface, get_bytes(buffer));
  if (!block)
    return llamir_rt_allocate_on_device(buffer, interface);
  buffer->device = block->device;
  buffer->device_interface = interface;
  free(block);
  return halide_error_code_success;
}

int halide_device_free(void *user_context, struct halide_buffer_t *buffer) {
  kept_block *block = NULL;
  int64_t bytes = buffer && buffer->device ? get_bytes(buffer) : 0;
  int captures = bytes && get_blocks(buffer->device_interface) != &kept;
  if (bytes && (captures || bytes <= most_bytes))
    block = calloc(1, sizeof(*block));
  (void)user_context;
  if (!block)
    return llamir_rt_free_on_device(buffer);
  block->interface = buffer->device_interface;
  block->stream = get_stream(block->interface);
  block->bytes = bytes;
  block->device = buffer->device;
  buffer->device = 0;
  buffer->device_interface = NULL;
  buffer->flags &= ~(uint64_t)halide_buffer_flag_device_dirty;
  keep(block);
  return halide_error_code_success;
}

void halide_device_free_as_destructor(void *user_context, void *buffer) {
  halide_device_free(user_context, buffer);
}
