/*===- DeviceMemory.h - What kernels keep on devices --------------*- C -*-===*\
|*                                                                            *|
|* Part of llamir, under the Apache License v2.0 with LLVM Exceptions.        *|
|* See LICENSE for licence information.                                       *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef LLAMIR_RUNTIME_DEVICEMEMORY_H
#define LLAMIR_RUNTIME_DEVICEMEMORY_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct halide_buffer_t;
struct halide_device_interface_t;

/* Blocks of device memory that a kernel gave back, for the next one that asks
 * for as much. */
typedef struct kept_block kept_block;
typedef struct {
  kept_block *oldest;
  int count;
  int64_t bytes;
} kept_blocks;

/* Gives what is kept back to its device; the number of its bytes. */
int64_t llamir_rt_drop_blocks(kept_blocks *blocks);
int64_t llamir_rt_drop_device_memory(void);

/* Halide's own halide_device_malloc and halide_device_free, which keep nothing:
 * CMakeLists.txt renames them. The first gives back what is kept and tries
 * again, where there is no memory. */
int llamir_rt_allocate_on_device(
    struct halide_buffer_t *buffer,
    const struct halide_device_interface_t *interface);
int llamir_rt_free_on_device(struct halide_buffer_t *buffer);

#ifdef __cplusplus
}
#endif

#endif /* LLAMIR_RUNTIME_DEVICEMEMORY_H */
