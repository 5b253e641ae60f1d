/*===- Memory.c - Kernels' own memory ---------------------------*- C -*-===*\
|*                                                                            *|
|* Part of llamir, under the Apache License v2.0 with LLVM Exceptions.        *|
|* See LICENSE for licence information.                                       *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
|*===----------------------------------------------------------------------===*|
|*                                                                            *|
|* Tasks of a kernel ask for memory and give it back, thousands of times a    *|
|* second and often some hundred KiB, which the C library would take from the *|
|* system and give back to it each time: every page of it costs a fault. What *|
|* tasks give back is kept here for the next ones.                            *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#include "Memory.h"
#include "HalideRuntime.h"
#include <pthread.h>
#include <stdlib.h>

enum { alignment = 64, page = 4096, most_blocks = 64 };
static const size_t most_bytes = (size_t)64 << 20;

/* Memory lies `alignment` bytes behind the beginning of its block, which holds
 * the size of the block. As many bytes follow it: Halide may read a little past
 * what it asked for. */
typedef struct {
  size_t bytes;
  void *memory;
} block;

/* Blocks that nothing uses, in the order in which they were given back. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static block kept[most_blocks];
static int kept_blocks;
static size_t kept_bytes;

static block remove_kept(int place) {
  block removed = kept[place];
  kept_bytes -= removed.bytes;
  --kept_blocks;
  for (int i = place; i < kept_blocks; ++i)
    kept[i] = kept[i + 1];
  return removed;
}

static void free_block(block unused) {
  free((char *)unused.memory - alignment);
}

/* The last block that is large enough and not more than twice so: the caches
 * may still have it. */
static void *take_kept(size_t bytes) {
  void *memory = NULL;
  pthread_mutex_lock(&lock);
  for (int i = kept_blocks - 1; i >= 0 && !memory; --i)
    if (kept[i].bytes >= bytes && kept[i].bytes / 2 <= bytes)
      memory = remove_kept(i).memory;
  pthread_mutex_unlock(&lock);
  return memory;
}

static void *allocate(void *user_context, size_t bytes) {
  (void)user_context;
  if (bytes > SIZE_MAX - 2 * alignment - page)
    return NULL;
  bytes = (bytes + 2 * alignment + page - 1) / page * page;
  char *memory = take_kept(bytes);
  if (memory)
    return memory;
  void *begin;
  if (posix_memalign(&begin, alignment, bytes))
    return NULL;
  *(size_t *)begin = bytes;
  return (char *)begin + alignment;
}

static void release(void *user_context, void *memory) {
  (void)user_context;
  if (!memory)
    return;
  block given = {*(size_t *)((char *)memory - alignment), memory};
  block dropped[most_blocks + 1];
  int dropped_blocks = 0;
  pthread_mutex_lock(&lock);
  /* The oldest go. */
  while (kept_blocks == most_blocks ||
         (kept_blocks && kept_bytes + given.bytes > most_bytes))
    dropped[dropped_blocks++] = remove_kept(0);
  if (given.bytes > most_bytes) {
    dropped[dropped_blocks++] = given;
  } else {
    kept[kept_blocks++] = given;
    kept_bytes += given.bytes;
  }
  pthread_mutex_unlock(&lock);
  for (int i = 0; i < dropped_blocks; ++i)
    free_block(dropped[i]);
}

size_t llamir_rt_drop_memory(void) {
  pthread_mutex_lock(&lock);
  size_t bytes = kept_bytes;
  while (kept_blocks)
    free_block(remove_kept(kept_blocks - 1));
  pthread_mutex_unlock(&lock);
  return bytes;
}

void llamir_rt_keep_memory(void) {
  halide_set_custom_malloc(allocate);
  halide_set_custom_free(release);
}
