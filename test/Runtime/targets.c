// One library for OpenCL and for processors. The program, which knows of
// neither, runs the first target that is there, or that which it is told.
//
// RUN: rm -rf %t && llamir compile %examples/ffn.mlir --target=opencl,x86-64,x86-64-amx --name=model -o %t
// RUN: ls %t | FileCheck %s --check-prefix=FILES
// FILES-DAG: model.h
// FILES-DAG: model.o
// FILES-DAG: model_opencl_norm_gated_ffn.o
// FILES-DAG: model_x86_64_norm_gated_ffn.o
// FILES-DAG: model.opencl.weights.safetensors
// FILES-DAG: model.x86-64.weights.safetensors
// RUN: %cc -std=c11 -Wall -Wextra -Werror -I%t %s %t/*.o -L%t -lllamir_rt -lpthread -ldl -lm -o %t/program
// RUN: env OCL_ICD_VENDORS=%t/none %t/program %t | FileCheck %s --check-prefix=NONE
// NONE: auto: x86-64
// NONE: opencl: status 7: there is no OpenCL device: {{.*}}
// NONE-NEXT: opencl: x86-64
// NONE: x86-64: x86-64
//
// Names that there are not, and NULL.
// NONE: cuda: status 1: model has no code for 'cuda': there are auto, opencl, x86-64, x86-64-amx
// NONE: status 1: llamir_select_device: a name is needed
//
// RUN: %if opencl %{ %t/program %t | FileCheck %s --check-prefix=OPENCL %}
// OPENCL: auto: opencl
// OPENCL: opencl: opencl
// OPENCL: x86-64: x86-64
// OPENCL: the same: 1
//
// With one target there is nothing to choose.
// RUN: rm -rf %t/one && llamir compile %examples/ffn.mlir --target=x86-64 --name=model -o %t/one
// RUN: %cc -std=c11 -Wall -Werror -DONE -I%t/one %s %t/one/*.o -L%t/one -lllamir_rt -lpthread -ldl -lm -o %t/one/program
// RUN: %t/one/program %t/one | FileCheck %s --check-prefix=ONE
// ONE: status 1: llamir_select_device: no model of this program was compiled for several targets

#include "model.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { tokens = 5, width = 192 };
static float x[tokens][width], norm[width], y[tokens][width];

/* Runs with the weights of the target that is chosen. */
static void run(const char *folder) {
  char path[1000];
  snprintf(path, sizeof(path), "%s/%s", folder, MODEL_WEIGHTS_FILE);
  llamir_weights *weights =
      llamir_open_weights(path, MODEL_FINGERPRINT, MODEL_WEIGHTS_BYTES);
  const void *placed = llamir_place_weights(weights, MODEL_DEVICE, NULL, NULL);
  void *arena = llamir_allocate(MODEL_DEVICE, model_ffn_arena_bytes(tokens));
  if (!placed || !arena ||
      model_ffn(placed, arena, tokens, &x[0][0], norm, &y[0][0])) {
    fprintf(stderr, "%s\n", llamir_last_error());
    exit(1);
  }
  llamir_free(MODEL_DEVICE, arena);
  llamir_close_weights(weights);
}

static void choose(const char *name) {
  int32_t status = llamir_select_device(name);
  if (status)
    printf("%s: status %d: %s\n", name ? name : "", status,
           llamir_last_error());
}

int main(int argc, char **argv) {
  if (argc != 2)
    return 2;
  for (int i = 0; i < width; ++i) {
    norm[i] = 1.0f;
    for (int t = 0; t < tokens; ++t)
      x[t][i] = (float)((t + 1) * (i % 5) - 2 * t) / 8.0f;
  }
#ifdef ONE
  choose("auto");
  run(argv[1]);
#else
  static const char *const names[] = {"auto", "opencl", "x86-64"};
  static float first[tokens][width];
  double most = 0;
  for (int n = 0; n < 3; ++n) {
    if (n > 0) // "auto" holds when nobody chooses.
      choose(names[n]);
    printf("%s: %s\n", names[n], model_target()->name);
    run(argv[1]);
    for (int t = 0; t < tokens; ++t)
      for (int i = 0; i < width; ++i)
        if (n == 0)
          first[t][i] = y[t][i];
        else
          most = fmax(most, fabs(first[t][i] - y[t][i]));
  }
  choose("cuda");
  choose(NULL);
  printf("the same: %d\n", most < 1e-5);
#endif
  return 0;
}
