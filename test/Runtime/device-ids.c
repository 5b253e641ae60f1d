// Ids that lie on a device are not checked; what is out of range counts as the
// nearest one, so that nothing is read beside the table.
//
// REQUIRES: opencl
// RUN: rm -rf %t && llamir compile %S/Inputs/ids.mlir --target=opencl --name=ids -o %t
// RUN: %cc -std=c11 -Wall -Wextra -Werror -I%t %s %t/*.o -L%t -lllamir_rt -lpthread -ldl -lm -o %t/program
// RUN: %t/program %t/ids.weights.safetensors | FileCheck %s
// CHECK: first row: 1, last row: 1
// CHECK: status 2: ids_embed: ids[0] is -5 and must lie in 0 .. 8

#include "ids.h"
#include <stdio.h>
#include <string.h>

enum { tokens = 4, width = 8 };

int main(int argc, char **argv) {
  const int32_t ids[tokens] = {-5, 0, 99, 8};
  static float y[tokens][width];
  llamir_weights *file =
      argc == 2
          ? llamir_open_weights(argv[1], IDS_FINGERPRINT, IDS_WEIGHTS_BYTES)
          : NULL;
  const void *weights = llamir_place_weights(file, IDS_DEVICE, NULL, NULL);
  void *arena = llamir_allocate(IDS_DEVICE, ids_embed_arena_bytes(tokens));
  int32_t *device_ids = llamir_allocate(IDS_DEVICE, sizeof(ids));
  float *device_y = llamir_allocate(IDS_DEVICE, sizeof(y));
  if (!weights || !arena || !device_ids || !device_y ||
      llamir_copy_to_device(IDS_DEVICE, device_ids, ids, sizeof(ids)) ||
      ids_embed_on_device(weights, arena, tokens, device_ids, device_y) ||
      llamir_copy_from_device(IDS_DEVICE, y, device_y, sizeof(y))) {
    fprintf(stderr, "%s\n", llamir_last_error());
    return 1;
  }
  printf("first row: %d, last row: %d\n", !memcmp(y[0], y[1], sizeof(y[0])),
         !memcmp(y[2], y[3], sizeof(y[0])));
  int32_t status = ids_embed(weights, arena, tokens, ids, &y[0][0]);
  printf("status %d: %s\n", status, llamir_last_error());
  return 0;
}
