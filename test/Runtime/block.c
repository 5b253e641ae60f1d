// A program in C that runs a compiled block: no MLIR and no Python in it. What
// it computes must be, bit for bit, what `llamir run --check` computes and
// checks.
//
// RUN: rm -rf %t && llamir compile %examples/wordnet-3m --block=0 -o %t/block
// RUN: %cc -std=c11 -Wall -Wextra -Werror -I%t/block %s %t/block/*.o -L%t/block -lllamir_rt -lpthread -ldl -lm -o %t/program
// RUN: %t/program %t %t/block/block.weights.safetensors | FileCheck %s
// RUN: llamir run %examples/wordnet-3m --block=0 --input=%t/x.npy --input=%t/positions.npy --check --output-dir=%t/run
// The numbers come behind a header of 128 bytes.
// RUN: cmp --ignore-initial=128 %t/y.npy %t/run/y.npy
//
// The program has neither MLIR nor libHalide in it.
// RUN: llvm-readelf --needed-libs %t/program | FileCheck %s --check-prefix=LIBRARIES
// LIBRARIES-NOT: {{MLIR|LLVM|Halide|python}}
//
// The header is one for C++, too, and one of several in a program.
// RUN: llamir compile %examples/wordnet-3m --block=1 --name=second -o %t/second
// RUN: echo '#include "second.h"' > %t/both.cpp && echo '#include "block.h"' >> %t/both.cpp
// RUN: echo 'int main() { return second_block_arena_bytes(1) == block_arena_bytes(1) ? 0 : 1; }' >> %t/both.cpp
// RUN: %cc -x c++ -Wall -Werror -I%t/block -I%t/second %t/both.cpp -x none %t/block/*.o %t/second/*.o -L%t/block -lllamir_rt -lpthread -ldl -lm -o %t/both && %t/both

#include "block.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { width = 192, tokens = 19 };

static void require(int condition, const char *what) {
  if (condition)
    return;
  fprintf(stderr, "%s: %s\n", what, llamir_last_error());
  exit(1);
}

/* A .npy of rank 1 or 2. */
static void write_npy(const char *folder, const char *name, const char *type,
                      const char *shape, const void *data, size_t bytes) {
  char path[4096], header[128];
  snprintf(path, sizeof(path), "%s/%s.npy", folder, name);
  memset(header, ' ', sizeof(header));
  memcpy(header, "\x93NUMPY\x01\x00\x76\x00", 10);
  char text[118];
  int length = snprintf(
      text, sizeof(text),
      "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", type, shape);
  memcpy(header + 10, text, (size_t)length);
  header[127] = '\n';
  FILE *file = fopen(path, "wb");
  require(file && fwrite(header, sizeof(header), 1, file) == 1 &&
              fwrite(data, bytes, 1, file) == 1 && fclose(file) == 0,
          path);
}

static int launches;
static int32_t count_launches(void *user, const llamir_launch *launch,
                              int32_t done) {
  launches += done && launch->index == launches && launch->num_results >= 1;
  /* The user is how many launches to let pass. */
  return !done && launch->index == *(int *)user;
}

static void check_refusals(const void *weights, void *arena, const float *x,
                           const int32_t *positions, float *y) {
  require(block(weights, arena, -1, x, positions, y) == LLAMIR_BAD_ARGUMENT,
          "a negative size");
  puts(llamir_last_error());
  require(block_arena_bytes(INT64_C(1) << 31) == -1, "a size beyond 32 bits");
  puts(llamir_last_error());
  require(block(weights, arena, 1, NULL, positions, y) == LLAMIR_BAD_ARGUMENT,
          "an input that is NULL");
  puts(llamir_last_error());
  require(block(weights, NULL, 1, x, positions, y) == LLAMIR_BAD_ARGUMENT,
          "an arena that is NULL");
  puts(llamir_last_error());
  require(block(NULL, arena, 1, x, positions, y) == LLAMIR_BAD_ARGUMENT,
          "weights that are NULL");
  puts(llamir_last_error());
  require(llamir_set_threads(-1) == LLAMIR_BAD_ARGUMENT, "negative threads");
  puts(llamir_last_error());
  int stop = 3;
  launches = 0;
  llamir_set_observer(count_launches, &stop);
  require(block(weights, arena, 1, x, positions, y) == LLAMIR_STOPPED &&
              launches == stop,
          "a stop");
  puts(llamir_last_error());
  llamir_set_observer(NULL, NULL);
}
// CHECK: block: x has elements of bf16 and must have f32
// CHECK: block: {{[a-z0-9]+}} has the type 0, which is no llamir_type; it must be f32
// CHECK: block: tokens is -1 and must lie in 0 .. 2147483647
// CHECK: block: tokens is 2147483648 and must lie in 0 .. 2147483647
// CHECK: block: x is NULL and should have 768 bytes
// CHECK: block: arena is NULL and should have {{[0-9]+}} bytes
// CHECK: block: weights is NULL and should have {{[0-9]+}} bytes
// CHECK: the number of threads must lie in 0 .. 256, not -1
// CHECK: the observer stopped at {{[a-z]}}

