/*===- expressions.c - Compares generated expressions with C ----*- C -*-=====*\
|*                                                                            *|
|* Part of llamir, under the Apache License v2.0 with LLVM Exceptions.        *|
|* See LICENSE for licence information.                                       *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#include "buffer.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a kernel takes: its arguments and then its results. */
int32_t integers_argv(void **arguments);
int32_t divisions_argv(void **arguments);
int32_t comparisons_argv(void **arguments);
int32_t float_comparisons_argv(void **arguments);
int32_t bits_argv(void **arguments);
int32_t conversions_argv(void **arguments);
int32_t floats_argv(void **arguments);
int32_t functions_argv(void **arguments);
int32_t short_functions_argv(void **arguments);
int32_t long_functions_argv(void **arguments);

enum { count = 1003, most = 16 };
static int32_t as[count], bs[count], ints[most][count];
static float xs[count], ys[count], floats[most][count];
static double doubles[most][count], zs[count];
static int wrong;

static void expect(const char *what, int i, double found, double expected) {
  int same = found == expected ? signbit(found) == signbit(expected)
                               : isnan(found) && isnan(expected);
  if (!same && ++wrong <= 20)
    fprintf(stderr, "%s of %d %d %a %a: %a, not %a\n", what, as[i], bs[i],
            xs[i], ys[i], found, expected);
}

/* Right to `units` of the last of `digits` binary digits. */
static void expect_near(const char *what, int i, double found, double expected,
                        double units, int digits) {
  if (isfinite(expected) &&
      fabs(found - expected) <= units * ldexp(fabs(expected), 1 - digits))
    return;
  expect(what, i, found, expected);
}

static int32_t euclidean_div(int32_t a, int32_t b) {
  int32_t quotient = b ? a / b : 0;
  return b && a % b < 0 ? quotient - (b > 0 ? 1 : -1) : quotient;
}
static int32_t euclidean_mod(int32_t a, int32_t b) {
  return b ? a - euclidean_div(a, b) * b : 0;
}

