// One program with a model for OpenCL and for processors, which chooses when it
// runs: what the OpenCL device computes is what the processor does.
//
// REQUIRES: opencl
// RUN: rm -rf %t && llamir compile %examples/ffn.mlir --target=opencl --name=on -o %t/on
// RUN: llamir compile %examples/ffn.mlir --target=x86-64 --name=off -o %t/off
// RUN: %cc -std=c11 -Wall -Wextra -Werror -I%t/on -I%t/off %s %t/on/*.o %t/off/*.o -L%t/on -lllamir_rt -lpthread -ldl -lm -o %t/program
// RUN: %t/program %t | FileCheck %s
//
// Nothing is linked with a driver, and without one there is the processor.
// RUN: llvm-readelf --needed-libs %t/program | FileCheck %s --check-prefix=LIBRARIES
// LIBRARIES-NOT: {{OpenCL|cuda|vulkan}}
// RUN: env OCL_ICD_VENDORS=%t/none %t/program %t 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: there is no OpenCL device: {{.+}}
// NONE: on the processor

#include "off.h"
#include "on.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { tokens = 5, width = 192 };
static float x[tokens][width], norm[width], y[2][tokens][width];

static void fail(void) {
  fprintf(stderr, "%s\n", llamir_last_error());
  exit(1);
}

static llamir_weights *open_weights(const char *folder, const char *file,
                                    const char *fingerprint, int64_t bytes) {
  char path[1000];
  snprintf(path, sizeof(path), "%s/%s", folder, file);
  llamir_weights *weights = llamir_open_weights(path, fingerprint, bytes);
  if (!weights)
    fail();
  return weights;
}

static void report(void *user, int64_t done, int64_t bytes) {
  *(int *)user = done == bytes;
}

static void run_on_processor(const char *folder) {
  llamir_weights *weights = open_weights(folder, "off/" OFF_WEIGHTS_FILE,
                                         OFF_FINGERPRINT, OFF_WEIGHTS_BYTES);
  void *arena = llamir_allocate(OFF_DEVICE, off_ffn_arena_bytes(tokens));
  if (off_ffn(llamir_place_weights(weights, OFF_DEVICE, NULL, NULL), arena,
              tokens, &x[0][0], norm, &y[0][0][0]))
    fail();
  llamir_free(OFF_DEVICE, arena);
  llamir_close_weights(weights);
}

static void run_on_device(const char *folder) {
  llamir_weights *file = open_weights(folder, "on/" ON_WEIGHTS_FILE,
                                      ON_FINGERPRINT, ON_WEIGHTS_BYTES);
  int copied = 0;
  const void *weights = llamir_place_weights(file, ON_DEVICE, report, &copied);
  void *arena = llamir_allocate(ON_DEVICE, on_ffn_arena_bytes(tokens));
  if (!weights || !arena)
    fail();
  printf("weights copied: %d\n", copied);
  // Arrays of the process, which are copied.
  if (on_ffn(weights, arena, tokens, &x[0][0], norm, &y[1][0][0]))
    fail();
  // And arrays that lie on the device.
  float *dx = llamir_allocate(ON_DEVICE, sizeof(x)),
        *dnorm = llamir_allocate(ON_DEVICE, sizeof(norm)),
        *dy = llamir_allocate(ON_DEVICE, sizeof(y[0]));
  static float again[tokens][width];
  if (llamir_copy_to_device(ON_DEVICE, dx, x, sizeof(x)) ||
      llamir_copy_to_device(ON_DEVICE, dnorm, norm, sizeof(norm)) ||
      on_ffn_on_device(weights, arena, tokens, dx, dnorm, dy) ||
      llamir_finish_device(ON_DEVICE) ||
      llamir_copy_from_device(ON_DEVICE, again, dy, sizeof(again)))
    fail();
  int same = 1;
  for (int t = 0; t < tokens; ++t)
    for (int i = 0; i < width; ++i)
      same &= again[t][i] == y[1][t][i];
  printf("same with arrays on the device: %d\n", same);
  // What is no memory of the device is refused before a kernel runs.
  int status = on_ffn_on_device(weights, arena, tokens, &x[0][0], dnorm, dy);
  printf("status %d: %s\n", status, llamir_last_error());
  llamir_free(ON_DEVICE, dx);
  llamir_free(ON_DEVICE, dnorm);
  llamir_free(ON_DEVICE, dy);
  llamir_free(ON_DEVICE, arena);
  llamir_close_weights(file);
}

int main(int argc, char **argv) {
  if (argc != 2)
    return 2;
  for (int i = 0; i < width; ++i) {
    norm[i] = 1.0f;
    for (int t = 0; t < tokens; ++t)
      x[t][i] = (float)((t + 1) * (i % 5) - 2 * t) / 8.0f;
  }
  run_on_processor(argv[1]);
  if (llamir_open_device(ON_DEVICE)) {
    printf("%s\non the processor\n", llamir_last_error());
    return 0;
  }
  run_on_device(argv[1]);
  double most = 0;
  for (int t = 0; t < tokens; ++t)
    for (int i = 0; i < width; ++i)
      most = fmax(most, fabs(y[0][t][i] - y[1][t][i]));
  printf("on the device: %s\n", most < 1e-5 ? "the same" : "different");
  return 0;
}
// CHECK: weights copied: 1
// CHECK: same with arrays on the device: 1
// CHECK: status 3: kernel {{.*}}: an array is no memory of the OpenCL device
// CHECK: on the device: the same