int main(int argc, char **argv) {
  require(argc == 3, "usage: block FOLDER WEIGHTS");
  llamir_weights *file =
      llamir_open_weights(argv[2], BLOCK_FINGERPRINT, BLOCK_WEIGHTS_BYTES);
  require(file != NULL, "open");
  const void *weights = llamir_get_weights(file);

  float *x = malloc(sizeof(float) * tokens * width);
  float *y = malloc(sizeof(float) * tokens * width);
  int32_t positions[tokens];
  for (int i = 0; i < tokens * width; ++i)
    x[i] = (float)((i * 7919) % 2001) / 1000.0f - 1.0f;
  for (int i = 0; i < tokens; ++i)
    positions[i] = i;
  int64_t bytes = block_arena_bytes(tokens);
  require(bytes > 0, "arena");
  void *arena = aligned_alloc(64, (size_t)bytes);
  require(block(weights, arena, tokens, x, positions, y) == LLAMIR_OK, "block");
  write_npy(argv[1], "x", "<f4", "19, 192", x, sizeof(float) * tokens * width);
  write_npy(argv[1], "positions", "<i4", "19,", positions, sizeof(positions));
  write_npy(argv[1], "y", "<f4", "19, 192", y, sizeof(float) * tokens * width);

  /* The same with one thread, with arrays that are aligned to nothing but their
   * elements, and through the function that takes arrays of arguments. */
  size_t size = sizeof(float) * tokens * width;
  char *memory[] = {malloc(size + 4), malloc(size + 12),
                    malloc((size_t)bytes + 4)};
  float *odd_x = (float *)(memory[0] + 4), *odd_y = (float *)(memory[1] + 12);
  char *odd_arena = memory[2] + 4;
  memcpy(odd_x, x, size);
  require(llamir_set_threads(1) == LLAMIR_OK, "threads");
  const int64_t sizes[] = {tokens};
  llamir_array arrays[] = {
      {odd_x, LLAMIR_F32}, {positions, LLAMIR_I32}, {odd_y, LLAMIR_F32}};
  require(block_arena_bytes_call(sizes) == bytes, "arena_bytes_call");
  require(block_call(weights, odd_arena, sizes, arrays) == LLAMIR_OK, "call");
  require(memcmp(y, odd_y, size) == 0, "other numbers with odd addresses");
  arrays[0].type = LLAMIR_BF16;
  require(block_call(weights, odd_arena, sizes, arrays) == LLAMIR_BAD_ARGUMENT,
          "elements of another type");
  puts(llamir_last_error());
  arrays[0].type = LLAMIR_F32;
  arrays[2].type = 0;
  require(block_call(weights, odd_arena, sizes, arrays) == LLAMIR_BAD_ARGUMENT,
          "elements of no type");
  puts(llamir_last_error());
  require(llamir_set_threads(0) == LLAMIR_OK, "threads");

  /* No tokens: nothing to read, nothing to write, nothing to need. */
  require(block_arena_bytes(0) == 0, "empty arena");
  require(block(weights, NULL, 0, NULL, NULL, NULL) == LLAMIR_OK, "no tokens");

  check_refusals(weights, arena, x, positions, odd_y);
  llamir_close_weights(file);
  llamir_close_weights(NULL);
  for (int i = 0; i < 3; ++i)
    free(memory[i]);
  free(arena);
  free(y);
  free(x);
  puts("done");
  return 0;
}
// CHECK: done
