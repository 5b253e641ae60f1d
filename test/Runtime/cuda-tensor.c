// When the runtime launches a kernel for tensor cores, beside
// Inputs/cuda-driver.c that stands for CUDA's driver and whose kernels do
// nothing.
//
// clang-format off
// RUN: rm -rf %t && llamir compile %S/Inputs/attention.mlir --target=cuda --name=on -o %t
// RUN: %cc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -shared -fPIC %S/Inputs/cuda-driver.c -o %t/libcuda.so.1
// RUN: %cc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -I%t %s %t/*.o -L%t -lllamir_rt -lpthread -ldl -lm -o %t/program
// DEFINE: %{run} = env LD_LIBRARY_PATH=%t CUDA_DRIVER_NAMES=1
// RUN: %{run} %t/program 1 70 | FileCheck %s --check-prefix=ONE
// RUN: %{run} %t/program 2 70 | FileCheck %s --check-prefix=TWO
// RUN: %{run} %t/program 65 0 | FileCheck %s --check-prefix=MANY
// RUN: not %{run} CUDA_DRIVER_FAILS=cuModuleLoadDataEx=222 %t/program 2 70 | FileCheck %s --check-prefix=OLD
// RUN: not %{run} CUDA_DRIVER_FAILS=cuModuleGetFunction=500 %t/program 2 70 | FileCheck %s --check-prefix=MISSING
// clang-format on

#include "on.h"
#include <stdio.h>
#include <stdlib.h>

enum { heads = 2, width = 64 };

static void fail(void) {
  printf("%s\n", llamir_last_error());
  exit(1);
}

int main(int argc, char **argv) {
  if (argc != 3)
    return 2;
  int64_t tokens = atoi(argv[1]), keys = atoi(argv[2]);
  uint16_t *q = calloc((size_t)tokens, sizeof(uint16_t[width])),
           *k = calloc((size_t)keys + 1, sizeof(uint16_t[width])),
           *v = calloc((size_t)keys + 1, sizeof(uint16_t[width])),
           *y = calloc((size_t)tokens, sizeof(uint16_t[width]));
  void *arena = llamir_allocate(ON_DEVICE, on_attend_arena_bytes(tokens, keys));
  // Twice: the code is loaded once.
  for (int i = 0; i < 2; ++i)
    if (!arena || on_attend(NULL, arena, tokens, keys, q, k, v, y))
      fail();
  llamir_free(ON_DEVICE, arena);
  free(q);
  free(k);
  free(v);
  free(y);
  return 0;
}

// One row is for the kernel that reads keys side by side.
// ONE: launch of _kernel_
// ONE-NOT: launch of attention

// Two heads, and a block of 64 rows or two.
// TWO: launch of attention in 2 x 1 x 1 blocks of 128 threads
// TWO-NOT: launch
// TWO: launch of attention in 2 x 1 x 1 blocks of 128 threads
// MANY: launch of attention in 2 x 2 x 1 blocks of 128 threads

// OLD: CUDA: kernel {{.*}} failed: CUDA_ERROR_UNSUPPORTED_PTX_VERSION (222): the driver is too old
// MISSING: CUDA: kernel {{.*}} failed: an error of the driver (500)
