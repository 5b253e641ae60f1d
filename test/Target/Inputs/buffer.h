/*===- buffer.h - Arrays as generated kernels take them ---------*- C -*-=====*\
|*                                                                            *|
|* Part of llamir, under the Apache License v2.0 with LLVM Exceptions.        *|
|* See LICENSE for licence information.                                       *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef LLAMIR_TEST_TARGET_INPUTS_BUFFER_H
#define LLAMIR_TEST_TARGET_INPUTS_BUFFER_H

#include <stdint.h>

struct dimension {
  int32_t min, extent, stride;
  uint32_t flags;
};
struct buffer {
  uint64_t device;
  const void *interface;
  void *host;
  uint64_t flags;
  uint8_t code, bits;
  uint16_t lanes;
  int32_t dimensions;
  struct dimension *dim;
  void *padding;
};
enum { code_int = 0, code_float = 2 };

/* An array of one dimension, which lives as long as the scope. */
#define BUFFER(data, kind, extent)                                             \
  (&(struct buffer){0, 0, (void *)(data), 0, kind, 8 * sizeof *(data), 1, 1,   \
                    &(struct dimension){0, extent, 1, 0}, 0})

/* One whose rows lie one after the other. */
#define BUFFER_2D(data, kind, width, rows)                                     \
  (&(struct buffer){                                                           \
      0, 0, (void *)(data), 0, kind, 8 * sizeof *(data), 1, 2,                 \
      (struct dimension[]){{0, width, 1, 0}, {0, rows, width, 0}}, 0})

#endif /* LLAMIR_TEST_TARGET_INPUTS_BUFFER_H */
