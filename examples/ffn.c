/* Calls the block of ffn.mlir from C:
 *
 *   llamir compile examples/ffn.mlir -o out
 *   cc -Iout examples/ffn.c out/ffn*.o -o out/ffn \
 *      -Lout -lllamir_rt -lpthread -ldl -lm
 *   out/ffn out/ffn.weights.safetensors
 */

#include "ffn.h"
#include <stdio.h>
#include <stdlib.h>

enum { tokens = 7, width = 192 };

int main(int argc, char **argv) {
  const char *path = argc > 1 ? argv[1] : FFN_WEIGHTS_FILE;
  llamir_weights *weights =
      llamir_open_weights(path, FFN_FINGERPRINT, FFN_WEIGHTS_BYTES);
  if (!weights) {
    fprintf(stderr, "%s\n", llamir_last_error());
    return 1;
  }

  static float x[tokens][width], norm_weight[width], y[tokens][width];
  for (int i = 0; i < width; ++i) {
    norm_weight[i] = 1.0f;
    for (int t = 0; t < tokens; ++t)
      x[t][i] = (float)((t + 1) * (i % 5) - 2 * t) / 8.0f;
  }

  /* What is between the kernels lies in memory that the caller gives. */
  void *arena = malloc((size_t)ffn_arena_bytes(tokens));
  if (ffn(llamir_get_weights(weights), arena, tokens, &x[0][0], norm_weight,
          &y[0][0]) != LLAMIR_OK) {
    fprintf(stderr, "%s\n", llamir_last_error());
    return 1;
  }
  for (int t = 0; t < tokens; ++t)
    printf("token %d: %9.6f %9.6f %9.6f ...\n", t, y[t][0], y[t][1], y[t][2]);

  free(arena);
  llamir_close_weights(weights);
  return 0;
}
