/*===- exp.c - Compares a generated exponential with C's --------*- C -*-=====*\
|*                                                                            *|
|* Part of llamir, under the Apache License v2.0 with LLVM Exceptions.        *|
|* See LICENSE for licence information.                                       *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#include "buffer.h"
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int32_t exponential(struct buffer *x, struct buffer *y);

enum { most = 1 << 20 };
static float xs[most], ys[most];
static int count;

static float from_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

/* The numbers around `x`. */
static void add_neighbours(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof(bits));
  for (uint32_t i = 0; i < 2000; ++i)
    xs[count++] = from_bits(bits - 1000 + i);
}

static int is_right(float x, float y) {
  const float highest = 0x1.62e42ep+6f;
  double expected = exp(x);
  if (isnan(x))
    return isnan(y);
  if (x > highest)
    return isinf(y) && y > 0;
  if (expected < 0x1p-126) /* Zero for what is not a normal number. */
    return y == 0 || fabs(y - expected) <= 3 * 0x1p-149;
  /* Two units in the last place, of numbers just above a power of two. */
  return fabs(y - expected) <= 2 * 0x1p-23 * expected;
}

int main(void) {
  /* Numbers of all sizes, both signs, infinities and NaNs among them. */
  for (uint64_t bits = 0; bits < 0x100000000; bits += 4721)
    xs[count++] = from_bits((uint32_t)bits);
  const float places[] = {
      0x1.62e42ep+6f, -0x1.5d589ep+6f, -103.97f, 1,    -1,
      0.34657359f,    -0.34657359f,    100,      1e4f, 1e30f,
      -88.8f,         -1e4f,           -1e30f};
  for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); ++i)
    add_neighbours(places[i]);
  const float specials[] = {INFINITY, -INFINITY, NAN,   -NAN,
                            0.0f,     -0.0f,     1e-40f};
  for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); ++i)
    xs[count++] = specials[i];
  if (exponential(BUFFER(xs, code_float, count),
                  BUFFER(ys, code_float, count)) != 0)
    return 2;
  int wrong = 0;
  for (int i = 0; i < count; ++i)
    if (!is_right(xs[i], ys[i]) && ++wrong <= 10)
      fprintf(stderr, "exp(%a) = %a, not %a\n", xs[i], ys[i], exp(xs[i]));
  return wrong != 0;
}