#define INTS(data) BUFFER(data, code_int, count)
#define FLOATS(data) BUFFER(data, code_float, count)
#define RESULTS_4(B, r) B(r[0]), B(r[1]), B(r[2]), B(r[3])
#define RESULTS_8(B, r) RESULTS_4(B, r), B(r[4]), B(r[5]), B(r[6]), B(r[7])
#define RESULTS_10(B, r) RESULTS_8(B, r), B(r[8]), B(r[9])
#define RUN(kernel, ...)                                                       \
  do {                                                                         \
    if (kernel##_argv((void *[]){__VA_ARGS__}) != 0) {                         \
      fprintf(stderr, #kernel " fails\n");                                     \
      ++wrong;                                                                 \
    }                                                                          \
  } while (0)
/* Of the `k`th result of the kernel that ran last. */
#define EXPECT_INT(k, expected)                                                \
  for (int i = 0; i < count; ++i)                                              \
  expect(#expected, i, ints[k][i], (int32_t)(expected))
#define EXPECT_FLOAT(k, expected)                                              \
  for (int i = 0; i < count; ++i)                                              \
  expect(#expected, i, floats[k][i], expected)
#define a as[i]
#define b bs[i]
#define x xs[i]
#define y ys[i]

static void check_integers(void) {
  RUN(integers, INTS(as), INTS(bs), RESULTS_8(INTS, ints));
  EXPECT_INT(0, a + b);
  EXPECT_INT(1, a - b);
  EXPECT_INT(2, a * b);
  EXPECT_INT(3, a & b);
  EXPECT_INT(4, a | b);
  EXPECT_INT(5, a ^ b);
  EXPECT_INT(6, a > b ? a : b);
  EXPECT_INT(7, a < b ? a : b);

  RUN(divisions, INTS(as), INTS(bs), RESULTS_10(INTS, ints));
  EXPECT_INT(0, euclidean_div(a, b));
  EXPECT_INT(1, euclidean_mod(a, b));
  EXPECT_INT(2, euclidean_div(a, 7));
  EXPECT_INT(3, euclidean_div(a, -7));
  EXPECT_INT(4, 0);
  EXPECT_INT(5, euclidean_mod(a, 7));
  EXPECT_INT(6, euclidean_mod(a, -7));
  EXPECT_INT(7, 0);
  EXPECT_INT(8, euclidean_div(a, 16));
  EXPECT_INT(9, euclidean_mod(a, 16));

  RUN(comparisons, INTS(as), INTS(bs), RESULTS_10(INTS, ints));
  EXPECT_INT(0, a == b);
  EXPECT_INT(1, a != b);
  EXPECT_INT(2, a < b);
  EXPECT_INT(3, a <= b);
  EXPECT_INT(4, a > b);
  EXPECT_INT(5, a >= b);
  EXPECT_INT(6, a == b);
  EXPECT_INT(7, a != b);
  EXPECT_INT(8, a != b);
  EXPECT_INT(9, 1);
}

/* Bits of a number; C leaves a shift of negative ones to the compiler. */
static uint32_t to_bits(float number) {
  uint32_t bits;
  memcpy(&bits, &number, sizeof(bits));
  return bits;
}
static int32_t shift_right(int32_t number, int amount) {
  return number < 0 ? ~(~number >> amount) : number >> amount;
}

static void check_bits(void) {
  static int8_t bytes[count];
  static int64_t longs[count];
  RUN(bits, INTS(as), FLOATS(floats[0]), INTS(ints[1]), INTS(ints[2]),
      INTS(ints[3]), INTS(ints[4]), INTS(ints[5]), INTS(bytes), INTS(ints[7]),
      INTS(longs));
  EXPECT_INT(1, a);
  EXPECT_INT(2, (uint32_t)a << 3);
  EXPECT_INT(3, shift_right(a, 3));
  EXPECT_INT(4, (uint32_t)a << (a & 31));
  EXPECT_INT(5, shift_right(a, a & 31));
  EXPECT_INT(7, (int8_t)a);
  for (int i = 0; i < count; ++i) {
    expect("bits", i, to_bits(floats[0][i]), (uint32_t)a);
    expect("byte", i, bytes[i], (int8_t)a);
    expect("long", i, longs[i], a);
  }
}

/* The nearest number of `digits` binary digits, the even one of two. */
static float round_to(int digits, float number) {
  int exponent;
  float fraction = frexpf(number, &exponent);
  if (!isfinite(number) || number == 0)
    return number;
  return ldexpf(rintf(ldexpf(fraction, digits)), exponent - digits);
}

static void check_conversions(void) {
  RUN(conversions, INTS(as), FLOATS(xs), FLOATS(floats[0]), FLOATS(doubles[1]),
      INTS(ints[2]), FLOATS(floats[3]), FLOATS(floats[4]), FLOATS(doubles[5]),
      FLOATS(floats[6]));
  EXPECT_FLOAT(0, (float)a);
  EXPECT_FLOAT(4, round_to(8, x));
  EXPECT_FLOAT(6, (float)a);
  for (int i = 0; i < count; ++i) {
    expect("(double)a", i, doubles[1][i], a);
    if (fabsf(x) < 0x1p31f)
      expect("(int32_t)x", i, ints[2][i], (int32_t)x);
    if (fabsf(x) < 0x1p15f && fabsf(x) > 0x1p-14f)
      expect("half", i, floats[3][i], round_to(11, x));
    expect("(double)x", i, doubles[5][i], x);
  }
}

static void check_floats(void) {
  RUN(float_comparisons, FLOATS(xs), FLOATS(ys), RESULTS_8(INTS, ints));
  EXPECT_INT(0, x == y);
  EXPECT_INT(1, x != y);
  EXPECT_INT(2, x < y);
  EXPECT_INT(3, !(x > y));
  EXPECT_INT(4, x > y);
  EXPECT_INT(5, !(x < y));
  EXPECT_INT(6, isnan(x) || isnan(y));
  EXPECT_INT(7, isnan(x));

  RUN(floats, FLOATS(xs), FLOATS(ys), RESULTS_4(FLOATS, floats),
      FLOATS(floats[4]), FLOATS(floats[5]), FLOATS(floats[6]));
  EXPECT_FLOAT(0, x + y);
  EXPECT_FLOAT(1, x - y);
  EXPECT_FLOAT(2, x * y);
  EXPECT_FLOAT(3, x / y);
  EXPECT_FLOAT(6, -x);
  for (int i = 0; i < count; ++i)
    if (!isnan(x) && !isnan(y) && x != y) {
      expect("max", i, floats[4][i], x > y ? x : y);
      expect("min", i, floats[5][i], x < y ? x : y);
    }
}

static double inverse_root(double number) { return 1 / sqrt(number); }

static const struct function {
  const char *name;
  double (*compute)(double);
  double units;
} functions[] = {{"sqrt", sqrt, 1},      {"rsqrt", inverse_root, 2},
                 {"sin", sin, 1},        {"cos", cos, 1},
                 {"tanh", tanh, 3},      {"absf", fabs, 0},
                 {"floor", floor, 0},    {"ceil", ceil, 0},
                 {"roundeven", rint, 0}, {"erf", erf, 6}};

static void check_functions(void) {
  RUN(functions, FLOATS(xs), RESULTS_10(FLOATS, floats));
  for (int i = 0; i < count; ++i)
    for (int k = 0; k < 10; ++k)
      expect_near(functions[k].name, i, floats[k][i],
                  (float)functions[k].compute(x), functions[k].units, 24);
  RUN(short_functions, FLOATS(xs), RESULTS_10(FLOATS, floats));
  for (int i = 0; i < count; ++i)
    for (int k = 0; k < 10; ++k)
      expect_near(functions[k].name, i, floats[k][i],
                  round_to(8, functions[k].compute(round_to(8, x))), 1, 8);
  RUN(long_functions, FLOATS(zs), RESULTS_8(FLOATS, doubles),
      FLOATS(doubles[8]));
  for (int i = 0; i < count; ++i)
    for (int k = 0; k < 9; ++k)
      expect_near(functions[k].name, i, doubles[k][i],
                  functions[k].compute(zs[i]), functions[k].units, 53);
}

int main(void) {
  const float specials[] = {0.0f, -0.0f, 1.0f, -1.0f, 0.5f,     -0.5f,     1.5f,
                            2.5f, -2.5f, 1e6f, 1e-3f, INFINITY, -INFINITY, NAN};
  enum { special_count = sizeof specials / sizeof *specials };
  for (int i = 0; i < count; ++i) {
    a = rand() % 40001 - 20000;
    b = i % 7 ? rand() % 401 - 200 : a;
    x = (rand() % 20001 - 10000) / 321.0f;
    y = i % 7 ? (rand() % 20001 - 10000) / 321.0f : x;
    if (i < special_count * special_count) {
      x = specials[i / special_count];
      y = specials[i % special_count];
    }
    zs[i] = x / 3.0;
  }
  check_integers();
  check_bits();
  check_conversions();
  check_floats();
  check_functions();
  return wrong != 0;
}
