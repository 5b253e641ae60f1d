/*===- Weights.c - Packed weights files -------------------------*- C -*-===*\
|*                                                                            *|
|* Part of llamir, under the Apache License v2.0 with LLVM Exceptions.        *|
|* See LICENSE for licence information.                                       *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
|*===----------------------------------------------------------------------===*|
|*                                                                            *|
|* A packed weights file is a safetensors file: the size of its header in 8   *|
|* bytes, the header in JSON, the data. Its header begins with the            *|
|* fingerprint of the code that it is for, so that this reader needs no JSON, *|
|* and ends in spaces, so that the data begin at a page. See docs/weights.md. *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#include "Generated.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct llamir_weights {
  void *map;
  size_t map_bytes;
  const char *data;
  /* On devices, by their llamir_device; NULL where there is none. */
  void *copies[LLAMIR_VULKAN + 1];
};

enum { alignment = 4096, max_header = 100 << 20 };

/* Reads the whole of `bytes` from an offset; 0, or an error number. */
static int read_all(int file, void *to, size_t bytes, off_t offset) {
  for (size_t done = 0; done < bytes;) {
    ssize_t got =
        pread(file, (char *)to + done, bytes - done, offset + (off_t)done);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return errno;
    if (got == 0)
      return EIO;
    done += (size_t)got;
  }
  return 0;
}

/* Checks the file and gives the offset of its data; negative when it is not the
 * right one. */
static int64_t check_file(int file, const char *path, const char *fingerprint,
                          int64_t bytes) {
  struct stat status;
  if (fstat(file, &status)) {
    llamir_rt_fail(LLAMIR_BAD_WEIGHTS, "%s: %s", path, strerror(errno));
    return -1;
  }
  char expected[128], found[sizeof(expected)];
  int length = snprintf(expected, sizeof(expected),
                        "{\"__metadata__\":{\"llamir.fingerprint\":\"%s\","
                        "\"llamir.format\":\"1\"",
                        fingerprint);
  unsigned char size[8];
  if (!S_ISREG(status.st_mode) || length >= (int)sizeof(expected) ||
      status.st_size < 8 + length || read_all(file, size, sizeof(size), 0) ||
      read_all(file, found, (size_t)length, 8)) {
    llamir_rt_fail(LLAMIR_BAD_WEIGHTS, "%s: not a packed weights file", path);
    return -1;
  }
  uint64_t header = 0;
  for (int i = 0; i < 8; ++i)
    header |= (uint64_t)size[i] << (8 * i);
  /* What comes before the fingerprint tells the format. */
  size_t before = strlen("{\"__metadata__\":{\"llamir.fingerprint\":\"");
  if (header > max_header || (8 + header) % alignment ||
      memcmp(expected, found, before)) {
    llamir_rt_fail(LLAMIR_BAD_WEIGHTS, "%s: not a packed weights file", path);
    return -1;
  }
  if (memcmp(expected, found, (size_t)length)) {
    llamir_rt_fail(LLAMIR_BAD_WEIGHTS,
                   "%s: packed for other code than that with fingerprint %s",
                   path, fingerprint);
    return -1;
  }
  if ((uint64_t)status.st_size != 8 + header + (uint64_t)bytes) {
    llamir_rt_fail(LLAMIR_BAD_WEIGHTS,
                   "%s: has %lld bytes and should have %llu", path,
                   (long long)status.st_size,
                   (unsigned long long)(8 + header + (uint64_t)bytes));
    return -1;
  }
  return (int64_t)(8 + header);
}

llamir_weights *llamir_open_weights(const char *path, const char *fingerprint,
                                    int64_t bytes) {
  if (!path || !fingerprint || bytes < 0) {
    llamir_rt_fail(LLAMIR_BAD_ARGUMENT, "llamir_open_weights: a path, a "
                                        "fingerprint and a size are needed");
    return NULL;
  }
  /* A pipe would wait here for someone to write to it. */
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) {
    llamir_rt_fail(LLAMIR_BAD_WEIGHTS, "%s: %s", path, strerror(errno));
    return NULL;
  }
  llamir_weights *weights = NULL;
  int64_t offset = check_file(file, path, fingerprint, bytes);
  if (offset >= 0) {
    size_t size = (size_t)offset + (size_t)bytes;
    void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, file, 0);
    weights = map == MAP_FAILED ? NULL : malloc(sizeof(*weights));
    if (weights)
      *weights =
          (llamir_weights){map, size, (const char *)map + offset, {NULL}};
    else
      llamir_rt_fail(LLAMIR_BAD_WEIGHTS, "%s: %s", path, strerror(errno));
    if (!weights && map != MAP_FAILED)
      munmap(map, size);
  }
  close(file);
  return weights;
}

const void *llamir_get_weights(const llamir_weights *weights) {
  return weights ? weights->data : NULL;
}

/* Bytes that are copied to a device between two reports. */
static const int64_t bytes_of_report = (int64_t)64 << 20;

static void *copy_weights(const llamir_weights *weights, llamir_device device,
                          llamir_progress progress, void *user) {
  int64_t bytes = (int64_t)weights->map_bytes -
                  (weights->data - (const char *)weights->map);
  char *copy = llamir_allocate(device, bytes);
  for (int64_t done = 0; copy && done < bytes;) {
    int64_t part =
        bytes - done < bytes_of_report ? bytes - done : bytes_of_report;
    if (llamir_copy_to_device(device, copy + done, weights->data + done,
                              part)) {
      llamir_free(device, copy);
      return NULL;
    }
    done += part;
    if (progress)
      progress(user, done, bytes);
  }
  return copy;
}

const void *llamir_place_weights(llamir_weights *weights, llamir_device device,
                                 llamir_progress progress, void *user) {
  if (!weights || device < LLAMIR_PROCESSOR || device > LLAMIR_VULKAN) {
    llamir_rt_fail(LLAMIR_BAD_ARGUMENT, "llamir_place_weights: weights and a "
                                        "llamir_device are needed");
    return NULL;
  }
  if (device == LLAMIR_PROCESSOR)
    return weights->data;
  if (!weights->copies[device])
    weights->copies[device] = copy_weights(weights, device, progress, user);
  return weights->copies[device];
}

void llamir_close_weights(llamir_weights *weights) {
  if (!weights)
    return;
  for (int device = LLAMIR_CUDA; device <= LLAMIR_VULKAN; ++device)
    llamir_free((llamir_device)device, weights->copies[device]);
  munmap(weights->map, weights->map_bytes);
  free(weights);
}
