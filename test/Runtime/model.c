// A whole model, and what its functions refuse: ids beyond the vocabulary, and
// weights files that are missing, cut, no weights files, or for other code.
//
// RUN: rm -rf %t && llamir compile %examples/wordnet-3m --name=wordnet -o %t
// RUN: %cc -std=c11 -Wall -Wextra -Werror -I%t %s %t/*.o -L%t -lllamir_rt -lpthread -ldl -lm -o %t/program
// RUN: %t/program %t/wordnet.weights.safetensors | FileCheck %s
// RUN: head -c 100000 %t/wordnet.weights.safetensors > %t/cut
// RUN: not %t/program %t/cut 2>&1 | FileCheck %s --check-prefix=CUT
// CUT: cut: has 100000 bytes and should have {{[0-9]+}}
// RUN: not %t/program %t/missing 2>&1 | FileCheck %s --check-prefix=MISSING
// MISSING: missing: No such file or directory
// RUN: not %t/program %t 2>&1 | FileCheck %s --check-prefix=FOLDER
// FOLDER: not a packed weights file
// RUN: not %t/program %examples/wordnet-3m/model.safetensors 2>&1 | FileCheck %s --check-prefix=OTHER
// OTHER: model.safetensors: not a packed weights file
// RUN: mkfifo %t/pipe && not %t/program %t/pipe 2>&1 | FileCheck %s --check-prefix=PIPE
// PIPE: pipe: not a packed weights file
// RUN: echo > %t/short && not %t/program %t/short 2>&1 | FileCheck %s --check-prefix=SHORT
// SHORT: short: not a packed weights file
// RUN: llamir compile %examples/wordnet-3m --block=0 --emit=weights -o %t/block
// RUN: not %t/program %t/block/block.weights.safetensors 2>&1 | FileCheck %s --check-prefix=BLOCK
// BLOCK: block.weights.safetensors: packed for other code than that with fingerprint {{[0-9a-f]+}}

#include "wordnet.h"
#include <stdio.h>
#include <stdlib.h>

enum { tokens = 3, vocabulary = 2048 };

int main(int argc, char **argv) {
  llamir_weights *weights =
      argc == 2 ? llamir_open_weights(argv[1], WORDNET_FINGERPRINT,
                                      WORDNET_WEIGHTS_BYTES)
                : NULL;
  if (!weights) {
    fprintf(stderr, "%s\n", llamir_last_error());
    return 1;
  }
  int32_t ids[tokens] = {1, 2, 3}, positions[tokens] = {0, 1, 2};
  float *logits = malloc(sizeof(float) * tokens * vocabulary);
  void *arena = malloc((size_t)wordnet_forward_arena_bytes(tokens));
  int32_t status = wordnet_forward(llamir_get_weights(weights), arena, tokens,
                                   ids, positions, logits);
  printf("status %d\n", status);
  // CHECK: status 0
  ids[1] = vocabulary;
  status = wordnet_forward(llamir_get_weights(weights), arena, tokens, ids,
                           positions, logits);
  printf("status %d: %s\n", status, llamir_last_error());
  // CHECK: status 2: wordnet_forward: ids[1] is 2048 and must lie in 0 .. 2047
  ids[1] = -1;
  status = wordnet_forward(llamir_get_weights(weights), arena, tokens, ids,
                           positions, logits);
  printf("status %d: %s\n", status, llamir_last_error());
  // CHECK: status 2: wordnet_forward: ids[1] is -1 and must lie in 0 .. 2047
  llamir_close_weights(weights);
  free(arena);
  free(logits);
  return 0;
}
