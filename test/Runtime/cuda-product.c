// What the runtime asks cuBLASLt for, in the place of which Inputs/cublaslt.c
// stands, beside a stand-in for CUDA's driver whose kernels do nothing.
//
// clang-format off
// RUN: rm -rf %t && llamir compile %S/Inputs/product.mlir --target=cuda --name=on -o %t
// RUN: %cc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -shared -fPIC %S/Inputs/cuda-driver.c -o %t/libcuda.so.1
// RUN: %cc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -shared -fPIC %S/Inputs/cublaslt.c -o %t/libcublasLt.so.13
// RUN: %cc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -I%t %s %t/*.o -L%t -lllamir_rt -lpthread -ldl -lm -o %t/program
// DEFINE: %{run} = env LD_LIBRARY_PATH=%t
// RUN: %{run} %t/program %t 16 | FileCheck %s --check-prefix=FEW
// RUN: %{run} %t/program %t 17 | FileCheck %s --check-prefix=MANY
// RUN: %{run} CUBLASLT_FAILS=cublasLtCreate=1 %t/program %t 17 | FileCheck %s --check-prefix=NONE
// RUN: %{run} CUBLASLT_FAILS=cublasLtMatmulAlgoGetHeuristic=0 %t/program %t 17 | FileCheck %s --check-prefix=CHOICE
// RUN: %{run} CUBLASLT_FAILS=cublasLtMatmulAlgoGetHeuristic=15 %t/program %t 17 | FileCheck %s --check-prefix=CHOICE
// RUN: not %{run} CUBLASLT_FAILS=cublasLtMatmul=13 %t/program %t 17 | FileCheck %s --check-prefix=FAILS
// clang-format on

#include "on.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { inputs = 64, outputs = 24, rotated = 32 };

static void fail(void) {
  printf("%s\n", llamir_last_error());
  exit(1);
}

static void *place(const void *values, int64_t bytes) {
  void *placed = llamir_allocate(ON_DEVICE, bytes);
  if (!placed ||
      (values && llamir_copy_to_device(ON_DEVICE, placed, values, bytes)))
    fail();
  return placed;
}

int main(int argc, char **argv) {
  if (argc != 3)
    return 2;
  int tokens = atoi(argv[2]);
  char path[1000];
  snprintf(path, sizeof(path), "%s/%s", argv[1], ON_WEIGHTS_FILE);
  llamir_weights *file =
      llamir_open_weights(path, ON_FINGERPRINT, ON_WEIGHTS_BYTES);
  const void *weights =
      file ? llamir_place_weights(file, ON_DEVICE, NULL, NULL) : NULL;
  if (!weights)
    fail();
  float x[17][inputs], y[17][outputs] = {{0}};
  int32_t positions[17] = {0};
  for (int t = 0; t < tokens; ++t)
    for (int k = 0; k < inputs; ++k)
      x[t][k] = (float)((7 * t + 3 * k) % 11) - 5;
  int64_t x_bytes = (int64_t)sizeof(x[0]) * tokens,
          y_bytes = (int64_t)sizeof(y[0]) * tokens;
  float *on_x = place(x, x_bytes), *on_y = place(NULL, y_bytes),
        *on_z = place(NULL, (int64_t)sizeof(float[rotated]) * tokens);
  int32_t *on_positions = place(positions, (int64_t)sizeof(int32_t) * tokens);
  void *arena = place(NULL, on_rotate_arena_bytes(tokens) +
                                on_project_arena_bytes(tokens) +
                                on_gate_arena_bytes(tokens) + 1);
  // The second time asks for nothing new.
  for (int i = 0; i < 2; ++i) {
    puts(i ? "again" : "project");
    if (on_project_on_device(weights, arena, tokens, on_x, on_y))
      fail();
  }
  if (llamir_copy_from_device(ON_DEVICE, y, on_y, y_bytes))
    fail();
  // The weight lies in rows, and all numbers of the bias are the same.
  const float *w = llamir_get_weights(file);
  double most = 0, size = 0;
  for (int t = 0; t < tokens; ++t)
    for (int n = 0; n < outputs; ++n) {
      double sum = 0.5;
      for (int k = 0; k < inputs; ++k)
        sum += (double)x[t][k] * w[n * inputs + k];
      most = fmax(most, fabs(sum - y[t][n]));
      size = fmax(size, fabs(sum));
    }
  printf("the product is %s\n",
         most < 1e-5 && size > 0.1 ? "right" : "not made");
  puts("rotate");
  if (on_rotate_on_device(weights, arena, tokens, on_x, on_positions, on_z))
    fail();
  puts("gate");
  if (on_gate_on_device(weights, arena, tokens, on_x, on_y))
    fail();
  puts("end");
  void *all[] = {arena, on_x, on_y, on_z, on_positions};
  for (size_t i = 0; i < sizeof(all) / sizeof(*all); ++i)
    llamir_free(ON_DEVICE, all[i]);
  llamir_close_weights(file);
  return 0;
}

// FEW: project
// FEW-NOT: the library
// FEW: launch in stream 0
// FEW: the product is not made
// FEW: gate
// FEW-NOT: product of
// FEW: end

// Of a product and more, the kernels before and behind it are launched.
// MANY: project
// MANY: the library
// MANY-NEXT: choose
// MANY-NEXT: allocate
// MANY-NEXT: biased product of 17 x 64 and 64 x 24, types 0 0 0, stream 0
// MANY-NEXT: again
// MANY-NEXT: biased product of 17 x 64 and 64 x 24, types 0 0 0, stream 0
// MANY-NOT: launch
// MANY: the product is right
// MANY: rotate
// MANY-NOT: launch
// MANY: choose
// MANY: product of 17 x 64 and 64 x 32, types 0 0 0, stream 0
// MANY: launch in stream 0
// MANY-NOT: launch
// MANY: gate
// MANY: launch in stream 0
// MANY-NOT: launch
// MANY: product of 17 x 64 and 64 x 24, types 0 0 0, stream 0
// MANY-NOT: product
// MANY: launch in stream 0
// MANY-NOT: launch
// MANY: end

// Without the library, or where it has no algorithm, the kernel does it.
// NONE: project
// NONE: the library does not work
// NONE: launch in stream 0
// NONE: again
// NONE-NOT: the library
// NONE: launch in stream 0
// NONE: the product is not made
// CHOICE: project
// CHOICE: choose
// CHOICE-NOT: product of
// CHOICE: launch in stream 0
// CHOICE: the product is not made

// FAILS: biased product of
// FAILS-NEXT: kernel linear failed ({{-[0-9]+}}): cuBLASLt: a product failed with the status 13
