/*===- Device.h - Kernels and copies on devices -----------------*- C -*-===*\
|*                                                                            *|
|* Part of llamir, under the Apache License v2.0 with LLVM Exceptions.        *|
|* See LICENSE for licence information.                                       *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef LLAMIR_RUNTIME_DEVICE_H
#define LLAMIR_RUNTIME_DEVICE_H

#include "llamir/Runtime/llamir_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

struct halide_buffer_t;

/* Makes an array whose `host` is an address of device memory one that Halide
 * finds there: sets `device` and `device_interface`. Where Halide's handle must
 * lie at a multiple of some bytes, it may begin earlier: the innermost
 * dimension then has indices before 0. Anything but LLAMIR_OK leaves a message,
 * and nothing to give back. */
int32_t llamir_rt_place_on_device(struct halide_buffer_t *array,
                                  llamir_device device);

/* Gives back what that took. */
void llamir_rt_leave_device(struct halide_buffer_t *array);

/* Gives all memory back and lets the devices go. Before the code goes away. */
void llamir_rt_drop_devices(void);

#ifdef __cplusplus
}
#endif

#endif /* LLAMIR_RUNTIME_DEVICE_H */
