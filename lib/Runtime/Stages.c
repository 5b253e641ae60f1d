/*===- Stages.c - Stages that functions compute -------------------*- C -*-===*\
|*                                                                            *|
|* Part of llamir, under the Apache License v2.0 with LLVM Exceptions.        *|
|* See LICENSE for licence information.                                       *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#include "Generated.h"

#include <HalideRuntime.h>
#include <asm/prctl.h>
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int is_query(const struct halide_buffer_t *buffer) {
  return !buffer->host && !buffer->device;
}

int32_t llamir_rt_answer_query(struct halide_buffer_t *result, int32_t rows) {
  if (!is_query(result))
    return 0;
  halide_dimension_t *outermost = &result->dim[result->dimensions - 1];
  /* What is too large stays so: libHalide refuses to allocate it. */
  int64_t extent = outermost->extent;
  extent = (extent + rows - 1) / rows * rows;
  if (extent <= INT32_MAX)
    outermost->extent = (int32_t)extent;
  return 1;
}

int32_t llamir_rt_need_rows(struct halide_buffer_t *input,
                            const struct halide_buffer_t *result,
                            const int32_t *extents) {
  if (!is_query(input))
    return 0;
  int32_t last = input->dimensions - 1;
  for (int32_t dim = 0; dim < last; ++dim) {
    input->dim[dim].min = 0;
    input->dim[dim].extent = extents[dim];
  }
  const halide_dimension_t *rows = &result->dim[result->dimensions - 1];
  input->dim[last].min = rows->min;
  input->dim[last].extent = rows->extent;
  return 1;
}

/* How Linux numbers the state that tiles are; a process must ask for it before
 * it uses them (Documentation/arch/x86/xstate.rst). */
enum { state_of_tiles = 18 };

int32_t llamir_rt_request_tiles(const char *function) {
  if (syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, state_of_tiles) == 0)
    return LLAMIR_OK;
  return llamir_rt_fail(
      LLAMIR_BAD_MACHINE,
      "%s: its code needs the matrix tiles of AMX, which the system does not "
      "grant: %s; compile for another target",
      function, strerror(errno));
}
